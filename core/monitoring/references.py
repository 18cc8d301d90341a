"""What the features of a version's answers are held against, made from its answers to its own validation data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.artefacts.hashing import sha256_of
from core.artefacts.version_records import REFERENCE_FILE
from core.errors import InvalidInput
from core.monitoring.drift import PREDICTED_CLASS, Reference, reference_of, reference_of_columns

if TYPE_CHECKING:  # of the same line of layers
    from core.monitoring.drift.histograms import Column
    from core.store import Query, Store

MAX_ANSWERS = 50_000
MIN_ANSWERS = 50


def write_reference(folder: Path, features: Mapping[str, Column], values: Column, about: str) -> dict[str, Any]:
    """Write the reference of a new version into its folder; returns what its metadata says under REFERENCE.

    For a trainer's `fit`, before it writes its records. It is not among the files without which a version does not
    answer: its sha256 stands apart, and one that is damaged is told and left out.

    features: of n answers to validation data that did not train, by name, shape (n,), n > 0; None or NaN if missing.
    values: those answers, shape (n,). about: what was answered, in words that go on after "answers to".
    """
    reference = reference_of_columns({**features, PREDICTED_CLASS: values})
    path = folder / REFERENCE_FILE
    path.write_text(reference.to_json() + "\n", encoding="utf-8")
    return {"sha256": sha256_of(path), "n": reference.n, "features": list(reference.features), "about": about}


def from_log(store: Store, query: Query) -> Reference:
    """The reference of the answers that are meant, at most the newest MAX_ANSWERS. InvalidInput where they are few."""
    rows = store.rows(query, ("created_at", "id", "value", "features"), limit=MAX_ANSWERS)
    answers = [{**(row["features"] or {}), PREDICTED_CLASS: row["value"]} for row in rows]
    if len(answers) < MIN_ANSWERS:
        raise InvalidInput(
            expected=f"at least {MIN_ANSWERS} answers to a version's own data in the log",
            received=str(len(answers)),
            advice="Check system, version and site, and answer more of its validation data.",
        )
    return reference_of(answers).model_copy(update={"origin": "log"})
