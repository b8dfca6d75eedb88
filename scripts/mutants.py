"""Mutate the changed files, and report the mutants that no test notices.

`make mutants` runs this over the files of `chat/` that differ from `origin/main`; `FILES` names
others. Each mutant runs against the tests that mirror its file, `tests/x/test_y*.py` for
`chat/x/y.py`; if there are none, against those that import it. mutmut does the work, on a copy. It
mutates functions, not constants, and only those that a test runs in its own process: code that
only runs in subprocesses, such as servers, is not tried.
"""

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

MUTMUT = [sys.executable, "-m", "mutmut"]
# These use the chat from outside.
ELSEWHERE = ("tests/browser", "tests/faults", "tests/bench")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", nargs="*", type=Path)
    arguments.add_argument("--minutes", type=float, default=10)
    chosen = arguments.parse_args()
    ends = time.monotonic() + 60 * chosen.minutes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(folder)
        for file in chosen.files or changed():
            print(f"\n{file}: {judge(file, folder, ends)}", flush=True)
    return 0


def judge(file: Path, folder: Path, ends: float) -> str:
    """Try all mutants of a file; returns the result in words."""
    tests = tests_for(file)
    if not tests:
        return "no test mirrors it or imports it"
    if time.monotonic() > ends:
        return "there was no time left for it"
    configure(file, tests, folder)
    code = run(ends - time.monotonic(), folder)
    if code is None:
        return f"{report(folder)}; the time was over before all was tried"
    return f"its tests fail on a copy, see above ({code})" if code else report(folder)


def changed() -> list[Path]:
    base = lines("git", "merge-base", "origin/main", "HEAD") or ["HEAD"]
    return [
        Path(name)
        for name in lines("git", "diff", "--name-only", "--diff-filter=d", base[0], "--", "chat")
        + lines("git", "ls-files", "--others", "--exclude-standard", "chat")
        if name.endswith(".py")
    ]


def lines(*command: str, folder: Path | None = None) -> list[str]:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    return done.stdout.splitlines()


def tests_for(file: Path) -> set[Path]:
    mirror = Path("tests") / file.parent.relative_to("chat")
    name = ".".join(file.with_suffix("").parts)
    package, _, module = name.rpartition(".")
    is_imported = re.compile(rf"(from {name} import|from {package} import .*\b{module}\b)")
    mirrors = set(mirror.glob(f"test_{file.stem}*.py"))
    return mirrors or {test for test in all_tests() if is_imported.search(test.read_text())}


def all_tests() -> Iterator[Path]:
    for test in Path("tests").rglob("test_*.py"):
        if not test.as_posix().startswith(ELSEWHERE):
            yield test


def copy(folder: Path) -> None:
    """Copy all files of the repository, and the vendored files of the browser client."""
    for name in lines("git", "ls-files", "--cached", "--others", "--exclude-standard"):
        if Path(name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, folder / name)
    vendor = Path("chat/static/vendor")
    shutil.copytree(vendor, folder / vendor)


def configure(file: Path, tests: set[Path], folder: Path) -> None:
    """Write the settings of mutmut, and delete its earlier results."""
    shutil.rmtree(folder / "mutants", ignore_errors=True)
    settings = [
        Path("pyproject.toml").read_text(),
        "[tool.mutmut]",
        'source_paths = ["chat"]',
        f"only_mutate = {names([file])}",
        f"also_copy = {names(path.relative_to(folder) for path in folder.iterdir())}",
        f"pytest_add_cli_args_test_selection = {names(tests)}",
        'pytest_add_cli_args = ["-p", "no:cacheprovider"]',
        "timeout_constant = 10.0",
    ]
    (folder / "pyproject.toml").write_text("\n".join([*settings, ""]))


def names(paths: Iterable[Path]) -> list[str]:
    return sorted(path.as_posix() for path in paths)


def run(seconds: float, folder: Path) -> int | None:
    """Try the mutants; returns the exit code, or None after a timeout."""
    with subprocess.Popen([*MUTMUT, "run"], cwd=folder) as process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # its children end with it
            return None


def report(folder: Path) -> str:
    """Print the diff of each mutant that no test has noticed; returns the counts in words."""
    found = results(folder)
    survivors = [name for name, outcome in found if outcome == "survived"]
    for name in survivors:
        print()
        print("\n".join(lines(*MUTMUT, "show", name, folder=folder)))
    others = {name.partition("__mutmut_")[0] for name, outcome in found if outcome == "no tests"}
    for name in sorted(others):
        print(f"No test of this process runs {name}")
    tried = [name for name, outcome in found if outcome not in {"not checked", "no tests"}]
    return f"{len(tried)} mutants were tried, and no test noticed {len(survivors)} of them"


def results(folder: Path) -> list[list[str]]:
    """Pairs: the name of a mutant, and its outcome."""
    found = lines(*MUTMUT, "results", "--all", "true", folder=folder)
    return [line.strip().split(": ") for line in found if ": " in line]


if __name__ == "__main__":
    sys.exit(main())
