"""`python -m bench [CASE …]`: runs the cases, server after server, and reports the medians."""

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path

from bench import report, tools
from bench.cases import CASES
from bench.cases.base import Case
from bench.results import Result, Sample, load_results, save_results
from bench.servers import KINDS
from bench.trials import TrialError

ROOT = Path(__file__).parents[1]
TRIES = 2  # a first attempt may fail because the machine is busy


def main() -> int:
    """Run the cases of the command line; returns the exit code."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # runs the cleanup that stops the servers
    tools.build_programs()
    tools.install_packages()
    began = time.monotonic()
    results = {}
    for name in options.cases:
        print(f"\n{CASES[name].title}", flush=True)
        results[name] = _run(CASES[name], options.runs)
        print(report.table(CASES[name], results[name]), flush=True)
    print(f"\nAll of this took {(time.monotonic() - began) / 60:.1f} minutes.")
    if options.write:
        results = load_results(report.RESULTS) | results
        save_results(report.RESULTS, results)
        report.write(results)
    return 0 if all(_is_complete(CASES[name], results[name]) for name in options.cases) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--runs", type=int, default=3, help="of each case and server (3)")
    parser.add_argument("--write", action="store_true", help="put the results into docs/")
    options = parser.parse_args()
    options.cases = options.cases or list(CASES)
    if unknown := sorted(set(options.cases) - set(CASES)):
        parser.error(f"there is no case {unknown[0]}")
    return options


def _run(case: Case, runs: int) -> Result:
    """Interleave the servers, so that other load on the machine affects all of them alike."""
    result = Result(time.strftime("%Y-%m-%d"), _revision())
    for run in range(runs):
        for size in case.sizes:
            for server in case.servers:
                if run and server in case.only_once:
                    continue
                sample = _measure(case, server, size)
                _show(run, runs, server, size, sample)
                if sample:
                    result.add(server, size, sample)
    return result


def _is_complete(case: Case, result: Result) -> bool:
    """Whether every server completed at least one run of each size."""
    return all(
        result.values(server, case.figures[0].key, size)
        for server in case.servers
        for size in case.sizes
    )


def _measure(case: Case, server: str, size: int) -> Sample | None:
    for _ in range(TRIES):
        try:
            return case.measure(server, size)
        except (TrialError, OSError) as error:  # OSError: too slow, or its process is gone
            print(f"  failed: {error}", flush=True)
    return None


def _show(run: int, runs: int, server: str, size: int, sample: Sample | None) -> None:
    figures = "  ".join(f"{key} {value:,.3g}" for key, value in (sample or {}).items())
    size_text = f"{size:>9,}" if size else ""
    title = KINDS[server].title
    print(f"  run {run + 1} of {runs}  {title:22}{size_text}  {figures or 'failed'}", flush=True)


def _revision() -> str:
    answer = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() or "unknown"


sys.exit(main())
