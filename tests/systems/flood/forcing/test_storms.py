"""Design storms, and rains around one: what falls is what was asked for, in the shape that was asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.errors import InvalidInput
from core.hydraulics.domain import Hydrograph, hydrograph
from core.systems.flood.forcing import storms
from core.systems.flood.forcing.units import MM_PER_HOUR


def fallen(rain: Hydrograph, seconds: float) -> float:
    """Depth up to a time [mm]."""
    times = np.union1d(rain.times, [seconds])
    rates = np.interp(times, rain.times, rain.rates)
    until = times <= seconds
    return float(np.trapezoid(rates[until], times[until]) * 1e3)


@pytest.mark.parametrize("shape", storms.SHAPES)
@pytest.mark.parametrize(("depth", "duration"), [(60.0, 3600.0), (0.5, 60.0), (300.0, 86_400.0)])
def test_the_depth_falls_within_the_duration(shape: storms.StormShape, depth: float, duration: float) -> None:
    found = storms.summary(storms.storm(depth, duration, shape, peak=0.3))
    assert found.total == pytest.approx(depth, rel=1e-9)
    assert found.duration == pytest.approx(duration)


@pytest.mark.parametrize(
    ("shape", "peak", "time"),
    [("triangle", 120, 1440), ("two bursts", 120, 720), ("block", 60, 0)],
)
def test_simple_shapes_have_their_peak(shape: storms.StormShape, peak: float, time: float) -> None:
    found = storms.summary(storms.storm(60, 3600, shape, peak=0.4))
    assert found.peak == pytest.approx(peak)
    assert found.peak_time == pytest.approx(time)


def test_two_bursts_are_told_apart_by_a_dry_moment() -> None:
    rain = storms.storm(60, 3600, "two bursts", peak=0.5)
    assert np.interp(1800, rain.times, rain.rates) == 0
    assert fallen(rain, 1800) == pytest.approx(30)


@pytest.mark.parametrize("peak", [0.05, 0.4, 0.95])
def test_a_chicago_storm_has_its_most_around_the_peak(peak: float) -> None:
    rain = storms.storm(100, 4800, "chicago", peak)
    assert storms.summary(rain).peak_time == pytest.approx(4800 * peak, abs=110)
    assert fallen(rain, 4800 * peak) == pytest.approx(100 * peak, abs=1.0)
    before, after = 4800 * peak * 0.75, 4800 * (peak + (1 - peak) * 0.25)
    inside = fallen(rain, after) - fallen(rain, before)
    assert inside == pytest.approx(100 * 0.25**0.4, rel=0.06)  # a quarter of the time


def test_a_storm_of_type_ii_has_a_third_of_its_rain_in_a_quarter_of_an_hour_of_a_day() -> None:
    rain = storms.storm(100, 86_400, "scs type ii")
    assert fallen(rain, 12 * 3600) == pytest.approx(66.3, abs=0.05)
    assert fallen(rain, 12 * 3600) - fallen(rain, 11.75 * 3600) == pytest.approx(30.6, abs=0.1)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"depth": 0}, "a depth of rain of 0.1 to 2000 mm. Received 0 mm"),
        ({"depth": -5}, "a depth of rain"),
        ({"depth": float("nan")}, "a depth of rain"),
        ({"depth": 3000}, "a depth of rain"),
        ({"duration": 10}, "a duration of 1 to 10080 min"),
        ({"duration": float("inf")}, "a duration"),
        ({"peak": 0}, "a place of the peak of 0.05 to 0.95"),
        ({"shape": "square"}, "a shape out of block, triangle"),
    ],
    ids=str,
)
def test_a_storm_that_makes_no_sense_is_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        storms.storm(**{"depth": 60.0, "duration": 3600.0, "shape": "triangle", "peak": 0.4, **given})


def test_steps_keep_their_depth_each() -> None:
    edges = np.array([0.0, 600.0, 900.0, 3600.0])
    rain = storms.steps(edges, np.array([2.0, 0.0, 9.0]))
    assert [fallen(rain, one) for one in edges] == pytest.approx([0, 2, 2, 11], abs=4e-3)
    assert fallen(rain, 3600) == pytest.approx(11, rel=1e-12)
    assert storms.summary(rain).peak == pytest.approx(12)


def test_steps_that_do_not_ascend_are_refused() -> None:
    with pytest.raises(InvalidInput, match="that ascend"):
        storms.steps(np.array([0.0, 60.0, 60.0]), np.array([1.0, 1.0]))


def test_no_rain_amounts_to_nothing() -> None:
    found = storms.summary(hydrograph([(0, 0), (60, 0)]))
    assert (found.total, found.peak, found.duration) == (0, 0, 0)


def test_a_summary_leaves_the_dry_ends_out() -> None:
    found = storms.summary(hydrograph([(0, 0), (600, 0), (1200, 30), (1800, 0), (7200, 0)], MM_PER_HOUR))
    assert (found.total, found.peak) == pytest.approx((5, 30))
    assert (found.peak_time, found.duration) == (1200, 1200)


def test_members_have_the_whole_spread_about_the_rain() -> None:
    rain = storms.storm(60, 3600, "triangle")
    found = [storms.summary(one) for one in storms.members(rain, 21, seed=3)]
    depths = np.log([one.total / 60 for one in found])
    times = np.log([one.duration / 3600 for one in found])
    for spread, numbers in ((0.3, depths), (0.2, times)):
        assert np.median(numbers) == pytest.approx(0, abs=1e-9)
        assert numbers.std() == pytest.approx(spread, rel=0.1)
    assert abs(np.corrcoef(depths, times)[0, 1]) < 0.7
    assert {round(one.total, 6) for one in found} == {
        round(storms.summary(one).total, 6) for one in storms.members(rain, 21, seed=4)
    }


def test_a_seed_gives_the_same_members() -> None:
    rain = storms.storm(60, 3600)
    one, same, other = (storms.members(rain, 5, seed) for seed in (1, 1, 2))
    assert all((a.rates == b.rates).all() for a, b in zip(one, same, strict=True))
    assert not all((a.rates == b.rates).all() for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("given", [{"count": 0}, {"count": 101}, {"depth_spread": 2.0}, {"time_spread": -0.1}])
def test_members_that_make_no_sense_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="Expected"):
        storms.members(storms.storm(60, 3600), **{"count": 5, **given})
