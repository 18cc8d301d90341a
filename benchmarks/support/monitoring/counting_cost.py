"""What counting costs an answer: its processor time for each row of a log, beside that of three kinds of answers."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks.support.monitoring.filled_logs import CountingCost
from benchmarks.support.photos import generate_photos
from core import batch, inference
from core.progress import Progress

PHOTOS = 20
ONCE = 50  # records that are asked about one by one
RECORDS = 40_000  # of a table
RECORD = {
    "description": "BURGLARY FROM VEHICLE, WINDOW BROKEN",
    "occurred_at": "2014-05-03T22:15:00",
    "district": "CENTRAL",
    "longitude": -122.41,
    "latitude": 37.79,
}


def milliseconds_of_answers(url: str) -> dict[str, float]:
    """Processor time of an answer with its row in a log of its own [ms]: of a photo, a record, a row of a table."""
    from benchmarks.support.monitoring.timing import use
    from core.migrations import migrate
    from core.store import store

    with tempfile.TemporaryDirectory() as name:
        use(f"sqlite:///{Path(name) / 'answers.db'}")
        migrate(store())
        photos = generate_photos(PHOTOS)
        took = {
            "waste_photo_ms": _median(
                [lambda photo=photo: inference.predict("waste", [{"image": photo}]) for photo in photos]
            ),
            "crime_record_ms": _median([lambda: inference.predict("crime", [RECORD])] * ONCE),
            "crime_table_row_ms": _of_table(Path(name)),
        }
        use(url)
    return took


def _median(asks: list[Callable[[], object]]) -> float:
    asks[0]()
    return statistics.median(_processor(ask) for ask in asks)


def _of_table(folder: Path) -> float:
    source = folder / "incidents.csv"
    pd.DataFrame([RECORD] * RECORDS).to_csv(source, index=False)
    options = batch.options("crime", {})

    def run() -> None:
        batch.run("crime", source, folder / "result.csv", options, progress=_unheard, replace=True)

    run()
    return _processor(run) / RECORDS


def _unheard(_progress: Progress) -> None:
    """Nobody hears how far it is."""


def _processor(ask: Callable[[], object]) -> float:
    """Processor time of this process [ms]."""
    started = time.process_time()
    ask()
    return 1000 * (time.process_time() - started)


def shares(cost: CountingCost, answers: dict[str, float]) -> dict[str, float]:
    """Milliseconds of processor time that counting takes for a row, and as a share of each kind's time to answer."""
    each = 1000 * cost["processor_seconds"] / cost["rows"]
    told = {name: round(took, 4) for name, took in answers.items()}
    by_kind = {f"share_of_{name.removesuffix('_ms')}": round(each / took, 4) for name, took in answers.items()}
    return {"counting_ms": round(each, 4), **told, **by_kind}
