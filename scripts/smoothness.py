"""Measure how smooth a room with 5,000 messages is, in a real browser.

`python -m scripts.smoothness [SECONDS]` lets one reader scroll through all messages, and another
one stay at the bottom, while 20 messages a second arrive. It prints the long tasks of each page
(over 50 ms on its main thread), and how long frames took. Run it on an idle machine, because other
load changes the results.
"""

import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from chat.messages.message import Message
from chat.storage import open_history
from tests.browser.chromium import launch
from tests.browser.visitors import Visitor
from tests.chatters import Chatter
from tests.servers import serving

COUNT = 5000
PER_SECOND = 20
LONG_TASK_MS = 50

TO_THE_BEGINNING = """() => {
    document.querySelector("[data-timeline]").scrollTop = 0;
    return document.querySelector("[data-beginning]") !== null;
}"""
MEASURE = """() => {
    window.measured = { tasks: [], frames: [] };
    new PerformanceObserver((list) => {
        measured.tasks.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: "longtask" });
    let last = performance.now();
    requestAnimationFrame(function frame(now) {
        measured.frames.push(now - last);
        last = now;
        requestAnimationFrame(frame);
    });
}"""
SCROLL = """() => {
    const log = document.querySelector("[data-timeline]");
    let step = 60;
    requestAnimationFrame(function scroll() {
        const end = log.scrollHeight - log.clientHeight;
        if (log.scrollTop >= end - 150) step = -60;
        if (log.scrollTop <= 0) step = 60;
        log.scrollTop += step;
        requestAnimationFrame(scroll);
    });
}"""


def main(seconds: float) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        serving(Path(folder), send_rate=0, event_rate=0, page_size=100) as server,
    ):
        fill(f"sqlite:///{folder}/chat.db")
        browser = launch(playwright)
        reader = arrive(browser, server.url, "Reader")
        reader.wait_for_function(TO_THE_BEGINNING, timeout=300_000)
        follower = arrive(browser, server.url, "Follower")
        talker = threading.Thread(target=talk, args=(Chatter(server.url), seconds))
        for page in (reader, follower):
            page.evaluate(MEASURE)
        reader.evaluate(SCROLL)
        talker.start()
        while talker.is_alive():
            reader.wait_for_timeout(200)
        for name, page in (("scrolling", reader), ("following", follower)):
            print(name, report(page.evaluate("measured")))
        browser.close()


def fill(url: str) -> None:
    history = open_history(url)
    start = datetime.now(UTC) - timedelta(days=4)
    messages = []
    for number in range(COUNT):
        id_ = f"{start + timedelta(minutes=number):%Y-%m-%dT%H:%M:%S.%f}Z.{number:010x}"
        name = f"Person {number // 3 % 7}"
        text = f"Line {number}: " + "some words of a usual length, " * (number % 4)
        messages.append(Message(id_, "general", name, name, text, client_id=str(number)))
    history.append(messages)
    history.close()


def arrive(browser: Any, url: str, name: str) -> Page:
    visitor = Visitor(browser, url, name)
    visitor.sign_in()
    visitor.open("/rooms/general")
    return visitor.page


def talk(chatter: Chatter, seconds: float) -> None:
    chatter.join("general")
    begin = time.monotonic()
    for number in range(int(seconds * PER_SECOND)):
        time.sleep(max(0.0, begin + number / PER_SECOND - time.monotonic()))
        chatter.say("general", f"News {number}")
    chatter.close()


def report(measured: dict[str, list[float]]) -> str:
    tasks, frames = measured["tasks"], sorted(measured["frames"])
    slow = frames[int(len(frames) * 0.99)]
    return (
        f"{len(tasks)} tasks over {LONG_TASK_MS} ms (longest {max(tasks, default=0):.0f} ms), "
        f"{len(frames)} frames, 99 % of them within {slow:.0f} ms"
    )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 15)
