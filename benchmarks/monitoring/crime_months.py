"""Real drift: San Francisco's months of 2014 against validation answers, and estimated beside true accuracy.

The champion that ships was trained on all months, so that none is left to judge it. Its measured network, of the same
options and seed but trained until 2013 and calibrated on January to March 2014, is judged in its place: what it is held
against are its answers to those three months, and it never saw the later ones. Everything is answered from place and
time. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from benchmarks.support import report
from core.evaluation.shares import Share
from core.monitoring.drift import PREDICTED_CLASS, Reference, alarms, count_columns, detect, reference_of_columns
from core.monitoring.expected_accuracy import expected_accuracy
from core.progress import Progress, sentence
from core.settings import CHECKOUT, settings
from core.systems.crime import train
from core.systems.crime.engine import METADATA_FILE, ContextNetwork, CrimeEngine
from core.systems.crime.train.dataset import LabelledRecords, read_labelled
from core.systems.crime.validation_answers import ContextAnswers, answer_context

DATA = CHECKOUT.parent / "shared" / "data" / "crime" / "sf_incidents_2003_2014.parquet"
CHAMPION = CHECKOUT / "models" / "crime" / "1.0.2"
MAX_CHANGES = 3  # bins or categories named of each drifting feature


def measured_network(folder: Path, options: train.Options) -> ContextNetwork:
    """The network of the champion's options that is trained on its training part alone; fitted into `folder` if new."""
    if not (folder / METADATA_FILE).is_file():
        train.fit(options, folder, _say)
    network = CrimeEngine.load(folder).context
    if network is None:
        raise SystemExit(f"Expected a version that answers from place and time in {folder}. Name another --model.")
    return network


def champion_options(data: Path) -> train.Options:
    """The options of the version that ships, without the second training on all rows."""
    recorded = json.loads((CHAMPION / METADATA_FILE).read_text(encoding="utf-8"))["options"]
    return train.Options.model_validate({**recorded, "data": data, "refit": False})


def reference_of_answers(answers: ContextAnswers) -> Reference:
    """What months are held against."""
    return reference_of_columns({**answers.features, PREDICTED_CLASS: answers.values})


def judge_month(reference: Reference, answers: ContextAnswers, truth: np.ndarray) -> dict[str, Any]:
    """Drift, estimated and true accuracy of a month; truth: categories, str, shape (n,)."""
    counts = count_columns(reference, {**answers.features, PREDICTED_CLASS: answers.values})
    scores = answers.scores
    estimate = expected_accuracy(len(scores), float(scores.sum()), float((scores * (1 - scores)).sum()))
    if estimate is None:
        raise SystemExit("Expected records in each month. Give another table.")
    return {
        "n": len(scores),
        "drifting": [_told(each) for each in alarms(detect(reference, counts))],
        "accuracy": _rounded(Share(int((answers.values == truth).sum()), len(truth))),
        "estimate": [round(number, 4) for number in (estimate.value, estimate.low, estimate.high)],
        "error": round(estimate.value - float((answers.values == truth).mean()), 4),
    }


def _told(drift: Any) -> dict[str, Any]:
    """A drifting feature: effect, shift of a number's mean [SD], and the bins or categories that changed most."""
    changes = sorted((*drift.rose, *drift.fell), key=lambda change: -abs(change[1]))[:MAX_CHANGES]
    return {
        "feature": drift.feature,
        "effect": round(drift.effect, 3),
        "shift": None if drift.shift is None else round(drift.shift, 3),
        "changes": {label: round(change, 3) for label, change in changes},
    }


def _rounded(share: Share) -> list[float]:
    return [round(number, 4) for number in (share.value or 0.0, *share.interval)]


def later_records(options: train.Options, names: tuple[str, ...]) -> LabelledRecords:
    """The records after the training part: the others need not be cleaned again. names: the version's categories."""
    table = pd.read_parquet(options.data)
    moments = pd.to_datetime(table[options.map["date"]])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "later.parquet"
        table[moments >= pd.Timestamp(options.train_until) + pd.Timedelta(days=1)].to_parquet(path)
        return read_labelled(options.model_copy(update={"data": path}), ("date", "label"), _say, names)


