"""The invented valley: the same for the same seed, and like a valley."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.systems.flood import event
from core.systems.flood.terrain import sample


def test_a_seed_gives_one_valley(tmp_path: Path) -> None:
    one, same, other = (
        sample.write(tmp_path / name, seed, cells=64, cell_size=30.0)
        for name, seed in (("one", 5), ("same", 5), ("other", 6))
    )
    assert sorted(path.name for path in one.iterdir()) == sorted(path.name for path in same.iterdir())
    for path in one.iterdir():
        assert path.read_bytes() == (same / path.name).read_bytes()
    assert (one / "terrain.tif").read_bytes() != (other / "terrain.tif").read_bytes()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_river_falls_through_a_plain_between_hills(tmp_path: Path, seed: int) -> None:
    found = event.read(sample.write(tmp_path, seed, cells=128, cell_size=20.0))
    ground = found.ground.elevation
    lowest = ground.min(axis=1)
    assert 7.0 < lowest[0] - lowest[-1] < 13.0  # 2.56 km at 0.004
    assert np.diff(np.minimum.accumulate(lowest)).min() > -1.0  # no falls
    assert (lowest - np.minimum.accumulate(lowest)).max() < 0.6  # no sills
    assert 50 < np.ptp(ground) < 250
    plain = (ground < lowest[:, None] + 3.5).mean()
    assert 0.08 < plain < 0.4
    assert found.ground.crs is not None
    assert found.ground.notes == ()


def test_its_event_has_all_that_events_have(valley: event.Event) -> None:
    assert valley.rain is not None
    assert len(valley.inflows) == 1
    assert valley.inflows[0].cells[:, 0].tolist() == [0] * len(valley.inflows[0].cells)
    raised = valley.domain.elevation - valley.ground.elevation
    assert set(np.unique(raised)) == {0.0, 4.0}
    assert set(np.unique(valley.domain.manning)) == {0.018, 0.04}
    assert valley.domain.open_edges == {"south"}
    assert max(sample.LEAD_TIMES) == valley.duration
