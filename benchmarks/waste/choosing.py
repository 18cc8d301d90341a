"""Whether choosing which photos a person labels at a new place teaches more than drawing them at random.

Run `python -m benchmarks.waste.choosing --data PLACE.zip [PLACE.zip ...]` with photos of places on which the version in
service never trained. For each place, number of labels and seed, as many labels are given in the order in which the
page asks, and in a random order; the photos of groups that neither order asked about judge both. The last line is one
JSON object: by number of labels, plastic's balanced accuracy without labels, drawn and chosen, and the mean difference
with its 95 % interval over the seeds, each seed's being the mean over the places.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

from core.registry import registry
from core.systems.waste.calibration import WasteScores, at_site, calibrated, general_logits
from core.systems.waste.data.photos import LabelledPhoto, read_photos
from core.systems.waste.engine import WasteEngine, WasteOutputs
from core.systems.waste.train import adapting, measuring, metrics
from core.systems.waste.train.labelled_logits import LabelledLogits
from core.teaching import choosing, site_head

LABELS = (10, 20, 40)
SEEDS = 10
POOL = 300  # photos of a place that a person could be asked about


class Place:
    """One place: its photos as the network sees them, and what their labels leave open."""

    def __init__(self, engine: WasteEngine, photos: list[LabelledPhoto], outputs: WasteOutputs) -> None:
        assert outputs.features is not None
        self.engine = engine
        self.photos = photos
        self.labelled = LabelledLogits.of(photos, outputs.logits)
        self.scores = calibrated(outputs.logits, engine.calibration)
        self.features, self.logits = outputs.features, general_logits(self.scores)
        self.possible = adapting.possible(photos)
        self.units = metrics.units(photos)

    def chosen(self, pool: np.ndarray, count: int, seed: int) -> list[int]:
        """The photos that the page would ask about, in its order."""
        asked: list[int] = []
        logits = self.logits
        while len(asked) < count:
            rows = [int(np.flatnonzero(pool == index)[0]) for index in asked]
            following = choosing.choose(self.features[pool], logits[pool], rows, seed)
            if following is None:
                break
            asked.append(int(pool[following]))
            head = site_head.fit(self.features[asked], self.logits[asked], self.possible[asked])
            logits = head.logits(self.features, self.logits)
        return asked

    def balanced(self, taught: list[int], judges: np.ndarray) -> float:
        """Plastic's balanced accuracy over some photos, after these taught."""
        scores: WasteScores = self.scores
        if taught:
            head = site_head.fit(self.features[taught], self.logits[taught], self.possible[taught])
            scores = at_site(scores, head.logits(self.features, self.logits))
        judged = metrics.judge_scores(self.labelled, self.units, scores, self.engine.calibration).pick(judges)
        value = metrics.plastic_figures(judged)["balanced_accuracy"]
        return float(value) if isinstance(value, float) else float("nan")

    def trial(self, count: int, seed: int) -> tuple[float, float, float]:
        """Without labels, drawn at random, chosen: each judged by the same photos."""
        random = np.random.default_rng(seed)
        pool = np.sort(random.permutation(len(self.photos))[:POOL])
        drawn, chosen = random.permutation(pool)[:count].tolist(), self.chosen(pool, count, seed)
        asked_units = np.unique(self.units[[*drawn, *chosen]])
        judges = ~np.isin(self.units, asked_units)
        if len(np.unique(self.labelled.plastic[judges])) < 2:  # few groups: photos judge beside their likes
            judges = ~np.isin(np.arange(len(self.photos)), [*drawn, *chosen])
        return self.balanced([], judges), self.balanced(drawn, judges), self.balanced(chosen, judges)


def arguments(description: str | None) -> argparse.Namespace:
    """Photos of places (`data`), the version that answers, and how many `seeds`."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--version", default="champion")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    return parser.parse_args()


def photos_of_place(path: Path) -> list[LabelledPhoto]:
    """The photos of a place that show waste which is known to be plastic or not."""
    return [photo for photo in read_photos(path) if photo.in_scope and photo.plastic is not None]


def main() -> None:
    """Look at every place's photos once, then try."""
    options = arguments(__doc__)
    engine = WasteEngine.load(registry().resolve("waste", options.version).folder)
    places = {}
    for path in options.data:
        photos = photos_of_place(path)
        print(f"{path.stem}: {len(photos)} photos", file=sys.stderr, flush=True)
        places[path.stem] = Place(engine, photos, measuring.outputs(engine, photos))
    results: dict[str, Any] = {}
    for count in LABELS:
        table = np.array(
            [[place.trial(count, seed) for place in places.values()] for seed in range(options.seeds)]
        )  # seeds, places, (without, drawn, chosen)
        gains = np.nanmean(table[..., 2] - table[..., 1], axis=1)
        half = float(student.ppf(0.975, len(gains) - 1)) * gains.std(ddof=1) / np.sqrt(len(gains))
        means = np.nanmean(table, axis=0)
        results[str(count)] = {
            **dict(zip(("untaught", "drawn", "chosen"), np.nanmean(means, axis=0).round(4).tolist(), strict=True)),
            "gain": round(float(gains.mean()), 4),
            "gain_interval": [round(float(gains.mean() - half), 4), round(float(gains.mean() + half), 4)],
            "by_place": {name: row.round(3).tolist() for name, row in zip(places, means, strict=True)},
        }
        print(count, results[str(count)], file=sys.stderr, flush=True)
    print(json.dumps({"seeds": options.seeds, "labels": results}))


if __name__ == "__main__":
    main()
