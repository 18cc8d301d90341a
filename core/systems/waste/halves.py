"""Whether the halves of a photo look like different materials: a sign that it shows several things, not a count."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import softmax

from core.systems.waste.labels import MATERIALS

MIN_SCORE = 0.67
"""Score that both halves need for different materials, in [0, 1].

Of 900 photos of single things in six collections 5 % reach it (TrashNet 1 to 2 %, the worst place 12 %); of 150 pairs
of photos side by side, of different materials, 54 to 62 % do (TrashNet), 42 to 47 % (wild), 18 to 37 % (landfill).
"""


def different_halves(maps: np.ndarray, temperature: float) -> Mapping[str, str] | None:
    """What each half looks like, such as {"left": "glass", "right": "paper"}; None where nothing speaks for two things.

    Of left and right, and of top and bottom, the pair is taken whose weaker half is surer.

    maps: class maps of one photo, shape (rows, cols, 8); a photo's logits are their mean.
    temperature: by which logits are divided to become calibrated scores.
    """
    rows, columns = maps.shape[:2]
    if min(rows, columns) < 2:
        return None  # a network of tiny photos sees them as one place
    best, materials_by_side = MIN_SCORE, None
    for sides, halves in (
        (("left", "right"), (maps[:, : columns // 2], maps[:, -(columns // 2) :])),
        (("top", "bottom"), (maps[: rows // 2], maps[-(rows // 2) :])),
    ):
        scores = [_scores(half, temperature) for half in halves]
        materials = [int(np.argmax(half)) for half in scores]
        weaker = min(float(half.max()) for half in scores)
        if materials[0] != materials[1] and weaker >= best:
            best = weaker
            materials_by_side = {side: MATERIALS[material] for side, material in zip(sides, materials, strict=True)}
    return materials_by_side


def _scores(maps: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities of MATERIALS in a part of a photo, shape (6,)."""
    logits = maps[..., : len(MATERIALS)].mean(axis=(0, 1), dtype=np.float64)
    return np.asarray(softmax(logits / temperature))
