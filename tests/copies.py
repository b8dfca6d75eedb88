"""Copies of the chat's code that a test may change, and the build of its files for the browser."""

import shutil
import subprocess

from tests.servers import ROOT


def copy_code(target):
    """Copy the code; returns the folder of the copy."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "chat", target / "chat", ignore=ignore)
    for name in ("wsgi.py", "gunicorn.conf.py"):
        shutil.copy(ROOT / name, target)
    return target


def build_static(target):
    """Build the files that `make run` and the image serve; returns variables for a server."""
    node = shutil.which("node") or ROOT / ".venv/bin/node"
    build = [node, "scripts/build-static.mjs", "chat/static", target]
    subprocess.run(build, cwd=ROOT, check=True)
    return {"STATIC_FOLDER": str(target)}
