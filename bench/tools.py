"""What a benchmark needs beside Python: the C programs, and the packages of the Node peer."""

import subprocess
from pathlib import Path

BENCH = Path(__file__).parent
BUILT = BENCH.parent / ".cache" / "bench"

NODE = BENCH / "node"
LOAD = BUILT / "load"
FLOOR = BUILT / "floor"

_SOURCES = {
    LOAD: ("main.c", "jobs.c", "client.c", "frames.c", "histogram.c"),
    FLOOR: ("floor.c", "frames.c"),
}
_FLAGS = ("-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror")


def build_programs() -> None:
    """Compile the C programs that are not there, or older than the source."""
    BUILT.mkdir(parents=True, exist_ok=True)
    newest = max(source.stat().st_mtime for source in (BENCH / "load").glob("*.[ch]"))
    for program, sources in _SOURCES.items():
        if not program.exists() or program.stat().st_mtime < newest:
            paths = [BENCH / "load" / source for source in sources]
            subprocess.run(["cc", *_FLAGS, "-o", program, *paths], check=True)


def install_packages() -> None:
    """Install what the lock of the Node peer says, if it isn't there."""
    lock, installed = NODE / "package-lock.json", NODE / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(["npm", "ci", "--silent"], cwd=NODE, check=True)
