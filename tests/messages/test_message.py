"""Texts of messages, and how many of them fit into an answer."""

import pytest

from chat.errors import Invalid, TooLong
from chat.messages.message import (
    MAX_TEXT_BYTES,
    PAGE_BYTES,
    Message,
    clean_text,
    largest_packet,
    newest_that_fit,
)

INVISIBLE = [
    "",
    " ",
    "\t\n",
    "\u00a0\u2003\u3000",
    "\u200b\u200d\u2060\ufeff",
    "\u00ad",
    "\ufe0f",
    "\u034f",
    "\u180b",
    "\u17b4",
    "\U0001d159",
    "\u115f\u1160\u3164\uffa0",
    "\u2800",
    "\U000e0041",
    " \ufe0f\u2800\n",
]


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_a_text_that_shows_nothing_is_refused(text):
    with pytest.raises(Invalid):
        clean_text(text, 4000)


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_invisible_characters_may_stay_among_visible_ones(text):
    assert clean_text(f"a{text}b", 4000) == f"a{text}b"


@pytest.mark.parametrize("text", ["❤️", "🫩", ".", "\ue000", "\u0378", "\ufffd"], ids=ascii)
def test_what_can_be_seen_is_a_text_even_if_only_as_a_box(text):
    assert clean_text(text, 4000) == text


CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"]


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
def test_controls_are_refused(control):
    with pytest.raises(Invalid):
        clean_text(f"a{control}b", 4000)


@pytest.mark.parametrize("text", ["tab\there", "line\nline", "~", "\u00a1", "a\u202eb"], ids=ascii)
def test_characters_next_to_the_controls_are_taken(text):
    assert clean_text(text, 4000) == text


def test_the_limits_are_characters_and_where_there_is_none_bytes():
    assert clean_text("🦊🦊", 2)
    with pytest.raises(TooLong, match="can have 2 characters"):
        clean_text("🦊🦊🦊", 2)
    assert clean_text("é" * (MAX_TEXT_BYTES // 2), 0)
    with pytest.raises(TooLong):
        clean_text("é" * (MAX_TEXT_BYTES // 2) + "a", 0)


def messages(*sizes):
    return [
        Message(str(number), "general", "u1", "Ann", "x" * size, "c")
        for number, size in enumerate(sizes)
    ]


@pytest.mark.parametrize(
    ("sizes", "fit"),
    [
        ([], 0),
        ([1, 1], 2),
        ([PAGE_BYTES + 1], 1),
        ([1, PAGE_BYTES + 1], 1),
        ([1, PAGE_BYTES - 1], 2),
        ([1, 1, PAGE_BYTES - 1], 2),
        ([PAGE_BYTES, 1], 1),
    ],
)
def test_the_newest_that_fit_are_kept_and_one_in_any_case(sizes, fit):
    page = messages(*sizes)
    assert newest_that_fit(page) == page[len(page) - fit :]


@pytest.mark.parametrize(("letter", "limit"), [("a", 4000), ("é", 4000), ("🦊", 4000), ("a", 0)])
def test_the_longest_packet_has_room_for_every_text_in_any_form_of_json(letter, limit):
    text = letter * (limit or MAX_TEXT_BYTES)
    escaped = "".join(f"\\u{unit:04x}" for unit in memoryview(text.encode("utf-16")).cast("H")[1:])
    assert largest_packet(limit) > len(escaped)


def test_a_lower_limit_makes_shorter_packets():
    assert largest_packet(100) < largest_packet(4000) < largest_packet(100_000) == largest_packet(0)
