"""5,000 messages in a room. `scripts/smoothness.py` measures the time that they take."""

import pytest
from playwright.sync_api import expect

from tests.browser.scrolling import scroll_to, until

COUNT = 5000
MOST_ROWS = 400

NOTE_ROWS = """() => {
    const rows = document.querySelector("[data-rows]");
    window.noted = { most: 0, added: 0, removed: 0 };
    new MutationObserver((mutations) => {
        noted.most = Math.max(noted.most, rows.children.length);
        for (const { addedNodes, removedNodes } of mutations) {
            noted.added += addedNodes.length;
            noted.removed += removedNodes.length;
        }
    }).observe(rows, { childList: true });
}"""
TO_THE_BEGINNING = """() => {
    document.querySelector("[data-timeline]").scrollTop = 0;
    return document.querySelector("[data-beginning]") !== null;
}"""
TO_THE_END = """() => {
    const log = document.querySelector("[data-timeline]");
    log.scrollTop += log.clientHeight * 3;
    return [...document.querySelectorAll("[data-text]")].at(-1).textContent === "Line 4999";
}"""


@pytest.fixture
def ann(visit, room, fill):
    fill(room, *(f"Line {number:04}" for number in range(COUNT)))
    return visit("Ann", room)


def test_400_rows_are_the_most(ann):
    """All the way up through 5,000 messages, and all the way down."""
    ann.page.evaluate(NOTE_ROWS)

    ann.page.wait_for_function(TO_THE_BEGINNING, timeout=90_000)
    expect(ann.row("Line 0000")).to_have_count(1)
    ann.page.wait_for_function(TO_THE_END, timeout=90_000)

    most = ann.page.evaluate("noted.most")
    assert 100 < most <= MOST_ROWS


def test_a_new_message_costs_one_row(ann, chatter, room):
    """At the bottom each new row replaces an old one; further up, no row changes."""
    ben = chatter("Ben", room)
    for _ in range(5):
        rows = ann.rows.count()
        ann.log.evaluate("log => { log.scrollTop = 0; }")
        until(ann, "() => document.querySelector('[data-timeline]').scrollTop > 0")
        if rows >= 180:
            break
        until(ann, "rows => document.querySelectorAll('[data-message]').length > rows", rows)
    ann.page.keyboard.press("End")
    expect(ann.row("Line 4999")).to_have_count(1)
    ann.page.evaluate(NOTE_ROWS)
    for number in range(20):
        ben.say(room, f"News {number:02}")
    ann.sees("News 19")
    noted = ann.page.evaluate("noted")
    assert noted["added"] - 20 <= 2, noted  # and a separator of the day
    assert noted["removed"] - 20 <= 2, noted

    scroll_to(ann, 3000)
    ann.page.evaluate(NOTE_ROWS)
    for number in range(20):
        ben.say(room, f"More {number:02}")
    expect(ann.page.locator("[data-jump]")).to_contain_text("20 new messages")
    assert ann.page.evaluate("noted") == {"most": 0, "added": 0, "removed": 0}
