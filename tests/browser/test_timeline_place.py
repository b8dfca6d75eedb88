"""The scroll position of the reader stays."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.scrolling import (
    from_bottom,
    place_of,
    scroll_to,
    to_top,
    until,
    until_at_bottom,
)
from tests.browser.wire import Wire, lose_event, pass_on, until_true

HISTORY = [f"Line {number:03}" for number in range(200)]


@pytest.fixture
def ann(visit, room, fill):
    """Ann in a room with much history."""
    fill(room, *HISTORY)
    return visit("Ann", room, viewport={"width": 900, "height": 600})


def test_older_messages_move_nothing_under_the_readers_eye(ann):
    """The first loaded message loses its head: its group begins on the page above."""
    first = ann.texts()[0]
    assert first == "Line 150"
    to_top(ann)
    before = place_of(ann, first)

    expect(ann.row("Line 110")).to_have_count(1)

    assert place_of(ann, first) == pytest.approx(before, abs=1)


def test_page_after_page_keeps_the_place(ann):
    """Over three pages of history, while the range of rendered rows moves."""
    for line in ("Line 110", "Line 060", "Line 010"):
        to_top(ann)
        eye = ann.texts()[0]
        before = place_of(ann, eye)
        expect(ann.row(line)).to_have_count(1)
        assert place_of(ann, eye) == pytest.approx(before, abs=1)


def test_another_width_keeps_the_message_in_view(visit, room, fill):
    """The lines break elsewhere, the reader stays at the same message."""
    fill(room, *(f"Line {number:03} {'and so on ' * 30}" for number in range(50)))
    ann = visit("Ann", room)
    scroll_to(ann, 1500)
    eye = ann.page.evaluate(
        """() => {
            const top = document.querySelector("[data-timeline]").getBoundingClientRect().top;
            const texts = [...document.querySelectorAll("[data-text]")];
            return texts.find((text) => text.getBoundingClientRect().bottom > top).textContent;
        }"""
    )[:8]
    before = place_of(ann, eye)

    ann.page.set_viewport_size({"width": 500, "height": 800})

    expect(ann.page.get_by_role("button", name="Rooms", exact=True)).to_be_visible()
    assert place_of(ann, eye) == pytest.approx(before, abs=1)
    assert from_bottom(ann) > 1500


def test_near_the_bottom_a_new_message_is_followed(ann, chatter, room):
    """Within 100 px."""
    ben = chatter("Ben", room)
    scroll_to(ann, 99)

    ben.say(room, "Just in")

    ann.sees("Just in")
    until_at_bottom(ann)


def test_further_up_a_pill_counts_new_messages_and_leads_there(ann, chatter, room):
    """By click and by End."""
    ben = chatter("Ben", room)
    pill = ann.page.locator("[data-jump]")
    for leave_for in (pill.click, lambda: ann.page.keyboard.press("End")):
        scroll_to(ann, 101)
        place = place_of(ann, "Line 199")
        for number in range(3):
            ben.say(room, f"News {number}")
        expect(pill).to_contain_text("3 new messages")
        assert place_of(ann, "Line 199") == pytest.approx(place, abs=1)

        leave_for()

        until_at_bottom(ann)
        expect(pill).to_be_hidden()


def test_what_is_new_below_has_no_pill_that_leads_up(ann, chatter, room):
    """Also where the new messages aren't on the page, because the reader is far from them."""
    scroll_to(ann, 2500)
    ben = chatter("Ben", room)
    for number in range(3):
        ben.say(room, f"News {number}")
    expect(ann.page.locator("[data-jump]")).to_contain_text("3 new messages")
    expect(ann.row("News 0")).to_have_count(0)
    expect(ann.page.locator("[data-jump-new]")).to_be_hidden()


def test_ones_own_message_always_leads_to_the_bottom(ann):
    scroll_to(ann, 2000)

    ann.say("Here I am")

    ann.sees("Here I am")
    until_at_bottom(ann)


def test_a_growing_composer_keeps_the_bottom(ann):
    until_at_bottom(ann)
    height = ann.composer.bounding_box()["height"]

    ann.composer.fill("\n" * 6)

    until(ann, "was => document.querySelector('[data-composer-text]').clientHeight > was", height)
    until_at_bottom(ann)


FRAMES = """() => new Promise(
    (done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))
)"""


def test_after_the_composer_grew_and_shrank_messages_are_followed(ann, chatter, room):
    ben = chatter("Ben", room)
    until_at_bottom(ann)
    lines = "\n".join("pasted" for _ in range(6))
    for text in (lines, f"{lines}!", f"{lines}!!", "", "\n" * 8, "short"):
        ann.composer.fill(text)
        until(ann, FRAMES)
    ben.say(room, "Just in")
    ann.sees("Just in")
    until_at_bottom(ann)
    expect(ann.page.locator("[data-jump]")).to_be_hidden()


def test_a_window_that_grows_down_to_the_end_follows_again(ann, chatter, room):
    ben = chatter("Ben", room)
    expect(ann.page.locator("[data-person]")).to_have_count(2)  # nothing is rendered after this
    scroll_to(ann, 150)
    size = ann.page.viewport_size
    ann.page.set_viewport_size({**size, "height": size["height"] + 150})
    expect(ann.page.locator("[data-jump]")).to_be_hidden()
    ben.say(room, "Just in")
    ann.sees("Just in")
    until_at_bottom(ann)


