"""Real drift: how many photos from other places until drift is found, and how often TrashNet's own would alarm.

The shipped version answers photos that it never trained on: TrashNet's held-out ones, and those of places of which no
photo trained. Orders are drawn at random; each number of photos is judged once, as a day of that many answers is,
against the reference that ships. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.support import report
from core.artefacts.version_records import REFERENCE_FILE
from core.contract import Answer
from core.evaluation.shares import Share
from core.monitoring.drift import PREDICTED_CLASS, Reference, alarms, count_columns, detect
from core.settings import CHECKOUT, settings
from core.systems.waste import answers, validation_answers
from core.systems.waste.data.photos import LabelledPhoto, read_photos
from core.systems.waste.engine import WasteEngine
from core.systems.waste.train.labelled_logits import names

VERSION = CHECKOUT / "models" / "waste" / "1.1.0"
HELD_OUT = CHECKOUT / "benchmarks" / "results" / "waste" / "grouped-0.csv"
SIZES = (50, 75, 100, 150, 200)
MAX_PHOTOS = 300  # answered of each place, drawn at random
MIN_PHOTOS = 100
FOUND = 0.95  # share of orders
Columns = dict[str, np.ndarray]


def columns_of(given: Sequence[Answer]) -> Columns:
    """Features and class of n answers, by name, shape (n,)."""
    columns = {name: np.array(values, dtype=float) for name, values in validation_answers.columns(given).items()}
    return {**columns, PREDICTED_CLASS: np.array([answer.value for answer in given], dtype=object)}


def answer_photos(engine: WasteEngine, photos: Sequence[LabelledPhoto], kept: Path) -> list[Answer]:
    """Answers to photos, one decoded at a time; read from `kept` if it holds those of these photos."""
    keys = [photo.key for photo in photos]
    if kept.is_file():
        stored = json.loads(kept.read_text(encoding="utf-8"))
        if stored["keys"] == keys:
            return [Answer.model_validate(answer) for answer in stored["answers"]]
    given = [answers.predict(engine, [photo.decode()])[0] for photo in photos]
    stored = {"keys": keys, "answers": [answer.model_dump(mode="json") for answer in given]}
    kept.write_text(json.dumps(stored), encoding="utf-8")
    return given


def alarm_share(reference: Reference, columns: Columns, n: int, orders: int, seed: int) -> dict[str, Any]:
    """In which share of random orders the first n photos alarm, with its 95 % interval, and by which features."""
    random = np.random.default_rng([seed, n])
    total, hits = len(columns[PREDICTED_CLASS]), 0
    features: Counter[str] = Counter()
    for _ in range(orders):
        drawn = random.permutation(total)[:n]
        sample = count_columns(reference, {name: values[drawn] for name, values in columns.items()})
        drifting = [each.feature for each in alarms(detect(reference, sample))]
        hits += bool(drifting)
        features.update(drifting)
    share = Share(hits, orders)
    return {
        "n": n,
        "share": round(share.value or 0.0, 4),
        "interval": [round(end, 4) for end in share.interval],
        "by_feature": {name: round(count / orders, 3) for name, count in features.most_common(5)},
    }


def judge_source(
    reference: Reference, columns: Columns, sizes: Sequence[int], orders: int, seed: int
) -> list[dict[str, Any]]:
    """`alarm_share` by number of photos, as far as the source has as many."""
    total = len(columns[PREDICTED_CLASS])
    return [alarm_share(reference, columns, n, orders, seed) for n in sizes if n <= total]


def photos_until_found(judged: Sequence[dict[str, Any]]) -> int | None:
    """The fewest photos of SIZES with which drift is found in FOUND of the orders; None if none are enough."""
    return next((each["n"] for each in judged if each["share"] >= FOUND), None)


def read_sources(data: Path, most: int, seed: int) -> dict[str, list[LabelledPhoto]]:
    """Photos of waste that the version never trained on, by source.

    Which were held out stands in the results of the run whose split it shares. data: folder of photos. most: taken of
    each, drawn at random.
    """
    held_out = set(pd.read_csv(HELD_OUT, dtype={"photo": str})["photo"])
    every = [photo for photo in read_photos(data) if photo.in_scope]
    photos = [photo for photo, name in zip(every, names(every)["photo"], strict=True) if name in held_out]
    random = np.random.default_rng(seed)
    sources = {}
    for source in sorted({photo.source for photo in photos}):
        own = [photo for photo in photos if photo.source == source]
        if len(own) >= MIN_PHOTOS:
            sources[source] = [own[index] for index in sorted(random.permutation(len(own))[:most])]
    return sources


def main() -> None:
    """Print the figures; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of trashnet.zip, wild_train.zip and places")
    parser.add_argument("--work", type=Path, help="folder in which answers and fingerprints are kept")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of photos that are judged")
    parser.add_argument("--photos", type=int, default=MAX_PHOTOS, help="answered of each source at most")
    parser.add_argument("--orders", type=int, default=200, help="random orders of each source")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    work = chosen.work or settings().data_dir / "waste"
    work.mkdir(parents=True, exist_ok=True)
    engine = WasteEngine.load(VERSION)
    reference = Reference.from_json((VERSION / REFERENCE_FILE).read_bytes())
    results: dict[str, Any] = {}
    for source, photos in read_sources(chosen.data, chosen.photos, chosen.seed).items():
        columns = columns_of(answer_photos(engine, photos, work / f"answers-{source}.json"))
        judged = judge_source(reference, columns, chosen.sizes, chosen.orders, chosen.seed)
        results[source] = {"photos": len(photos), "found_with": photos_until_found(judged), "sizes": judged}
        shares = ", ".join(f"{each['n']}: {each['share']:.0%} {each['by_feature']}" for each in judged)
        print(f"{source}: of {len(photos)} photos, alarms with {shares}", flush=True)
    report.print_figures({"seed": chosen.seed, "orders": chosen.orders, "sources": results})


if __name__ == "__main__":
    main()
