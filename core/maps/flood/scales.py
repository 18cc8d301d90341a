"""Colour scales of flood maps: bounds, words and colours, the same on light and dark pages, on paper and in files.

One hue in steps of lightness says how much, and darker is always more; two hues say which way. So they read the same to
people who do not tell red from green, and in grey. What keeps water apart from dark ground is its edge: `water_edge`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.hydraulics.hazard import DEPTH_WORDS, DEPTHS, HAZARD_WORDS, HAZARDS, WET


@dataclass(frozen=True)
class Scale:
    """Steps of colour for a number.

    heading: what the number is, with its unit.
    bounds: where steps begin, ascending.
    words: what each step means.
    colours: of the steps, #RRGGBB.
    two_sided: whether there is one more step, the first, below the first bound; else numbers there have no colour.
    """

    heading: str
    bounds: tuple[float, ...]
    words: tuple[str, ...]
    colours: tuple[str, ...]
    two_sided: bool = False

    def codes(self, values: np.ndarray) -> np.ndarray:
        """Colour codes: 0 for no colour, k for the k-th; NaN has none. uint8 of the shape of `values`."""
        codes = np.full(values.shape, self.two_sided, np.uint8)
        for bound in self.bounds:
            codes += values >= np.float32(bound)
        if self.two_sided:
            codes[np.isnan(values)] = 0
        return codes

    def entries(self) -> list[tuple[str, str]]:
        """Colour and words of each step, the largest first, as a legend has them."""
        return list(zip(self.colours, self.words, strict=True))[::-1]


def _steps(bounds: tuple[float, ...], words: tuple[str, ...] = (), unit: str = "m") -> tuple[str, ...]:
    """Words of the steps, such as "0.3 to 0.6 m, knee-deep"; the last step has no end."""
    ends = [f"{low:g} to {high:g} {unit}" for low, high in pairwise(bounds)]
    ranges = [*ends, f"{bounds[-1]:g} {unit} or more"]
    return tuple(f"{step}, {word}" for step, word in zip(ranges, words, strict=True)) if words else tuple(ranges)


BLUES = ("#9CC9E6", "#56A0D0", "#1F74AE", "#0A4F80", "#04243D")
ORANGES = ("#F5CBAA", "#E59A5F", "#C76A1F", "#8A4308")

DEPTH = Scale("Water depth", DEPTHS, _steps(DEPTHS, DEPTH_WORDS), BLUES)
HAZARD = Scale(
    "Hazard to people (FD2320)",
    (0.01, *HAZARDS),  # its rating is 0 where it is dry
    HAZARD_WORDS,
    ("#FBE08A", "#F0A030", "#BF4A12", "#5C1206"),
)
UNCERTAINTY = Scale(
    "Width of the 80 % interval of the greatest depth",
    (WET, 0.15, 0.3, 0.6),
    _steps((WET, 0.15, 0.3, 0.6)),
    ORANGES,
)
PURPLES = ("#E3D3EA", "#C3A0D2", "#9C68B4", "#6C3A87", "#3A1450")
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
SHARE_WORDS = ("5 to 25 %", "25 to 50 %", "50 to 75 %", "75 to 95 %", "95 % or more")


def probability(depth: float) -> Scale:
    """The scale for the share of forecasts in which the water gets at least `depth` [m] deep."""
    return Scale(f"Share of forecasts with {depth:g} m of water or more", SHARES, SHARE_WORDS, PURPLES)


DIFFERENCE = Scale(
    "Difference of the greatest depths",
    (-0.6, -0.3, -0.1, 0.1, 0.3, 0.6),
    (
        "lower by 0.6 m or more", "lower by 0.3 to 0.6 m", "lower by 0.1 to 0.3 m", "alike, within 0.1 m",
        "higher by 0.1 to 0.3 m", "higher by 0.3 to 0.6 m", "higher by 0.6 m or more",
    ),
    ("#084E79", "#277DB3", "#90C0DF", "#D9DEE2", "#F5CBAA", "#D07A33", "#8A4308"),
    two_sided=True,
)  # fmt: skip
