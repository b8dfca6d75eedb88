"""The emoji picker above the composer."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SCREENS = {"desktop": {}, "phone": PHONE}
# The page loads its parts one after the other. This one comes after the picker and its imports.
NEXT_PART_HERE = """() => performance.getEntriesByType("resource")
    .some((file) => /switcher[^/]*\\.js$/.test(file.name) && file.responseEnd)"""


@pytest.fixture
def ann(visit, room):
    return visit("Ann", room)


def picker(visitor):
    return visitor.page.get_by_role("dialog", name="Emoji", exact=True)


def button(visitor):
    return visitor.page.locator("[data-emoji-button]")


def search(visitor):
    return picker(visitor).get_by_role("textbox", name="Find an emoji")


def emoji(visitor, name, group=None):
    """The cell with that name; an emoji that is often used is in two groups."""
    grid = picker(visitor).get_by_role("grid", name=group) if group else picker(visitor)
    return grid.get_by_role("gridcell", name=name, exact=True)


def often(visitor):
    return picker(visitor).get_by_role("grid", name="Often used").get_by_role("gridcell")


def open_picker(visitor):
    button(visitor).click()
    expect(often(visitor).first).to_be_visible()


def caret(visitor):
    return visitor.composer.evaluate("field => [field.selectionStart, field.selectionEnd]")


def put_caret(visitor, place):
    visitor.composer.evaluate("(field, place) => field.setSelectionRange(place, place)", place)


def test_it_opens_above_the_composer_with_what_is_often_used_and_all_groups(ann):
    open_picker(ann)
    expect(search(ann)).to_be_focused()
    titles = picker(ann).get_by_role("heading")
    expect(titles).to_have_text(
        [
            "Often used",
            "Smileys",
            "People",
            "Animals & nature",
            "Food & drink",
            "Activities",
            "Travel & places",
            "Objects",
            "Symbols",
            "Flags",
        ]
    )
    expect(often(ann).first).to_have_text("😂")
    expect(emoji(ann, "grinning", "Smileys")).to_have_text("😀")
    expect(emoji(ann, "wales", "Flags")).to_have_count(1)
    box, composer = picker(ann).bounding_box(), ann.composer.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= composer["y"]
    assert box["x"] + box["width"] <= ann.page.locator("#people").bounding_box()["x"]


def test_escape_closes_it_and_the_caret_is_where_it_was(ann):
    ann.composer.fill("before after")
    put_caret(ann, 7)
    open_picker(ann)
    ann.page.keyboard.press("Escape")
    expect(picker(ann)).to_be_hidden()
    expect(ann.composer).to_be_focused()
    assert caret(ann) == [7, 7]
    ann.page.keyboard.type("and ")
    expect(ann.composer).to_have_value("before and after")


def test_what_is_found_goes_in_at_the_caret_and_undo_takes_it_back(ann):
    ann.composer.press_sequentially("Ship it now")
    put_caret(ann, 7)
    open_picker(ann)
    ann.page.keyboard.type("Rockét")
    expect(emoji(ann, "rocket")).to_have_text("🚀")
    ann.page.keyboard.press("Enter")
    expect(ann.composer).to_have_value("Ship it🚀 now")
    expect(ann.composer).to_be_focused()
    expect(picker(ann)).to_be_hidden()
    ann.page.keyboard.type("!")
    expect(ann.composer).to_have_value("Ship it🚀! now")
    ann.page.keyboard.press("Control+z")
    ann.page.keyboard.press("Control+z")
    expect(ann.composer).to_have_value("Ship it now")


def test_it_replaces_what_is_selected_and_is_kept_as_a_draft(ann):
    ann.composer.fill("so happy")
    ann.composer.evaluate("field => field.setSelectionRange(3, 8)")
    open_picker(ann)
    emoji(ann, "grinning", "Smileys").click()
    expect(ann.composer).to_have_value("so 😀")
    ann.page.reload()
    expect(ann.composer).to_have_value("so 😀")


def test_a_click_closes_it_and_with_shift_it_stays(ann):
    open_picker(ann)
    for _ in range(2):
        emoji(ann, "smile", "Smileys").click(modifiers=["Shift"])
    expect(picker(ann)).to_be_visible()
    expect(ann.composer).to_have_value("😄😄")
    emoji(ann, "grinning", "Smileys").click()
    expect(picker(ann)).to_be_hidden()
    expect(ann.composer).to_have_value("😄😄😀")
    expect(ann.composer).to_be_focused()
    ann.page.keyboard.press("Enter")
    ann.sees("😄😄😀")


def test_a_second_click_on_its_button_closes_it(ann):
    ann.composer.fill("here")
    open_picker(ann)
    button(ann).click()
    expect(picker(ann)).to_be_hidden()
    ann.page.keyboard.type("!")
    expect(ann.composer).to_have_value("here!")


def test_nothing_found_says_so_and_enter_takes_nothing(ann):
    open_picker(ann)
    ann.page.keyboard.type("zzzz")
    expect(picker(ann).get_by_text("No emoji has this name.")).to_be_visible()
    expect(picker(ann).get_by_role("status")).to_have_text("0 emoji")
    ann.page.keyboard.press("Enter")
    expect(picker(ann)).to_be_visible()
    search(ann).fill("")
    expect(often(ann).first).to_be_visible()
    ann.page.keyboard.press("Enter")
    expect(ann.composer).to_have_value("")


def test_arrows_lead_through_all_groups_and_typing_searches(ann):
    open_picker(ann)
    expect(emoji(ann, "wales", "Flags")).to_have_count(1)  # the groups are filled when idle
    press = ann.page.keyboard.press
    press("ArrowDown")
    expect(often(ann).nth(0)).to_be_focused()
    press("ArrowRight")
    expect(often(ann).nth(1)).to_be_focused()
    press("ArrowDown")
    expect(often(ann).nth(10)).to_be_focused()
    press("Home")
    expect(often(ann).nth(9)).to_be_focused()
    press("ArrowLeft")
    expect(often(ann).nth(8)).to_be_focused()
    press("PageDown")
    expect(emoji(ann, "grinning", "Smileys")).to_be_focused()
    expect(picker(ann).locator("[data-emoji-floor]")).to_have_text("😀:grinning:")
    press("ArrowUp")
    expect(often(ann).nth(9)).to_be_focused()
    press("Control+End")
    expect(emoji(ann, "wales", "Flags")).to_be_focused()
    expect(picker(ann).locator("[role=gridcell][tabindex='0']")).to_have_count(1)
    press("Shift+Tab")
    press("Tab")
    expect(emoji(ann, "wales", "Flags")).to_be_focused()
    press("Control+Home")
    press("ArrowUp")
    expect(search(ann)).to_be_focused()
    press("ArrowDown")
    ann.page.keyboard.type("taco")
    expect(search(ann)).to_have_value("taco")
    press("ArrowDown")
    press("Enter")
    expect(ann.composer).to_have_value("🌮")
    expect(ann.rows).to_have_count(0)


def test_the_bar_leads_to_a_group_and_shows_where_one_is(ann):
    open_picker(ann)
    bar = picker(ann).locator("[data-emoji-groups]")
    current = bar.locator("[aria-current=true]")
    expect(current).to_have_attribute("title", "Often used")
    ann.page.keyboard.type("taco")
    expect(current).to_have_count(0)
    bar.get_by_title("Flags").click()
    expect(current).to_have_attribute("title", "Flags")
    expect(search(ann)).to_have_value("")
    expect(emoji(ann, "checkered flag", "Flags")).to_be_in_viewport()
    ann.page.keyboard.press("Escape")
    open_picker(ann)
    expect(current).to_have_attribute("title", "Often used")
    expect(often(ann).first).to_be_in_viewport()


def test_what_the_reader_uses_comes_first(ann):
    for name in ("ship", "taco", "ship"):
        open_picker(ann)
        ann.page.keyboard.type(name)
        ann.page.keyboard.press("Enter")
        expect(picker(ann)).to_be_hidden()
    ann.page.reload()
    ann.wait_until_live()
    open_picker(ann)
    assert often(ann).all_inner_texts()[:3] == ["🚢", "🌮", "😂"]
    expect(often(ann)).to_have_count(18)


def test_a_skin_tone_holds_for_all_and_is_kept(ann):
    open_picker(ann)
    tone = picker(ann).get_by_role("button", name="Skin tone")
    tone.click()
    picker(ann).get_by_role("button", name="Medium dark", exact=True).click()
    expect(tone).to_be_focused()
    expect(tone).to_have_text("✋🏾")
    expect(emoji(ann, "wave", "People")).to_have_text("👋🏾")
    expect(emoji(ann, "grinning", "Smileys")).to_have_text("😀")
    emoji(ann, "wave", "People").click()
    expect(ann.composer).to_have_value("👋🏾")
    ann.page.reload()
    ann.wait_until_live()
    open_picker(ann)
    expect(often(ann).first).to_have_text("👋🏾")
    ann.page.keyboard.press("Escape")
    ann.composer.press_sequentially(" :wave:")
    expect(ann.composer).to_have_value("👋🏾 👋🏾")


def test_the_tones_close_before_the_picker_or_with_it(ann):
    open_picker(ann)
    tone = picker(ann).get_by_role("button", name="Skin tone")
    tone.click()
    yellow = picker(ann).get_by_role("button", name="Yellow")
    expect(yellow).to_be_focused()
    ann.page.keyboard.press("Escape")
    expect(yellow).to_be_hidden()
    expect(picker(ann)).to_be_visible()
    expect(tone).to_be_focused()
    tone.click()
    ann.page.get_by_role("heading", level=1).click()
    expect(picker(ann)).to_be_hidden()
    open_picker(ann)
    expect(yellow).to_be_hidden()


def test_it_closes_when_the_focus_goes_elsewhere_or_the_room_changes(ann):
    open_picker(ann)
    ann.log.focus()
    expect(picker(ann)).to_be_hidden()
    open_picker(ann)
    ann.page.keyboard.press("Alt+ArrowDown")
    expect(picker(ann)).to_be_hidden()
    expect(ann.composer).to_be_focused()


def test_it_opens_without_a_connection(ann):
    ann.tolerate_lost_connection()
    ann.page.wait_for_function(NEXT_PART_HERE, timeout=30_000)
    ann.context.set_offline(True)
    open_picker(ann)
    emoji(ann, "smile", "Smileys").click()
    expect(ann.composer).to_have_value("😄")


def test_emoji_that_could_not_be_loaded_come_with_the_next_click(visit, room):
    ann = visit("Ann", None)
    ann.tolerate("Failed to load resource", "net::ERR")
    ann.page.route("**/emoji.txt", lambda route: route.abort())
    ann.open(f"/rooms/{room}")
    button(ann).click()
    expect(ann.page.locator("[data-composer-note]")).to_contain_text("emoji couldn’t be loaded")
    expect(picker(ann)).to_be_hidden()
    ann.page.unroute("**/emoji.txt")
    open_picker(ann)
    expect(search(ann)).to_be_focused()


def test_on_a_phone_it_is_a_sheet_that_leaves_the_keyboard_where_it_is(visit, room):
    ann = visit("Ann", room, **PHONE)
    button(ann).tap()
    expect(often(ann).first).to_be_visible()
    expect(search(ann)).not_to_be_focused()
    box = picker(ann).bounding_box()
    assert (box["x"], box["width"]) == (0, 390)
    assert box["y"] + box["height"] == 844
    assert 844 * 0.4 < box["y"] < 844 * 0.6
    for control in (often(ann).first, picker(ann).get_by_role("button", name="Skin tone")):
        size = control.bounding_box()
        assert min(size["width"], size["height"]) >= 44
    emoji(ann, "smile", "Smileys").tap()
    expect(ann.composer).to_have_value("😄")
    expect(picker(ann)).to_be_hidden()
    expect(ann.composer).not_to_be_focused()

    ann.composer.focus()
    button(ann).tap()
    emoji(ann, "smile", "Smileys").tap()
    expect(ann.composer).to_have_value("😄😄")
    expect(ann.composer).to_be_focused()
    button(ann).tap()
    picker(ann).get_by_role("button", name="Close the emoji picker").tap()
    expect(picker(ann)).to_be_hidden()


def test_a_phone_that_is_turned_gets_other_columns(visit, room):
    ann = visit("Ann", room, **PHONE)
    button(ann).tap()
    expect(often(ann)).to_have_count(16)
    ann.page.set_viewport_size({"width": 844, "height": 390})
    expect(often(ann)).to_have_count(18)
    ann.page.wait_for_function(
        """() => {
            const { top, bottom } = document.querySelector(".emoji-picker").getBoundingClientRect();
            return top >= 0 && bottom <= 390;
        }"""
    )


def test_on_a_small_screen_all_of_it_is_in_view(visit, room):
    ann = visit("Ann", room, viewport={"width": 320, "height": 256}, device_scale_factor=4)
    open_picker(ann)
    box = picker(ann).bounding_box()
    assert box["y"] >= 0
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] + box["height"] <= 256
    emoji(ann, "smile", "Smileys").click()
    expect(ann.composer).to_have_value("😄")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing(visit, room, screen, theme):
    ann = visit("Ann", room, color_scheme=theme, reduced_motion="reduce", **SCREENS[screen])
    open_picker(ann)
    expect(emoji(ann, "wales", "Flags")).to_have_count(1)
    assert_no_violations(ann)
    search(ann).fill("wav")
    expect(emoji(ann, "wave")).to_be_visible()
    picker(ann).get_by_role("button", name="Skin tone").click()
    assert_no_violations(ann)


def assert_no_violations(visitor):
    results = Axe().run(visitor.page)
    assert results.violations_count == 0, results.generate_report()
