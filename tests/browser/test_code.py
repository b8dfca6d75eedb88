"""Code in messages: read, unfolded, copied, and highlighted without moving anything."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.scrolling import from_bottom, until, until_at_bottom
from tests.browser.wire import Wire, until_true

PYTHON = 'def watch(queue, limit=40):\n    # Two readings\n    return call("Ann")'
KINDS = {"word": "def", "name": "watch", "literal": "40", "comment": "# Two readings"}
ENDLESS = """onmessage = ({ data: { code } }) => {
    postMessage({ state: "begun" });
    while (code === "hard");
    postMessage({ state: "done", pieces: [{ text: code, kind: "word" }] });
};"""
PYTHON_GRAMMAR = re.compile(r"/python[^/]*\.js$")  # the source file, or the built one
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
NOTE_LOUD_CHANGES = """() => {
    window.loud = [];
    const isLoud = (target) => target.closest("[aria-live], [role=status]").matches("[role=log]");
    new MutationObserver((mutations) => {
        const changes = mutations.filter(({ target }) => isLoud(target.parentElement));
        window.loud.push(...changes.map(({ target }) => target.className));
    }).observe(document.querySelector("[data-rows]"), { childList: true, subtree: true });
}"""


@pytest.fixture
def ann(visit, room):
    return visit("Ann", room)


@pytest.fixture
def ben(ann, chatter, room):
    return chatter("Ben", room)


def fenced(code, language=""):
    return f"```{language}\n{code}\n```"


def lines(number):
    return "\n".join(f"line {n:02}" for n in range(1, number + 1))


def block_of(visitor):
    """The code in the last message."""
    return visitor.rows.last.locator(".code-block")


def text_of(block):
    return block.locator("code").evaluate("code => code.textContent")


def copy_button(block):
    return block.get_by_role("button", name="Copy code")


def until_highlighted(block):
    expect(block.locator("code span").first).to_be_attached()


LANGUAGES = [
    ("py", "Python"),
    ("JavaScript", "JavaScript"),
    ("c++ title=x", "C++"),
    ("Elixir", "Elixir"),
    ("constructor", "constructor"),
    ("x" * 30, "x" * 20),
    ("<img src=x onerror=alert(1)>", "Code"),
    ("", "Code"),
]


@pytest.mark.parametrize(("written", "title"), LANGUAGES)
def test_code_says_what_language_it_is_in(ann, ben, room, written, title):
    ann.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    ben.say(room, fenced("let a  = 1;\n\n\tb", written))
    expect(block_of(ann).locator("[data-code-language]")).to_have_text(title)
    assert text_of(block_of(ann)) == "let a  = 1;\n\n\tb"


def test_a_name_in_code_or_as_its_language_calls_nobody(ann, ben, room):
    ben.say(room, fenced(f"@{ann.name}", f"@{ann.name}"))
    expect(block_of(ann)).to_be_visible()
    expect(ann.rows.last.locator("mark")).to_have_count(0)
    expect(ann.rows.last).not_to_have_attribute("data-mentions-me", "")


CONTRAST = """element => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const light = (colour) => {
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        const parts = [...context.getImageData(0, 0, 1, 1).data].map((part) => part / 255);
        const [r, g, b] = parts.map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const ground = light(getComputedStyle(element.closest(".code-block")).backgroundColor);
    const text = light(getComputedStyle(element).color);
    return Math.max(ground, text) / Math.min(ground, text);
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_code_is_highlighted_in_four_colours_that_are_easy_to_read(visit, chatter, room, theme):
    ann = visit("Ann", room, color_scheme=theme)
    chatter("Ben", room).say(room, fenced(PYTHON, "python"))
    colours = set()
    for kind, text in KINDS.items():
        element = block_of(ann).locator(f".code-{kind}").first
        expect(element).to_have_text(text)
        colours.add(element.evaluate("e => getComputedStyle(e).color"))
        assert element.evaluate(CONTRAST) >= 5
    assert len(colours) == len(KINDS)
    assert block_of(ann).locator("code").evaluate(CONTRAST) >= 5
    assert text_of(block_of(ann)) == PYTHON


def test_highlighting_moves_nothing_and_is_not_announced(visit, chatter, room):
    ann = visit("Ann", None)
    waiting = []

    def hold(route):
        waiting.append(route)

    ann.page.route("**/js/highlighting.js", hold)
    ann.open(f"/rooms/{room}")
    chatter("Ben", room).say(room, fenced(PYTHON, "python"))
    expect(block_of(ann)).to_be_visible()
    expect(ann.log).to_have_attribute("aria-live", "polite")
    before = ann.rows.last.bounding_box()
    ann.page.evaluate(NOTE_LOUD_CHANGES)
    assert block_of(ann).locator("code span").count() == 0

    until_true(ann.page, lambda: waiting, "the worker to be asked for")
    waiting[0].continue_()
    until_highlighted(block_of(ann))

    assert ann.rows.last.bounding_box() == before
    assert ann.page.evaluate("loud") == []


def test_code_that_takes_for_ever_stays_plain_and_holds_nothing_up(visit, chatter, room):
    """As regular expressions can for a text that is made for that."""
    ann = visit("Ann", None)
    ann.page.route(
        "**/js/highlighting.js",
        lambda route: route.fulfill(body=ENDLESS, content_type="text/javascript"),
    )
    ann.open(f"/rooms/{room}")
    ben = chatter("Ben", room)
    ben.say(room, fenced("hard", "python"))
    ben.say(room, fenced("easy", "python"))
    expect(ann.rows).to_have_count(2)
    until_highlighted(block_of(ann))
    assert text_of(ann.rows.first) == "hard"
    assert ann.rows.first.locator("code span").count() == 0


def test_a_language_that_could_not_be_loaded_comes_with_the_next_connection(visit, chatter, room):
    ann = visit("Ann", None)
    ann.tolerate("Failed to load resource", "net::ERR")
    wire = Wire(ann.page)
    failed = []

    def fail(route):
        failed.append(route)
        route.abort()

    ann.page.route(PYTHON_GRAMMAR, fail)
    ann.open(f"/rooms/{room}")
    ben = chatter("Ben", room)
    ben.say(room, fenced(PYTHON, "python"))
    ben.say(room, fenced('{"a": 1}', "json"))
    expect(ann.rows).to_have_count(2)
    until_highlighted(block_of(ann))
    assert ann.rows.first.locator("code span").count() == 0
    assert len(failed) == 1

    ann.page.unroute(PYTHON_GRAMMAR)
    wire.browser.close()

    until_highlighted(ann.rows.first)


def test_wide_code_scrolls_in_its_own_box_also_by_keyboard(ann, ben, room):
    ben.say(room, fenced("x" * 500))
    scroller = block_of(ann).locator("pre")
    expect(scroller).to_have_attribute("tabindex", "0")
    assert scroller.evaluate("pre => pre.scrollWidth > pre.clientWidth")
    assert scroller.evaluate("pre => pre.scrollHeight === pre.clientHeight")
    assert ann.log.evaluate("log => log.scrollWidth === log.clientWidth")
    scroller.focus()
    ann.page.keyboard.press("ArrowRight")
    until(ann, "() => document.activeElement.scrollLeft > 0")

    ben.say(room, fenced("narrow"))
    expect(block_of(ann).locator("pre")).to_have_attribute("tabindex", "-1")


@pytest.mark.parametrize(("number", "folds"), [(15, False), (16, True), (40, True)])
def test_code_of_16_lines_and_more_is_folded(ann, ben, room, number, folds):
    ben.say(room, fenced(lines(number)))
    block = block_of(ann)
    expect(block).to_be_visible()
    more = block.get_by_role("button", name=f"Show all {number} lines")
    expect(more).to_have_count(int(folds))
    if not folds:
        return
    folded = block.bounding_box()["height"]
    assert folded < 300
    more.click()
    assert block.bounding_box()["height"] > folded + 100
    assert block.locator("pre").evaluate("pre => pre.scrollHeight === pre.clientHeight")
    block.get_by_role("button", name="Show less").click()
    expect(more).to_be_visible()
    assert block.bounding_box()["height"] == folded


def test_unfolded_code_is_read_on_where_it_ended_and_folded_code_stays_in_view(
    visit, chatter, room, fill
):
    fill(room, *(f"Line {number:03}" for number in range(40)))
    ann, ben = visit("Ann", room), chatter("Ben", room)
    ben.say(room, fenced(lines(80)))
    block = block_of(ann)
    more = block.get_by_role("button", name="Show all 80 lines")
    expect(more).to_be_visible()
    until_at_bottom(ann)
    before = block.bounding_box()["y"]

    more.click()
    until(ann, "() => !document.querySelector('[data-jump]').hidden")

    assert block.bounding_box()["y"] == before
    assert from_bottom(ann) > 500
    ann.page.keyboard.press("End")
    until_at_bottom(ann)
    assert block.bounding_box()["y"] < 0
    block.get_by_role("button", name="Show less").click()
    until_at_bottom(ann)
    expect(more).to_be_in_viewport()
    assert block.bounding_box()["y"] > 0


def test_what_the_browser_finds_below_the_fold_unfolds_it(ann, ben, room):
    ben.say(room, fenced(lines(40)))
    block = block_of(ann)
    expect(block.get_by_role("button", name="Show all 40 lines")).to_be_visible()
    block.locator("pre").evaluate("pre => { pre.scrollTop = 200; }")
    expect(block.get_by_role("button", name="Show less")).to_be_visible()
    assert block.locator("pre").evaluate("pre => pre.scrollTop") == 0


def test_what_arrives_leaves_code_as_it_is(ann, ben, room):
    ben.say(room, fenced(f"{PYTHON}\n{lines(20)}", "python"))
    ann.sees("Two readings")
    block = ann.row("Two readings").locator(".code-block")
    until_highlighted(block)
    block.get_by_role("button", name="Show all").click()
    block.locator("code span").first.evaluate("span => { span.isTheSame = true; }")

    ben.say(room, "more")
    ann.say("and more")
    ann.sees("and more")

    expect(block.get_by_role("button", name="Show less")).to_be_attached()
    assert block.locator("code span").first.evaluate("span => span.isTheSame")


TYPED = "\tif a:\n\n        b = '<&amp;>'  \n\n\tc\n"


def pasted(visitor):
    """The content of the clipboard, as pasted into the composer."""
    visitor.composer.fill("")
    visitor.composer.press("Control+v")
    return visitor.composer.input_value()


def test_copy_takes_the_code_as_it_was_typed_and_says_so(visit, chatter, room):
    ann = visit("Ann", None, permissions=["clipboard-read", "clipboard-write"])
    ann.page.clock.install()
    ann.open(f"/rooms/{room}")
    chatter("Ben", room).say(room, fenced(TYPED, "py"))
    button = copy_button(block_of(ann))
    expect(button).to_have_text("Copy")
    width = button.bounding_box()["width"]

    ann.page.clock.pause_at(ann.page.evaluate("Date.now() + 1000"))
    button.click()

    expect(button).to_have_text("Copied")
    expect(block_of(ann).get_by_role("status")).to_have_text("Copied")
    assert button.bounding_box()["width"] == width
    assert ann.page.evaluate("navigator.clipboard.readText()") == TYPED
    ann.page.clock.run_for(1900)
    expect(button).to_have_text("Copied")
    ann.page.clock.run_for(200)
    expect(button).to_have_text("Copy")
    expect(block_of(ann).get_by_role("status")).to_be_empty()


def test_copy_works_where_there_is_no_clipboard(visit, chatter, room):
    """As with plain HTTP. Folded code is copied completely."""
    ann = visit("Ann", None, permissions=["clipboard-read", "clipboard-write"])
    ann.page.add_init_script(NO_CLIPBOARD)
    ann.open(f"/rooms/{room}")
    code = TYPED + lines(30)
    chatter("Ben", room).say(room, fenced(code))
    copy_button(block_of(ann)).click()
    expect(copy_button(block_of(ann))).to_have_text("Copied")
    assert pasted(ann) == code


def test_copy_says_where_it_does_not_work(visit, chatter, room):
    ann = visit("Ann", None)
    ann.page.add_init_script(f"{NO_CLIPBOARD}; document.execCommand = () => false")
    ann.open(f"/rooms/{room}")
    chatter("Ben", room).say(room, fenced("code"))
    copy_button(block_of(ann)).click()
    expect(copy_button(block_of(ann))).to_have_text("Not copied")
    expect(block_of(ann).get_by_role("status")).to_contain_text("not copied")
    assert ann.page.evaluate("String(getSelection())") == "code"


def test_the_buttons_are_reached_through_their_message(ann, ben, room):
    ben.say(room, fenced(lines(20)))
    ben.say(room, fenced(lines(20)))
    expect(ann.page.locator(".code-block")).to_have_count(2)
    ann.composer.focus()
    ann.page.keyboard.press("Shift+Tab")
    expect(ann.log).to_be_focused()
    ann.page.keyboard.press("ArrowUp")
    expect(ann.rows.last).to_be_focused()
    ann.page.keyboard.press("Tab")
    expect(copy_button(block_of(ann))).to_be_focused()
    ann.page.keyboard.press("Tab")
    more = block_of(ann).get_by_role("button", name="Show all 20 lines")
    expect(more).to_be_focused()
    ann.page.keyboard.press("Tab")
    expect(ann.composer).to_be_focused()
    more.focus()
    ann.page.keyboard.press("Enter")
    expect(block_of(ann).get_by_role("button", name="Show less")).to_be_focused()


def test_what_is_said_about_code_is_not_announced_as_a_message(ann, ben, room):
    ben.say(room, fenced(lines(20)))
    expect(block_of(ann)).to_be_visible()
    expect(ann.log).to_have_attribute("aria-live", "polite")
    ann.page.evaluate(NOTE_LOUD_CHANGES)
    block_of(ann).get_by_role("button", name="Show all 20 lines").click()
    copy_button(block_of(ann)).click()
    expect(copy_button(block_of(ann))).not_to_have_text("Copy")
    assert ann.page.evaluate("loud") == []
