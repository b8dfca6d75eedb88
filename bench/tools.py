"""Builds and installs what a benchmark needs: the C programs, and the packages of the servers."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parent
BUILT = BENCH.parent / ".cache" / "bench"

NODE = BENCH / "node"
PYTHON = BUILT / "venv" / "bin" / "python"  # has only the packages of the image: others cost memory
LOAD = BUILT / "load"
FLOOR = BUILT / "floor"

_SOURCES = {
    LOAD: ("main.c", "jobs.c", "job.c", "client.c", "frames.c", "histogram.c"),
    FLOOR: ("floor.c", "frames.c"),
}
_FLAGS = ("-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror")


def build_programs() -> None:
    """Compile the C programs that are missing, or older than their source."""
    BUILT.mkdir(parents=True, exist_ok=True)
    newest = max(source.stat().st_mtime for source in (BENCH / "load").glob("*.[ch]"))
    for program, sources in _SOURCES.items():
        if not program.exists() or program.stat().st_mtime < newest:
            paths = [BENCH / "load" / source for source in sources]
            subprocess.run(["cc", *_FLAGS, "-o", program, *paths], check=True)


def install_packages() -> None:
    """Install the locked packages of Cloud Chat and of the Node chat, unless they are installed."""
    if _is_older(NODE / "node_modules" / ".package-lock.json", NODE / "package-lock.json"):
        subprocess.run(["npm", "ci", "--silent"], cwd=NODE, check=True)
    requirements, installed = BENCH.parent / "requirements.txt", BUILT / "venv" / ".installed"
    if _is_older(installed, requirements):
        subprocess.run([sys.executable, "-m", "venv", "--clear", BUILT / "venv"], check=True)
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", requirements], check=True)
        installed.touch()


def _is_older(installed: Path, lock: Path) -> bool:
    return not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime
