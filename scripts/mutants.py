"""Break what has changed, a little and one way after the other, and say what no test notices.

`make mutants` runs this over the files of `chat/` that differ from `origin/main`; `FILES` names
others. Each mutant runs against the tests that mirror its file, `tests/x/test_y*.py` for
`chat/x/y.py`; where there are none, against those that import it. mutmut does the work, on a copy.
It changes functions, not constants, and in this process only: what a test has done by a server is
not tried.
"""

import argparse
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

COPY = Path("build/mutants")
MUTMUT = [sys.executable, "-m", "mutmut"]
# They look at the chat from outside.
ELSEWHERE = ("tests/browser", "tests/faults", "tests/bench")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", nargs="*", type=Path)
    arguments.add_argument("--minutes", type=float, default=10)
    chosen = arguments.parse_args()
    tests_of = {file: tests_for(file) for file in chosen.files or changed()}
    for file in sorted(file for file, tests in tests_of.items() if not tests):
        print(f"{file}: no test mirrors it or imports it")
    tests_of = {file: tests for file, tests in tests_of.items() if tests}
    if not tests_of:
        print("There is nothing to break.")
        return 0
    copy(tests_of)
    is_over = run(chosen.minutes)
    report()
    if not is_over:
        print(f"The {chosen.minutes:g} minutes were over before all was tried.")
    return 0


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


def copy(tests_of: dict[Path, set[Path]]) -> None:
    """Copy all that is in the repository, and tell mutmut what to do there."""
    shutil.rmtree(COPY, ignore_errors=True)
    for name in lines("git", "ls-files", "--cached", "--others", "--exclude-standard"):
        if Path(name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, COPY / name)
    vendor = Path("chat/static/vendor")
    shutil.copytree(vendor, COPY / vendor)
    tests = set().union(*tests_of.values())
    settings = [
        "[tool.mutmut]",
        'source_paths = ["chat"]',
        f"only_mutate = {names(tests_of)}",
        f"also_copy = {names(path.relative_to(COPY) for path in COPY.iterdir())}",
        f"pytest_add_cli_args_test_selection = {names(tests)}",
        'pytest_add_cli_args = ["-p", "no:cacheprovider"]',
        "timeout_constant = 10.0",
    ]
    with (COPY / "pyproject.toml").open("a") as file:
        file.write("\n".join(["", *settings, ""]))


def names(paths: Iterable[Path]) -> list[str]:
    return sorted(path.as_posix() for path in paths)


def run(minutes: float) -> bool:
    """Try the mutants; False if time is over before that."""
    print(f"All ways to break it are tried, for {minutes:g} minutes at most.", flush=True)
    with subprocess.Popen([*MUTMUT, "run"], cwd=COPY) as process:
        try:
            code = process.wait(60 * minutes)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # its children end with it
            return False
    if code:
        sys.exit("mutmut failed: see above")
    return True


def report() -> None:
    """Say how each mutant differs that no test has noticed."""
    found = results()
    survivors = [name for name, outcome in found if outcome == "survived"]
    for name in survivors:
        print()
        print("\n".join(lines(*MUTMUT, "show", name, folder=COPY)))
    tried = [name for name, outcome in found if outcome not in {"not checked", "no tests"}]
    print(f"\n{len(tried)} mutants were tried, and no test noticed {len(survivors)} of them.")
    others = {name.partition("__mutmut_")[0] for name, outcome in found if outcome == "no tests"}
    for name in sorted(others):
        print(f"No test of this process runs {name}")


def results() -> list[list[str]]:
    """Pairs: the name of a mutant, and what has become of it."""
    found = lines(*MUTMUT, "results", "--all", "true", folder=COPY)
    return [line.strip().split(": ") for line in found if ": " in line]


if __name__ == "__main__":
    sys.exit(main())
