"""The whole protocol of the waste model: every source left out once, three seeds by group, three by photo.

Run `python -m benchmarks.waste.protocol --data DIR --backbone FILE`. Each run trains a network of its own, kept under
`--work`; an interrupted one goes on from its checkpoint. What a finished run says of its test photos stands as logits
in `benchmarks/results/waste`, so that it is not trained again and anyone can calibrate and count again without the
photos: `--report` trains nothing. Every run is calibrated on the sources that other runs left out, never on one that it
is judged on. The last line is one JSON object: by test set, the mean over seeds of each figure, the figure of all
seeds' photos together, and its 95 % interval from drawing whole groups of photos.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from core.progress import sentence
from core.settings import settings
from core.systems.waste.calibration import WasteCalibration
from core.systems.waste.data.photos import BOARD
from core.systems.waste.train import fit, metrics
from core.systems.waste.train.calibration import calibrate
from core.systems.waste.train.labelled_logits import LabelledLogits, left_out_and_familiar, names, read_tables
from core.systems.waste.train.options import WasteTrainingOptions
from core.systems.waste.train.preparing import logits_name, prepare

RESULTS = Path(__file__).resolve().parents[1] / "results" / "waste"
SEEDS = (0, 1, 2)
SPLITS: tuple[Literal["grouped", "random"], ...] = ("grouped", "random")
LEFT_OUT = {
    "aquatrash": ["aquatrash", "aqua_background"],
    "grocery": ["grocery_carton", "grocery_produce", "tidy", "ibm"],
    "nepal": ["nepal"],
}
"""Sources left out together: waste and bare grounds from one camera; the two smallest with the third."""


@dataclass(frozen=True)
class ProtocolRun:
    """One training run: its name, the kind of result it belongs to, and its options."""

    name: str
    kind: str
    options: WasteTrainingOptions

    @property
    def answers(self) -> Path:
        """Its answers to each test photo, as CSV."""
        return RESULTS / f"{self.name}.csv"

    @property
    def metadata(self) -> Path:
        """The metadata of its network."""
        return RESULTS / f"{self.name}.json"

    def finished(self) -> bool:
        """Whether its results are there, made with the options of today; a newer option had its default then."""
        if not (self.answers.is_file() and self.metadata.is_file()):
            return False
        wanted = self.options.model_dump(mode="json", exclude={"data", "work", "resume", "backbone"})
        default = {name: field.default for name, field in WasteTrainingOptions.model_fields.items()}
        recorded = default | json.loads(self.metadata.read_text())["options"]
        return all(recorded[name] == value for name, value in wanted.items())


def protocol_runs(common: dict[str, Any]) -> list[ProtocolRun]:
    """Every run; first those that leave a source out, on which the others are calibrated."""
    grouped, by_photo = (
        [ProtocolRun(f"{kind}-{seed}", kind, WasteTrainingOptions(split=kind, seed=seed, **common)) for seed in SEEDS]
        for kind in SPLITS
    )
    left_out = [
        ProtocolRun(f"without-{name}", f"without-{name}", WasteTrainingOptions(leave_out=out, **common))
        for name, out in LEFT_OUT.items()
    ]
    return [*left_out, *grouped, *by_photo]


def keep(run: ProtocolRun, work: Path, folder: Path) -> None:
    """Write the answers of the finished run, whose network lies in `folder`, to each test photo."""
    prepared = prepare(run.options, work, lambda *_: None)
    by_key = {photo.key: photo for photo in [*prepared.parts.test, *prepared.unseen]}
    with np.load(work / logits_name(run.options, prepared.manifest)) as stored:
        photos, logits = [by_key[str(key)] for key in stored["keys"]], stored["logits"]
        unlikeness = stored["unlikeness"]
    never = {photo.key for photo in prepared.unseen}
    table = LabelledLogits.of(photos, logits).table()
    table[["photo", "unit"]] = names(photos)
    table["never_trained"] = [photo.key in never for photo in photos]
    table["unlikeness"] = unlikeness
    table["left_out"] = [photo.source in run.options.leave_out for photo in photos]
    RESULTS.mkdir(parents=True, exist_ok=True)
    table.to_csv(run.answers, index=False, float_format="%.4f")
    run.metadata.write_text((folder / "metadata.json").read_text())


def calibration_for(judged: pd.DataFrame) -> WasteCalibration | None:
    """That of photos that other runs left out, and of familiar ones, but for those that the judged run tested.

    judged: the answers of a run, whose left out sources have no say. None while there are none.
    """
    tables = [path for name in LEFT_OUT if (path := RESULTS / f"without-{name}.csv").is_file()]
    if not tables:
        return None
    others = read_tables(tables)
    others = others[~others["source"].isin(judged["source"][judged["left_out"]])]
    left_out, familiar = left_out_and_familiar(others, judged)
    return calibrate(left_out, familiar) if (left_out.materials >= 0).any() else None


def report(done: list[ProtocolRun]) -> dict[str, Any]:
    """Figures of the finished runs of one kind, by test set; of those that other runs' left out sources calibrate."""
    tables = [read_tables([run.answers]) for run in done]
    calibrations = [chosen for table in tables if (chosen := calibration_for(table)) is not None]
    if len(calibrations) < len(done):
        return {"cells": [], "sets": {}}
    sources = {source for table in tables for source in table.source[table.in_scope & (table.source != BOARD)]}
    figures_by_set = {}
    for name in ["all", BOARD, "wild", *(f"wild/{source}" for source in sorted(sources))]:
        runs = []
        for table, calibration in zip(tables, calibrations, strict=True):
            chosen = _chosen(name, table)
            if chosen.any():
                runs.append((_judged(table[chosen], calibration), _judged(table[~table.in_scope], calibration)))
        if runs:
            together = tuple(metrics.joined([run[side] for run in runs]) for side in (0, 1))
            figures_by_set[name] = {
                "mean": _means([metrics.figures(*run) for run in runs]),
                "interval": metrics.intervals_of_means(runs),
                "pooled": metrics.figures(*together),
                "pooled_interval": metrics.intervals(*together),
            }
    return {"cells": [run.name for run in done], "sets": figures_by_set}


