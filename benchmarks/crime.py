"""The crime networks against the last year's shares, logistic regression and LightGBM, on the same rows in one run."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.baselines import crime_classifiers
from benchmarks.support import crime_interleaved, crime_speed, report
from core.progress import Progress, sentence
from core.settings import CHECKOUT
from core.systems.crime.categories.nibrs import nibrs_group
from core.systems.crime.engine import SITUATIONS
from core.systems.crime.features.context_features import count_siblings, encode_numbers, encode_slots
from core.systems.crime.train.coding_fitting import distinct_texts
from core.systems.crime.train.coding_model import TrainedCoding, fold_of_texts, serving_coding, train_coding
from core.systems.crime.train.context_fitting import ContextExamples
from core.systems.crime.train.context_model import TrainedContext, context_examples, measure_context, train_context
from core.systems.crime.train.dataset import LabelledRecords, read_labelled
from core.systems.crime.train.network import ContextShape
from core.systems.crime.train.options import LabelledTableOptions
from core.systems.crime.train.splits import CrimeSplit, split_forward

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


def _table(chosen: argparse.Namespace, name: str) -> LabelledRecords:
    options = LabelledTableOptions(data=chosen.data / name, map=MAPS[name])
    dataset = read_labelled(options, ("date", "label"), _say)
    if not chosen.rows:
        return dataset
    order = np.argsort(dataset.records.frame["datetime"].to_numpy(), kind="stable")[-chosen.rows :]
    return LabelledRecords(dataset.records.pick(order), dataset.labels[order], dataset.names)


def _say(progress: Progress) -> None:
    if not progress.detail.startswith("epoch") and "coding epoch" not in progress.detail:
        print(f"{progress.share:6.1%}  {sentence(progress)}", flush=True)


def _forward(chosen: argparse.Namespace) -> dict[str, Any]:
    """San Francisco: train to 2013, validate on the first quarter of 2014, test on the half-year after."""
    dataset = _table(chosen, SAN_FRANCISCO)
    split = split_forward(
        dataset.records.frame["datetime"],
        None if chosen.rows else date(2013, 12, 31),
        None if chosen.rows else date(2014, 3, 31),
    )
    return _compared(chosen, dataset, split)


def _chicago(chosen: argparse.Namespace) -> dict[str, Any]:
    """Chicago 2022, forward in time: the latest tenth tests."""
    dataset = _table(chosen, CHICAGO)
    return _compared(chosen, dataset, split_forward(dataset.records.frame["datetime"]))


def _compared(chosen: argparse.Namespace, dataset: LabelledRecords, split: CrimeSplit) -> dict[str, Any]:
    trained = train_context(dataset, split.train, split.validation, chosen.epochs, chosen.seed, _say)
    results = measure_context(trained.serving, dataset, split)
    figures: dict[str, Any] = {"prior_log_loss": results["prior_log_loss"]}
    figures["network"] = {situation: results[situation] for situation in SITUATIONS}
    _print("network", figures["network"])
    rows, days = _rows(dataset, split, trained)
    sizes, classes = trained.serving.vocabulary.sizes(), len(dataset.names)
    shape = ContextShape(sizes, rows["train"].history.shape[1], rows["train"].numbers.shape[1], classes)
    figures["regression"] = _method(
        crime_classifiers.regression(_examples(rows["train"], days), shape, 2, chosen.seed), rows
    )
    _print("regression", figures["regression"])
    logits, figures["lightgbm_chosen"] = crime_classifiers.boosted(
        rows["train"], days, rows["validation"], classes,
        trials=chosen.trials, sample=chosen.sample, rounds=chosen.rounds, seed=chosen.seed, threads=chosen.threads,
    )  # fmt: skip
    figures["lightgbm"] = _method(logits, rows)
    _print("lightgbm", figures["lightgbm"])
    own = figures["network"]["together"]["log_loss"]
    figures["better_than_lightgbm"] = figures["lightgbm"]["together"]["log_loss"] - own
    figures["better_than_lightgbm_raw"] = figures["lightgbm"]["together"]["log_loss_raw"] - own
    figures["better_than_prior"] = figures["prior_log_loss"] - own
    return figures


def _rows(
    dataset: LabelledRecords, split: CrimeSplit, trained: TrainedContext
) -> tuple[dict[str, crime_classifiers.BaselineRows], np.ndarray]:
    """The very inputs of the network, by part."""
    frame, serving = dataset.records.frame, trained.serving
    siblings = count_siblings(frame)
    rows = {}
    for name in ("validation", "test"):
        part = getattr(split, name)
        records = frame[part].reset_index(drop=True)
        codes = encode_slots(records, serving.vocabulary, siblings[part])
        numbers = encode_numbers(records, serving.vocabulary)
        rows[name] = crime_classifiers.BaselineRows(codes, serving.past.look_up(codes), numbers, dataset.labels[part])
    own = frame[split.train].reset_index(drop=True)
    seen = context_examples(own, dataset.labels[split.train], serving.vocabulary, len(dataset.names))
    rows["train"] = crime_classifiers.BaselineRows(seen.codes, seen.history, seen.numbers, seen.labels)
    return rows, seen.days


def _examples(rows: crime_classifiers.BaselineRows, days: np.ndarray) -> ContextExamples:
    return ContextExamples(rows.codes, rows.history, rows.numbers, rows.labels, days)


def _method(logits: Any, rows: dict[str, crime_classifiers.BaselineRows]) -> dict[str, Any]:
    labels = {name: rows[name].labels for name in ("validation", "test")}
    together = {name: logits(rows[name]) for name in labels}
    alone = {name: logits(rows[name].alone()) for name in labels}
    return {"together": crime_classifiers.scored(together, labels), "alone": crime_classifiers.scored(alone, labels)}


def _print(name: str, results: dict[str, Any]) -> None:
    for situation in SITUATIONS:
        figures = results[situation]
        shown = " ".join(f"{key} {figures[key]:.4f}" for key in ("log_loss", "top1", "top3", "ece", "coverage90"))
        print(f"{name:12} {situation:9} {shown}", flush=True)


def _interleaved(chosen: argparse.Namespace) -> dict[str, Any]:
    """San Francisco as in Kaggle's contest: every other even week is held out."""
    results = crime_interleaved.measure(_table(chosen, SAN_FRANCISCO), chosen.epochs, chosen.seed, _say)
    _print("network", results)
    return results