@pytest.mark.parametrize("height", [300, 900])
def test_a_keyboard_or_a_resized_window_keeps_the_bottom(ann, height):
    until_at_bottom(ann)

    ann.page.set_viewport_size({"width": 900, "height": height})

    until(ann, "height => document.querySelector('.shell').clientHeight === height", height)
    until_at_bottom(ann)
    expect(ann.page.locator("[data-jump]")).to_be_hidden()


def test_coming_back_to_a_room_restores_the_place(ann, chatter, room):
    """By its link and by Back, also if something was said meanwhile."""
    ben = chatter("Ben", room)
    scroll_to(ann, 1000)
    place = place_of(ann, "Line 175")

    ann.go_to("random")
    ben.say(room, "While you were away")
    ann.go_to(room)

    expect(ann.page.locator("[data-jump]")).to_contain_text("1 new message")
    expect(ann.row("Line 175")).to_have_count(1)
    assert place_of(ann, "Line 175") == pytest.approx(place, abs=1)

    ann.page.go_back()
    expect(ann.page.get_by_role("heading", name="Random", exact=True)).to_be_visible()
    ann.page.go_back()

    expect(ann.row("Line 175")).to_have_count(1)
    ann.wait_until_live()
    assert place_of(ann, "Line 175") == pytest.approx(place, abs=1)


def test_a_pill_leads_up_to_the_new_line_however_far_it_is(visit, room, fill):
    """Also while a page of history is already requested."""
    fill(room, "Read", last_at=datetime.now(UTC) - timedelta(hours=5))
    ann = visit("Ann", room, viewport={"width": 1280, "height": 500})  # far enough from the top
    ann.sees("Read")
    ann.go_to("random")
    fill(room, *(f"Unread {number:03}" for number in range(130)))
    held = Wire(ann.page).hold_back(lambda packet: "Unread 040" in packet)
    ann.open(f"/rooms/{room}")
    pill = ann.page.locator("[data-jump-new]")
    expect(pill).to_have_text("More than 50 new messages")
    to_top(ann)
    expect(ann.page.locator("[data-older-spinner]")).to_be_visible()

    pill.click()
    until(ann, "() => true")  # the page still answers
    held.release()

    expect(ann.page.locator("[data-new-line]")).to_be_in_viewport()
    expect(ann.page.locator("[data-new-line] + [data-message]")).to_contain_text("Unread 000")
    expect(pill).to_be_hidden()
    expect(ann.log).to_be_focused()


def test_one_history_request_at_a_time_and_a_failure_offers_to_retry(visit, room, fill):
    fill(room, *HISTORY)
    ann = visit("Ann", room=None)
    wire = Wire(ann.page)
    wire.refuse("history", "unavailable", retry_after=1)
    ann.open(f"/rooms/{room}")
    older = ann.page.locator("[data-older]")

    to_top(ann)

    expect(older).to_contain_text("couldn’t be loaded")
    expect(older.locator("[data-older-spinner]")).to_be_hidden()
    for pixels in (1, 2, 3):
        ann.log.evaluate("(log, pixels) => { log.scrollTop = pixels; }", pixels)
    to_top(ann)
    assert len(wire.events("history")) == 1
    wire.to_server = lambda packet: packet
    older.get_by_role("button", name="Retry").click()
    expect(ann.row("Line 110")).to_have_count(1)
    assert len(wire.events("history")) == 2


def test_a_page_of_history_that_never_comes_offers_to_retry(visit, room, fill):
    """Never an endless spinner."""
    fill(room, *HISTORY)
    ann = visit("Ann", room=None)
    ann.page.clock.install()
    wire = Wire(ann.page)
    wire.to_server = lose_event("history")
    ann.open(f"/rooms/{room}")
    to_top(ann)
    expect(ann.page.locator("[data-older-spinner]")).to_be_visible()
    until_true(ann.page, lambda: wire.events("history"), "a request")

    ann.page.clock.fast_forward(10_100)

    expect(ann.page.locator("[data-older-spinner]")).to_be_hidden()
    wire.to_server = pass_on
    ann.page.locator("[data-older-retry]").click()
    expect(ann.row("Line 110")).to_have_count(1)


def test_while_a_page_of_history_is_on_its_way_no_other_is_asked_for(visit, room, fill):
    fill(room, *HISTORY)
    ann = visit("Ann", room=None)
    wire = Wire(ann.page)
    held = wire.hold_back(lambda packet: "Line 110" in packet)
    ann.open(f"/rooms/{room}")

    to_top(ann)

    expect(ann.page.locator("[data-older-spinner]")).to_be_visible()
    for pixels in (200, 100, 0):
        scroll_to(ann, 800)
        ann.log.evaluate("(log, pixels) => { log.scrollTop = pixels; }", pixels)
    until(ann, "() => true")
    ann.say("Still usable")
    ann.sees("Still usable")
    assert len(wire.events("history")) == 1
    until_true(ann.page, lambda: held, "the answer")
    assert len(held) == 1
    held.release()
    to_top(ann)
    expect(ann.row("Line 110")).to_have_count(1)
