"""Maps beside one another: those of one area move together, those of another neither hear them nor keep their place."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.systems.flood.products import outputs
from tests.support.terrains import CORNER, invented

ELSEWHERE = (CORNER[0] + 40_000.0, CORNER[1])


def compared(folders: list[str]) -> None:
    from pathlib import Path

    from core.maps.flood import forecast_folder
    from pages.parts.flood import side_by_side

    one, other, third, fourth = (forecast_folder.read(Path(folder)) for folder in folders)
    side_by_side.draw(one, other, ("Forecast", "Solver"))
    side_by_side.draw(third, fourth, ("This forecast", "The other"))


def written(folder: Path, depth: float, corner: tuple[float, float]) -> str:
    outputs.write(invented(np.full((20, 30), depth), corner=corner, lead_times=(600.0,)), folder)
    return str(folder)


def names(documents: list[str]) -> tuple[set[str], set[str]]:
    """The channels over which the maps talk, and the keys under which they keep their place."""
    channels = {found for text in documents for found in re.findall(r'"group": "([^"]+)"', text)}
    return channels, {found for text in documents for found in re.findall(r"lookout-map-beside-[^\"\\]+", text)}


@pytest.mark.parametrize("same", [True, False])
def test_only_maps_of_one_area_share_a_channel_and_a_place(tmp_path, same):
    folders = [written(tmp_path / "a", 0.5, CORNER), written(tmp_path / "b", 0.8, CORNER)]
    corner = CORNER if same else ELSEWHERE
    folders += [written(tmp_path / "c", 0.6, corner), written(tmp_path / "d", 0.9, corner)]
    at = AppTest.from_function(compared, args=(folders,), default_timeout=60).run()
    assert not at.exception, at.exception
    documents = [frame.proto.srcdoc for frame in at.get("iframe")]
    assert len(documents) == 6
    first, second = names(documents[:3]), names(documents[3:])
    assert len(first[0]) == len(second[0]) == 1
    assert len(first[1]) == len(second[1]) == 3
    assert (first == second) is same
    if not same:
        assert not first[0] & second[0]
        assert not first[1] & second[1]
