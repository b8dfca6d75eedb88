"""How the tests start Chromium."""

import os
import shutil

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")


def launch(playwright):
    """The full Chromium, headless: for notifications, screenshots and measurements."""
    return _launch(playwright, shutil.which("chromium"))


def launch_shell(playwright):
    """The headless shell, where a page takes half the time; without it, the full Chromium."""
    return _launch(playwright, shutil.which("chromium-headless-shell") or shutil.which("chromium"))


def _launch(playwright, executable):
    assert executable, "This needs Chromium: scripts/chromium installs it"
    args = [*QUIET, "--no-first-run", *as_root()]
    return playwright.chromium.launch(executable_path=executable, args=args)


def launch_with_profile(playwright, folder, port):
    """A Chromium that other tools reach by a debugging port; it has a single context."""
    args = [*QUIET, "--no-first-run", f"--remote-debugging-port={port}", *as_root()]
    return playwright.chromium.launch_persistent_context(
        folder, executable_path=shutil.which("chromium"), args=args
    )


def as_root():
    return ["--no-sandbox"] if os.geteuid() == 0 else []
