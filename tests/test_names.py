"""Names: what one may contain, and which ones pass for another."""

import pytest

from chat.errors import Conflict, Invalid
from chat.names import KEPT_FOR, NamesInUse, clean_name, look_alikes


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "ann"),
        ("Ann", "\u0410nn"),
        ("Iris", "lris"),
        ("Iris", "IRIS"),
        ("Bob", "B0b"),
        ("Zoë", "Zoe\u0308"),
        ("Strauß", "STRAUSS"),
        ("İpek", "ipek"),
        ("corner", "comer"),
        ("Ann Lee", "AnnLee"),
    ],
)
def test_names_that_look_alike_are_known_to(one, other):
    assert look_alikes(one) & look_alikes(other)


@pytest.mark.parametrize(("one", "other"), [("Ann", "Anna"), ("Bob", "Rob"), ("Li", "Lu")])
def test_names_that_look_different_are_told_apart(one, other):
    assert not look_alikes(one) & look_alikes(other)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def connected():
    return set()


@pytest.fixture
def names(clock, connected):
    return NamesInUse(connected.__contains__, clock)


def test_a_name_in_use_is_refused_to_others_and_kept_by_its_owner(names):
    names.take("Ann", "1")
    names.take("Ann", "1")
    with pytest.raises(Conflict):
        names.take("\u0410nn", "2")


def test_a_name_is_free_some_time_after_its_owner_has_gone(names, clock):
    names.take("Ann", "1")
    clock.now += KEPT_FOR - 1
    with pytest.raises(Conflict):
        names.take("Ann", "2")
    clock.now += 1
    names.take("Ann", "2")


def test_a_name_stays_taken_while_its_owner_is_connected(names, clock, connected):
    names.take("Ann", "1")
    connected.add("1")
    clock.now += 10 * KEPT_FOR
    with pytest.raises(Conflict):
        names.take("Ann", "2")


def test_whoever_goes_keeps_the_name_a_little_longer(names, clock, connected):
    names.take("Ann", "1")
    clock.now += 10 * KEPT_FOR
    names.keep("Ann", "1")
    with pytest.raises(Conflict):
        names.take("Ann", "2")


def test_a_name_that_was_given_back_is_free_at_once(names):
    names.take("Ann", "1")
    names.give_back("Ann", "2")
    with pytest.raises(Conflict):
        names.take("Ann", "2")
    names.give_back("Ann", "1")
    names.take("Ann", "2")


def test_names_of_people_long_gone_are_forgotten(names, clock):
    for n in range(5000):
        clock.now += 1
        names.take(f"Person {n}", str(n))
    assert len(names._owners) < 2500
