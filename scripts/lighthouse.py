"""Run Lighthouse on the pages as `make run` serves them; `make lighthouse` runs this.

The reports go to `test-results/lighthouse/`. The exit code is 1 if a score is below 100.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

from tests.browser.chromium import launch_with_profile
from tests.chatters import Chatter, sign_in
from tests.copies import build_static
from tests.servers import ChatServer, free_port, serving

LIGHTHOUSE = "lighthouse@13.5.0"
REPORTS = Path("test-results/lighthouse")
CATEGORIES = ("performance", "accessibility", "best-practices")
TALK = ["Good morning!", "The **winter timetable** is in.", "Wonderful, thank you! 🎉"]


def main() -> int:
    REPORTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        built = build_static(folder / "static")
        with (
            serving(folder, variables=built, sign_in_rate=0) as server,
            sync_playwright() as playwright,
        ):
            talk(server)
            port = free_port()
            browser = launch_with_profile(playwright, folder / "profile", port)
            scores = judge("sign-in", f"{server.url}/", port)
            enter(browser, server)
            scores |= judge("chat", f"{server.url}/rooms/general", port)
            browser.close()
    for page, score in scores.items():
        print(page, score)
    return int(any(score < 100 for score in scores.values()))


def talk(server: ChatServer) -> None:
    chatter = Chatter(server.url, "Ben")
    chatter.join("general")
    for text in TALK:
        chatter.say("general", text)
    chatter.close()


def enter(browser: BrowserContext, server: ChatServer) -> None:
    session = sign_in(server.url, "Ann")
    browser.add_cookies(
        [
            {"name": name, "value": value, "url": server.url}
            for name, value in session.cookies.items()
        ]
    )


def judge(name: str, url: str, port: int) -> dict[str, int]:
    """The scores of a page by category, 0 to 100."""
    report = REPORTS / f"{name}.json"
    command = ["npx", "--yes", LIGHTHOUSE, url, f"--port={port}", "--quiet"]
    options = ["--disable-storage-reset", f"--only-categories={','.join(CATEGORIES)}"]
    output = ["--output=json", f"--output-path={report}"]
    subprocess.run([*command, *options, *output], check=True)
    categories = json.loads(report.read_text())["categories"]
    return {f"{name} {each}": round(categories[each]["score"] * 100) for each in CATEGORIES}


if __name__ == "__main__":
    sys.exit(main())
