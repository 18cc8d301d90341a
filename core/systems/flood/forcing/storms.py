"""Design storms: a depth of rain within a time, in a stated shape; what a rain amounts to; members around a rain.

| shape | rate over time |
|---|---|
| block | the same all the time |
| triangle | rises to twice the mean at the peak, and falls |
| two bursts | two triangles, one up to the peak's place and one after it, of twice the mean |
| chicago | the most within any time around the peak: Keifer and Chu (1957), see CHICAGO_EXPONENT |
| scs type ii | the NRCS 24-hour storm of type II (TR-55, 1986), drawn out or pressed together to the duration |

The peak's place is its share of the duration; block and scs type ii have their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, get_args

import numpy as np

from core.errors import InvalidInput
from core.hydraulics.domain import Hydrograph
from core.systems.flood.forcing.units import MM_PER_HOUR

StormShape = Literal["block", "triangle", "two bursts", "chicago", "scs type ii"]
SHAPES: tuple[str, ...] = get_args(StormShape)

MIN_DEPTH, MAX_DEPTH = 0.1, 2_000.0  # of a storm [mm]; the most ever measured in a day is 1,825
MAX_RAIN = 10_000.0  # [mm] however long it lasts; the most ever measured in a month is 9,300
MIN_DURATION, MAX_DURATION = 60.0, 7 * 86_400.0  # of a storm [s]
MIN_PEAK, MAX_PEAK = 0.05, 0.95  # place of the peak, as a share of the duration
RAMP = 1.0  # between steps of a rain [s]
CHICAGO_EXPONENT = 0.4
"""The most that falls within a time d grows with d to this power: rates of Keifer and Chu (1957, J. Hydraulics Div.
ASCE 83(4)) for an intensity-duration curve of Montana's form, i = a d^(0.4 - 1); 0.3 to 0.5 is common below a day."""
CHICAGO_STEPS = 48
SCS_HOURS = (0, 2, 4, 6, 7, 8, 8.5, 9, 9.5, 9.75, 10, 10.5, 11, 11.5, 11.75, 12, 12.5, 13, 13.5, 14, 16, 20, 24)
SCS_SHARES = (
    *(0, 0.022, 0.048, 0.080, 0.098, 0.120, 0.133, 0.147, 0.163, 0.172, 0.181, 0.204),
    *(0.235, 0.283, 0.357, 0.663, 0.735, 0.772, 0.799, 0.820, 0.880, 0.952, 1.0),
)
"""Share of the depth that has fallen by the hour, as Chow, Maidment and Mays (Applied Hydrology, 1988) tabulate it."""
MAX_MEMBERS = 100


@dataclass(frozen=True)
class RainSummary:
    """What a rain amounts to.

    total: depth of all rain [mm].
    peak: greatest intensity [mm/h].
    peak_time: when that is reached [s].
    duration: from the first rain to the last [s].
    """

    total: float
    peak: float
    peak_time: float
    duration: float


def storm(depth: float, duration: float, shape: str = "block", peak: float = 0.4) -> Hydrograph:
    """A design storm from time 0 on. Raises InvalidInput.

    depth: of all rain [mm].
    duration: from the first rain to the last [s].
    shape: one of SHAPES.
    peak: time of the peak as a share of the duration, for shapes that do not have their own.
    """
    _check(depth, duration, shape, peak)
    if shape == "block":
        shares, rates = [0.0, 1.0], [1.0, 1.0]
    elif shape == "triangle":
        shares, rates = [0.0, peak, 1.0], [0.0, 2.0, 0.0]
    elif shape == "two bursts":
        shares, rates = [0.0, peak / 2, peak, (1 + peak) / 2, 1.0], [0.0, 2.0, 0.0, 2.0, 0.0]
    else:
        edges, cumulative = _chicago(peak) if shape == "chicago" else (np.array(SCS_HOURS) / 24, np.array(SCS_SHARES))
        return steps(edges * duration, np.diff(cumulative) * depth)
    return Hydrograph(np.array(shares) * duration, np.array(rates) * depth * 1e-3 / duration)


def _check(depth: float, duration: float, shape: str, peak: float) -> None:
    if shape not in SHAPES:
        raise InvalidInput(
            expected=f"a shape out of {', '.join(SHAPES)}", received=f"{shape!r:.40}", advice="Choose one."
        )
    for name, value, low, high, unit in (
        ("a depth of rain", depth, MIN_DEPTH, MAX_DEPTH, " mm"),
        ("a duration", duration / 60, MIN_DURATION / 60, MAX_DURATION / 60, " min"),
        ("a place of the peak", peak, MIN_PEAK, MAX_PEAK, ""),
    ):
        if not low <= value <= high:
            raise InvalidInput(
                expected=f"{name} of {low:g} to {high:g}{unit}", received=f"{value:g}{unit}", advice="Correct it."
            )


