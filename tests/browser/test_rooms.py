"""Rooms, what is unread in them, and their addresses."""

import re

import pytest
from playwright.sync_api import expect

from chat.rooms.configured import configured_rooms
from tests.browser.scrolling import scroll_to
from tests.browser.shared_server import SharedServer
from tests.servers import serving

pytestmark = pytest.mark.every_browser


@pytest.fixture
def shared_server(tmp_path_factory, built_page):
    """A server for each test, because the title counts the messages of all rooms."""
    server = SharedServer(tmp_path_factory.mktemp, built_page)
    yield server
    server.close()


def badge(visitor, room):
    return visitor.page.locator(f'[data-room-link="{room}"] [data-unread]')


def test_unread_counts_and_the_title_clear_when_read(visit, chatter, room, other_room):
    ben, ann = chatter("Ben", other_room), visit("Ann", other_room)
    ann.go_to(room)
    expect(ann.page).to_have_title(re.compile(r"^Corner"))

    ben.say(other_room, "One")
    ben.say(other_room, "Two")

    expect(badge(ann, other_room)).to_have_text("2")
    expect(ann.page).to_have_title(re.compile(r"^\(2\) "))
    ann.page.reload()
    expect(badge(ann, other_room)).to_have_text("2")
    ann.go_to(other_room)
    ann.sees("Two")
    expect(badge(ann, other_room)).to_be_hidden()
    expect(ann.page).to_have_title(re.compile(r"^Corner"))


def test_coming_back_further_up_reads_nothing_below(visit, chatter, room, other_room, fill):
    """Messages below the restored scroll position are still unread."""
    fill(room, *(f"Line {number:03}" for number in range(50)))
    ben, ann = chatter("Ben", room), visit("Ann", room)
    scroll_to(ann, 1000)
    for number in range(3):
        ben.say(room, f"News {number}")
    expect(badge(ann, room)).to_have_text("3")
    ann.go_to(other_room)
    expect(badge(ann, room)).to_have_text("3")

    ann.go_to(room)

    expect(ann.page.locator("[data-jump]")).to_contain_text("3 new messages")
    expect(badge(ann, room)).to_have_text("3")
    expect(ann.page).to_have_title(re.compile(r"^\(3\) "))
    ann.page.keyboard.press("End")
    expect(badge(ann, room)).to_be_hidden()


def test_on_a_phone_the_button_of_the_rooms_says_that_something_is_unread(
    visit, chatter, room, other_room
):
    """By a badge, and in words for screen readers."""
    ann = visit("Ann", room, viewport={"width": 390, "height": 844})
    button = ann.page.locator("[data-drawer-open=sidebar]")
    expect(button).to_have_accessible_name("Rooms")

    chatter("Ben", other_room).say(other_room, "Over here")

    expect(button).to_have_accessible_name("Rooms, with unread messages")
    expect(button.locator(".badge")).to_be_visible()


def test_what_arrives_while_one_looks_away_is_unread_until_one_looks(visit, chatter, room):
    """In the current room: another tab has the focus."""
    ben, ann = chatter("Ben", room), visit("Ann", room)
    ann.say("Looking")
    ann.sees("Looking")
    ann.page.evaluate(
        """() => {
            document.hasFocus = () => false;
            dispatchEvent(new Event("blur"));
        }"""
    )

    ben.say(room, "Psst")

    expect(ann.page).to_have_title(re.compile(r"^\(1\) "))
    expect(badge(ann, room)).to_have_text("1")
    ann.page.evaluate(
        """() => {
            document.hasFocus = () => true;
            dispatchEvent(new Event("focus"));
        }"""
    )
    expect(ann.page).to_have_title(re.compile(r"^Corner"))
    expect(badge(ann, room)).to_be_hidden()
    expect(ann.page.locator("[data-new-line] + [data-message]")).to_contain_text("Psst")


def test_reading_in_one_tab_is_reading_in_the_other(visit, chatter, room, other_room):
    ben, ann = chatter("Ben", other_room), visit("Ann", other_room)
    ann.go_to(room)
    ben.say(other_room, "News")
    expect(badge(ann, other_room)).to_have_text("1")
    ann.page.evaluate("document.hasFocus = () => false")

    second = ann.new_tab(f"/rooms/{other_room}")

    second.sees("News")
    expect(badge(ann, other_room)).to_be_hidden()


def test_the_address_names_the_room_and_back_and_forward_work(visit, room, other_room):
    ann = visit("Ann", room)
    ann.composer.fill("Draft")
    ann.go_to(other_room)
    heading = ann.page.locator("[data-room-title]")

    ann.page.go_back()
    expect(ann.page).to_have_url(re.compile(f"/rooms/{room}$"))
    expect(heading).to_have_text(room.replace("-", " ").capitalize())
    expect(ann.composer).to_have_value("Draft")
    ann.page.go_forward()

    expect(heading).to_have_text(other_room.replace("-", " ").capitalize())
    ann.wait_until_live()
    ann.say("Right here")
    ann.sees("Right here")
    ann.page.reload()
    ann.sees("Right here")


