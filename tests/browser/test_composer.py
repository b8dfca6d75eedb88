"""The composer."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.scrolling import from_bottom, until_at_bottom
from tests.browser.wire import Wire

PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 700}}
A_LONE_SURROGATE = "\\ud83d"


@pytest.fixture
def ann(visit, room):
    return visit("Ann", room)


@pytest.fixture
def ann_and_wire(visit, room):
    ann = visit("Ann", room=None)
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    return ann, wire


def test_enter_sends_and_shift_enter_breaks_the_line(ann):
    ann.composer.press_sequentially("one")
    ann.composer.press("Shift+Enter")
    ann.composer.press_sequentially("two")
    ann.composer.press("Enter")

    ann.sees("one")
    assert ann.texts() == ["one\ntwo"]


def test_on_touch_enter_breaks_the_line_and_the_button_sends(visit, room):
    ann = visit("Ann", room, **PHONE)
    ann.composer.press_sequentially("one")
    ann.composer.press("Enter")
    ann.composer.press_sequentially("two")
    assert ann.texts() == []

    ann.page.get_by_role("button", name="Send", exact=True).tap()

    ann.sees("one")
    assert ann.texts() == ["one\ntwo"]


@pytest.mark.parametrize("sign", [{"isComposing": True}, {"keyCode": 229}])
def test_enter_for_an_input_method_never_sends(ann, sign):
    """Safari marks such an Enter only by `keyCode` 229."""
    ann.composer.fill("にほん")
    ann.composer.dispatch_event("keydown", {"key": "Enter", "bubbles": True} | sign)
    expect(ann.composer).to_have_value("にほん")
    assert ann.texts() == []

    ann.composer.press("Enter")

    ann.sees("にほん")


def test_enter_while_chromium_composes_never_sends(ann):
    """With the browser's own composition."""
    ann.composer.focus()
    keyboard = ann.context.new_cdp_session(ann.page)
    composition = {"text": "に", "selectionStart": 1, "selectionEnd": 1}
    keyboard.send("Input.imeSetComposition", composition)
    enter = {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": 229}
    keyboard.send("Input.dispatchKeyEvent", enter)
    expect(ann.composer).to_have_value("に")
    assert ann.texts() == []


@pytest.mark.parametrize("blank", ["   ", "\n\n", " \u200b\u00a0"])
def test_white_space_is_not_sent(ann, blank):
    ann.composer.fill(blank)
    expect(ann.page.get_by_role("button", name="Send", exact=True)).to_be_disabled()

    ann.composer.press("Enter")

    expect(ann.composer).to_have_value(blank)
    assert ann.texts() == []


def test_a_text_over_the_limit_is_stopped_with_a_counter(ann):
    counter = ann.page.locator("[data-composer-counter]")
    ann.composer.fill("x" * 3500)
    expect(counter).to_be_hidden()
    ann.composer.fill("x" * 3999)
    expect(counter).to_have_text("1 left")
    ann.composer.fill("x" * 4001)
    expect(counter).to_have_text("1 character too many")
    expect(ann.composer).to_have_attribute("aria-invalid", "true")

    ann.composer.press("Enter")

    assert ann.texts() == []
    ann.composer.fill("x" * 4000)
    ann.composer.press("Enter")
    ann.sees("xxx")
    expect(counter).to_be_hidden()


def test_two_fast_enters_send_one_message(ann):
    """In one task, before any answer; the third Enter is the key held down."""
    ann.composer.fill("once")

    ann.composer.evaluate(
        """box => {
            for (const repeat of [false, false, true]) {
                const press = { key: "Enter", bubbles: true, cancelable: true, repeat };
                box.dispatchEvent(new KeyboardEvent("keydown", press));
            }
        }"""
    )

    ann.sees("once")
    ann.say("after it")
    ann.sees("after it")
    assert ann.texts() == ["once", "after it"]


def test_a_draft_per_room_survives_a_switch_and_a_reload(ann, room):
    ann.composer.fill("half a thought")
    ann.go_to("random")
    expect(ann.composer).to_have_value("")
    ann.composer.fill("another one")

    ann.go_to(room)
    expect(ann.composer).to_have_value("half a thought")
    ann.page.reload()
    expect(ann.composer).to_have_value("half a thought")
    ann.go_to("random")
    expect(ann.composer).to_have_value("another one")
    ann.composer.fill("")


def test_a_failed_send_takes_nothing_away(ann_and_wire):
    """Neither the refused text nor what is being written meanwhile."""
    ann, wire = ann_and_wire
    wire.refuse("send", "invalid", "Not like this.")
    ann.say("refused")
    ann.composer.fill("meanwhile")
    row = ann.row("refused")
    expect(row).to_contain_text("Not sent: Not like this.")
    expect(ann.composer).to_have_value("meanwhile")
    ann.page.reload()
    expect(row).to_have_attribute("data-state", "failed")
    expect(ann.composer).to_have_value("meanwhile")

    row.get_by_role("button", name="Edit").click()

    expect(row).to_have_count(0)
    expect(ann.composer).to_have_value("refused\nmeanwhile")
    expect(ann.composer).to_be_focused()
    ann.page.reload()
    expect(ann.composer).to_have_value("refused\nmeanwhile")


def test_the_focus_returns_to_the_composer(ann):
    """After a send by button, and after a room switch."""
    ann.composer.fill("by mouse")
    ann.page.get_by_role("button", name="Send", exact=True).click()
    expect(ann.composer).to_be_focused()

    ann.go_to("random")

    expect(ann.composer).to_be_focused()


def test_on_touch_the_keyboard_stays_where_it_is(visit, room):
    """The page doesn't focus the composer by itself."""
    ann = visit("Ann", room, **PHONE)
    expect(ann.composer).not_to_be_focused()
    ann.page.get_by_role("button", name="Rooms", exact=True).tap()

    ann.go_to("random")

    expect(ann.composer).not_to_be_focused()


def test_half_an_emoji_is_sent_as_a_sign_for_it(ann, visit, room):
    """A lone surrogate would break every frame that carries it, also at each resend."""
    ben = visit("Ben", room)
    ann.composer.evaluate(
        f"""box => {{
            box.value = "half {A_LONE_SURROGATE} emoji";
            box.dispatchEvent(new Event("input"));
        }}"""
    )

    ann.composer.press("Enter")

    ben.sees("half \ufffd emoji")
    ann.sees("half \ufffd emoji")


def test_controls_of_a_pasted_terminal_are_left_out(ann, visit, room):
    ben = visit("Ben", room)
    ann.composer.evaluate(
        """box => {
            box.value = "\\u001b[31mred\\u001b[0m\\u0000 bell\\u0007";
            box.dispatchEvent(new Event("input"));
        }"""
    )

    ann.composer.press("Enter")

    ben.sees("[31mred[0m bell")


def test_4000_emoji_go_through(ann, visit, room):
    ben = visit("Ben", room)
    emoji = "🎉" * 4000
    ann.composer.fill(emoji)
    expect(ann.page.locator("[data-composer-counter]")).to_have_text("0 left")

    ann.composer.press("Enter")

    ben.sees("🎉")
    assert ben.texts() == [emoji]


def test_a_paste_of_5_mb_is_refused_with_a_reason(ann):
    ann.composer.fill("kept")

    ann.composer.evaluate(
        """box => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", "x".repeat(5_000_000));
            const paste = { clipboardData, bubbles: true, cancelable: true };
            window.taken = box.dispatchEvent(new ClipboardEvent("paste", paste));
        }"""
    )

    assert ann.page.evaluate("window.taken") is False
    note = ann.page.locator("[data-composer-note]")
    expect(note).to_contain_text("5,000,000 characters, and a message can have 4,000")
    expect(ann.composer).to_have_value("kept")
    ann.composer.press_sequentially("!")
    expect(note).to_be_hidden()
    ann.composer.press("Enter")
    ann.sees("kept!")


@pytest.mark.parametrize("target", ["[data-composer-text]", "[data-timeline]"])
def test_a_dropped_file_is_refused_and_doesnt_replace_the_page(ann, target):
    ann.composer.fill("kept")

    dropped = ann.page.locator(target).evaluate(
        """element => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["x"], "holiday.png", { type: "image/png" }));
            const drop = { dataTransfer, bubbles: true, cancelable: true };
            const events = ["dragover", "drop"].map((type) => new DragEvent(type, drop));
            return events.map((event) => element.dispatchEvent(event));
        }"""
    )

    assert dropped == [False, False]
    expect(ann.page.locator("[data-composer-note]")).to_contain_text("Files can’t be sent")
    expect(ann.composer).to_have_value("kept")


def test_the_room_is_named_where_one_writes(ann, room):
    title = room.replace("-", " ").capitalize()
    expect(ann.composer).to_have_attribute("placeholder", re.compile(title))


@pytest.mark.parametrize(
    ("name", "key", "mark"),
    [("Bold", "b", "**"), ("Italic", "i", "*"), ("Code", "e", "`")],
)
def test_what_is_selected_gets_its_marks_by_a_button_or_a_key(ann, name, key, mark):
    """The same button or key removes them; undo restores them."""
    ann.composer.press_sequentially("one two")
    ann.composer.press("Shift+Control+ArrowLeft")
    button = ann.page.get_by_role("button", name=name, exact=True)

    button.click()
    expect(ann.composer).to_have_value(f"one {mark}two{mark}")
    expect(ann.composer).to_be_focused()
    ann.composer.press(f"Control+{key}")
    expect(ann.composer).to_have_value("one two")
    ann.composer.press("Control+z")
    expect(ann.composer).to_have_value(f"one {mark}two{mark}")


def test_bold_and_italic_leave_each_other_alone(ann):
    ann.composer.press_sequentially("two")
    ann.composer.press("Shift+Home")
    for key, text in (("b", "**two**"), ("i", "***two***"), ("b", "*two*"), ("i", "two")):
        ann.composer.press(f"Control+{key}")
        expect(ann.composer).to_have_value(text)


def test_lines_become_a_list(ann):
    ann.composer.fill("one\ntwo")
    ann.composer.press("Control+a")
    ann.page.get_by_role("button", name="List", exact=True).click()
    expect(ann.composer).to_have_value("- one\n- two")


@pytest.mark.parametrize("name", ["Bold", "Italic", "Code", "List"])
def test_marks_by_a_button_move_no_message(visit, room, fill, name):
    fill(room, *(f"Line {number}" for number in range(60)))
    ann = visit("Ann", room)
    ann.composer.press_sequentially("word")
    until_at_bottom(ann)
    ann.page.get_by_role("button", name=name, exact=True).click()
    expect(ann.composer).not_to_have_value("word")
    assert from_bottom(ann) == pytest.approx(0, abs=1)


def test_a_button_begins_a_mention(ann, chatter, room):
    chatter("Ben", room)
    expect(ann.page.locator("[data-person-name]")).to_have_count(2)
    ann.composer.press_sequentially("Hello")
    ann.page.get_by_role("button", name="Mention somebody").click()
    expect(ann.composer).to_have_value("Hello @")
    expect(ann.page.get_by_role("option").first).to_be_visible()
