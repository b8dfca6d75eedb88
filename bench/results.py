"""The figures of all runs, stored in a file, with their medians and ratios."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.cases.base import Case, Figure, Target

Sample = dict[str, float]


@dataclass
class Result:
    """The result of one case: for each server and size the samples of all runs, in order."""

    date: str
    revision: str
    samples: dict[str, dict[int, list[Sample]]] = field(default_factory=dict)

    def add(self, server: str, size: int, sample: Sample) -> None:
        """Add the sample of one run."""
        self.samples.setdefault(server, {}).setdefault(size, []).append(sample)

    @property
    def runs(self) -> int:
        """How many runs there were; some servers are measured only once, or have failed."""
        samples = (samples for sizes in self.samples.values() for samples in sizes.values())
        return max(map(len, samples), default=0)

    def values(self, server: str, key: str, size: int = 0) -> list[float]:
        """The values of a figure, one for each run."""
        return [sample[key] for sample in self.samples.get(server, {}).get(size, [])]

    def median(self, server: str, key: str, size: int = 0) -> float | None:
        """The median of a figure over all runs."""
        values = self.values(server, key, size)
        return median(values) if values else None

    def ratios(self, key: str, against: str) -> list[float]:
        """Our figure divided by that of another server, run by run."""
        pairs = zip(self.values("ours", key), self.values(against, key), strict=False)
        return [ours / theirs for ours, theirs in pairs if theirs]

    def spread_over_sizes(self, server: str, case: Case, key: str) -> float | None:
        """The largest figure of a curve divided by the smallest."""
        medians = [self.median(server, key, size) for size in case.sizes]
        known = [value for value in medians if value]
        return max(known) / min(known) if known else None

    def judged(self, case: Case, figure: Figure, target: Target) -> float | None:
        """The value that is compared with the target."""
        if target.against == "itself":
            return self.median("ours", figure.key)
        if target.against == "sizes":
            return self.spread_over_sizes("ours", case, figure.key)
        ratios = self.ratios(figure.key, target.against)
        return median(ratios) if ratios else None


def load_results(path: Path) -> dict[str, Result]:
    """The results in a file, by name of the case; empty if the file doesn't exist."""
    if not path.exists():
        return {}
    stored = json.loads(path.read_text())
    return {name: _from_json(result) for name, result in stored.items()}


def _from_json(result: dict) -> Result:
    samples = {
        server: {int(size): runs for size, runs in sizes.items()}
        for server, sizes in result["samples"].items()
    }
    return Result(result["date"], result["revision"], samples)


def save_results(path: Path, results: dict[str, Result]) -> None:
    """Store results in a file."""
    stored = {name: vars(result) for name, result in results.items()}
    path.write_text(json.dumps(stored, indent=1) + "\n")
