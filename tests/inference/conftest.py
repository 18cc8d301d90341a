"""The toy system in two versions, its instances, and what its answers come to."""

from __future__ import annotations

import pytest

from tests.support import toys


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch):
    toys.known(monkeypatch, toys.install(tmp_path / "toy", versions=("1", "2")))


def words(*texts):
    """An instance for each text."""
    return [{"word": text} for text in texts]


def results(predictions):
    """The value of each answer; of an instance without one, the kind of its error."""
    return [prediction.answer.value if prediction.answer else prediction.error_kind for prediction in predictions]
