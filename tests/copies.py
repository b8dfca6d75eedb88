"""Copies of the chat's code that a test may change, or that are built as the Dockerfile does it."""

import shutil
import subprocess
import sys

from tests.servers import ROOT


def copy_code(target):
    """The code as it is here; returns its folder."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "chat", target / "chat", ignore=ignore)
    for name in ("wsgi.py", "gunicorn.conf.py"):
        shutil.copy(ROOT / name, target)
    return target


def build_code(target):
    """The code as production runs it: its static files built and compressed."""
    static = copy_code(target) / "chat/static"
    shutil.rmtree(static)
    node = shutil.which("node") or ROOT / ".venv/bin/node"
    build = [node, "scripts/build-static.mjs", "chat/static", static]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    compress = [sys.executable, "-m", "whitenoise.compress", "--quiet", static]
    subprocess.run(compress, check=True)
    return target
