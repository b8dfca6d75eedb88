"""A browser that lacks something the page needs says so, and runs nothing of the page."""

import pytest
from playwright.sync_api import expect

LACKS = {
    "modules": "delete HTMLScriptElement.prototype.noModule",
    "sets in regular expressions": """
        const { RegExp } = window;
        window.RegExp = function (source, flags) {
          if (flags?.includes("v")) throw new SyntaxError();
          return new RegExp(source, flags);
        }""",
    "popovers": "delete HTMLElement.prototype.popover",
    "inert": "delete HTMLElement.prototype.inert",
    "checkVisibility": "delete Element.prototype.checkVisibility",
    "dialogs": "delete window.HTMLDialogElement",
    "light-dark": "CSS.supports = (...asked) => asked.length === 1",
    ":has": "CSS.supports = (...asked) => asked.length === 2",
    "any CSS.supports": "delete window.CSS",
    "AbortSignal.timeout": "delete AbortSignal.timeout",
    "URL.canParse": "delete URL.canParse",
    "Intl.Segmenter": "delete Intl.Segmenter",
    "toSorted": "delete Array.prototype.toSorted",
    "toWellFormed": "delete String.prototype.toWellFormed",
}


def message(visitor):
    return visitor.page.get_by_role("alert").filter(has_text="too old")


@pytest.mark.parametrize("what", LACKS)
def test_a_browser_that_lacks_something_says_so_and_runs_nothing(visit, what):
    ann = visit("Ann", None)
    ann.tolerate("Content Security Policy")
    ann.page.add_init_script(LACKS[what])

    ann.page.goto("/rooms/general")

    expect(message(ann)).to_be_visible()
    expect(ann.page.locator("body > :visible")).to_have_count(1)
    ann.page.wait_for_load_state("load")
    assert ann.page.locator("[data-live]").count() == 0, "no module has run"


@pytest.mark.every_browser
def test_other_browsers_say_nothing(visit):
    ann = visit("Ann", "general")
    expect(message(ann)).to_be_hidden()
