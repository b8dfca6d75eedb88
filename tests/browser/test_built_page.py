"""The page as `make run` and the image serve it: built and compressed."""

import pytest
from playwright.sync_api import expect

from tests.browser.wire import Wire, until_true
from tests.copies import build_static
from tests.servers import serving

FIRST_VISIT = 60_000  # bytes over the wire, headers included
MOST_REQUESTS = 8  # browsers make six at a time


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    variables = build_static(folder / "static")
    with serving(folder, variables=variables, send_rate=0, sign_in_rate=0) as server:
        yield server


class Transfer:
    """The bytes that one page got over the wire, as the browser reports them."""

    def __init__(self, page):
        self.sizes = {}
        self.addresses = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._requested)
        session.on("Network.loadingFinished", self._finished)

    def _requested(self, event):
        self.addresses[event["requestId"]] = event["request"]["url"]

    def _finished(self, event):
        self.sizes[event["requestId"]] = event["encodedDataLength"]

    @property
    def total(self):
        return sum(self.sizes.values())

    def __str__(self):
        lines = sorted(f"{self.sizes.get(id_)!s:>6} {url}" for id_, url in self.addresses.items())
        return "\n".join(["", *lines])


def test_the_first_visit_is_light_and_the_chat_comes_with_one_request_for_its_room(built, visit):
    """The chat takes one round trip after the page; parts not needed at first are loaded later."""
    ann = visit("Ann", None, at=built)
    ann.page.add_init_script("window.requestIdleCallback = () => {}")  # what is loaded when idle
    transfer = Transfer(ann.page)
    wire = Wire(ann.page)
    ann.open("/rooms/general")
    ann.say("ready")
    ann.sees("ready")

    assert 5 < len(transfer.sizes) <= MOST_REQUESTS, transfer
    assert transfer.total < FIRST_VISIT, transfer
    later = ("emoji", "markdown", "highlight", "completer", "switcher", "shortcuts-help")
    assert not [url for url in transfer.addresses.values() if any(name in url for name in later)]
    until_true(ann.page, lambda: len(wire.events("join")) >= 2, "the typists' join")
    assert len(wire.events("join")) == 2, "one for the room, and one for its typists"
    assert wire.events("history") == []


def test_the_sign_in_page_is_lighter_still(built, visit):
    ann = visit("Ann", None, at=built, signed_in=False)
    transfer = Transfer(ann.page)
    ann.open("/")
    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible()
    assert 2000 < transfer.total < 15_000, transfer


def test_every_part_of_the_page_works_when_it_is_built(built, visit):
    ann, ben = visit("Ann", "tech", at=built), visit("Ben", "tech", at=built)
    ann.say("> quote\n**bold**")
    expect(ben.rows.locator("blockquote")).to_have_text("quote")
    expect(ben.rows.locator("strong")).to_have_text("bold")
    ann.say("```js\nconst a = 1;\n```")
    expect(ben.rows.last.locator("code .code-word")).to_have_text("const")
    ben.composer.press_sequentially("hi @an")
    ben.page.get_by_role("option").first.click()
    ben.composer.press_sequentially(":tad")
    expect(ben.page.get_by_role("option").first).to_contain_text(":tada:")
    ben.composer.press("Tab")
    ben.composer.press("Enter")
    ann.sees(f"hi @{ann.name} 🎉")
    ann.page.get_by_role("button", name="Emoji", exact=True).click()
    ann.page.get_by_role("gridcell", name="rocket").first.click()
    expect(ann.composer).to_have_value("🚀")
    ann.page.keyboard.press("Control+k")
    ann.page.get_by_role("option").filter(has_text="Random").click()
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Random")
    ann.page.keyboard.press("Control+/")
    expect(ann.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_the_built_page_opens_offline(built, visit):
    ann = visit("Ann", "random", at=built, service_workers="allow")
    ann.tolerate_lost_connection()
    ann.page.evaluate("navigator.serviceWorker.ready")
    ann.context.set_offline(True)
    ann.page.reload()
    expect(ann.page.get_by_role("heading", name="No connection")).to_be_visible()
    expect(ann.page.locator("[data-offline-state]")).to_contain_text("Trying again")
    styled = "e => getComputedStyle(e).display"
    assert ann.page.locator("body").evaluate(styled) == "grid"
    ann.context.set_offline(False)
    ann.wait_until_live()
