"""Results as tables: for the terminal, and for docs/performance.md."""

import platform
import re
from pathlib import Path

from bench.cases import CASES
from bench.cases.base import Case, Figure, Target
from bench.plot import draw
from bench.results import Result
from bench.servers import KINDS

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "performance.md"
PLOT = DOCS / "performance.svg"
RESULTS = Path(__file__).parent / "results.json"

BEGIN, END = "<!-- what `make bench` writes begins here -->", "<!-- and ends here -->"

_AGAINST = {
    "node": "× Node",
    "node-redis": "× Node, Redis",
    "node-sharded": "× Node, sharded",
    "floor": "× the floor",
    "sizes": "largest ÷ smallest",
}


def write(results: dict[str, Result]) -> None:
    """Write all results into docs/performance.md, between the two marks, and draw the plot."""
    known = {name: results[name] for name in CASES if name in results}
    parts = [_machine(), *(table(CASES[name], result) for name, result in known.items())]
    text = PAGE.read_text()
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    PAGE.write_text("\n\n".join([before, *parts, after]))
    PLOT.write_text(draw(known))


def table(case: Case, result: Result) -> str:
    """One case as a table in Markdown."""
    rows = _curve_rows(case, result) if case.is_curve else _rows(case, result)
    head = f"### {case.title}"
    command = f"make bench CASES={case.name} RUNS={result.runs}"
    note = f"`{command}` · {result.date} · {result.revision}"
    return "\n".join([head, "", *map(_line, rows), "", note])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rows(case: Case, result: Result) -> list[list[str]]:
    head = ["", *(KINDS[server].title for server in case.servers), "compared", "target"]
    rows = [head, ["---", *["--:"] * len(case.servers), "---", "---"]]
    for figure in case.figures:
        values = [result.median(server, figure.key) for server in case.servers]
        compared = "<br>".join(_compared(case, result, figure)) or _beside_node(
            case, result, figure
        )
        targets = "<br>".join(_target(case, result, figure, target) for target in figure.targets)
        rows.append([f"{figure.title} ({figure.unit})", *map(_number, values), compared, targets])
    return rows


def _curve_rows(case: Case, result: Result) -> list[list[str]]:
    head = [case.size_title, *(f"{size:,}" for size in case.sizes), "compared", "target"]
    rows = [head, ["---", *["--:"] * len(case.sizes), "---", "---"]]
    for figure in case.figures:
        for server in case.servers:
            values = [result.median(server, figure.key, size) for size in case.sizes]
            spread = result.spread_over_sizes(server, case, figure.key) if figure.targets else None
            compared = f"{_number(spread)} {_AGAINST['sizes']}" if spread else ""
            judged = figure.targets if server == "ours" else ()
            targets = "<br>".join(_target(case, result, figure, target) for target in judged)
            title = f"{KINDS[server].title}: {figure.title} ({figure.unit})"
            rows.append([title, *map(_number, values), compared, targets])
    return rows


def _compared(case: Case, result: Result, figure: Figure) -> list[str]:
    return [
        _ratio(result, figure, target.against)
        if target.against in KINDS
        else _number(result.judged(case, figure, target))
        for target in figure.targets
    ]


def _beside_node(case: Case, result: Result, figure: Figure) -> str:
    """A figure without a target, compared with every Node."""
    peers = [server for server in case.servers if server.startswith("node")]
    return "<br>".join(filter(None, (_ratio(result, figure, peer) for peer in peers)))


def _ratio(result: Result, figure: Figure, against: str) -> str:
    """The median of the ratios of all runs, and the range of them."""
    ratios = sorted(result.ratios(figure.key, against))
    if not ratios or figure.key == "busy":
        return ""
    middle = ratios[len(ratios) // 2] if len(ratios) % 2 else sum(ratios) / len(ratios)
    range_ = f" ({ratios[0]:.2f} to {ratios[-1]:.2f})" if len(ratios) > 1 else ""
    return f"**{middle:.2f}** {_AGAINST[against]}{range_}"


def _target(case: Case, result: Result, figure: Figure, target: Target) -> str:
    value = result.judged(case, figure, target)
    is_met = value is not None and target.is_met(value)
    sign = "≥" if target.at_least else "≤"
    return f"{sign} {target.limit:g} {'✓' if is_met else '✗'}"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _machine() -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    cores = len(re.findall(r"^processor", Path("/proc/cpuinfo").read_text(), re.MULTILINE))
    return (
        f"Machine: {model.group(1) if model else platform.machine()}, {cores} cores, "
        f"Linux {platform.release()}, Python {platform.python_version()}."
    )