def _judged(table: pd.DataFrame, calibration: WasteCalibration) -> metrics.JudgedPhotos:
    unit = np.unique(table["unit"].to_numpy(dtype=str), return_inverse=True)[1]
    return metrics.judge_logits(LabelledLogits.of_table(table), unit, calibration)


def _chosen(name: str, table: pd.DataFrame) -> pd.Series:
    """Mask of the rows of a test set."""
    if name == "all":
        return table.in_scope
    if name == "wild":
        return table.in_scope & (table.source != BOARD) & ~table.never_trained
    return table.in_scope & (table.source == name.removeprefix("wild/"))


def _means(per_seed: list[dict[str, Any]]) -> dict[str, Any]:
    means: dict[str, Any] = {}
    for name, first in per_seed[0].items():
        values = [figures[name] for figures in per_seed]
        if isinstance(first, dict):
            means[name] = _means(values)
        else:
            measured = [value for value in values if value is not None]
            means[name] = float(np.mean(measured)) if measured else None
    return means


def _table(results: dict[str, Any]) -> str:
    lines = []
    for kind, result in results.items():
        lines.append(f"{kind}: {', '.join(result['cells'])}")
        for name, figures in result["sets"].items():
            mean, pooled = figures["mean"], figures["pooled"]
            around = figures["interval"] | {"ece": figures["pooled_interval"].get("ece")}
            cells = [
                ("accuracy", mean["accuracy"]),
                ("ece", pooled["ece"]),
                ("out_of_scope_auroc", mean["out_of_scope_auroc"]),
            ]
            cells += [
                (f"plastic.{key}", mean["plastic"][key])
                for key in ("balanced_accuracy", "auroc", "ece", "accuracy_when_answered")
            ]
            cells += [("abstained_share", mean["abstained_share"])]
            texts = [
                f"{key} {value:.3f} [{around[key][0]:.3f}, {around[key][1]:.3f}]"
                for key, value in cells
                if value is not None and key in around
            ]
            lines.append(f"  {name:20s} n {mean['n']:.0f}  {'  '.join(texts)}")
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, then report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the photos; not needed to report")
    parser.add_argument("--backbone", default="none")
    parser.add_argument("--work", type=Path, default=settings().data_dir / "waste")
    parser.add_argument("--only", nargs="*", help="names of runs, such as grouped-0")
    parser.add_argument("--report", action="store_true", help="train nothing")
    parser.add_argument(
        "--set", nargs="*", default=[], metavar="NAME=VALUE", help="training options, such as blend_epochs=4"
    )
    chosen = parser.parse_args()
    if chosen.data is None and not chosen.report:
        parser.error("Expected --data, the photos to learn from, or --report. Received neither.")
    common = {
        "data": chosen.data or Path(),
        "backbone": chosen.backbone,
        "work": chosen.work,
        "scenes": 0,  # what is found in scenes of several things is learnt by the released version alone
        **dict(pair.split("=", 1) for pair in chosen.set),
    }
    everything = protocol_runs(common)
    for run in everything:
        if chosen.report or run.finished() or (chosen.only and run.name not in chosen.only):
            continue
        folder = chosen.work / "protocol" / run.name
        fit(
            run.options,
            folder,
            lambda progress, name=run.name: print(
                f"{name} {progress.share:6.1%} {sentence(progress)}", file=sys.stderr, flush=True
            ),
        )
        keep(run, chosen.work, folder)
    done = [run for run in everything if run.finished()]
    results = {
        kind: report([run for run in done if run.kind == kind]) for kind in dict.fromkeys(run.kind for run in done)
    }
    print(_table(results))
    print(
        "not calibrated yet: " + (", ".join(kind for kind, result in results.items() if not result["cells"]) or "none")
    )
    print("missing: " + (", ".join(run.name for run in everything if run not in done) or "nothing"))
    print(
        json.dumps(
            {
                kind: {
                    "cells": result["cells"],
                    **result["sets"],
                }
                for kind, result in results.items()
            }
        )
    )


if __name__ == "__main__":
    main()
