"""A message from the composer to the server: pending, retried, resent, once."""

import pytest
from playwright.sync_api import expect

from tests.browser.wire import Wire, lose_event, until_true

WRITTEN = ("First", "Second", "Third")


@pytest.fixture
def ann_and_wire(visit, room):
    ann = visit("Ann", room=None)
    ann.tolerate_lost_connection()
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    return ann, wire


def test_a_message_shows_within_a_frame_as_pending_and_then_as_sent(ann_and_wire):
    ann, wire = ann_and_wire
    held = []
    wire.to_server = lambda packet: held.append(packet) if '["send"' in packet else packet
    ann.composer.fill("Hello")

    frames = ann.composer.evaluate(
        """box => new Promise((done) => {
            let frames = 0;
            box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true }));
            requestAnimationFrame(function count() {
                frames += 1;
                const shown = document.querySelector('[data-message][data-state="pending"]');
                if (shown || frames > 9) done(frames);
                else requestAnimationFrame(count);
            });
        })"""
    )

    assert frames == 1
    until_true(ann.page, lambda: held, "a message on the wire")
    wire.server.send(held[0])
    ann.sees("Hello")


@pytest.mark.every_browser
def test_after_10_seconds_without_an_answer_it_can_be_retried_or_discarded(visit, room):
    """The test controls the page's clock."""
    ann, ben = visit("Ann", room=None), visit("Ben", room)
    ann.page.clock.install()
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    wire.to_server = lose_event("send")
    for text in ("Again", "Away"):
        ann.say(text)
        expect(ann.row(text)).to_have_attribute("data-state", "pending")
        expect(ann.row(text).get_by_role("button", name="Retry")).to_be_hidden()
    ann.page.clock.fast_forward(10_100)
    for text in ("Again", "Away"):
        expect(ann.row(text)).to_have_attribute("data-state", "slow")
        expect(ann.row(text)).to_contain_text("Not sent yet")

    ann.row("Away").get_by_role("button", name="Discard").click()
    expect(ann.row("Away")).to_have_count(0)
    wire.to_server = lambda packet: packet
    ann.row("Again").get_by_role("button", name="Retry").click()

    ben.sees("Again")
    ann.sees("Again")
    assert ann.texts() == ben.texts() == ["Again"]
    again = [each for each in wire.events("send") if each["text"] == "Again"]
    assert len({each["client_id"] for each in again}) == 1
    assert "first_attempt_ms_ago" in again[-1]


@pytest.mark.every_browser
def test_what_was_written_offline_survives_a_reload_and_arrives_once_in_order(visit, own_server):
    ann, ben = visit("Ann", "general", at=own_server), visit("Ben", "general", at=own_server)
    for visitor in (ann, ben):
        visitor.tolerate_lost_connection()
    own_server.kill()
    for text in WRITTEN:
        ann.say(text)
    expect(ann.row("Third")).to_have_attribute("data-state", "pending")
    own_server.start()

    ann.page.reload()

    ben.sees("Third")
    ann.sees("Third")
    assert ann.texts() == ben.texts() == list(WRITTEN)


@pytest.mark.every_browser
def test_of_two_tabs_only_one_sends_what_waits(visit, own_server):
    """Both tabs show all unsent messages, and reconnect at the same time."""
    ben, ann = visit("Ben", "general", at=own_server), visit("Ann", None, at=own_server)
    for visitor in (ann, ben):
        visitor.tolerate_lost_connection()
    second = ann.new_tab(None)
    wires = [Wire(tab.page) for tab in (ann, second)]
    for wire in wires:
        wire.carry_all()
    for tab in (ann, second):
        tab.open("/rooms/general")
    own_server.kill()
    for tab in (ann, second):  # before they notice the outage, they would still send
        expect(tab.log).to_have_attribute("data-live", "false")
    for text in WRITTEN:
        ann.say(text)
    second.say("Fourth")
    for tab in (ann, second):
        expect(tab.row("Fourth")).to_have_attribute("data-state", "pending")
        expect(tab.row("First")).to_have_attribute("data-state", "pending")

    own_server.start()
    for tab in (ann, second, ben):
        tab.page.evaluate("dispatchEvent(new Event('online'))")

    for tab in (ann, second, ben):
        tab.sees("Fourth")
        assert tab.texts() == [*WRITTEN, "Fourth"]
    sent = [each["text"] for wire in wires for each in wire.events("send")]
    assert sorted(sent) == sorted([*WRITTEN, "Fourth"])


