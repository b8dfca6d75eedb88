"""Names: what one may contain."""

import pytest

from chat.accounts.names import MAX_MARKS, clean_name
from chat.errors import Invalid


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
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("हिन्दी", "हिन्दी"),
        ("สมชาย", "สมชาย"),
        ("だいき", "だいき"),
        ("Jin You", "Jin You"),
        ("Jin-You Park", "Jin-You Park"),
        ("O'Here", "O'Here"),
        ("Yousef", "Yousef"),
        ("J.D.", "J.D."),
        ("صلى " + "\ufdfa", "صلى صلى الله عليه وسلم"),
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
        "ad\u200cmin",
        "ad\u094d\u200dmin",
        "ad\ufe0fmin",
        "Ann\u200c",
        "علی\u200c\u200cرضا",
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
        "X" + "\u0301" * (MAX_MARKS + 1) + "y",
    ],
)
def test_a_name_that_cannot_be_seen_typed_or_trusted_is_refused(raw):
    with pytest.raises(Invalid):
        clean_name(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "admin",
        "\u0430dmin",
        "ａｄｍｉｎ",
        "adm\u0131n",
        "ADMlN",
        "admln",
        "admin.",
        "a.d.m.i.n",
        "admin 2",
        "@admin",
        "🤖 system",
        "(system)",
        "M0DERATOR",
        "admin\u0e38",
        "Ann (you)",
        "Ann [ADMIN]",
        "Ann - admin",
        "Ann 👑 admin",
        "you!",
    ],
)
def test_nobody_passes_for_who_speaks_for_the_chat(raw):
    with pytest.raises(Invalid, match="reserved"):
        clean_name(raw)


@pytest.mark.parametrize("raw", ["", "   ", "\u3000\t", "\u200b", "\xa0\u2800 \u3164"])
def test_a_name_of_spaces_is_none(raw):
    with pytest.raises(Invalid, match="Type a name first"):
        clean_name(raw)


@pytest.mark.parametrize("raw", ["\ufdfa" * 400, "\ufdfa" * 3, "x" * 100_000])
def test_a_name_that_becomes_too_long_is_refused_before_it_costs_anything(raw, monkeypatch):
    monkeypatch.setattr("precis_i18n.get_profile", None)
    with pytest.raises(Invalid, match="at most 40 characters"):
        clean_name(raw)
