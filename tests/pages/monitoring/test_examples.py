"""The examples on Home's tiles are what the versions that they name answer."""

from __future__ import annotations

import pytest

from core import inference
from core.migrations import migrate
from core.store import store
from pages.parts.monitoring.examples import FOLDER, stills
from tests.support import stills as made


@pytest.mark.parametrize("system", ["crime", "waste"])  # the flood takes long; its figures are held elsewhere
def test_an_example_is_what_the_champion_answers(system):
    migrate(store())
    (card,) = [card for card in inference.catalogue() if card.name == system]
    kept = stills()[system]
    assert card.champion == kept["version"], "Run `python -m tests.support.stills`."
    fresh, _ = made.MADE[system]()
    assert (fresh["question"], fresh["answer"]) == (kept["question"], kept["answer"])
    assert fresh["score"] == pytest.approx(kept["score"], abs=0.02)


def test_every_example_has_its_picture_and_is_small():
    for still in stills().values():
        assert still["version"]
        assert not still["picture"] or (FOLDER / still["picture"]).stat().st_size < 30_000
