"""References of features in the store: what the answers of each version are held against, and counted by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from core.store.database import Database
from core.store.rollups.tables import references
from core.store.tables import kinds

if TYPE_CHECKING:  # it takes NumPy along, which a start that counts nothing new does without
    from core.monitoring.drift import Reference


@dataclass(frozen=True)
class ReferenceBinning:
    """Counts features by the bins of a reference."""

    reference: Reference
    fingerprint: str

    def counts(self, features: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
        """By feature, how many of the answers fall into each bin; the last is of those that lack it."""
        from core.monitoring.drift import count_features

        return count_features(self.reference, features)


class FeatureReferences:
    """The references of all versions. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database, turn: Callable[[], AbstractContextManager[object]]) -> None:
        self._database, self._turn = database, turn
        self._parsed: dict[str, ReferenceBinning] = {}

    def keep(self, system: str, version: str, reference: Reference) -> bool:
        """Hold a version's answers against a reference; whether answers were counted without it, or by another."""
        text = reference.to_json()
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
        key = (references.c.system == system, references.c.version == version)
        row = {"created_at": datetime.now(UTC), "fingerprint": fingerprint, "content": json.loads(text)}
        with self._turn(), self._database.writing() as connection:
            before = connection.execute(sa.select(references.c.fingerprint).where(*key)).scalar_one_or_none()
            if before == fingerprint:
                return False
            connection.execute(sa.delete(references).where(*key))
            connection.execute(sa.insert(references), [{"system": system, "version": version, **row}])
            answers = sa.select(kinds.c.source).where(kinds.c.system == system, kinds.c.version == version).limit(1)
            return connection.execute(answers).first() is not None

    def of(self, system: str) -> dict[str, ReferenceBinning]:
        """The references of a system's versions, by version."""
        meant = references.c.system == system
        with self._database.reading() as connection:
            columns = (references.c.version, references.c.fingerprint)
            fingerprints = connection.execute(sa.select(*columns).where(meant)).all()
            for version, fingerprint in fingerprints:
                if fingerprint not in self._parsed:
                    content = sa.select(references.c.content).where(meant, references.c.version == version)
                    self._parsed[fingerprint] = _binning(connection.execute(content).scalar_one(), fingerprint)
        return {version: self._parsed[fingerprint] for version, fingerprint in fingerprints}


def _binning(content: object, fingerprint: str) -> ReferenceBinning:
    from core.monitoring.drift import Reference

    return ReferenceBinning(Reference.from_json(json.dumps(content)), fingerprint)
