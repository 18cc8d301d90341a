"""Design storms: a depth of rain within a time, in a stated shape; what a rain amounts to; many rains around one.

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
from core.systems.flood.event import MM_PER_HOUR

Shape = Literal["block", "triangle", "two bursts", "chicago", "scs type ii"]

DEEPEST = 2_000.0  # [mm]; the most ever measured in a day is 1,825
MOST_RAIN = 10_000.0  # [mm] however long it lasts; the most ever measured in a month is 9,300
SHORTEST, LONGEST = 60.0, 7 * 86_400.0  # [s]
EARLIEST, LATEST = 0.05, 0.95  # place of the peak
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
MOST_MEMBERS = 100


@dataclass(frozen=True)
class RainSummary:
    """What a rain amounts to: total [mm], peak [mm/h] and its time [s], from the first rain to the last [s]."""

    total: float
    peak: float
    peak_time: float
    duration: float


def storm(depth: float, duration: float, shape: Shape = "block", peak: float = 0.4) -> Hydrograph:
    """Rain of a depth [mm] within a duration [s], from time 0 on; peak: its place. InvalidInput says what is wrong."""
    _check(depth, duration, shape, peak)
    if shape == "block":
        shares, rates = [0.0, 1.0], [1.0, 1.0]
    elif shape == "triangle":
        shares, rates = [0.0, peak, 1.0], [0.0, 2.0, 0.0]
    elif shape == "two bursts":
        shares, rates = [0.0, peak / 2, peak, (1 + peak) / 2, 1.0], [0.0, 2.0, 0.0, 2.0, 0.0]
    else:
        edges, fallen = _chicago(peak) if shape == "chicago" else (np.array(SCS_HOURS) / 24, np.array(SCS_SHARES))
        return steps(edges * duration, np.diff(fallen) * depth)
    return Hydrograph(np.array(shares) * duration, np.array(rates) * depth * 1e-3 / duration)


def _check(depth: float, duration: float, shape: str, peak: float) -> None:
    if shape not in get_args(Shape):
        raise InvalidInput(f"Expected a shape out of {', '.join(get_args(Shape))}. Received {shape!r:.40}. Choose one.")
    for name, value, least, most, unit in (
        ("a depth of rain", depth, 0.1, DEEPEST, " mm"),
        ("a duration", duration / 60, SHORTEST / 60, LONGEST / 60, " min"),
        ("a place of the peak", peak, EARLIEST, LATEST, ""),
    ):
        if not least <= value <= most:
            raise InvalidInput(f"Expected {name} of {least:g} to {most:g}{unit}. Received {value:g}{unit}. Correct it.")


def _chicago(peak: float) -> tuple[np.ndarray, np.ndarray]:
    """Edges of steps, and the share that has fallen by each; a whole number of steps lies before the peak."""
    before = min(max(round(peak * CHICAGO_STEPS), 1), CHICAGO_STEPS - 1)
    rising = np.linspace(1, 0, before + 1)
    falling = np.linspace(0, 1, CHICAGO_STEPS - before + 1)[1:]
    edges = np.concatenate([peak * (1 - rising), peak + (1 - peak) * falling])
    fallen = np.concatenate([peak * (1 - rising**CHICAGO_EXPONENT), peak + (1 - peak) * falling**CHICAGO_EXPONENT])
    return edges, fallen


def steps(edges: np.ndarray, depths: np.ndarray) -> Hydrograph:
    """Rain that is even between edges, ascending [s], shape (n + 1,), with depths between them [mm], shape (n,).

    From step to step it changes within RAMP seconds, half of them on each side, so that no water is lost.
    """
    lengths = np.diff(edges)
    if not (lengths > 0).all():
        raise InvalidInput("Expected times of rain that ascend. Received some that do not. Sort them, one for each.")
    rates = depths * 1e-3 / lengths
    ramp = min(RAMP, 0.1 * float(lengths.min()))
    inner = edges[1:-1]
    times = np.concatenate([edges[:1], np.column_stack([inner - ramp / 2, inner + ramp / 2]).ravel(), edges[-1:]])
    return Hydrograph(times, np.repeat(rates, 2))


def possible(rain: Hydrograph) -> Hydrograph:
    """The same, unless so much never fell: then its numbers are of another unit. Raises InvalidInput."""
    if rain.volumes[-1] * 1e3 > MOST_RAIN:
        raise InvalidInput(
            f"Expected up to {MOST_RAIN:,.0f} mm of rain. Received {rain.volumes[-1] * 1e3:,.0f} mm. Check the unit "
            "and the decimal signs."
        )
    return rain


def summary(rain: Hydrograph) -> RainSummary:
    """What a rain amounts to."""
    wet = np.flatnonzero(rain.rates > 0)
    top = int(rain.rates.argmax())
    last = len(rain.times) - 1
    spell = rain.times[min(wet[-1] + 1, last)] - rain.times[max(wet[0] - 1, 0)] if wet.size else 0.0
    return RainSummary(
        total=float(rain.volumes[-1] * 1e3),
        peak=float(rain.rates[top] / MM_PER_HOUR),
        peak_time=float(rain.times[top]),
        duration=float(spell),
    )


def members(
    rain: Hydrograph, number: int, seed: int = 0, depth_spread: float = 0.3, time_spread: float = 0.2
) -> list[Hydrograph]:
    """So many rains around one: each has its depth times exp(depth_spread z), within its time times exp(time_spread y).

    z and y are the standard normal's quantiles at the middle of `number` equal shares, shuffled by the seed: also few
    members have the whole spread, and their median is the rain itself. What falls is kept when the time is stretched.
    """
    if not 1 <= number <= MOST_MEMBERS:
        raise InvalidInput(f"Expected 1 to {MOST_MEMBERS} members. Received {number}. Choose fewer or more.")
    if not (0 <= depth_spread <= 1 and 0 <= time_spread <= 1):
        raise InvalidInput(
            f"Expected spreads of 0 to 1. Received {depth_spread:g} for the depth, {time_spread:g} for the time. "
            "Correct them."
        )
    random = np.random.default_rng(seed)
    quantiles = np.array([NormalDist().inv_cdf((place + 0.5) / number) for place in range(number)])
    depths = np.exp(depth_spread * random.permutation(quantiles))
    times = np.exp(time_spread * random.permutation(quantiles))
    return [Hydrograph(rain.times * slow, rain.rates * more / slow) for more, slow in zip(depths, times, strict=True)]