def test_tabs_over_plain_http_leave_each_others_messages_alone(visit, own_server):
    """Browsers have no locks between tabs over plain HTTP."""
    ben, ann = visit("Ben", "general", at=own_server), visit("Ann", None, at=own_server)
    ann.context.add_init_script("delete Navigator.prototype.locks")
    tabs = [ann, ann.new_tab(None), ann.new_tab(None)]
    for visitor in (ben, *tabs):
        visitor.tolerate_lost_connection()
    wires = [Wire(tab.page) for tab in tabs]
    for wire in wires:
        wire.carry_all()
    for tab in tabs:
        tab.open("/rooms/general")
        assert tab.page.evaluate("navigator.locks === undefined")
    own_server.kill()
    for tab in tabs:
        expect(tab.log).to_have_attribute("data-live", "false")
    texts = [f"Number {number:02}" for number in range(12)]
    for number, text in enumerate(texts):
        tabs[number % 3].say(text)
    for tab in tabs:
        expect(tab.page.locator('[data-state="pending"]')).to_have_count(12)

    own_server.start()
    for visitor in (ben, *tabs):
        visitor.page.evaluate("dispatchEvent(new Event('online'))")

    for visitor in (ben, *tabs):
        expect(visitor.page.locator('[data-state="sent"]')).to_have_count(12)
        assert visitor.texts() == texts
    sent = [each["text"] for wire in wires for each in wire.events("send")]
    assert sorted(sent) == texts, "each message must be sent once"


FORBIDDEN = """
    Object.defineProperty(window, "localStorage", {
        get() { throw new DOMException("no", "SecurityError"); },
    });
"""
FULL = """
    Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
"""


@pytest.mark.parametrize("storage", [FULL, FORBIDDEN], ids=["full", "forbidden"])
def test_without_storage_all_works_and_the_page_says_what_is_kept(visit, own_server, storage):
    """Unsent messages last as long as the page, and the browser asks before the page is left."""
    ben, ann = visit("Ben", "general", at=own_server), visit("Ann", None, at=own_server)
    for visitor in (ann, ben):
        visitor.tolerate_lost_connection()
    ann.page.add_init_script(storage)
    ann.open("/rooms/general")
    ann.say("Online")
    ann.sees("Online")
    own_server.kill()
    for text in WRITTEN:
        ann.say(text)
    expect(ann.banner).to_contain_text("if you keep this page open")
    asked = []
    ann.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with ann.page.expect_event("dialog"):
        ann.page.evaluate("setTimeout(() => location.reload(), 0)")
    assert asked == ["beforeunload"]

    own_server.start()

    for visitor in (ann, ben):
        visitor.sees("Third")
        assert visitor.texts() == ["Online", *WRITTEN]


def test_a_broadcast_that_is_faster_than_the_acknowledgement_makes_one_row(ann_and_wire):
    """The acknowledgement afterwards changes nothing."""
    ann, wire = ann_and_wire
    held = wire.hold_back(lambda packet: packet.startswith("43"))
    ann.say("Hello")
    ann.sees("Hello")
    held.release()
    ann.say("World")
    ann.sees("World")
    assert ann.texts() == ["Hello", "World"]


def test_an_acknowledgement_that_is_faster_than_the_broadcast_makes_one_row(ann_and_wire):
    ann, wire = ann_and_wire
    held = wire.hold_back(lambda packet: '["message"' in packet)
    ann.say("Hello")
    ann.sees("Hello")
    held.release()
    ann.say("World")
    ann.sees("World")
    assert ann.texts() == ["Hello", "World"]
