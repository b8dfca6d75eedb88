"""Names: what one may contain."""

import pytest

from chat.errors import Invalid
from chat.names import clean_name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("  Ann   Lee ", "Ann Lee"),
        ("Zoe\u0308", "Zoë"),
        ("Ａｎｎ", "Ann"),
        ("__proto__", "__proto__"),
        ("李雷", "李雷"),
        ("<b>Bob</b>", "<b>Bob</b>"),
        ("Łukasz 🦊", "Łukasz 🦊"),
        ("Ann ❤️🙂 ☀", "Ann ❤️🙂 ☀"),
        ("🙂Ｚoe  👩🏽‍💻", "🙂Zoe 👩🏽‍💻"),
        ("Ann 👩‍👩‍👧‍👦", "Ann 👩‍👩‍👧‍👦"),
        ("Ann 🏴󠁧󠁢󠁳󠁣󠁴󠁿🇩🇪🏳️‍🌈", "Ann 🏴󠁧󠁢󠁳󠁣󠁴󠁿🇩🇪🏳️‍🌈"),
        ("Ann 1️⃣", "Ann 1️⃣"),
        ("Ann 🫩", "Ann 🫩"),
        ("Ann™", "AnnTM"),
    ],
)
def test_a_name_gets_one_form(raw, name):
    assert clean_name(raw) == name


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "   ",
        "\u200b",
        "\u2063\u2063",
        "...",
        "x" * 41,
        "x" * 100_000,
        "Ann\x00",
        "Ann\x1b[31m",
        "Ann\nBob",
        "Ann\r\nERROR forged line",
        "ad\u200dmin",
        "ad\ufe0fmin",
        "Ann\ufe0f",
        "Ann 🦊\u200d",
        "Ann \u200d🦊",
        "Ann 🦊\u200dx",
        "Ann ❤️\ufe0f",
        "Ann 🏴\U000e0078\U000e007f",
        "Ann\U0001d159",
        "Ann\u034f",
        "❤️",
        "Ann\u202elee",
        "Ann\u2066",
        "A" + "\u0301" * 500,
        "\ud800",
        "system",
        "SYSTEM",
        "Ann\u2800",
        "Ann\ufffc",
        "A" + "\u20dd" * 30,
        "admin",
        "\u0430dmin",
        "ａｄｍｉｎ",
        "adm\u0131n",
    ],
)
def test_a_name_that_cannot_be_seen_typed_or_trusted_is_refused(raw):
    with pytest.raises(Invalid):
        clean_name(raw)


@pytest.mark.parametrize("letter", ["\ufdfa", "\u0f77"])
def test_letters_that_stand_for_phrases_are_not_looked_at_for_long(letter, monkeypatch):
    monkeypatch.setattr("chat.names._nickname", lambda raw: pytest.fail(f"{len(raw)} letters"))
    with pytest.raises(Invalid, match="at most 40"):
        clean_name(letter * 160)
