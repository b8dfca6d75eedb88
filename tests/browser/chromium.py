"""How the tests start Chromium."""

import os
import shutil

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")


def launch(playwright):
    executable = shutil.which("chromium")
    assert executable, "This needs Chromium: scripts/chromium installs it"
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(
        executable_path=executable, args=[*QUIET, "--no-first-run", *as_root]
    )
