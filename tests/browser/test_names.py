"""Names in many scripts: messages of these people are shown, and mentions of them are found."""

import pytest
from playwright.sync_api import expect

NAMES = [
    "Anne-Marie",
    "Al-Farabi",
    "O’Brien",
    "Jean-Luc d’Arc",
    "太郎",
    "김서연",
    "José",
    "ليلى حداد",
    "علی‌رضا",
    "प्रिया",
    "Nguyễn Thị Ánh",
    "Müller (Berlin)",
    "R2.D2",
    "a+b=c",
    "$1 ^x| y",
]


@pytest.mark.parametrize("name", NAMES)
def test_whoever_has_this_name_sees_messages_and_mentions(visit, room, chatter, name):
    ben = chatter("Ben", room)
    ben.say(room, "before")
    reader = visit(name, room)
    reader.sees("before")
    reader.say("I am here")
    reader.sees("I am here")
    ben.say(room, f"hello @{reader.name}, lunch?")
    reader.sees("lunch?")
    expect(reader.row("lunch?").locator("mark")).to_have_text(f"@{reader.name}")
    expect(reader.row("lunch?")).to_have_attribute("data-mentions-me", "")
    expect(reader.page.locator("[data-page-error]")).to_be_hidden()


def test_a_row_that_cannot_be_rendered_shows_its_text_and_is_reported(visit, room, chatter, server):
    ben = chatter("Ben", room)
    ann = visit("Ann", room=None)
    ann.tolerate("broken on purpose")
    ann.page.add_init_script(
        """const split = String.prototype.matchAll;
        String.prototype.matchAll = function (...given) {
            if (this.includes("**cursed**")) throw new TypeError("broken on purpose");
            return split.apply(this, given);
        };"""
    )
    ann.open(f"/rooms/{room}")
    with ann.page.expect_request("**/page-errors") as report:
        ben.say(room, "before")
        ben.say(room, "a **cursed** text: broken")
        ben.say(room, "after")
    for text in ("before", "a **cursed** text: broken", "after"):
        ann.sees(text)
    sent = report.value.post_data_json
    assert sent["kind"] == "TypeError"
    assert "cursed" not in str(sent)
    assert any(place.startswith("js/") for place in sent["at"])


def test_an_error_of_the_page_is_told_to_the_reader_and_to_the_server(visit, source_server):
    ann = visit("Ann", "general", at=source_server)
    ann.tolerate("no such luck")
    notice = ann.page.locator("[data-page-error]")
    expect(notice).to_be_hidden()
    with ann.page.expect_response("**/page-errors") as answer:
        ann.page.evaluate(
            """async () => {
                const { src } = document.querySelector("script[src*=main]");
                const { nextFrame } = await import(src.replace("main.js", "lib/frames.js"));
                nextFrame(() => { throw new RangeError("no such luck: secret"); });
            }"""
        )
    assert answer.value.status == 204
    expect(notice).to_contain_text("Something went wrong")
    notice.get_by_role("button", name="Reload").click()
    ann.wait_until_live()
    expect(notice).to_be_hidden()


def test_errors_of_browser_extensions_are_nobodys_business(visit, room):
    ann = visit("Ann", room)
    ann.tolerate("of an extension")
    reports = []
    ann.page.on("request", lambda request: reports.append(request.url))
    ann.page.evaluate(
        """new Promise((done) => {
            addEventListener("error", () => setTimeout(done)); // after the page's listener
            setTimeout(() => { throw new Error("of an extension"); });
        })"""
    )
    expect(ann.page.locator("[data-page-error]")).to_be_hidden()
    assert not [url for url in reports if url.endswith("/page-errors")]
