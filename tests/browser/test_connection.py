"""The connection goes and comes back."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.scrolling import until
from tests.browser.wire import Wire, until_true

NOTE_WHAT_IS_TOLD = """
    addEventListener("DOMContentLoaded", () => {
        const banner = document.querySelector("[data-banner]");
        const face = document.querySelector("[data-my-presence]");
        let wasHere = false;
        const look = () => {
            window.bannerSeen ||= !banner.hidden;
            window.awaySeen ||= wasHere && face.dataset.presence === "away";
            wasHere ||= face.dataset.presence === "here";
        };
        const observer = new MutationObserver(look);
        for (const each of [banner, face]) each && observer.observe(each, { attributes: true });
    });
"""
COMES_BACK_WITHIN = 2000  # milliseconds that the server gives its clients
FRAME = 20  # milliseconds


class Held:
    """A page whose clock stands still until the test advances it."""

    def __init__(self, visitor, path):
        self.visitor = visitor
        self.page = visitor.page
        self.page.clock.install()
        self.page.add_init_script(NOTE_WHAT_IS_TOLD)
        visitor.open(path)
        self.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))

    def run(self, milliseconds):
        self.page.clock.run_for(milliseconds)

    def run_until_live(self, live):
        """Let frames pass until `data-live` of the timeline has this value."""
        self.run_until(lambda: self.visitor.log.get_attribute("data-live") == live)

    def run_until(self, condition):
        """Let frames pass until the condition is true; at most 4 s of the page's time."""
        for _ in range(4000 // FRAME):
            if condition():
                return
            self.page.wait_for_timeout(50)  # real time, in which the server works
            self.run(FRAME)
        raise AssertionError("the condition did not come true")

    @property
    def banner_seen(self):
        return bool(self.page.evaluate("window.bannerSeen"))

    @property
    def away_seen(self):
        """Whether the reader was shown as away after having been here."""
        return bool(self.page.evaluate("window.awaySeen"))


@pytest.fixture
def held(visit, own_server):
    ann = visit("Ann", None, at=own_server)
    ann.tolerate_lost_connection()
    return Held(ann, "/rooms/general")


def test_a_planned_stop_is_never_told_of(held, own_server):
    """Neither is catching up afterwards. The test controls the page's clock."""
    own_server.stop()
    own_server.start()
    held.run_until_live("false")

    held.run(COMES_BACK_WITHIN)
    held.run_until_live("true")

    assert not held.banner_seen
    assert not held.away_seen


def test_a_lost_connection_is_told_of_after_2_seconds(held, own_server):
    own_server.kill()
    held.run_until_live("false")
    held.run(1900 - FRAME)
    assert not held.banner_seen
    assert not held.away_seen

    held.run(500)

    assert held.banner_seen
    assert held.away_seen
    expect(held.visitor.banner).to_be_visible()


@pytest.mark.every_browser
def test_the_banner_counts_down_and_retries_on_demand(visit, own_server):
    """A countdown and "Retry now"."""
    ann = visit("Ann", "general", at=own_server)
    ann.tolerate_lost_connection()
    own_server.kill()
    expect(ann.banner).to_contain_text("Trying again in")
    expect(ann.banner).to_contain_text("What you write will be sent when you’re back.")
    own_server.start()

    ann.page.evaluate("document.querySelector('[data-banner-retry]').click()")

    ann.wait_until_live()
    expect(ann.banner).to_be_hidden()


@pytest.mark.parametrize("event", ["online", "focus"])
def test_the_network_and_the_reader_coming_back_retry_at_once(visit, own_server, event):
    """The page's own next attempt isn't due, because its clock hardly advances."""
    ann = visit("Ann", None, at=own_server)
    ann.tolerate_lost_connection()
    held = Held(ann, "/rooms/general")
    own_server.kill()
    held.run_until_live("false")
    own_server.start()

    ann.page.evaluate("event => dispatchEvent(new Event(event))", event)

    run_frames_until_live(held)


def run_frames_until_live(held):
    """Advance the clock by at most 240 ms: the page's own next attempt is due after 500 ms."""
    for _ in range(24):
        held.page.wait_for_timeout(250)
        held.run(FRAME // 2)
        if held.visitor.log.get_attribute("data-live") == "true":
            return
    raise AssertionError("the page did not reconnect")


@pytest.mark.every_browser
def test_the_banner_stays_until_what_was_missed_is_in(visit, own_server):
    ann, ben = visit("Ann", None, at=own_server), visit("Ben", "general", at=own_server)
    for visitor in (ann, ben):
        visitor.tolerate_lost_connection()
    wire = Wire(ann.page)
    ann.open("/rooms/general")
    answers = wire.hold_back(lambda packet: '"people"' in packet)
    own_server.kill()
    expect(ann.banner).to_be_visible()
    own_server.start()
    ben.say("Missed by Ann")
    ben.sees("Missed by Ann")

    expect(ann.banner).to_contain_text("Loading what you missed", timeout=30_000)
    answers.release()

    ann.sees("Missed by Ann")
    expect(ann.banner).to_be_hidden()


def test_while_the_history_is_down_new_messages_arrive_and_the_page_says_so(visit, own_server):
    """Loaded messages stay; the page joins again after the server's `retry_after`."""
    ann, ben = visit("Ann", None, at=own_server), visit("Ben", "general", at=own_server)
    ben.say("From before")
    ben.sees("From before")
    wire = Wire(ann.page)
    ann.open("/rooms/general")
    ann.sees("From before")
    failure = {"code": "unavailable", "message": "the history is down", "retry_after": 0.1}

    def without_history(packet):
        """The server lets the page into the room, but can't load messages."""
        if '"people"' not in packet:
            return packet
        return f"{packet[: packet.index('[')]}[{json.dumps({'ok': False, 'error': failure})}]"

    wire.to_browser = without_history
    for room in ("tech", "general"):
        ann.page.locator(f"[data-room-link={room}]").click()

    expect(ann.banner).to_contain_text("Older messages can’t be loaded right now")
    expect(ann.row("From before")).to_have_count(1)
    ben.say("Said meanwhile")
    ann.sees("Said meanwhile")
    expect(ann.log).to_have_attribute("aria-live", "polite")
    wire.to_browser = lambda packet: packet

    ann.wait_until_live()
    expect(ann.banner).to_be_hidden()
    assert ann.texts() == ["From before", "Said meanwhile"]


THROWS = "window.WebSocket = class { constructor() { throw new Error(); } };"


@pytest.mark.parametrize("block", ["closes at once", "says nothing", "does not exist"])
def test_where_websockets_come_to_nothing_the_page_polls(visit, block):
    ann = visit("Ann", None)
    ann.tolerate_lost_connection()
    if block == "does not exist":
        ann.page.add_init_script(THROWS)
    else:
        ends = block == "closes at once"
        ann.page.route_web_socket("**/socket.io/**", lambda socket: ends and socket.close())
    ann.page.goto("/rooms/general")
    expect(ann.log).to_have_attribute("data-live", "true", timeout=40_000)
    ann.say(f"By letter: {block}")
    ann.sees(f"By letter: {block}")


def test_without_a_connection_a_room_says_when_its_messages_come(visit, own_server):
    ann = visit("Ann", "general", at=own_server)
    ann.tolerate_lost_connection()
    expect(ann.page.locator("[data-older]")).to_be_hidden()
    ann.context.set_offline(True)
    expect(ann.banner).to_contain_text("You’re offline.")

    ann.page.locator('[data-room-link="tech"]').click()

    words = ann.page.locator("[data-older-text]")
    expect(words).to_have_text("The messages will load when you’re back.")
    expect(ann.page.locator("[data-older-spinner]")).to_be_hidden()
    ann.say("Mine")
    expect(ann.row("Mine")).to_have_attribute("data-state", "pending")
    expect(words).to_be_visible()
    ann.context.set_offline(False)
    ann.wait_until_live()
    expect(ann.page.locator("[data-older]")).to_be_hidden()


HOLD_FRAMES = """() => {
    window.heldFrames = [];
    window.requestAnimationFrame = (callback) => heldFrames.push(callback);
}"""
RELEASE_FRAMES = "() => { for (const callback of heldFrames.splice(0)) callback(0); }"


def test_what_has_come_and_is_not_on_the_page_yet_is_not_asked_for(visit, room, fill):
    """The first 25 messages fill little more than the window; the 50 of the answer are enough."""
    fill(room, *(f"number {number}" for number in range(60)))
    ann = visit("Ann", None, viewport={"width": 900, "height": 600})
    wire = Wire(ann.page)
    held = wire.hold_back(lambda packet: '"people"' in packet)
    ann.page.goto(f"/rooms/{room}")
    expect(ann.rows).to_have_count(25)
    ann.page.evaluate(HOLD_FRAMES)

    held.release()
    ann.page.wait_for_function("() => heldFrames.length > 0")
    ann.log.dispatch_event("scroll")
    ann.page.evaluate(RELEASE_FRAMES)

    expect(ann.rows).to_have_count(50)
    ann.say("Asked after that")
    ann.page.evaluate(RELEASE_FRAMES)
    until_true(ann.page, lambda: wire.events("send"), "the message")
    assert wire.events("history") == []


def test_the_newest_messages_are_there_before_the_socket_says_anything(visit, room, fill):
    fill(room, *(f"number {number}" for number in range(60)))
    ann = visit("Ann", None)
    held = Wire(ann.page).hold_back(lambda _packet: True)
    ann.page.goto(f"/rooms/{room}")
    expect(ann.row("number 59")).to_be_in_viewport()
    expect(ann.rows).to_have_count(25)
    expect(ann.log).to_have_attribute("data-live", "false")

    held.release()
    ann.wait_until_live()
    expect(ann.row("number 12")).to_have_count(1)
    expect(ann.row("number 59")).to_be_in_viewport()


def test_without_the_newest_messages_the_join_brings_them(visit, room, fill):
    fill(room, "number 1")
    ann = visit("Ann", None)
    ann.tolerate("status of 500")
    ann.page.route("**/messages", lambda route: route.fulfill(status=500))
    ann.open(f"/rooms/{room}")
    ann.sees("number 1")


# Parts that are loaded when the page is idle come one after the other; this is the last one.
LAST_PART = "shortcuts-help"
LOADED = """part => performance.getEntriesByType("resource").some(({ name, responseEnd }) =>
    name.includes(part) && responseEnd > 0)"""


@pytest.mark.parametrize(
    ("key", "dialog"), [("Control+k", "Go to a room"), ("Control+/", "Keyboard shortcuts")]
)
def test_dialogs_that_were_never_opened_open_without_a_connection(visit, own_server, key, dialog):
    ann = visit("Ann", "general", at=own_server)
    ann.tolerate_lost_connection()
    until(ann, LOADED, LAST_PART)
    own_server.kill()
    expect(ann.log).to_have_attribute("data-live", "false")
    ann.page.keyboard.press(key)
    expect(ann.page.get_by_role("dialog", name=dialog)).to_be_visible()


def test_markdown_written_without_a_connection_is_shown_at_once(visit, own_server):
    ann = visit("Ann", "general", at=own_server)
    ann.tolerate_lost_connection()
    until(ann, LOADED, LAST_PART)
    own_server.kill()
    ann.say("some **bold** words")
    expect(ann.row("some").locator("strong")).to_have_text("bold")


def test_markdown_whose_parser_could_not_be_loaded_is_shown_after_the_reconnection(
    visit, own_server
):
    ann = visit("Ann", None, at=own_server)
    ann.tolerate_lost_connection()
    ann.page.route("**/markdown-nodes*", lambda route: route.abort())
    ann.open("/rooms/general")
    own_server.kill()
    ann.say("some **bold** words")
    expect(ann.row("some")).to_contain_text("**bold**")
    ann.page.unroute("**/markdown-nodes*")
    own_server.start()
    ann.sees("some")
    expect(ann.row("some").locator("strong")).to_have_text("bold")
