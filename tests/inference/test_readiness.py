"""The process is ready once the champions are loaded, and says why it is not."""

from __future__ import annotations

import pytest

from core import inference


def test_warm_up_loads_the_champions_and_then_the_process_is_ready(store):
    assert inference.warm_up()["toy"] == "1"
    assert inference.not_ready() is None


def test_a_champion_that_cannot_be_loaded_is_the_reason_for_not_being_ready(store, tmp_path):
    (tmp_path / "toy" / "models" / "toy" / "1" / "model.json").write_text("{}")
    with pytest.raises(Exception, match="sha256"):
        inference.warm_up()
    assert "sha256" in inference.not_ready()


def test_a_system_rehearses_once_all_are_ready(tmp_path, monkeypatch):
    from core import systems

    seen = []
    monkeypatch.setattr(
        systems.get("toy"),
        "rehearse",
        lambda engine: seen.append((engine.version, inference.not_ready())),
        raising=False,
    )
    systems._offers.cache_clear()  # found with what it offers now
    inference.warm_up()
    assert seen == [("1", None)]
