"""What counting costs an answer: seconds of counting for each row of a log, beside the time to answer one photo."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.support.monitoring.filled_logs import CountingCost
from benchmarks.support.photos import generate_photos
from benchmarks.support.timing import timed
from core import inference

PHOTOS = 20


def milliseconds_of_answers(url: str) -> dict[str, float]:
    """Median time to answer one photo, with its row in the log of a store of its own [ms]."""
    from benchmarks.support.monitoring.timing import use
    from core.migrations import migrate
    from core.store import store

    with tempfile.TemporaryDirectory() as name:
        use(f"sqlite:///{Path(name) / 'answers.db'}")
        migrate(store())
        photos = generate_photos(PHOTOS)
        inference.predict("waste", [{"image": photos[0]}])
        took = sorted(timed(lambda photo=photo: inference.predict("waste", [{"image": photo}]))[1] for photo in photos)
        use(url)
    return {"waste_photo_ms": 1000 * took[len(took) // 2]}


def shares(cost: CountingCost, answers: dict[str, float]) -> dict[str, float]:
    """Milliseconds of processor time that counting takes for a row, and as a share of each way's time to answer."""
    each = 1000 * cost["processor_seconds"] / cost["rows"]
    return {"counting_ms": round(each, 4)} | {
        f"share_of_{name.removesuffix('_ms')}": round(each / took, 4) for name, took in answers.items()
    }
