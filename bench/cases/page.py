"""A phone with an empty cache opens a room: the time until the first message is painted."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from bench import processes
from bench.cases.base import Case, Figure, Target
from bench.cookies import people
from bench.servers import ROOT, serving
from chat.messages.ids import MessageIds
from chat.messages.message import Message
from chat.storage import open_history
from tests.browser.chromium import launch

LOADS, MESSAGES = 5, 100
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "is_mobile": True,
    "has_touch": True,
    "service_workers": "block",
}
TEXT = "The winter timetable is in, and the ferries are on time today."

# Seconds from the navigation to the end of the frame that shows the first message.
PAINTED = """
window.painted = new Promise((resolve) => {
  const look = () => {
    if (!document.querySelector("[data-message]")) return requestAnimationFrame(look);
    const { port1, port2 } = new MessageChannel(); // its message comes after the frame
    port1.onmessage = () => resolve(performance.now() / 1000);
    port2.postMessage(null);
  };
  requestAnimationFrame(look);
});
"""


def measure(server: str, _size: int) -> dict[str, float]:
    """Open the room several times, each time with an empty cache."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        _fill(folder)
        with (
            serving(server, folder) as chat,
            _slow_network(chat.port, folder) as port,
            sync_playwright() as playwright,
        ):
            browser = launch(playwright)
            *cookies, first = chat.cookies(LOADS + 1)
            _load(browser, port, first)  # warm up: the first request to a new server is slower
            seconds = [_load(browser, port, cookie) for cookie in cookies]
            browser.close()
    return {"median": median(seconds), "worst": max(seconds)}


def _load(browser: Browser, port: int, cookie: str) -> float:
    url = f"http://127.0.0.1:{port}"
    context = browser.new_context(**PHONE)
    name, _, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": url}])
    page = context.new_page()
    page.add_init_script(PAINTED)
    page.goto(f"{url}/rooms/room-0", wait_until="commit")
    seconds = page.evaluate("window.painted")
    context.close()
    return seconds


def _fill(folder: Path) -> None:
    history = open_history(f"sqlite:///{folder}/chat.db")
    history.check()
    history.append(list(_messages()))
    history.close()


def _messages() -> Iterator[Message]:
    """Messages of five people, one a minute, until now."""
    authors = people(5)
    began = datetime.now(UTC) - timedelta(minutes=MESSAGES)
    for number in range(MESSAGES):
        at = (began + timedelta(minutes=number)).timestamp()
        id_ = MessageIds(lambda at=at: at).make("room-0")
        user_id, user_name = authors[number // 3 % len(authors)]
        client_id = f"00000000-0000-4000-8000-{number:012x}"
        yield Message(id_, "room-0", user_id, user_name, TEXT, client_id)


@contextlib.contextmanager
def _slow_network(server_port: int, folder: Path) -> Iterator[int]:
    port = processes.free_port()
    command = [sys.executable, "-m", "bench.slow_network", str(port), str(server_port)]
    log = folder / "network.log"
    with processes.running(command, processes.LOAD_CORE, log=log, cwd=ROOT):
        processes.wait_until(lambda: processes.is_listening(port), 10.0, "the slow network's start")
        yield port


CASE = Case(
    "page",
    "A phone opens a room for the first time, with 1.6 Mbit/s and 150 ms to the server and back",
    ("ours", "sources"),
    measure,
    (
        Figure(
            "median", f"first message painted, median of {LOADS}", "s", (Target("itself", 1.2),)
        ),
        Figure("worst", f"first message painted, worst of {LOADS}", "s"),
    ),
)