def months(dataset: LabelledRecords, network: ContextNetwork, validate_until: date) -> dict[str, dict[str, Any]]:
    """Each month after training, by its name; those up to `validate_until` are the reference themselves."""
    frame = dataset.records.frame
    is_validation = frame["datetime"].dt.normalize() <= pd.Timestamp(validate_until)
    validation = frame[is_validation].reset_index(drop=True)
    reference = reference_of_answers(answer_context(network, validation, dataset.names))
    results = {}
    for month, rows in frame.groupby(frame["datetime"].dt.to_period("M")):
        records = rows.reset_index(drop=True)
        answers = answer_context(network, records, dataset.names)
        judged = judge_month(reference, answers, records["label"].to_numpy(dtype=object))
        calibrated_on = bool(is_validation[rows.index].all())
        results[str(month)] = {"calibrated_on": calibrated_on, **judged}
        _print_month(str(month), results[str(month)])
    return results


def _print_month(month: str, judged: dict[str, Any]) -> None:
    drifting = "; ".join(f"{each['feature']} {each['effect']} {each['changes']}" for each in judged["drifting"])
    print(
        f"{month}: {judged['n']} records, right {judged['accuracy'][0]:.1%} "
        f"[{judged['accuracy'][1]:.1%}, {judged['accuracy'][2]:.1%}], estimated {judged['estimate'][0]:.1%}"
        f"{' (calibrated on)' if judged['calibrated_on'] else ''}; drifts: {drifting or 'nothing'}",
        flush=True,
    )


def draw_chart(results: dict[str, dict[str, Any]], path: Path) -> None:
    """True and estimated accuracy by month with 95 % intervals, as an HTML file that needs no network."""
    figure = go.Figure()
    for key, name, symbol in (("accuracy", "true accuracy", "circle"), ("estimate", "estimated (CBPE)", "diamond")):
        values, low, high = (np.array(column) for column in zip(*(each[key] for each in results.values()), strict=True))
        spread = {"type": "data", "symmetric": False, "array": high - values, "arrayminus": values - low}
        marker = {"symbol": symbol, "size": 9}
        figure.add_scatter(x=list(results), y=values, error_y=spread, name=name, mode="lines+markers", marker=marker)
    figure.update_layout(
        title="San Francisco 2014: January to March calibrated the network, later months it never saw",
        yaxis={"title": "share of right first guesses", "tickformat": ".0%"},
        template="plotly_white",
    )
    figure.write_html(path, include_plotlyjs=True)


def summary(results: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Errors of the estimate over the months that it never saw, and in how many of them each feature drifts."""
    unseen = [each for each in results.values() if not each["calibrated_on"]]
    errors = np.array([each["error"] for each in unseen])
    names = pd.Series([drift["feature"] for each in unseen for drift in each["drifting"]], dtype=object)
    return {
        "months_never_seen": len(unseen),
        "mean_absolute_error": float(np.abs(errors).mean()),
        "largest_error": float(errors[np.abs(errors).argmax()]),
        "months_with_drift": names.value_counts().to_dict(),
    }


def main() -> None:
    """Print the figures; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the table of incidents")
    parser.add_argument("--model", type=Path, help="folder of the measured network; trained into it if new")
    parser.add_argument("--chart", type=Path, help="write the chart to this HTML file")
    chosen = parser.parse_args()
    options = champion_options(chosen.data)
    folder = chosen.model or settings().data_dir / "crime-measured"
    network = measured_network(folder, options)
    names = tuple(json.loads((folder / METADATA_FILE).read_text(encoding="utf-8"))["labels"])
    results = months(later_records(options, names), network, options.validate_until)
    if chosen.chart:
        draw_chart(results, chosen.chart)
    report.print_figures({**summary(results), "months": results})


def _say(progress: Progress) -> None:
    print(f"{progress.share:6.1%}  {sentence(progress)}", flush=True)


if __name__ == "__main__":
    main()
