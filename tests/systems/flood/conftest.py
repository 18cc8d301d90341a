"""What the tests of flood share: the real terrain, and the sample event with its forecast."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.hydraulics.local_inertial.solver import solve
from core.settings import CHECKOUT
from core.systems.flood.event import Event
from core.systems.flood.event import read as read_event
from core.systems.flood.forecast import FloodForecast, of_simulation
from core.systems.flood.terrain import sample

SHARED = CHECKOUT.parent / "shared" / "data" / "flood"


@pytest.fixture
def shared_flood() -> Path:
    """The project's terrain and events, which are not in the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the terrain in {SHARED}, which is not part of the repository")
    return SHARED


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample area's event on a coarse grid."""
    return sample.write(tmp_path_factory.mktemp("valley"), cells=96, cell_size=20.0)


@pytest.fixture(scope="session")
def valley(sample_folder: Path) -> Event:
    """The same, as it is read."""
    return read_event(sample_folder)


@pytest.fixture(scope="session")
def forecast(valley: Event) -> FloodForecast:
    """What the solver says about it."""
    run = solve(valley.domain, valley.duration, valley.rain, valley.inflows, sample.LEAD_TIMES)
    return of_simulation(valley.ground, run)
