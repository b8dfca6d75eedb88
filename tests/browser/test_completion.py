"""Names and emoji are completed in the composer, by keyboard and by mouse."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def ann(visit, room):
    return visit("Ann", room)


def suggestions(visitor):
    return visitor.page.get_by_role("listbox", name="Suggestions")


def options(visitor):
    return suggestions(visitor).get_by_role("option")


def write(visitor, text):
    visitor.composer.press_sequentially(text)


def test_a_name_is_completed_from_the_people_in_the_room(ann, chatter, room):
    ben, bea = chatter("Ben", room), chatter("Bea", room)
    expect(ann.page.locator("[data-person]")).to_have_count(3)

    write(ann, "hi @be")
    expect(options(ann).locator("bdi")).to_have_text([bea.name, ben.name])
    ann.composer.press("ArrowDown")
    expect(options(ann).nth(1)).to_have_attribute("aria-selected", "true")
    expect(ann.composer).to_have_attribute("aria-activedescendant", "completion-1")
    ann.composer.press("Enter")

    expect(ann.composer).to_have_value(f"hi @{ben.name} ")
    expect(suggestions(ann)).to_be_hidden()
    expect(ann.composer).not_to_have_attribute("aria-activedescendant", "completion-1")
    expect(ann.rows).to_have_count(0)
    ann.composer.press("Enter")
    ann.sees(f"hi @{ben.name}")


def test_enter_after_a_whole_name_sends(ann, chatter, room):
    """Nothing is left to be chosen."""
    ben = chatter("Ben", room)
    expect(ann.page.locator("[data-person]")).to_have_count(2)
    write(ann, f"thank you, @{ben.name.upper()}")
    expect(options(ann).locator("bdi")).to_have_text([ben.name])

    ann.composer.press("Enter")

    ann.sees(f"thank you, @{ben.name.upper()}")
    expect(suggestions(ann)).to_be_hidden()


def test_one_is_not_offered_ones_own_name(ann, chatter, room):
    annika = chatter("Annika", room)
    expect(ann.page.locator("[data-person]")).to_have_count(2)
    write(ann, f"@{ann.name[:3]}")
    expect(options(ann).locator("bdi")).to_have_text([annika.name])


def test_an_emoji_is_completed_with_tab(ann):
    write(ann, "hooray :tad")
    expect(options(ann).first).to_contain_text(":tada:")
    ann.composer.press("Tab")
    expect(ann.composer).to_have_value("hooray 🎉 ")
    expect(ann.composer).to_be_focused()
    ann.composer.press("Control+z")
    expect(ann.composer).to_have_value("hooray :tad")


def test_the_whole_name_of_an_emoji_becomes_the_emoji(ann):
    write(ann, ":ta")
    expect(options(ann).first).to_be_visible()
    write(ann, "da: yes")
    expect(ann.composer).to_have_value("🎉 yes")


def test_a_suggestion_is_picked_with_the_mouse(ann):
    write(ann, ":tad")
    options(ann).filter(has_text=":tada:").click()
    expect(ann.composer).to_have_value("🎉 ")
    expect(ann.composer).to_be_focused()


def test_escape_closes_the_list_and_enter_sends_again(ann):
    write(ann, ":tad")
    expect(options(ann).first).to_be_visible()
    ann.composer.press("Escape")
    expect(suggestions(ann)).to_be_hidden()
    write(ann, "a")
    expect(suggestions(ann)).to_be_hidden()
    ann.composer.press("Enter")
    ann.sees(":tada")
    expect(ann.composer).to_have_value("")


def test_shift_enter_still_breaks_the_line(ann):
    write(ann, ":tad")
    expect(options(ann).first).to_be_visible()
    ann.composer.press("Shift+Enter")
    expect(ann.composer).to_have_value(":tad\n")
    expect(suggestions(ann)).to_be_hidden()


def test_an_input_method_keeps_its_keys(ann):
    """Enter and the arrows belong to the input method while it composes."""
    write(ann, ":tad")
    expect(options(ann).first).to_be_visible()
    for key in ("Enter", "ArrowDown", "Tab"):
        prevented = ann.composer.evaluate(
            """(field, key) => !field.dispatchEvent(new KeyboardEvent("keydown",
              { key, isComposing: true, bubbles: true, cancelable: true }))""",
            key,
        )
        assert not prevented
    expect(ann.composer).to_have_value(":tad")
    expect(options(ann).first).to_have_attribute("aria-selected", "true")


def test_the_list_closes_when_the_focus_goes(ann):
    write(ann, ":tad")
    expect(options(ann).first).to_be_visible()
    ann.log.focus()
    expect(suggestions(ann)).to_be_hidden()


def test_what_is_completed_is_kept_as_a_draft(ann):
    write(ann, ":tad")
    expect(options(ann).first).to_be_visible()
    ann.composer.press("Tab")
    ann.page.reload()
    expect(ann.composer).to_have_value("🎉 ")


def test_the_emoji_are_fetched_once_and_only_when_needed(visit, room):
    ann = visit("Ann", None)
    ann.page.add_init_script("window.requestIdleCallback = () => {}")  # what is loaded when idle
    fetched = []
    ann.page.on("request", lambda request: fetched.append(request.url.rsplit("/", 1)[1]))
    ann.open(f"/rooms/{room}")
    ann.say("nothing to complete")
    ann.sees("nothing to complete")
    assert "emoji.txt" not in fetched
    assert not [name for name in fetched if name.startswith("completer")]
    write(ann, ":tad :hea :smi")
    expect(options(ann).first).to_be_visible()
    assert fetched.count("emoji.txt") == 1
    assert [name for name in fetched if name.startswith("completer")]


def test_without_the_emoji_the_composer_works_as_ever(visit, room):
    ann = visit("Ann", None)
    ann.tolerate("Failed to load resource", "net::ERR")
    ann.page.route("**/emoji.txt", lambda route: route.abort())
    ann.open(f"/rooms/{room}")
    write(ann, ":tada")
    ann.composer.press("Enter")
    ann.sees(":tada")
