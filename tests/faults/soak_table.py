"""What a soak prints at its end, as a table in Markdown."""

import os
import platform
import statistics
import time

from tests.faults import checker
from tests.faults.soak_bus_troubles import WITH_A_BUS
from tests.faults.soak_troubles import ALONE, COMMON, ON_DYNAMODB, ON_SQLITE, SEVERAL

KINDS = dict.fromkeys((*COMMON, *ALONE, *SEVERAL, *ON_SQLITE, *ON_DYNAMODB, *WITH_A_BUS))
FIGURES = ("rounds", "sent", "acknowledged", "received", "holes noticed", "kills")
UNMEASURED = "outages not measured"
LATE = "outages of the bus, and seconds until nothing was late: median, longest"


def table(soaks, options, seconds):
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    only = f" ONLY='{options.only}'" if options.only else ""
    lines = [
        f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, {machine}",
        f"make soak MINUTES={options.minutes:g} SEED={options.seed}{only}: {seconds:.0f} s",
        "",
        _row("", (soak.name for soak in soaks)),
        f"|---|{'---:|' * len(soaks)}",
    ]
    lines += [_row(what, (f"{soak.counts[what]:,}" for soak in soaks)) for what in FIGURES]
    for trouble in KINDS:
        name = trouble.__name__.replace("_", " ")
        lines.append(_row(name, (_times(trouble, soak) for soak in soaks)))
    lines.append(_row(UNMEASURED, (_unmeasured(soak) for soak in soaks)))
    lines.append(_row(LATE, (_late(soak.took) for soak in soaks)))
    lines += [_row(f"**{kind}**", (_count(soak, kind) for soak in soaks)) for kind in checker.KINDS]
    return "\n".join(lines)


def _row(name, cells):
    return f"| {name} | {' | '.join(cells)} |"


def _times(trouble, soak):
    return f"{soak.counts[trouble.__name__]:,}" if trouble in soak.kinds else ""


def _unmeasured(soak):
    return str(soak.counts[UNMEASURED]) if soak.has_bus else ""


def _late(took):
    return f"{len(took)}: {statistics.median(took):.1f}, {max(took):.1f}" if took else ""


def _count(soak, kind):
    return str(sum(getattr(each, "kind", None) == kind for _, each in soak.violations))
