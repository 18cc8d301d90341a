"""What a photo costs the waste version in service, beside version 1.0.0, in one run; and that its two files agree.

Run `python -m benchmarks.waste.serving`. Both versions answer the same photos in turns, so that a slow moment of the
machine slows both: the network alone, and the whole answer from the file's bytes. The last line is one JSON object with
times [ms] and ratios; `agreement` is the largest difference between LiteRT and TensorFlow over the photos.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support.photos import generate_photos
from core.registry import registry
from core.systems import waste
from core.systems.waste.data.preprocessing import preprocess
from core.systems.waste.engine import WasteEngine

BEFORE = "1.0.0"
ROUNDS, PER_ROUND = 40, 5


def seconds(action: Callable[[], object]) -> float:
    """How long the action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def compare(actions: dict[str, Callable[[], object]], rounds: int) -> dict[str, Any]:
    """Median time of each action [ms], taken in turns, and the ratio of the second to the first, with its quartiles."""
    for action in actions.values():
        action()
    times = {name: np.empty(rounds) for name in actions}
    for number in range(rounds):
        for name, action in actions.items():
            times[name][number] = seconds(action) / PER_ROUND * 1000
    before, now = times.values()
    return {
        **{name: round(float(np.median(values)), 2) for name, values in times.items()},
        "ratio": round(float(np.median(now / before)), 3),
        "quartiles": [round(float(value), 3) for value in np.quantile(now / before, [0.25, 0.75])],
    }


def agreement(folder: Path, engine: WasteEngine, inputs: list[np.ndarray]) -> dict[str, float]:
    """Largest difference between the two files' outputs, by output."""
    from core.artefacts import keras_files

    received = engine.run(inputs)
    expected = keras_files.load(folder / "model.h5")(np.stack(inputs), training=False)
    pairs = {"logits": received.logits, "class_maps": received.maps, "features": received.features}
    pairs["objects"] = received.objects
    return {
        name: float(np.abs(values - np.asarray(expected[name])).max())
        for name, values in pairs.items()
        if values is not None and name in expected
    }


def main() -> None:
    """Time both versions, compare the files of the one in service."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", help="by default the champion")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    versions = {name: registry().resolve("waste", name) for name in (BEFORE, chosen.version or "champion")}
    engines = {version.version: WasteEngine.load(version.folder, threads=1) for version in versions.values()}
    files = generate_photos(PER_ROUND)
    decoded = [waste.WasteInput(image=file).photo for file in files]
    networks: dict[str, Callable[[], object]] = {}
    answers: dict[str, Callable[[], object]] = {}
    for name, engine in engines.items():
        inputs = [preprocess(photo, engine.size) for photo in decoded]
        networks[name] = lambda engine=engine, inputs=inputs: engine.run(inputs)
        answers[name] = lambda engine=engine: [waste.predict(engine, [waste.WasteInput(image=file)]) for file in files]
    newest = versions[chosen.version or "champion"]
    engine = engines[newest.version]
    result = {
        "network": compare(networks, chosen.rounds),
        "answer": compare(answers, chosen.rounds),
        "agreement": agreement(newest.folder, engine, [preprocess(photo, engine.size) for photo in decoded]),
        "bytes": {name: (newest.folder / name).stat().st_size for name in newest.metadata["files"]},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
