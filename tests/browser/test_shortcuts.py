"""Switching rooms by keyboard, topics of rooms, and the help on shortcuts."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.servers import serving


@pytest.fixture
def ann(visit):
    return visit("Ann", "general")


def switcher(visitor):
    return visitor.page.get_by_role("dialog", name="Go to a room")


def options(visitor):
    return switcher(visitor).get_by_role("option")


def is_in(visitor, room, title):
    expect(visitor.page).to_have_url(f"{visitor.url}/rooms/{room}")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(title)
    expect(visitor.composer).to_be_focused()


def test_a_room_is_found_by_a_few_letters(ann):
    ann.page.keyboard.press("Control+k")
    field = switcher(ann).get_by_role("combobox", name="Name of the room")
    expect(field).to_be_focused()
    field.press_sequentially("ran")
    expect(options(ann)).to_have_count(1)
    expect(options(ann)).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(switcher(ann)).to_be_hidden()
    is_in(ann, "random", "Random")


def test_the_arrows_choose_and_the_field_says_which(ann):
    ann.page.keyboard.press("Control+k")
    field = switcher(ann).get_by_role("combobox")
    field.press_sequentially("corner 1")
    first, second = (options(ann).nth(n).get_attribute("id") for n in (0, 1))
    expect(field).to_have_attribute("aria-activedescendant", first)
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", second)
    field.press("ArrowUp")
    field.press("ArrowUp")
    expect(options(ann).last).to_have_attribute("aria-selected", "true")


def test_escape_goes_back_to_where_one_was(ann):
    ann.composer.fill("half a thought")
    for close in ("Escape", "Control+k"):
        ann.page.keyboard.press("Control+k")
        expect(switcher(ann)).to_be_visible()
        ann.page.keyboard.press(close)
        expect(switcher(ann)).to_be_hidden()
        expect(ann.composer).to_be_focused()
    expect(ann.composer).to_have_value("half a thought")


def test_the_switcher_works_with_the_mouse_and_says_what_is_not_there(ann):
    ann.page.get_by_role("button", name="Go to a room").click()
    switcher(ann).get_by_role("combobox").fill("nowhere")
    expect(switcher(ann)).to_contain_text("No room has this name.")
    switcher(ann).get_by_role("combobox").fill("tech")
    options(ann).first.click()
    is_in(ann, "tech", "Tech")


def test_rooms_with_something_unread_come_first(visit, chatter, room):
    ann = visit("Ann", room)
    ann.page.keyboard.press("Alt+ArrowUp")
    ann.wait_until_live()
    chatter("Ben", room).say(room, "something new")
    expect(ann.page.locator(f"[data-room-link={room}] [data-unread]")).to_have_text("1")
    ann.page.keyboard.press("Control+k")
    title = room.replace("-", " ").capitalize()
    switcher(ann).get_by_role("combobox").fill(title)
    expect(options(ann).first).to_contain_text(title)
    expect(options(ann).first.locator(".badge")).to_have_text("1")


def test_alt_and_an_arrow_lead_to_the_next_room_and_back(ann):
    ann.page.keyboard.press("Alt+ArrowDown")
    is_in(ann, "tech", "Tech")
    ann.page.keyboard.press("Alt+ArrowDown")
    is_in(ann, "random", "Random")
    ann.page.keyboard.press("Alt+ArrowUp")
    is_in(ann, "tech", "Tech")


def test_the_shortcuts_are_told(ann):
    ann.page.keyboard.press("Control+/")
    help_ = ann.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help_).to_contain_text("Previous room")
    expect(help_.get_by_role("heading", name="Keyboard shortcuts")).to_be_in_viewport(ratio=1)
    expect(help_.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
    ann.page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    ann.open_account()
    ann.page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(help_).to_be_visible()


def test_on_a_mac_the_command_key_has_its_sign(visit, room):
    ann = visit("Ann", None)
    ann.page.add_init_script(
        "Object.defineProperty(navigator, 'platform', { get: () => 'MacIntel' })"
    )
    ann.open(f"/rooms/{room}")
    expect(ann.page.locator("[data-open-switcher] kbd")).to_have_text("⌘ K")
    expect(ann.page.locator("[data-format=bold]")).to_have_attribute("title", "Bold (⌘ B)")


def test_topics_stand_below_the_title(browser, visit, tmp_path):
    with serving(tmp_path, rooms="Tech:What we build,Random") as server:
        ann = visit("Ann", "tech", at=server)
        topic = ann.page.locator("[data-room-topic]")
        expect(topic).to_have_text("What we build")
        ann.room_link("Random").click()
        expect(topic).to_be_hidden()
        ann.page.go_back()
        expect(topic).to_have_text("What we build")
        ann.page.keyboard.press("Control+k")
        expect(options(ann).filter(has_text="Tech")).to_contain_text("What we build")
        ann.page.close()


def open_switcher(visitor):
    visitor.page.keyboard.press("Control+k")
    expect(options(visitor).first).to_be_visible()


def open_help(visitor):
    visitor.page.keyboard.press("Control+/")
    expect(visitor.page.get_by_role("dialog")).to_be_visible()


def open_settings(visitor):
    visitor.page.get_by_role("button", name="Notifications").click()
    visitor.page.get_by_label("Every message").check()


def open_suggestions(visitor):
    visitor.composer.press_sequentially(":smi")
    expect(visitor.page.get_by_role("option").first).to_be_visible()


def show_markdown(visitor):
    visitor.say(
        f"> quote\n- **list** and `code` @{visitor.name}\n```\ncode\n```\nhttps://a.example"
    )
    expect(visitor.page.locator("pre")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "show", [open_switcher, open_help, open_settings, open_suggestions, show_markdown]
)
def test_axe_finds_nothing(visit, room, show, scheme):
    ann = visit("Ann", room, color_scheme=scheme)
    show(ann)
    results = Axe().run(ann.page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("key", ["Control+k", "Control+/"])
def test_after_a_click_beside_a_dialog_the_reader_types_on(visit, room, key):
    """The focus is back in the composer, and so is the caret."""
    ann = visit("Ann", room)
    ann.page.keyboard.press(key)
    expect(ann.page.get_by_role("dialog")).to_be_visible()
    ann.page.mouse.click(20, 780)
    expect(ann.page.get_by_role("dialog")).to_have_count(0)
    ann.page.keyboard.type("Hello")
    expect(ann.composer).to_have_value("Hello")
