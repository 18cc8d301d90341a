"""Photos answered by a stand-in for the network: the bytes of a photo say what its answer is."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from core import inference, work
from core.contract import UNLIKE_CHECKED, Alternative, Answer, Prediction
from core.migrations import migrate
from core.progress import Progress, Stage
from core.store import store
from pages.parts.photos import batch as batches
from pages.parts.photos.batch import PhotoBatch
from pages.parts.photos.uploads import GivenFile
from tests.support import bad_photos

SCORES = {
    "sure": ("plastic", 0.95),
    "likely": ("glass", 0.7),
    "doubt": ("glass", 0.4),
    "unlike": ("glass", 0.9),
    "mixed": ("glass", 0.8),
}
THINGS = [
    {"value": "plastic", "score": 0.9, "abstained": False, "box": [0.1, 0.1, 0.4, 0.5]},
    {"value": "metal", "score": 0.8, "abstained": False, "box": [0.5, 0.4, 0.9, 0.9]},
]
"""What a photo that is answered as "mixed" shows."""
MARK = b"answer:"


def photo(kind: str, seed: int = 0) -> bytes:
    """A real JPEG that is answered as `kind` says; any other kind than those of SCORES fails."""
    return bad_photos.jpeg(seed, 64, 48) + MARK + kind.encode()


def predicted(data: bytes, batch: str | None, site: str | None) -> Prediction:
    """The answer that the photo asks for."""
    kind = data.rpartition(MARK)[2].decode(errors="replace")
    value, score = SCORES.get(kind, (None, 0.0))
    several = {"objects": THINGS, "several": "several things: 1 metal, 1 plastic"} if kind == "mixed" else {}
    answer = None
    if value:
        other = Alternative(value="metal", score=1 - score)
        answer = Answer(
            value=value,
            score=score,
            alternatives=(Alternative(value=value, score=score), other),
            abstained=score < 0.5,
            details={"plastic": value == "plastic", "plastic_score": 0.5, **several},
            features={UNLIKE_CHECKED: 2.0 if kind == "unlike" else 0.7},
        )
    return Prediction(
        id=str(uuid4()),
        created_at=datetime(2026, 11, 20, tzinfo=UTC),
        system="waste",
        version="1.0.0",
        source="page",
        actor="local",
        batch=batch,
        site=site,
        status="answered" if answer else "failed",
        answer=answer,
        input_hash=hashlib.sha256(data).hexdigest(),
        error=None if answer else "Expected a photo. Received something else.",
    )


@pytest.fixture
def fake(monkeypatch):
    """Answers of the stand-in, logged as real ones are; a list to which the number of each answered photo goes."""
    migrate(store())
    asked: list[int] = []

    def stream(system, instances, *, progress, batch, site, **_rest):
        for place in range(len(instances)):
            progress(Progress(place / len(instances), Stage.ANSWERING))
            prediction = predicted(instances[place]["image"], batch, site)
            store().log([prediction])
            asked.append(place)
            yield prediction
            time.sleep(0.005)

    monkeypatch.setattr(inference, "stream", stream)
    return asked


def given(*kinds: str) -> str:
    """Photos of these kinds, given at once; the work's id."""
    return batches.give([GivenFile.of(f"{kind}.jpg", photo(kind, seed)) for seed, kind in enumerate(kinds)])


def finish(identifier: str) -> PhotoBatch:
    """The batch, once nothing more comes by itself."""
    end = time.monotonic() + 20
    while work.find(identifier).running:
        assert time.monotonic() < end, "the work never ended"
        time.sleep(0.01)
    return batches.opened(work.find(identifier))


def afresh(identifier: str) -> PhotoBatch:
    """The batch as a process sees it that has just started."""
    return PhotoBatch(identifier, work.find(identifier).folder)


def filled(*kinds: str) -> PhotoBatch:
    """A batch of photos of these kinds, answered."""
    return finish(given(*kinds))