def _chicago(peak: float) -> tuple[np.ndarray, np.ndarray]:
    """A storm after Keifer and Chu (1957) in CHICAGO_STEPS steps, of which a whole number lies before the peak.

    peak: its time as a share of the duration.
    Returns the edges of the steps, as shares of the duration, and the share of the depth that has fallen by each; both
    of shape (CHICAGO_STEPS + 1,).
    """
    before = min(max(round(peak * CHICAGO_STEPS), 1), CHICAGO_STEPS - 1)
    rising = np.linspace(1, 0, before + 1)
    falling = np.linspace(0, 1, CHICAGO_STEPS - before + 1)[1:]
    edges = np.concatenate([peak * (1 - rising), peak + (1 - peak) * falling])
    cumulative = np.concatenate([peak * (1 - rising**CHICAGO_EXPONENT), peak + (1 - peak) * falling**CHICAGO_EXPONENT])
    return edges, cumulative


def steps(edges: np.ndarray, depths: np.ndarray) -> Hydrograph:
    """Rain that is even between edges. Raises InvalidInput for edges that do not ascend.

    From step to step it changes within RAMP seconds, half of them on each side, so that no water is lost.

    edges: ascending, shape (n + 1,) [s].
    depths: between them, shape (n,) [mm].
    """
    lengths = np.diff(edges)
    if not (lengths > 0).all():
        raise InvalidInput(
            expected="times of rain that ascend", received="some that do not", advice="Sort them, one for each."
        )
    rates = depths * 1e-3 / lengths
    ramp = min(RAMP, 0.1 * float(lengths.min()))
    inner = edges[1:-1]
    times = np.concatenate([edges[:1], np.column_stack([inner - ramp / 2, inner + ramp / 2]).ravel(), edges[-1:]])
    return Hydrograph(times, np.repeat(rates, 2))


def possible(rain: Hydrograph) -> Hydrograph:
    """The rain itself. Raises InvalidInput where so much never fell: then its numbers are of another unit."""
    if rain.volumes[-1] * 1e3 > MAX_RAIN:
        raise InvalidInput(
            expected=f"up to {MAX_RAIN:,.0f} mm of rain",
            received=f"{rain.volumes[-1] * 1e3:,.0f} mm",
            advice="Check the unit and the decimal signs.",
        )
    return rain


def summary(rain: Hydrograph) -> RainSummary:
    """What a rain amounts to."""
    rainy = np.flatnonzero(rain.rates > 0)
    top = int(rain.rates.argmax())
    last = len(rain.times) - 1
    spell = rain.times[min(rainy[-1] + 1, last)] - rain.times[max(rainy[0] - 1, 0)] if rainy.size else 0.0
    return RainSummary(
        total=float(rain.volumes[-1] * 1e3),
        peak=float(rain.rates[top] / MM_PER_HOUR),
        peak_time=float(rain.times[top]),
        duration=float(spell),
    )


def members(
    rain: Hydrograph, count: int, seed: int = 0, depth_spread: float = 0.3, time_spread: float = 0.2
) -> list[Hydrograph]:
    """An ensemble around a rain: members of its depth times exp(depth_spread z), in its time times exp(time_spread y).

    z and y are the standard normal's quantiles at the middle of `count` equal shares, shuffled by the seed: also few
    members have the whole spread, and their median is the rain itself. What falls is kept when the time is stretched.

    rain: around which the members lie.
    count: of members.
    seed: decides which depth goes with which time.
    depth_spread, time_spread: standard deviation of the logarithm, 0 to 1.
    """
    if not 1 <= count <= MAX_MEMBERS:
        raise InvalidInput(expected=f"1 to {MAX_MEMBERS} members", received=f"{count}", advice="Choose fewer or more.")
    if not (0 <= depth_spread <= 1 and 0 <= time_spread <= 1):
        raise InvalidInput(
            expected="spreads of 0 to 1",
            received=f"{depth_spread:g} for the depth, {time_spread:g} for the time",
            advice="Correct them.",
        )
    random = np.random.default_rng(seed)
    quantiles = np.array([NormalDist().inv_cdf((index + 0.5) / count) for index in range(count)])
    depths = np.exp(depth_spread * random.permutation(quantiles))
    times = np.exp(time_spread * random.permutation(quantiles))
    return [
        Hydrograph(rain.times * stretch, rain.rates * factor / stretch)
        for factor, stretch in zip(depths, times, strict=True)
    ]
