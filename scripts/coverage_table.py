"""Print how much of each package the tests have run; `make test` does so at its end."""

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

import coverage

KINDS = ("statements", "branches")


def main() -> int:
    covered: Counter[tuple[str, str]] = Counter()
    of: Counter[tuple[str, str]] = Counter()
    for name, file in measured().items():
        summary = file["summary"]
        for part in (package(name), "total"):
            covered[part, "statements"] += summary["covered_lines"]
            covered[part, "branches"] += summary["covered_branches"]
            of[part, "statements"] += summary["num_statements"]
            of[part, "branches"] += summary["num_branches"]
    print("Python, without what servers of tests and browsers ran:")
    for part in [*sorted({part for part, _ in of} - {"total"}), "total"]:
        shares = (f"{percent(covered[part, kind], of[part, kind])} of {kind}" for kind in KINDS)
        print(f"  {part:<16}", *shares)
    return 0


def measured() -> dict[str, dict[str, dict[str, int]]]:
    """The coverage of the last test run, by file."""
    data = coverage.Coverage()
    data.load()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "coverage.json"
        data.json_report(outfile=str(file))
        return json.loads(file.read_text())["files"]


def package(name: str) -> str:
    parts = Path(name).parts
    return "/".join(parts[:2]) if len(parts) > 2 else "chat"


def percent(covered: int, of: int) -> str:
    return f"{100 * covered / of if of else 100:5.1f} %"


if __name__ == "__main__":
    sys.exit(main())
