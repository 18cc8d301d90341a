"""The whole protocol of the waste model: three seeds by group, three by photo, every source left out once.

Run `python -m benchmarks.waste_protocol --data DIR --backbone FILE`. Each cell is a training run of its own, kept under
`--work`; cells that are finished are not run again, and an interrupted one goes on from its checkpoint. `--report` only
tells what there is. The last line is one JSON object: by test set, the mean over seeds of each figure, the figure of
all seeds' photos together, and its 95 % interval from drawing whole groups of photos.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from core.settings import settings
from core.systems.waste import metrics
from core.systems.waste.data import Photo
from core.systems.waste.judgement import Calibration
from core.systems.waste.train import Options, Prepared, fit, prepare, run_name

SEEDS = (0, 1, 2)
LEFT_OUT = {
    "aquatrash": ["aquatrash", "aqua_background"],
    "grocery": ["grocery_carton", "grocery_produce"],
    "street": ["tidy", "ibm"],
}
"""Sources left out together: waste and bare grounds from one camera, and the two smallest."""


@dataclass(frozen=True)
class Cell:
    """One training run: its name, the kind of result it belongs to, and its options."""

    name: str
    kind: str
    options: Options

    def finished(self, work: Path) -> bool:
        """Whether its results are there."""
        return (work / "protocol" / self.name / "metadata.json").is_file()


def cells(common: dict[str, Any]) -> list[Cell]:
    """Every run, the most telling first."""
    grouped = [Cell(f"grouped-{seed}", "grouped", Options(split="grouped", seed=seed, **common)) for seed in SEEDS]
    by_photo = [Cell(f"random-{seed}", "random", Options(split="random", seed=seed, **common)) for seed in SEEDS]
    left_out = [
        Cell(f"without-{name}", f"without-{name}", Options(leave_out=out, **common)) for name, out in LEFT_OUT.items()
    ]
    return [*grouped, *by_photo, *left_out]


def report(kind: str, done: list[Cell], work: Path) -> dict[str, Any]:
    """Figures of the finished cells of one kind, by test set."""
    runs = [_run(cell, work) for cell in done]
    names = [
        "all",
        "trashnet",
        "wild",
        *sorted({f"wild/{p.source}" for photos, _, _ in runs for p in photos if _is_wild(p)}),
    ]
    found = {}
    for name in names:
        parts = [(_chosen(name, photos, never), judged) for photos, judged, never in runs]
        per_seed = [
            metrics.figures(judged.pick(mask), _beyond(photos, judged))
            for (mask, judged), (photos, _, _) in zip(parts, runs, strict=True)
            if mask.any()
        ]
        if not per_seed:
            continue
        pooled = _together([judged.pick(mask) for mask, judged in parts if mask.any()])
        beyond = _together([_beyond(photos, judged) for photos, judged, _ in runs])
        found[name] = {
            "seeds": per_seed,
            "mean": _means(per_seed),
            "pooled": metrics.figures(pooled, beyond),
            "interval": metrics.intervals(pooled, beyond),
        }
    return {"cells": [cell.name for cell in done], "sets": found}


def _run(cell: Cell, work: Path) -> tuple[list[Photo], metrics.Judged, set[str]]:
    """Test photos, what was said of them (with units that mean the same group in every run), and keys never trained."""
    prepared: Prepared = prepare(cell.options, work, lambda *_: None)
    by_key = {photo.key: photo for photo in [*prepared.parts.test, *prepared.unseen]}
    with np.load(work / f"{run_name(cell.options, prepared.manifest)}.test.npz") as kept:
        keys, logits = [str(key) for key in kept["keys"]], kept["logits"]
    metadata = json.loads((work / "protocol" / cell.name / "metadata.json").read_text())
    photos = [by_key[key] for key in keys]
    judged = metrics.judged(photos, logits, Calibration.from_dict(metadata["calibration"]))
    names = np.array([hash(photo.group or photo.key) for photo in photos])
    never = {photo.key for photo in prepared.unseen}
    return photos, metrics.Judged(**{**vars(judged), "unit": names}), never


def _is_wild(photo: Photo) -> bool:
    return photo.in_scope and photo.source != "trashnet"


def _chosen(name: str, photos: list[Photo], never: set[str]) -> np.ndarray:
    """Mask of the photos of a test set."""
    if name == "all":
        return np.array([photo.in_scope for photo in photos])
    if name == "wild":
        return np.array([_is_wild(photo) and photo.key not in never for photo in photos])
    source = name.removeprefix("wild/")
    return np.array([photo.in_scope and photo.source == source for photo in photos])


def _beyond(photos: list[Photo], judged: metrics.Judged) -> metrics.Judged:
    return judged.pick(np.array([not photo.in_scope for photo in photos]))


def _together(parts: list[metrics.Judged]) -> metrics.Judged:
    names = [field.name for field in fields(metrics.Judged)]
    return metrics.Judged(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _means(per_seed: list[dict[str, Any]]) -> dict[str, Any]:
    means: dict[str, Any] = {}
    for name, first in per_seed[0].items():
        values = [one[name] for one in per_seed]
        if isinstance(first, dict):
            means[name] = _means(values)
        else:
            known = [value for value in values if value is not None]
            means[name] = float(np.mean(known)) if known else None
    return means


def _table(results: dict[str, Any]) -> str:
    lines = []
    for kind, result in results.items():
        lines.append(f"{kind}: {', '.join(result['cells'])}")
        for name, found in result["sets"].items():
            mean, pooled, around = found["mean"], found["pooled"], found["interval"]
            cells_ = [
                ("accuracy", mean["accuracy"]),
                ("ece", pooled["ece"]),
                ("out_of_scope_auroc", mean["out_of_scope_auroc"]),
            ]
            cells_ += [(f"plastic.{key}", mean["plastic"][key]) for key in ("balanced_accuracy", "auroc")]
            texts = [
                f"{key} {value:.3f} [{around[key][0]:.3f}, {around[key][1]:.3f}]"
                for key, value in cells_
                if value is not None and key in around
            ]
            lines.append(f"  {name:20s} n {mean['n']:.0f}  {'  '.join(texts)}")
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, then report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--backbone", default="imagenet")
    parser.add_argument("--work", type=Path, default=settings().data_dir / "waste")
    parser.add_argument("--only", nargs="*", help="names of cells, such as grouped-0")
    parser.add_argument("--report", action="store_true", help="train nothing")
    parser.add_argument(
        "--set", nargs="*", default=[], metavar="NAME=VALUE", help="training options, such as whole_epochs=4"
    )
    chosen = parser.parse_args()
    common = {
        "data": chosen.data,
        "backbone": chosen.backbone,
        "work": chosen.work,
        **dict(pair.split("=", 1) for pair in chosen.set),
    }
    everything = cells(common)
    for cell in everything:
        if chosen.report or cell.finished(chosen.work) or (chosen.only and cell.name not in chosen.only):
            continue
        fit(
            cell.options,
            chosen.work / "protocol" / cell.name,
            lambda share, text, name=cell.name: print(f"{name} {share:6.1%} {text}", file=sys.stderr, flush=True),
        )
    done = [cell for cell in everything if cell.finished(chosen.work)]
    results = {
        kind: report(kind, [cell for cell in done if cell.kind == kind], chosen.work)
        for kind in dict.fromkeys(cell.kind for cell in done)
    }
    print(_table(results))
    print("missing: " + (", ".join(cell.name for cell in everything if cell not in done) or "nothing"))
    print(
        json.dumps(
            {
                kind: {
                    "cells": one["cells"],
                    **{
                        name: {key: found[key] for key in ("mean", "pooled", "interval")}
                        for name, found in one["sets"].items()
                    },
                }
                for kind, one in results.items()
            }
        )
    )


if __name__ == "__main__":
    main()
