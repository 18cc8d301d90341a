"""The version in service: what its files say of its arrivals is what its card states."""

from __future__ import annotations

import json

import pytest

from core.artefacts.version_records import reference_section
from core.settings import CHECKOUT
from core.systems.flood.correction.residual import ResidualNetwork
from core.systems.flood.physics import MODES
from core.systems.flood.train import card

CHAMPION = json.loads((CHECKOUT / "models" / "aliases.json").read_text())["flood"]["champion"]
FOLDER = CHECKOUT / "models" / "flood" / CHAMPION


def test_it_knows_how_far_its_arrivals_may_be_off_in_each_mode() -> None:
    network = ResidualNetwork.load(FOLDER)
    assert network is not None
    spreads = {mode: network.arrival_spread(mode) for mode in MODES}
    for spread in spreads.values():
        assert spread is not None
        early, late = spread.at_place(1800.0, 0.5)
        assert 0.0 < early < 1800.0 < late < 3600.0
    accurate, fast = (spreads[mode].at_place(1800.0, 0.5) for mode in ("accurate", "fast"))
    assert fast[0] < accurate[0] < accurate[1] < fast[1]  # the coarser computation knows less


@pytest.mark.parametrize("mode", ["accurate", "fast"])
def test_the_card_states_how_many_arrivals_of_unseen_floods_the_intervals_hold(mode: str) -> None:
    metadata = json.loads((FOLDER / "metadata.json").read_text())
    figures = metadata["metrics"][mode]
    assert 0.7 < figures["held80_arrival"] < 0.9
    assert 0.7 < figures["held80_first"] <= 1.0
    told = (FOLDER / "card.md").read_text()
    assert f"{mode} {figures['held80_arrival']:.3f} (of the first in each of {figures['events']} floods" in told
    drift = reference_section(metadata["reference"])
    assert told == card.card(metadata).rstrip("\n") + "\n\n" + drift
