"""Clocks that are wrong, and servers that answer slowly, wrongly or not at all."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.wire import Wire, event_of, lose_event, pass_on, until_true


@pytest.fixture
def ann_and_wire(visit, room):
    ann = visit("Ann", room=None)
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    return ann, wire


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_wrong_by_a_day_harms_nothing(visit, own_server, days):
    """Order, resends and the banner work; the sent message has the server's time."""
    ann, ben = visit("Ann", None, at=own_server), visit("Ben", "general", at=own_server)
    for visitor in (ann, ben):
        visitor.tolerate_lost_connection()
    ann.page.clock.install(time=datetime.now(UTC) + timedelta(days=days))
    ann.open("/rooms/general")
    ben.say("From Ben")
    ann.sees("From Ben")
    ann.say("From Ann")
    ben.sees("From Ann")
    own_server.kill()
    ann.say("Waited")
    expect(ann.banner).to_contain_text("Trying again in")
    own_server.start()

    for visitor in (ann, ben):
        visitor.sees("Waited")
        assert visitor.texts() == ["From Ben", "From Ann", "Waited"]
    times = "rows => rows.map((row) => row.dataset.sentAt.slice(0, 10))"
    assert ann.rows.evaluate_all(times) == ben.rows.evaluate_all(times)
    expect(ann.page.locator("[data-day]")).to_have_count(1)


NONSENSE = ["null", "7", '"text"', "[]", "{}", '{"ok":true}', '{"ok":true,"messages":[null]}']


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_an_answer_that_makes_no_sense_is_like_none(ann_and_wire, visit, room, nonsense):
    """The message waits, is sent again, and is there once."""
    ann, wire = ann_and_wire
    ben = visit("Ben", room)

    def garble(packet):
        if not packet.startswith("43/rooms,"):
            return packet
        wire.to_browser = lambda packet: packet
        return f"{packet[: packet.index('[')]}[{nonsense}]"

    wire.to_browser = garble
    ann.say("Hello")

    ben.sees("Hello")
    ann.sees("Hello")
    ann.say("Next")
    ben.sees("Next")
    assert ann.texts() == ben.texts() == ["Hello", "Next"]


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_a_room_whose_first_answer_makes_no_sense_is_entered_again(visit, room, chatter, nonsense):
    chatter("Ben", room).say(room, "Here")
    ann = visit("Ann", room=None)
    wire = Wire(ann.page)

    def garble(packet):
        if '"people"' not in str(packet):
            return packet
        wire.to_browser = lambda packet: packet
        return f"{packet[: packet.index('[')]}[{nonsense}]"

    wire.to_browser = garble
    ann.open(f"/rooms/{room}")

    ann.sees("Here")
    expect(ann.banner).to_be_hidden()


EVENTS = [
    ("message", None),
    ("message", {"id": 7}),
    ("message", {"id": "x", "room": "ROOM", "user": None, "text": "", "client_id": ""}),
    ("presence", {"room": "ROOM", "count": "many", "joined": 3}),
    ("presence", {"room": "ROOM", "count": 1, "joined": [None]}),
    ("activity", {"room": 7}),
    ("going_away", None),
    ("nonsense", {"a": 1}),
]


def test_events_that_make_no_sense_change_nothing(ann_and_wire, chatter, room):
    ann, wire = ann_and_wire
    for event, payload in EVENTS:
        wire.browser.send(f"42/rooms,{json.dumps([event, payload]).replace('ROOM', room)}")
    wire.browser.send('42/typing,["typing",{"room":"general"}]')

    chatter("Ben", room).say(room, "All is well")

    ann.sees("All is well")
    ann.say("Indeed")
    ann.sees("Indeed")
    assert ann.texts() == ["All is well", "Indeed"]


def test_a_server_that_never_answers_keeps_nobody_in_the_dark(visit, room):
    """The page says that it is loading, then that nobody answers; new messages stay pending."""
    ann = visit("Ann", None)
    ann.page.clock.install()
    wire = Wire(ann.page)
    wire.to_server = lose_event("join")
    ann.page.goto(f"/rooms/{room}")
    expect(ann.banner).to_contain_text("Loading what you missed")
    ann.composer.fill("Patience")
    ann.composer.press("Enter")
    expect(ann.row("Patience")).to_have_attribute("data-state", "pending")
    ann.page.clock.fast_forward(10_100)
    expect(ann.banner).to_contain_text("isn’t answering")

    wire.to_server = lambda packet: packet
    ann.page.clock.fast_forward(20_000)

    ann.sees("Patience")
    expect(ann.banner).to_be_hidden()


def test_a_server_that_lets_nobody_in_is_given_up_and_tried_again(visit, room):
    """The connection opens, but the request to connect to /rooms is never answered."""
    ann = visit("Ann", None)
    ann.page.clock.install()
    wire = Wire(ann.page)
    asked = []

    def lose_entry(packet):
        return asked.append(packet) if str(packet).startswith("40/rooms,") else packet

    wire.to_server = lose_entry
    ann.page.goto(f"/rooms/{room}")
    expect(ann.banner).to_contain_text("Connecting…")
    until_true(ann.page, lambda: asked, "an attempt")
    assert len(asked) == 1

    ann.page.clock.run_for(11_100)  # a timeout of 10 s, and up to 1 s until the retry
    until_true(ann.page, lambda: len(asked) == 2, "another attempt")
    wire.to_server = pass_on
    ann.page.clock.run_for(12_100)

    ann.wait_until_live()
    expect(ann.banner).to_be_hidden()


def test_answers_that_take_their_time_come_in_order(ann_and_wire, visit, room):
    """Each answer is held back until others have the message: nothing is sent twice, in order."""
    ann, wire = ann_and_wire
    ben = visit("Ben", room)
    held = wire.hold_back(lambda packet: packet.startswith("43") and '"message":{' in packet)
    for text in ("1st", "2nd", "3rd"):
        ann.say(text)
    for text in ("1st", "2nd", "3rd"):
        ben.sees(text)
        held.deliver_one()

    ann.sees("3rd")
    assert ann.texts() == ben.texts() == ["1st", "2nd", "3rd"]
    assert [each["text"] for each in wire.events("send")] == ["1st", "2nd", "3rd"]


def test_a_rate_limit_is_waited_out_and_keeps_the_order(ann_and_wire, visit, room):
    ann, wire = ann_and_wire
    ben = visit("Ben", room)
    refused = []

    def refuse_first(packet):
        if (event_of(packet) or [None])[0] != "send" or refused:
            return packet
        refused.append(packet)
        error = {"code": "rate_limited", "message": "Too many messages.", "retry_after": 0.3}
        return wire.answer(packet, {"ok": False, "error": error})

    wire.to_server = refuse_first
    for text in ("1st", "2nd"):
        ann.say(text)

    ben.sees("2nd")
    assert refused
    assert ben.texts() == ["1st", "2nd"]
