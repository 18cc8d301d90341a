"""What people said of photos: one or many at once, undone, found again; "cannot tell" records nothing as true."""

from __future__ import annotations

import pytest

from core import inference
from core.errors import LookoutError
from core.settings import settings
from core.store import store
from tests.pages.photos.conftest import afresh, filled, photo


def labels_of(batch) -> list[list[str]]:
    """What the log holds of each photo."""
    return [
        [outcome["label"] for outcome in store().prediction(item.prediction.id)["outcomes"]] for item in batch.items()
    ]


def test_a_label_for_many_is_logged_for_each_and_found_again(fake):
    batch = filled("sure", "likely", "doubt")
    batch.label([0, 2], "glass")
    assert labels_of(batch) == [["glass"], [], ["glass"]]
    assert [item.outcome["label"] if item.outcome else None for item in afresh(batch.id).items()] == [
        "glass",
        None,
        "glass",
    ]
    assert [item.looked_at for item in batch.items()] == [True, False, True]


def test_undo_takes_the_last_label_out_of_the_log(fake):
    batch = filled("sure", "likely")
    batch.label([0], "metal")
    batch.label([0, 1], "glass")
    batch.undo(afresh(batch.id).last_said)
    assert labels_of(batch) == [["metal"], []]
    assert batch.items()[0].outcome["label"] == "metal"
    batch.undo(batch.last_said)
    assert labels_of(batch) == [[], []]
    assert batch.last_said is None
    assert not any(item.looked_at for item in afresh(batch.id).items())


def test_an_undo_of_what_is_no_longer_the_last_undoes_nothing(fake):
    batch = filled("sure")
    batch.label([0], "metal")
    seen = batch.last_said
    afresh(batch.id).label([0], "glass")  # in another tab
    batch.undo(seen)
    assert labels_of(batch) == [["metal", "glass"]]
    assert batch.items()[0].outcome["label"] == "glass"


def test_cannot_tell_records_nothing_as_true(fake):
    batch = filled("doubt")
    batch.cannot_tell(0)
    (item,) = afresh(batch.id).items()
    assert item.unknown
    assert item.looked_at
    assert item.outcome is None
    assert labels_of(batch) == [[]]
    batch.undo(batch.last_said)
    assert not batch.items()[0].unknown


def test_a_photo_without_an_answer_gets_no_label(fake):
    batch = filled("broken", "sure")
    batch.label([0, 1], "glass")
    assert labels_of(batch) == [[], ["glass"]]


def test_what_was_recorded_before_a_refusal_stays_and_is_shown(fake, monkeypatch):
    batch = filled("sure", "likely")
    real, calls = inference.feedback, []

    def refuse_the_second(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 2:
            raise LookoutError("The log did not take it.")
        return real(*arguments, **options)

    monkeypatch.setattr(inference, "feedback", refuse_the_second)
    with pytest.raises(LookoutError):
        batch.label([0, 1], "glass")
    assert labels_of(batch) == [["glass"], []]
    assert [item.looked_at for item in afresh(batch.id).items()] == [True, False]


def test_photos_are_kept_with_consent_alone(fake):
    batch = filled("sure", "likely")
    batch.label([0], "glass", keep=True)
    batch.label([1], "glass")
    assert [item.outcome["consented"] for item in batch.items()] == [True, False]
    (kept,) = (settings().data_dir / "kept" / "waste").iterdir()
    assert kept.read_bytes() == photo("sure", 0)
    batch.undo(batch.last_said)
    batch.undo(batch.last_said)
    assert not kept.exists()
