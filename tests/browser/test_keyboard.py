"""Keys: from anywhere to the message box, between the parts of the page, through the messages."""

import pytest
from playwright.sync_api import expect

from tests.browser.scrolling import from_bottom, until, until_at_bottom


@pytest.fixture
def ann(visit, room, fill):
    fill(room, *(f"Line {number:03} https://a.example/{number}" for number in range(60)))
    ann = visit("Ann", room)
    ann.sees("Line 059")
    until_at_bottom(ann)
    return ann


def test_what_is_typed_anywhere_goes_to_the_message_box(ann):
    ann.log.click(position={"x": 600, "y": 300})
    ann.page.keyboard.type("hello")
    expect(ann.composer).to_have_value("hello")
    expect(ann.composer).to_be_focused()


def test_what_is_pasted_anywhere_too(ann):
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ann.page.evaluate("navigator.clipboard.writeText('from the clipboard')")
    ann.log.focus()
    ann.page.keyboard.press("Control+v")
    expect(ann.composer).to_have_value("from the clipboard")


def test_keys_that_mean_something_else_stay_where_they_are(ann):
    ann.log.focus()
    for key in ("Control+c", "Shift+Tab", "Alt+x", "ArrowLeft", "F2"):
        ann.page.keyboard.press(key)
    expect(ann.composer).to_have_value("")
    ann.page.get_by_role("button", name="Go to a room").focus()
    ann.page.keyboard.press("Space")
    expect(ann.page.get_by_role("combobox", name="Name of the room")).to_be_focused()
    ann.page.keyboard.type("tech")
    expect(ann.page.get_by_role("combobox", name="Name of the room")).to_have_value("tech")


def test_escape_leads_back_to_the_message_box(ann):
    ann.log.focus()
    ann.page.keyboard.press("Escape")
    expect(ann.composer).to_be_focused()


def test_page_up_and_down_scroll_the_messages_from_the_message_box(ann):
    ann.composer.focus()
    ann.page.keyboard.press("PageUp")
    until(ann, "() => true")
    assert from_bottom(ann) > 200
    expect(ann.composer).to_be_focused()
    ann.page.keyboard.press("PageDown")
    until_at_bottom(ann)


def test_f6_leads_from_one_part_to_the_next_and_back(ann):
    ann.composer.focus()
    seen = []
    for _ in range(4):
        ann.page.keyboard.press("F6")
        seen.append(
            ann.page.evaluate(
                "(document.activeElement.closest('[data-room-link], [data-people], [data-timeline],"
                " [data-composer-text]')).className.split(' ')[0]"
            )
        )
    assert seen == ["timeline", "people-list", "room-link", "composer-text"]
    ann.page.keyboard.press("Shift+F6")
    expect(ann.page.locator("[data-room-link][aria-current]")).to_be_focused()


def test_links_are_reached_through_their_message(ann):
    ann.composer.focus()
    ann.page.keyboard.press("Shift+Tab")
    expect(ann.log).to_be_focused()  # and not the last of sixty links
    ann.page.keyboard.press("ArrowUp")
    expect(ann.row("Line 059")).to_be_focused()
    ann.page.keyboard.press("ArrowUp")
    expect(ann.row("Line 058")).to_be_focused()
    ann.page.keyboard.press("Tab")
    expect(ann.row("Line 058").locator("a")).to_be_focused()
    ann.page.keyboard.press("ArrowDown")
    expect(ann.row("Line 059")).to_be_focused()
    ann.page.keyboard.press("Tab")
    expect(ann.row("Line 059").locator("a")).to_be_focused()
    ann.page.keyboard.press("Tab")
    expect(ann.composer).to_be_focused()


def test_the_arrows_go_on_through_messages_out_of_view(ann):
    ann.log.focus()
    for _ in range(40):
        ann.page.keyboard.press("ArrowUp")
    expect(ann.row("Line 020")).to_be_focused()
    expect(ann.row("Line 020")).to_be_in_viewport()


def test_a_message_higher_than_the_page_scrolls_before_the_next_comes(ann, chatter, room):
    chatter("Ben", room).say(room, "\n".join(["first of a long one", *["…"] * 80, "the last"]))
    ann.sees("first of a long one")
    until_at_bottom(ann)
    ann.log.focus()
    ann.page.keyboard.press("ArrowUp")
    row = ann.row("first of a long one")
    expect(row).to_be_focused()
    before = row.bounding_box()["y"]
    ann.page.keyboard.press("ArrowUp")
    expect(row).to_be_focused()
    until(ann, "was => document.activeElement.getBoundingClientRect().y > was", before)
