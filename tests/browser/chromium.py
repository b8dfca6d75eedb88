"""How the tests start Chromium."""

import os
import shutil

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")


def launch(playwright):
    executable = shutil.which("chromium")
    assert executable, "This needs Chromium: scripts/chromium installs it"
    return playwright.chromium.launch(
        executable_path=executable, args=[*QUIET, "--no-first-run", *as_root()]
    )


def launch_with_profile(playwright, folder, port):
    """One that other tools reach at a port of its own; it has a single context."""
    args = [*QUIET, "--no-first-run", f"--remote-debugging-port={port}", *as_root()]
    return playwright.chromium.launch_persistent_context(
        folder, executable_path=shutil.which("chromium"), args=args
    )


def as_root():
    return ["--no-sandbox"] if os.geteuid() == 0 else []
