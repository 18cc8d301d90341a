"""Real drift: how many photos from other places until drift is found, and how often TrashNet's own would alarm.

The shipped version answers photos that it never trained on: TrashNet's held-out ones, and those of places of which no
photo trained. Orders are drawn at random; each number of photos is judged once, as a day of that many answers is. What
they are held against: the reference that ships, and one of TrashNet's validation photos alone, for the shipped one
holds photos of other cameras too. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support import report
from core.artefacts.version_records import METADATA_FILE, REFERENCE_FILE
from core.contract import Answer
from core.evaluation.shares import Share
from core.monitoring.drift import PREDICTED_CLASS, Reference, alarms, count_columns, detect, reference_of_columns
from core.progress import Progress
from core.settings import CHECKOUT, settings
from core.systems.waste import answers, validation_answers
from core.systems.waste.data.photos import BOARD, LabelledPhoto, read_photos
from core.systems.waste.engine import WasteEngine
from core.systems.waste.train.options import WasteTrainingOptions
from core.systems.waste.train.preparing import prepare

VERSION = CHECKOUT / "models" / "waste" / "1.1.0"
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


def judge_source(reference: Reference, columns: Columns, orders: int, seed: int) -> list[dict[str, Any]]:
    """`alarm_share` by number of photos, as far as the source has as many."""
    total = len(columns[PREDICTED_CLASS])
    return [alarm_share(reference, columns, n, orders, seed) for n in SIZES if n <= total]


def photos_until_found(judged: Sequence[dict[str, Any]]) -> int | None:
    """The fewest photos of SIZES with which drift is found in FOUND of the orders; None if none are enough."""
    return next((each["n"] for each in judged if each["share"] >= FOUND), None)


def read_sources(data: Path, work: Path, seed: int) -> tuple[list[LabelledPhoto], dict[str, list[LabelledPhoto]]]:
    """The version's validation photos of waste, and by source photos that never trained.

    data: folder with TrashNet, the wild photos that train, and photos of other places. work: where fingerprints stay.
    """
    recorded = json.loads((VERSION / METADATA_FILE).read_text(encoding="utf-8"))["options"]
    recorded.pop("scenes", None)
    options = WasteTrainingOptions.model_validate({**recorded, "data": data})
    parts = prepare(options, work, _say).parts
    tested = [photo for photo in parts.test if photo.in_scope]
    unseen = [photo for photo in read_photos(data) if photo.in_scope and photo.source in options.exclude]
    sources = {BOARD: [photo for photo in tested if photo.source == BOARD]}
    sources["other cameras of the training"] = [photo for photo in tested if photo.source != BOARD]
    random = np.random.default_rng(seed)
    for source in sorted({photo.source for photo in unseen}):
        own = [photo for photo in unseen if photo.source == source]
        if len(own) >= MIN_PHOTOS:
            sources[source] = [own[index] for index in sorted(random.permutation(len(own))[:MAX_PHOTOS])]
    return [photo for photo in parts.validation if photo.in_scope], sources


def main() -> None:
    """Print the figures; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of trashnet.zip, wild_train.zip and places")
    parser.add_argument("--work", type=Path, help="folder in which answers and fingerprints are kept")
    parser.add_argument("--orders", type=int, default=200, help="random orders of each source")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    work = chosen.work or settings().data_dir / "waste"
    work.mkdir(parents=True, exist_ok=True)
    validation, sources = read_sources(chosen.data, work, chosen.seed)
    engine = WasteEngine.load(VERSION)
    given = validation_answers.answer_validation(engine, validation)
    own = columns_of([answer for answer, photo in zip(given, validation, strict=True) if photo.source == BOARD])
    references = {
        "shipped": Reference.from_json((VERSION / REFERENCE_FILE).read_bytes()),
        "TrashNet's validation photos": reference_of_columns(own),
    }
    results: dict[str, dict[str, Any]] = {name: {} for name in references}
    for number, (source, photos) in enumerate(sources.items()):
        columns = columns_of(answer_photos(engine, photos, work / f"answers-{number}.json"))
        for name, reference in references.items():
            judged = judge_source(reference, columns, chosen.orders, chosen.seed)
            results[name][source] = {"photos": len(photos), "found_with": photos_until_found(judged), "sizes": judged}
            shares = ", ".join(f"{each['n']}: {each['share']:.0%} {each['by_feature']}" for each in judged)
            print(f"{source} against {name}: alarms with {shares}", flush=True)
    report.print_figures({"seed": chosen.seed, "orders": chosen.orders, "against": results})


def _say(progress: Progress) -> None:
    print(progress.detail, flush=True)


if __name__ == "__main__":
    main()
