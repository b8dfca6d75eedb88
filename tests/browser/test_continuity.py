"""Lost events are detected and recovered, without a reconnect and without disturbing the reader."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.polls import Polls
from tests.browser.scrolling import place_of, scroll_to
from tests.browser.test_connection import FRAME, Held
from tests.browser.wire import Wire, event_of, lose_event, pass_on

HISTORY = [f"Line {number:03}" for number in range(120)]


@pytest.fixture
def ann_and_wire(visit, room):
    ann = visit("Ann", None)
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    return ann, wire


def joins(wire):
    """The joins of rooms; joins of /typing have no `limit`."""
    return [join for join in wire.events("join") if "limit" in join]


def lose_message(text):
    """Loses the event of the message with this text."""

    def lose(packet):
        name, payload = event_of(packet) or (None, None)
        return None if name == "message" and payload["text"] == text else packet

    return lose


def test_a_lost_event_comes_into_its_place(ann_and_wire, chatter, room):
    ann, wire = ann_and_wire
    ben = chatter("Ben", room)
    wire.to_browser = lose_message("2nd")
    first = wire.browser
    for text in ("1st", "2nd", "3rd"):
        ben.say(room, text)

    ann.sees("2nd")

    assert ann.texts() == ["1st", "2nd", "3rd"]
    assert len(joins(wire)) == 2
    assert wire.browser is first
    expect(ann.banner).to_be_hidden()


def test_so_does_the_last_one(ann_and_wire, chatter, room):
    """Only a mark follows it."""
    ann, wire = ann_and_wire
    ben = chatter("Ben", room)
    expect(ann.page.locator("[data-person-name]")).to_have_count(2)
    ben.say(room, "1st")
    ann.sees("1st")
    wire.to_browser = lose_message("2nd")
    ben.say(room, "2nd")

    ann.sees("2nd")

    assert ann.texts() == ["1st", "2nd"]


def test_the_lost_answer_to_a_poll_leaves_no_hole(visit, chatter, room):
    ann = visit("Ann", None)
    ann.tolerate("WebSocket")
    polls = Polls(ann.page)
    ann.open(f"/rooms/{room}")
    ben = chatter("Ben", room)
    ben.say(room, "1st")
    ann.sees("1st")
    polls.lose("2nd")
    ben.say(room, "2nd")
    polls.wait_until_lost()
    ben.say(room, "3rd")

    ann.sees("3rd")
    ann.sees("2nd")

    assert ann.texts() == ["1st", "2nd", "3rd"]
    assert polls.handshakes == 1


def test_the_reader_is_not_disturbed(visit, fill, chatter, room):
    """The scroll position stays. There is no banner, and no request for history."""
    fill(room, *HISTORY)
    ann = visit("Ann", None, viewport={"width": 900, "height": 600})
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    ben = chatter("Ben", room)
    scroll_to(ann, 500)
    expect(ann.row("Line 030")).to_have_count(1)  # an older page has been loaded
    texts = ann.texts()
    eye = texts[len(texts) // 2]
    before = place_of(ann, eye)
    loaded = wire.events("history")
    wire.to_browser = lose_message("Lost")
    for text in ("Before", "Lost", "After"):
        ben.say(room, text)

    expect(ann.page.locator("[data-jump-text]")).to_contain_text("3 ")

    assert place_of(ann, eye) == pytest.approx(before, abs=1)
    expect(ann.log).to_have_attribute("data-live", "true")
    expect(ann.banner).to_be_hidden()
    assert wire.events("history") == loaded
    ann.log.press("End")
    ann.sees("Lost")
    assert ann.texts()[-3:] == ["Before", "Lost", "After"]


def test_a_hole_that_stays_is_told_after_two_seconds(visit, chatter, room):
    ann = visit("Ann", None)
    wire = Wire(ann.page)
    held = Held(ann, f"/rooms/{room}")
    ben = chatter("Ben", room)
    wire.to_browser = lose_message("Lost")
    wire.to_server = lose_event("join")
    for text in ("Lost", "Next"):
        ben.say(room, text)
    held.run_until(lambda: ann.row("Next").count())

    held.run(1900)
    assert not held.banner_seen
    held.run(500)
    expect(ann.banner).to_contain_text("Loading what you missed")

    wire.to_server = pass_on
    held.run(12_000)  # the join times out, and is retried
    held.run_until(lambda: ann.row("Lost").count())
    held.run(500)
    expect(ann.banner).to_be_hidden()


def test_a_hole_that_is_mended_at_the_second_attempt_is_not_told(visit, chatter, room):
    """The page joins again after the server's `retry_after`, before the banner is due."""
    ann = visit("Ann", None)
    ann.page.add_init_script("Math.random = () => 0.2")
    wire = Wire(ann.page)
    held = Held(ann, f"/rooms/{room}")
    ben = chatter("Ben", room)
    wire.to_browser = lose_message("Lost")
    wire.refuse("join", "rate_limited", retry_after=0.3)
    before = len(joins(wire))
    for text in ("Lost", "Next"):
        ben.say(room, text)

    held.run_until(lambda: len(joins(wire)) > before)
    held.run(FRAME)
    wire.to_server = pass_on
    held.run_until(lambda: ann.row("Lost").count())

    assert len(joins(wire)) == before + 2
    assert not held.banner_seen


def test_an_event_that_the_page_does_not_know_is_no_hole(visit, chatter, room):
    """A newer server may send other events. The test controls the page's clock."""
    ann = visit("Ann", None)
    wire = Wire(ann.page)
    held = Held(ann, f"/rooms/{room}")
    ben = chatter("Ben", room)
    held.run(1000)
    before = joins(wire)

    def rename(packet):
        name, payload = event_of(packet) or (None, None)
        if name != "message" or payload["text"] != "Unknown":
            return packet
        changed = {"room": room, "follows": payload["follows"]}
        return f"42/rooms,{json.dumps(['changed', changed])}"

    wire.to_browser = rename
    for text in ("Unknown", "Next"):
        ben.say(room, text)
    held.run_until(lambda: ann.row("Next").count())

    held.run(1500)
    assert joins(wire) == before


def test_a_message_says_how_old_its_connection_is(ann_and_wire):
    ann, wire = ann_and_wire
    for text in ("1st", "2nd"):
        ann.say(text)
        ann.sees(text)

    first, second = (send["connected_ms"] for send in wire.events("send"))

    assert 0 <= first <= second


def test_a_server_of_the_first_edition_is_spoken_to_as_before(visit, chatter, room):
    """It doesn't number events, and refuses fields that it doesn't know."""
    ann = visit("Ann", None)
    wire = Wire(ann.page)
    invalid = {"ok": False, "error": {"code": "invalid", "message": "no such field"}}
    later = {"up_to", "connected_ms"}

    def to_server(packet):
        _, payload = event_of(packet) or (None, None)
        if isinstance(payload, dict) and later & payload.keys():
            return wire.answer(packet, invalid)
        return packet

    def to_browser(packet):
        return packet.replace('"follows"', '"-"').replace('"up_to"', '"_"')

    wire.to_server, wire.to_browser = to_server, to_browser
    ann.open(f"/rooms/{room}")
    ben = chatter("Ben", room)
    ben.say(room, "1st")
    for text in ("2nd", "3rd"):
        ann.say(text)
        ann.sees(text)

    assert ann.texts() == ["1st", "2nd", "3rd"]
    assert ["connected_ms" in send for send in wire.events("send")] == [True, False, False]
    wire.browser.close()
    ben.say(room, "4th")
    ann.sees("4th")
    assert ann.texts() == ["1st", "2nd", "3rd", "4th"]
