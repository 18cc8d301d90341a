"""The crime networks against the last year's shares, logistic regression and LightGBM, on the same rows in one run."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.baselines import crime_classifiers as baselines
from benchmarks.support import crime_speed, report
from core.progress import Progress, sentence
from core.settings import CHECKOUT
from core.systems.crime import train
from core.systems.crime.engine import WAYS
from core.systems.crime.features import context
from core.systems.crime.groups import group_of
from core.systems.crime.train import building, coding_folds, network, splits

DATA = CHECKOUT.parent / "shared" / "data" / "crime"
SAN_FRANCISCO = "sf_incidents_2003_2014.parquet"
CHICAGO = "chicago_incidents_2022.parquet"
MAPS = {
    SAN_FRANCISCO: {"date": "Dates", "label": "Category"},
    CHICAGO: {"date": "Date", "label": "Primary Type"},
}
STEPS = ("forward", "interleaved", "coding", "chicago", "speed")
MILLION = 1_000_000


def main() -> None:
    chosen = _arguments()
    if not chosen.data.is_dir():
        sys.exit(f"Expected the incident tables in {chosen.data}. Name their folder: --data FOLDER.")
    figures: dict[str, Any] = {}
    for step in chosen.only or STEPS:
        print(f"-- {step}", flush=True)
        figures[step] = globals()[f"_{step}"](chosen)
    report.print_figures(figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--only", nargs="+", choices=STEPS)
    parser.add_argument("--epochs", type=int, default=6, help="of the context network")
    parser.add_argument("--text-epochs", type=int, default=60)
    parser.add_argument("--trials", type=int, default=8, help="Optuna's, for LightGBM")
    parser.add_argument("--sample", type=int, default=60_000, help="rows of a trial")
    parser.add_argument("--rounds", type=int, default=400, help="of LightGBM, at most")
    parser.add_argument("--threads", type=int, default=2, help="of LightGBM")
    parser.add_argument("--rows", type=int, default=0, help="use only the latest rows: to try the script out")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _table(chosen: argparse.Namespace, name: str) -> train.Labelled:
    options = train.Table(data=chosen.data / name, map=MAPS[name])
    found = train.labelled(train.read(options, ("date", "label"), _say))
    if not chosen.rows:
        return found
    order = np.argsort(found.records.frame["datetime"].to_numpy(), kind="stable")[-chosen.rows :]
    return train.Labelled(found.records.pick(order), found.labels[order], found.names)


def _say(progress: Progress) -> None:
    if not progress.detail.startswith("epoch") and "coding epoch" not in progress.detail:
        print(f"{progress.share:6.1%}  {sentence(progress)}", flush=True)


def _forward(chosen: argparse.Namespace) -> dict[str, Any]:
    """San Francisco: train to 2013, validate on the first quarter of 2014, test on the half-year after."""
    found = _table(chosen, SAN_FRANCISCO)
    parts = splits.forward(
        found.records.frame["datetime"],
        None if chosen.rows else date(2013, 12, 31),
        None if chosen.rows else date(2014, 3, 31),
    )
    return _compared(chosen, found, parts)


def _chicago(chosen: argparse.Namespace) -> dict[str, Any]:
    """Chicago 2022, forward in time: the latest tenth tests."""
    found = _table(chosen, CHICAGO)
    return _compared(chosen, found, splits.forward(found.records.frame["datetime"]))


def _compared(chosen: argparse.Namespace, found: train.Labelled, parts: splits.Split) -> dict[str, Any]:
    placed = building.context(found, parts.train, parts.validation, chosen.epochs, chosen.seed, _say)
    results = building.measure(placed.engine, found, parts, chosen.seed)
    told: dict[str, Any] = {"prior_log_loss": results["prior_log_loss"]}
    told["network"] = {way: results[way] for way in WAYS}
    _print("network", told["network"])
    rows, days = _rows(found, parts, placed)
    known, classes = placed.engine.known, len(found.names)
    shape = network.Shape(known.sizes(), rows["train"].history.shape[1], rows["train"].numbers.shape[1], classes)
    told["regression"] = _method(baselines.regression(_examples(rows["train"], days), shape, 2, chosen.seed), rows)
    _print("regression", told["regression"])
    logits, told["lightgbm_chosen"] = baselines.boosted(
        rows["train"], days, rows["validation"], classes,
        trials=chosen.trials, sample=chosen.sample, rounds=chosen.rounds, seed=chosen.seed, threads=chosen.threads,
    )  # fmt: skip
    told["lightgbm"] = _method(logits, rows)
    _print("lightgbm", told["lightgbm"])
    own = told["network"]["together"]["log_loss"]
    told["better_than_lightgbm"] = told["lightgbm"]["together"]["log_loss"] - own
    told["better_than_lightgbm_raw"] = told["lightgbm"]["together"]["log_loss_raw"] - own
    told["better_than_prior"] = told["prior_log_loss"] - own
    return told


def _rows(
    found: train.Labelled, parts: splits.Split, placed: building.Placed
) -> tuple[dict[str, baselines.Rows], np.ndarray]:
    """The very inputs of the network, by part."""
    frame, known = found.records.frame, placed.engine.known
    siblings = context.count_siblings(frame)
    made = {}
    for name in ("validation", "test"):
        here = getattr(parts, name)
        codes = context.codes(frame[here].reset_index(drop=True), known, siblings[here])
        numbers = context.numbers(frame[here].reset_index(drop=True), known)
        made[name] = baselines.Rows(codes, placed.engine.past.of(codes), numbers, found.labels[here])
    own = frame[parts.train].reset_index(drop=True)
    seen = building.examples(own, found.labels[parts.train], known, len(found.names))
    made["train"] = baselines.Rows(seen.codes, seen.history, seen.numbers, seen.labels)
    return made, seen.days


def _examples(rows: baselines.Rows, days: np.ndarray) -> Any:
    from core.systems.crime.train.fitting import Examples

    return Examples(rows.codes, rows.history, rows.numbers, rows.labels, days)


def _method(logits: Any, rows: dict[str, baselines.Rows]) -> dict[str, Any]:
    labels = {name: rows[name].labels for name in ("validation", "test")}
    together = {name: logits(rows[name]) for name in labels}
    alone = {name: logits(rows[name].alone()) for name in labels}
    return {"together": baselines.scored(together, labels), "alone": baselines.scored(alone, labels)}


def _print(name: str, found: dict[str, Any]) -> None:
    for way in WAYS:
        one = found[way]
        shown = " ".join(f"{key} {one[key]:.4f}" for key in ("log_loss", "top1", "top3", "ece", "coverage90"))
        print(f"{name:12} {way:9} {shown}", flush=True)


def _interleaved(chosen: argparse.Namespace) -> dict[str, Any]:
    """San Francisco as in Kaggle's contest: every other even week is held out."""
    found = _table(chosen, SAN_FRANCISCO)
    parts = splits.interleaved(found.records.frame["datetime"])
    results = building.between_weeks(found, parts, chosen.epochs, chosen.seed, _say)
    _print("network", results)
    return results


