"""Dead and dying connections, on every transport: how soon the page notices and reconnects."""

import pytest

from tests.browser.polls import Polls
from tests.browser.test_connection import Held
from tests.browser.wire import Wire, lose

NOTICED_WITHIN = 4300  # milliseconds; the next attempt comes later


@pytest.fixture
def ann(visit, own_server):
    ann = visit("Ann", None, at=own_server)
    ann.tolerate_lost_connection()
    return ann


def come_back(page, event):
    target = {"visibilitychange": "document"}.get(event, "window")
    page.evaluate(f"{target}.dispatchEvent(new Event('{event}'))")


@pytest.mark.parametrize("event", ["focus", "visibilitychange", "online"])
def test_whoever_comes_back_to_a_dead_connection_finds_out(ann, event):
    """Without such an event the page would notice only when the server's next ping is overdue."""
    wire = Wire(ann.page)
    held = Held(ann, "/rooms/general")
    wire.to_server = wire.to_browser = lose

    come_back(held.page, event)
    held.run(NOTICED_WITHIN)

    assert ann.log.get_attribute("data-live") == "false"


def test_a_dead_connection_of_polls_is_found_out_as_soon(ann):
    """The page's check of the connection never reaches the server."""
    polls = Polls(ann.page)
    held = Held(ann, "/rooms/general")
    polls.is_dead = True

    come_back(held.page, "focus")
    held.run(NOTICED_WITHIN)
    assert ann.log.get_attribute("data-live") == "false"

    polls.is_dead = False
    held.run_until_live("true")


def test_a_server_that_stops_is_left_although_it_does_not_close(ann):
    """It may be busy with other clients. The page reconnects at the time that the server named."""
    wire = Wire(ann.page)
    held = Held(ann, "/rooms/general")
    first = wire.browser
    wire.browser.send('42/rooms,["going_away",{"reconnect_in_ms":800}]')

    held.run_until_live("false")
    held.run_until_live("true")

    assert wire.browser is not first
    assert not held.banner_seen


SLEEP = """() => {
    const now = Date.now;
    Date.now = () => now() + 120_000;
}"""


@pytest.mark.parametrize("written", ["before", "after"])
def test_what_is_said_on_a_laptop_that_slept_goes_over_the_next_connection(ann, written):
    """It isn't sent with the age of the old connection, which would hide that it is late."""
    ann.page.clock.install()
    wire = Wire(ann.page)
    ann.open("/rooms/general")
    if written == "before":
        ann.composer.fill("Good morning")
    ann.page.clock.run_for(20_000)
    ann.page.evaluate(SLEEP)

    if written == "after":
        ann.composer.fill("Good morning")
    ann.composer.press("Enter")
    for _ in range(20):
        ann.page.clock.run_for(200)
        ann.page.wait_for_timeout(50)

    ann.sees("Good morning")
    assert all(send["connected_ms"] < 20_000 for send in wire.events("send"))
    connects = [n for n, packet in enumerate(wire.sent) if packet.startswith("40/rooms,")]
    again = wire.sent[connects[1] :]
    assert not any("typing" in packet and "active" in packet for packet in again)
