"""What a depth and a speed of water mean to a person: words, and a hazard class.

Hazard: Defra and the Environment Agency (2006), Flood Risks to People, FD2320/TR2 and FD2321/TR1, with the debris
factor of their supplementary note of May 2008: HR = d (v + 0.5) + DF.
"""

from __future__ import annotations

import numpy as np

WET = 0.05  # depth from which on ground counts as flooded, and water as arrived [m]
KNEE_DEEP = 0.3  # the second depth at which extents are compared [m]
DEPTHS = (WET, KNEE_DEEP, 0.6, 1.2, 1.8)  # from which each of DEPTH_WORDS holds [m]
DEPTH_WORDS = ("ankle-deep", "knee-deep", "waist-deep", "chest-deep", "over the head")
DRY = "dry"

HAZARDS = (0.75, 1.25, 2.0)  # hazard ratings from which the next of HAZARD_WORDS holds
HAZARD_WORDS = ("low: caution", "moderate: danger for some", "significant: danger for most", "extreme: danger for all")
SHALLOW = 0.25  # up to which debris counts half [m]
SHALLOW_DEBRIS, DEBRIS = 0.5, 1.0


def depth_class(depth: np.ndarray) -> np.ndarray:
    """0 for dry or no data, k for the k-th of DEPTH_WORDS; uint8 of the shape of `depth` [m]."""
    classes: np.ndarray = np.digitize(np.nan_to_num(np.asarray(depth), nan=0.0), DEPTHS)
    return classes.astype(np.uint8)


def depth_words(depth: float) -> str:
    """A depth [m] in words: dry, ankle-deep and so on."""
    number = int(depth_class(np.array(depth)))
    return DEPTH_WORDS[number - 1] if number else DRY


def hazard_rating(depth: np.ndarray, speed: np.ndarray) -> np.ndarray:
    """Hazard rating HR = d (v + 0.5) + DF of Defra (2006), 0 where it is dry, NaN where there is no data.

    From the greatest depth and the greatest speed it is on the safe side: they need not come at one time.

    depth: water depth d, of any shape [m].
    speed: speed of the water v, of the same shape [m/s].

    Returns float32 of their shape.
    """
    debris = np.where(depth > SHALLOW, DEBRIS, SHALLOW_DEBRIS)
    rating = np.where(depth >= WET, depth * (speed + 0.5) + debris, 0.0)
    return np.where(np.isfinite(depth), rating, np.nan).astype(np.float32)


def hazard_words(rating: float) -> str:
    """The class of a hazard rating in words; "none" where it is dry."""
    return HAZARD_WORDS[int(np.digitize(rating, HAZARDS))] if rating > 0 else "none"
