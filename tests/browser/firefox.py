"""How the tests start Firefox: unmodified, by the standard protocol WebDriver BiDi."""

import os
import shutil
import sys
from pathlib import Path

BRIDGE = Path(__file__).with_name("firefox_bridge.py")


def path():
    return shutil.which("firefox-esr") or shutil.which("firefox")


def launch(playwright):
    pythons = Path(sys.executable).parent
    return playwright.firefox.launch(
        channel="moz-firefox",  # not Playwright's patched Firefox
        executable_path=BRIDGE,
        env=os.environ | {"FIREFOX": path(), "PATH": f"{pythons}:{os.environ['PATH']}"},
    )
