"""How good answers become at places that teach photos of plastic and of other things, before and after.

Run `python -m benchmarks.waste.taught --data PLACE.zip [PLACE.zip ...]` with photos of places on which the version
never trained. For each place and drawing, so many photos of each side teach, whole groups of near-duplicates together;
the photos of all other groups judge, once by the general answers and once as the place was taught, if the check lets
it be used. The last line is one JSON object.
"""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.support import report
from benchmarks.waste.choosing import arguments, photos_of_place
from core.registry import registry
from core.systems.waste.calibration import calibrated
from core.systems.waste.data import duplicates
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.engine import WasteEngine, WasteOutputs
from core.systems.waste.train import adapting, measuring, metrics
from core.systems.waste.train.labelled_logits import LabelledLogits

PER_SIDE = (5, 10, 20)


def main() -> None:
    """Look at every place's photos once, then teach."""
    options = arguments(__doc__)
    engine = WasteEngine.load(registry().resolve("waste", options.version).folder)
    by_place: dict[str, dict[str, dict[str, float]]] = {}
    for path in options.data:
        photos = photos_of_place(path)
        photos = duplicates.grouped(photos, duplicates.fingerprints(photos))
        outputs = measuring.outputs(engine, photos)
        by_place[path.stem] = {str(count): _taught(engine, photos, outputs, count, options.seeds) for count in PER_SIDE}
        print(path.stem, len(photos), by_place[path.stem], file=sys.stderr, flush=True)
    means = {
        str(count): {
            name: round(float(np.mean([place[str(count)][name] for place in by_place.values()])), 4)
            for name in ("untaught", "taught")
        }
        for count in PER_SIDE
    }
    report.print_figures({"seeds": options.seeds, "per_side": means, "by_place": by_place})


def _taught(
    engine: WasteEngine, photos: list[LabelledPhoto], outputs: WasteOutputs, count: int, seeds: int
) -> dict[str, float]:
    """Plastic's balanced accuracy without and with `count` photos a side, means over the drawings."""
    labelled = LabelledLogits.of(photos, outputs.logits)
    general = calibrated(labelled.logits, engine.calibration)
    judged = metrics.judge_scores(labelled, metrics.units(photos), general, engine.calibration)
    untaught = [
        metrics.figures(judged.pick(adapting.judges(photos, adapting.drawn(photos, count, seed, adapting.by_side))))
        for seed in range(seeds)
    ]
    taught = adapting.figures(engine, photos, outputs, count, seeds, adapting.by_side)
    return {
        "untaught": round(float(np.mean([each["plastic"]["balanced_accuracy"] for each in untaught])), 4),
        "taught": round(float(taught["plastic"]["balanced_accuracy"]), 4),
        "used_share": taught["used_share"],
        "n_taught": taught["n_taught"],
    }


if __name__ == "__main__":
    main()
