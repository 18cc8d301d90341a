"""The labels of a site, what a head learns from them, and whether it helps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.contract import Embedding
from core.teaching import checking, conformal, site_head
from core.teaching.checking import SiteCheck
from core.teaching.site_head import SiteHead

LEAST_KINDS = 2  # of labels: from one kind alone nothing can be told apart


@dataclass(frozen=True)
class SiteExamples:
    """Labelled inputs of a site as a version of the system sees them; n of each.

    ids: what tells one from another, such as the sha256 of a photo. labels: what a person said. seen: features and
    general logits.
    """

    ids: list[str]
    labels: list[str]
    seen: Embedding

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class SiteLesson:
    """All labels of a site so far, those of earlier teaching too, and what the system's classes are.

    examples: as the champion sees them. possible: the class of each, bool, shape (n, classes); none where the label is
    no class of the system. is_new: whether they differ from what the last version learnt.
    """

    examples: SiteExamples
    possible: np.ndarray
    is_new: bool

    @property
    def can_teach(self) -> bool:
        """Whether the labels name classes of at least two kinds."""
        return len(np.unique(self._material[2], axis=0)) >= LEAST_KINDS

    @property
    def n(self) -> int:
        """How many labels name a class."""
        return int(self.possible.any(axis=1).sum())

    def head(self) -> SiteHead:
        """The head that they teach."""
        return site_head.fit(*self._material)

    def check(self) -> SiteCheck | None:
        """Whether it helps; None of too few labels."""
        return checking.check(*self._material)

    def least_open(self) -> float | None:
        """The probability from which a class stays open; None of too few labels."""
        features, logits, possible = self._material
        return conformal.least_open(checking.cross_validated(features, logits, possible), possible)

    def logits(self, seen: Embedding) -> np.ndarray:
        """Logits of other inputs as far as is known: the general ones until two kinds are labelled."""
        return self.head().logits(seen.features, seen.logits) if self.can_teach else seen.logits

    @property
    def _material(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        named = self.possible.any(axis=1)
        return self.examples.seen.features[named], self.examples.seen.logits[named], self.possible[named]


def joined(before: SiteExamples | None, new: SiteExamples) -> SiteExamples:
    """Both, each input once, with the label that came last."""
    parts = [part for part in (before, new) if part is not None]
    rows = {identifier: (part, index) for part in parts for index, identifier in enumerate(part.ids)}
    chosen = list(rows.values())
    seen = Embedding(
        np.array([part.seen.features[index] for part, index in chosen]),
        np.array([part.seen.logits[index] for part, index in chosen]),
    )
    return SiteExamples(list(rows), [part.labels[index] for part, index in chosen], seen)
