"""The figures of one event: against its own reference or the solver, beside the physics alone, and against a survey."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.progress import ProgressListener
from core.systems.flood.engine import FloodEngine
from core.systems.flood.event import Event, Observations
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.train import evaluation
from tests.systems.flood.test_answers import Network

KEYS = {
    "csi_005", "csi_030", "hit_005", "false_alarm_005", "rmse_wet_m", "mae_wet_m", "arrival_mae_s", "level_rmse_m",
    "mass_error", "csi_005_without_network", "csi_030_without_network", "seconds", "solver_seconds", "cells",
}  # fmt: skip


def figures(
    found: Event, engine: FloodEngine | None = None, chosen: Any = "network", progress: ProgressListener | None = None
) -> Any:
    return evaluation.figures(
        engine or FloodEngine("7", Network()), found, chosen, "fast", progress or (lambda _progress: None)
    )


def test_without_a_reference_the_solver_is_it(valley: Event) -> None:
    found = figures(valley)
    assert set(found) == KEYS
    assert found["cells"] == 96 * 96
    assert found["seconds"] > 0
    assert found["solver_seconds"] > 0
    assert 0.2 < found["csi_030"] <= 1
    assert found["csi_005"] != found["csi_005_without_network"]
    assert found["arrival_mae_s"] > 0
    assert found["level_rmse_m"] is None
    assert 0.01 < abs(found["mass_error"]) < 0.5  # the stand-in adds a tenth


def test_a_version_without_a_network_is_what_it_would_be_without(valley: Event) -> None:
    found = figures(valley, FloodEngine("7", None))
    assert found["csi_005"] == found["csi_005_without_network"]


def test_the_events_own_reference_needs_no_solver_and_has_no_arrival(valley: Event, forecast: FloodForecast) -> None:
    found = figures(replace(valley, reference_max_depth=forecast.max_depth))
    assert found["solver_seconds"] is None
    assert found["arrival_mae_s"] is None
    assert 0.2 < found["csi_030"] < 1


def test_the_solver_is_measured_against_the_reference_alone(valley: Event, forecast: FloodForecast) -> None:
    own = figures(valley, chosen="solver")
    assert {own[name] for name in evaluation.NO_FIGURES} == {None}
    assert own["csi_005_without_network"] is None
    assert abs(own["mass_error"]) < 1e-9
    assert own["seconds"] == own["solver_seconds"] > 0
    beside = figures(replace(valley, reference_max_depth=forecast.max_depth), chosen="solver")
    assert min(beside["csi_005"], beside["csi_030"]) > 0.99  # its steps end at other times
    assert beside["csi_030_without_network"] is None


def test_levels_are_compared_with_a_survey(valley: Event, forecast: FloodForecast) -> None:
    row, col = np.unravel_index(int(np.argmax(forecast.max_depth)), forecast.max_depth.shape)
    x, y = valley.ground.transform @ (col + 0.5, row + 0.5)
    level = float(valley.domain.elevation[row, col] + forecast.max_depth[row, col])
    seen = Observations(("A",), np.array([x]), np.array([y]), np.array([level + 0.5]))
    assert figures(replace(valley, observations=seen), chosen="solver")["level_rmse_m"] == pytest.approx(0.5, abs=1e-3)
    away = Observations(("B",), np.array([0.0]), np.array([0.0]), np.array([1.0]))
    assert figures(replace(valley, observations=away), chosen="solver")["level_rmse_m"] is None


def test_all_is_compiled_before_it_is_timed(valley: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(FloodEngine, "warm_up", lambda _self: order.append("warm"))
    figures(valley, progress=lambda _progress: order.append("run"))
    assert order[0] == "warm"
    assert "run" in order
