"""Drift detection by simulation: alarms on days without drift, shifts found, beside fixed thresholds and other tools.

Every rule judges the same invented days against the same references. `--peers FOLDER` also asks Evidently and NannyML
with their default settings, each installed into an environment of its own in that folder: they need older
packages than Lookout. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support import drift_tools, report
from benchmarks.support.fixed_thresholds import RULES
from benchmarks.support.simulated_days import SHIFTED, Table, draw_table, shifted, standard_deviations
from core.evaluation.shares import Share
from core.monitoring import drift

SIZES = (50, 200, 1000, 10_000)
REFERENCE_SIZES = (3500, 20_000)
CORRELATIONS = (0.0, 0.5)
SHIFTS = ((200, 0.5), (2000, 0.2))  # answers a day, and how far a feature moves [SD]
DAYS_PER_REFERENCE = 20
LOOKOUT = "lookout"
PERIOD, START = 30, 20  # days, and the one from which they are shifted
PARTS = ("no_drift", "shifted", "start")
MAX_ALARMS, MIN_FOUND = 0.05, 0.9


@dataclass(frozen=True)
class Case:
    """Days of n answers each, against references of `reference_size`; one feature moved by `distance` SD, or none."""

    n: int
    reference_size: int
    correlation: float
    feature: str | None = None
    distance: float = 0.0

    def batches(self, days: int, seed: int, units: dict[str, float]) -> Iterator[tuple[Table, list[Table]]]:
        """References, each with its days; the same seed gives the same tables."""
        own_seed = [
            seed,
            self.n,
            self.reference_size,
            int(100 * self.correlation),
            zlib.crc32(str(self.feature).encode()),
        ]
        random = np.random.default_rng(own_seed)
        for start in range(0, days, DAYS_PER_REFERENCE):
            reference = draw_table(random, self.reference_size, self.correlation)
            count = min(DAYS_PER_REFERENCE, days - start)
            yield reference, [self._day(random, units) for _ in range(count)]

    def _day(self, random: np.random.Generator, units: dict[str, float]) -> Table:
        table = draw_table(random, self.n, self.correlation)
        if self.feature is None:
            return table
        return shifted(random, table, self.feature, self.distance * units[self.feature])

    def hit(self, flagged: Sequence[str]) -> bool:
        """Whether the day counts: any feature is flagged where nothing drifts, else the one that does."""
        return self.feature in flagged if self.feature else bool(flagged)


def judge(case: Case, days: int, rule_days: int, seed: int, units: dict[str, float]) -> dict[str, Any]:
    """Share of days that count, by rule, with its interval; and how many of one reference's days at most.

    days: that Lookout judges. rule_days: the first of them, which fixed thresholds judge too.
    """
    hits: dict[str, Counter[bool]] = {name: Counter() for name in (LOOKOUT, *RULES)}
    by_reference = []
    for number, (table, tables) in enumerate(case.batches(days, seed, units)):
        reference = drift.reference_of_columns(table)
        ours = [case.hit(_flagged(reference, day)) for day in tables]
        by_reference.append(sum(ours))
        hits[LOOKOUT].update(ours)
        if number * DAYS_PER_REFERENCE < rule_days:
            for name, rule in RULES.items():
                hits[name].update(case.hit([key for key in table if rule(table[key], day[key])]) for day in tables)
    figures = {name: _share(counted) for name, counted in hits.items()}
    return {**asdict(case), **figures, "most_days_of_a_reference": max(by_reference)}


def _flagged(reference: drift.Reference, day: Table) -> list[str]:
    return [each.feature for each in drift.alarms(drift.detect(reference, drift.count_columns(reference, day)))]


def _share(counted: Counter[bool]) -> list[float]:
    """Share, the ends of its 95 % interval, and of how many days."""
    share = Share(counted[True], counted.total())
    return [round(number, 4) for number in (share.value or 0.0, *share.interval)] + [share.n]


def ask_tools(folder: Path, days: int, seed: int, units: dict[str, float]) -> dict[str, Any]:
    """Shares of days that count by other tools, and by Lookout on the same days."""
    figures: list[dict[str, Any]] = []
    versions: dict[str, str] = {}
    for tool in drift_tools.TOOLS:
        python = drift_tools.environment(folder, tool)
        if python is None:
            print(f"{tool} could not be installed here, so it is not part of this run.")
            continue
        versions[tool] = drift_tools.version(python, tool)
        for case in tool_cases():
            hits: dict[str, Counter[bool]] = {LOOKOUT: Counter(), tool: Counter()}
            for table, tables in case.batches(days, seed, units):
                reference = drift.reference_of_columns(table)
                hits[LOOKOUT].update(case.hit(_flagged(reference, day)) for day in tables)
                hits[tool].update(case.hit(day) for day in drift_tools.flagged(python, tool, table, tables))
            figures.append({**asdict(case), **{name: _share(counted) for name, counted in hits.items()}})
            print_case(figures[-1])
    return {"tools": {"versions": versions, "cases": figures}}


def print_case(figures: dict[str, Any]) -> None:
    """One line for each rule."""
    what = "no drift" if figures["feature"] is None else f"{figures['feature']} + {figures['distance']} SD"
    head = f"n = {figures['n']:,}, reference {figures['reference_size']:,}, r = {figures['correlation']}, {what}"
    for name, figure in figures.items():
        if isinstance(figure, list):
            share, low, high, days = figure
            print(f"{head}: {name} {100 * share:.1f} % [{100 * low:.1f}, {100 * high:.1f}] of {days} days", flush=True)


def starts(periods: int, seed: int, units: dict[str, float]) -> dict[str, float]:
    """How far the stated start of a change lies from the true one [days], by the size of the shift; its quantiles."""
    random = np.random.default_rng([seed, PERIOD])
    figures: dict[str, float] = {}
    for n, distance in SHIFTS:
        errors = []
        for number in range(periods):
            name = SHIFTED[number % len(SHIFTED)]
            histogram = drift.reference_of_columns(draw_table(random, REFERENCE_SIZES[0], 0.0)).features[name]
            tables = [draw_table(random, n, 0.0) for _ in range(PERIOD)]
            moved = [shifted(random, table, name, distance * units[name]) for table in tables[START:]]
            steps = np.stack([histogram.count(table[name]) for table in [*tables[:START], *moved]])
            errors.append(abs((drift.start_of_change(histogram, steps) or 0) - START))
        for quantile in (0.5, 0.95):
            figures[f"{distance}_sd_at_{n}_q{100 * quantile:.0f}"] = float(np.quantile(errors, quantile))
    return figures


def milliseconds(seed: int) -> float:
    """Median processor time to judge a day of 30 features and 1,000 answers without drift [ms]."""
    random = np.random.default_rng(seed)
    columns = {f"feature {number}": random.standard_normal(REFERENCE_SIZES[0]) for number in range(30)}
    reference = drift.reference_of_columns(columns)
    took = []
    for _ in range(20):
        counts = drift.count_columns(reference, {name: random.standard_normal(1000) for name in columns})
        started = time.process_time()
        drift.detect(reference, counts)
        took.append(1000 * (time.process_time() - started))
    return float(np.median(took))


def cases_without_drift() -> list[Case]:
    """Days whose features are those of the reference."""
    return [Case(n, size, r) for n in SIZES for size in REFERENCE_SIZES for r in CORRELATIONS]


def shifted_cases() -> list[Case]:
    """Days with one feature moved."""
    return [Case(n, REFERENCE_SIZES[0], 0.5, name, distance) for n, distance in SHIFTS for name in SHIFTED]


def tool_cases() -> list[Case]:
    """The cases that are put to other tools, which take longer."""
    without = [case for case in cases_without_drift() if case.reference_size == REFERENCE_SIZES[0] and case.correlation]
    return without + [case for case in shifted_cases() if case.feature in ("brightness", "sharpness", "address_known")]


def judge_all(cases: Sequence[Case], days: int, rule_days: int, seed: int) -> list[dict[str, Any]]:
    """Judge each case, printed as it ends."""
    units, results = standard_deviations(), []
    for case in cases:
        results.append(judge(case, days, rule_days, seed, units))
        print_case(results[-1])
    return results


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """The figures of the parts that are asked for."""
    figures: dict[str, Any] = {"seed": chosen.seed}
    if "no_drift" in chosen.only:
        results = judge_all(cases_without_drift(), chosen.days, chosen.rule_days, chosen.seed)
        figures |= {"most_alarms": max(result[LOOKOUT][0] for result in results), "no_drift": results}
    if "shifted" in chosen.only:
        results = judge_all(shifted_cases(), chosen.shifted_days, chosen.rule_days, chosen.seed)
        figures |= {"fewest_found": min(result[LOOKOUT][0] for result in results), "shifted": results}
    if "start" in chosen.only:
        figures["start_error_days"] = starts(chosen.shifted_days, chosen.seed, standard_deviations())
        figures["milliseconds_30_features"] = milliseconds(chosen.seed)
    if chosen.peers:
        figures |= ask_tools(chosen.peers, chosen.peer_days, chosen.seed, standard_deviations())
    return figures


def main() -> None:
    """Print the figures; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--days", type=int, default=1000, help="of each case without drift")
    parser.add_argument("--shifted-days", type=int, default=200, help="of each case with a shift")
    parser.add_argument("--rule-days", type=int, default=100, help="that fixed thresholds judge too")
    parser.add_argument("--peer-days", type=int, default=40, help="that Evidently and NannyML judge too")
    parser.add_argument("--peers", type=Path, help="folder of environments with Evidently and NannyML; made if new")
    parser.add_argument("--seed", type=int, default=0)
    figures = measure(parser.parse_args())
    print(f"Aims: without drift at most {MAX_ALARMS:.0%} of days alarm; at least {MIN_FOUND:.0%} of shifts are found.")
    report.print_figures(figures)


if __name__ == "__main__":
    main()