def test_enter_right_after_a_click_on_a_room_still_posts_to_the_one_shown(
    visit, chatter, room, other_room
):
    ann, ben = visit("Ann", room), chatter("Ben", room)
    ann.composer.fill("For those who are here")
    ann.page.evaluate(
        """room => {
            document.querySelector(`[data-room-link="${room}"]`).click();
            document.querySelector("[data-composer]").requestSubmit();
        }""",
        other_room,
    )
    expect(ann.page).to_have_url(re.compile(f"/rooms/{other_room}$"))
    ann.wait_until_live()
    expect(ann.rows).to_have_count(0)
    ann.go_to(room)
    ann.sees("For those who are here")
    assert [each["text"] for each in ben.join(room)["messages"]] == ["For those who are here"]


def test_back_closes_what_is_open_over_the_room(visit, room, other_room):
    """So the room that Back leads to can be seen and used."""
    ann = visit("Ann", room, viewport={"width": 390, "height": 844})
    ann.page.get_by_role("button", name="Rooms", exact=True).click()
    ann.go_to(other_room)
    ann.page.get_by_role("button", name="Rooms", exact=True).click()
    expect(ann.page.locator(".drawer-shown")).to_have_count(1)

    ann.page.go_back()

    expect(ann.page.locator(".drawer-shown")).to_have_count(0)
    ann.page.keyboard.press("Control+k")
    expect(ann.page.get_by_role("dialog")).to_be_visible()
    ann.page.go_forward()
    expect(ann.page.get_by_role("dialog")).to_be_hidden()
    ann.wait_until_live()
    ann.say("Here")
    ann.sees("Here")


def test_a_link_opens_another_tab_where_the_browser_is_told_to(visit, room, other_room):
    ann = visit("Ann", room)
    with ann.context.expect_page() as page:
        ann.page.locator(f'[data-room-link="{other_room}"]').click(modifiers=["Control"])
    expect(page.value).to_have_url(re.compile(f"/rooms/{other_room}$"))
    expect(ann.page).to_have_url(re.compile(f"/rooms/{room}$"))


def test_rooms_of_all_scripts_have_an_address_that_leads_there(visit, tmp_path):
    titles = "General,हिन्दी,ทั่วไป,گفت\u200cوگو,İstanbul"
    with serving(tmp_path, rooms=titles) as server:
        ann = visit("Ann", "general", at=server)
        heading = ann.page.locator("[data-room-title]")
        for room in configured_rooms(titles)[1:]:
            ann.page.locator(f'[data-room-link="{room.id}"]').click()
            expect(heading).to_have_text(room.title)
            ann.wait_until_live()
            ann.say(f"Hello, {room.title}")
            ann.page.reload()
            expect(heading).to_have_text(room.title)
            ann.sees(f"Hello, {room.title}")
        ann.page.go_back()
        expect(heading).to_have_text(configured_rooms(titles)[-2].title)
        ann.open("/rooms/İstanbul")
        expect(heading).to_have_text("İstanbul")


def test_an_unknown_room_has_a_page_that_leads_back(visit):
    ann = visit("Ann", room=None)
    ann.tolerate("status of 404")
    ann.page.goto("/rooms/nowhere")
    ann.page.get_by_role("link", name="Go to the chat").click()
    ann.wait_until_live()


def test_a_room_in_which_something_was_begun_has_a_mark(visit, chatter, room, other_room):
    """Also in another tab. An unread count replaces the mark: a room has one sign at a time."""
    ann = visit("Ann", room)
    second = ann.new_tab(f"/rooms/{other_room}")
    mark = f'[data-room-link="{room}"] [data-draft]'
    ann.composer.fill("To be continued")
    expect(second.page.locator(mark)).to_be_visible()
    expect(ann.page.locator(mark)).to_be_hidden()  # the draft itself is in view

    ann.go_to(other_room)

    expect(ann.page.locator(mark)).to_be_visible()
    chatter("Ben", room).say(room, "Go on")
    expect(badge(ann, room)).to_be_visible()
    expect(ann.page.locator(mark)).to_be_hidden()
    ann.go_to(room)
    ann.composer.fill("")
    expect(second.page.locator(mark)).to_be_hidden()


def test_a_name_that_is_cut_is_shown_whole_by_the_mouse(visit, tmp_path):
    long = "Harbour offices of the northern isles and of the piers"
    with serving(tmp_path, rooms=f"General,{long}") as server:
        ann = visit("Ann", "general", at=server)
        for title, tip in ((long, long), ("General", None)):
            link = ann.room_link(title)
            link.hover()
            name = link.locator("[data-cut]")
            if tip:
                expect(name).to_have_attribute("title", tip)
            else:
                expect(name).not_to_have_attribute("title", "")
                assert name.get_attribute("title") is None
        ann.page.close()


def test_the_open_room_is_in_view_however_many_there_are(visit, tmp_path):
    with serving(tmp_path, rooms=",".join(f"Room {number}" for number in range(150))) as server:
        ann = visit("Ann", "room-100", at=server)
        expect(open_link(ann)).to_have_text("Room 100")
        expect(open_link(ann)).to_be_in_viewport(ratio=1)
        for _ in range(30):
            ann.page.keyboard.press("Alt+ArrowDown")
        expect(open_link(ann)).to_have_text("Room 130")
        expect(open_link(ann)).to_be_in_viewport(ratio=1)
        ann.page.keyboard.press("Control+k")
        ann.page.get_by_role("combobox", name="Name of the room").fill("room 7")
        ann.page.get_by_role("option", name="Room 7", exact=True).click()
        expect(open_link(ann)).to_have_text("Room 7")
        expect(open_link(ann)).to_be_in_viewport(ratio=1)
        ann.page.close()


def open_link(visitor):
    return visitor.page.locator("[data-room-link][aria-current] bdi")