def _coding(chosen: argparse.Namespace) -> dict[str, Any]:
    """San Francisco's texts in folds of distinct texts, and its network asked about Chicago's, by NIBRS group."""
    dataset = _table(chosen, SAN_FRANCISCO)
    texts = distinct_texts(dataset.records.frame["description"], dataset.labels)
    coding = train_coding(texts, dataset.names, chosen.text_epochs, chosen.seed, _say)
    fold = fold_of_texts(len(texts), chosen.seed)
    figures: dict[str, Any] = {**coding.results, "tfidf": crime_classifiers.tfidf_folds(texts, fold)}
    figures["better_than_tfidf_by_text"] = figures["top1_by_text"] - figures["tfidf"]["by_text"]
    figures["chicago"] = _other_city(chosen, coding, dataset.names)
    for name, value in figures.items():
        print(f"{name}: {value}", flush=True)
    return figures


def _other_city(chosen: argparse.Namespace, coding: TrainedCoding, names: tuple[str, ...]) -> dict[str, Any]:
    """How a network that learnt one city's texts sorts another's into NIBRS groups, and what it takes for what."""
    other = _table(chosen, CHICAGO)
    texts = distinct_texts(other.records.frame["description"], other.labels)
    serving = serving_coding(coding.fitted, coding.calibration)
    guess = serving.logits(texts.texts).argmax(axis=1)
    truth = np.array([nibrs_group(other.names[label]) or "" for label in texts.labels], dtype=object)
    guessed = np.array([nibrs_group(names[label]) or "" for label in guess], dtype=object)
    right, shares = truth == guessed, texts.records / texts.records.sum()
    wrong: dict[str, int] = {}
    for true, false, records in zip(truth[~right], guessed[~right], texts.records[~right], strict=True):
        wrong[f"{true} -> {false}"] = wrong.get(f"{true} -> {false}", 0) + int(records)
    worst = dict(sorted(wrong.items(), key=lambda item: -item[1])[:12])
    return {
        "texts": len(texts),
        "by_text": float(right.mean()),
        "by_record": float((right * shares).sum()),
        "confusions_records": worst,
    }


def _speed(chosen: argparse.Namespace) -> dict[str, Any]:
    """Records per second through the network alone, and with the making of its inputs; LightGBM on the same rows."""
    dataset = _table(chosen, SAN_FRANCISCO)
    split = split_forward(dataset.records.frame["datetime"])
    mask = np.zeros(len(dataset.labels), dtype=bool)
    mask[np.flatnonzero(split.train)[-20_000:]] = True
    serving = train_context(dataset, mask, None, 1, chosen.seed, _say).serving
    drawn = np.random.default_rng(chosen.seed).integers(len(dataset.labels), size=MILLION)
    frame = dataset.records.frame.iloc[drawn].reset_index(drop=True)
    started = time.perf_counter()
    siblings = count_siblings(frame)
    probabilities = serving.probabilities(frame, siblings)
    seconds = time.perf_counter() - started
    codes, numbers = encode_slots(frame, serving.vocabulary, siblings), encode_numbers(frame, serving.vocabulary)
    few = slice(0, 50_000)
    rows = crime_classifiers.BaselineRows(
        codes[few], serving.past.look_up(codes[few]), numbers[few], dataset.labels[drawn[few]]
    )
    figures = {
        "rows": len(probabilities),
        "network_rows_per_second": crime_speed.network(serving, codes, numbers),
        "with_inputs_rows_per_second": MILLION / seconds,
        "lightgbm_rows_per_second": crime_speed.boosted(rows, len(dataset.names), chosen.rounds),
        "lightgbm_rounds": chosen.rounds,
    }
    print(figures, flush=True)
    return figures


if __name__ == "__main__":
    main()