def _coding(chosen: argparse.Namespace) -> dict[str, Any]:
    """San Francisco's texts in folds of distinct texts, and its network asked about Chicago's, by NIBRS group."""
    found = _table(chosen, SAN_FRANCISCO)
    texts = coding_folds.texts_of(found)
    coded = coding_folds.measured(texts, found.names, chosen.text_epochs, chosen.seed, _say)
    fold = coding_folds.folded_by(len(texts), chosen.seed)
    told: dict[str, Any] = {**coded.results, "tfidf": baselines.tfidf_folds(texts, fold)}
    told["better_than_tfidf_by_text"] = told["top1_by_text"] - told["tfidf"]["by_text"]
    told["chicago"] = _other_city(chosen, coded, found.names)
    for name, value in told.items():
        print(f"{name}: {value}", flush=True)
    return told


def _other_city(chosen: argparse.Namespace, coded: coding_folds.Coded, names: tuple[str, ...]) -> dict[str, Any]:
    """How a network that learnt one city's texts sorts another's into NIBRS groups, and what it takes for what."""
    other = _table(chosen, CHICAGO)
    texts = coding_folds.texts_of(other)
    served = coding_folds.coding_engine(coded)
    guess = served.logits(texts.texts).argmax(axis=1)
    truth = np.array([group_of(other.names[label]) or "" for label in texts.labels], dtype=object)
    said = np.array([group_of(names[place]) or "" for place in guess], dtype=object)
    right, shares = truth == said, texts.records / texts.records.sum()
    wrong: dict[str, int] = {}
    for true, false, records in zip(truth[~right], said[~right], texts.records[~right], strict=True):
        wrong[f"{true} -> {false}"] = wrong.get(f"{true} -> {false}", 0) + int(records)
    worst = dict(sorted(wrong.items(), key=lambda one: -one[1])[:12])
    return {
        "texts": len(texts),
        "by_text": float(right.mean()),
        "by_record": float((right * shares).sum()),
        "confusions_records": worst,
    }


def _speed(chosen: argparse.Namespace) -> dict[str, Any]:
    """Records per second through the network alone, and with the making of its inputs; LightGBM on the same rows."""
    found = _table(chosen, SAN_FRANCISCO)
    parts = splits.forward(found.records.frame["datetime"])
    some = np.flatnonzero(parts.train)[-20_000:]
    mask = np.zeros(len(found.labels), dtype=bool)
    mask[some] = True
    placed = building.context(found, mask, None, 1, chosen.seed, _say)
    places = np.random.default_rng(chosen.seed).integers(len(found.labels), size=MILLION)
    frame = found.records.frame.iloc[places].reset_index(drop=True)
    started = time.perf_counter()
    siblings = context.count_siblings(frame)
    probabilities = placed.engine.probabilities(frame, siblings)
    whole = time.perf_counter() - started
    codes, numbers = context.codes(frame, placed.engine.known, siblings), context.numbers(frame, placed.engine.known)
    few = slice(0, 50_000)
    rows = baselines.Rows(codes[few], placed.engine.past.of(codes[few]), numbers[few], found.labels[places[few]])
    told = {
        "rows": len(probabilities),
        "network_rows_per_second": crime_speed.network(placed.engine, codes, numbers),
        "with_inputs_rows_per_second": MILLION / whole,
        "lightgbm_rows_per_second": crime_speed.boosted(rows, len(found.names), chosen.rounds),
        "lightgbm_rounds": chosen.rounds,
    }
    print(told, flush=True)
    return told


if __name__ == "__main__":
    main()
