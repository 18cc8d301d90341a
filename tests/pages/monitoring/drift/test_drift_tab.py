"""The tab Drift, run without a browser: from the empty log to a feature that moved."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import inference
from core.migrations import migrate
from core.monitoring.drift import reference_of
from core.settings import CHECKOUT
from core.store import store
from tests.support import toys

SECONDS = 60
PER_HOUR = 60
LETTERS = "toy 1 letters"


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The toy system alone, in service."""
    toys.known(monkeypatch, toys.install(tmp_path / "toy"))
    migrate(store())
    cards = [card for card in inference.catalogue() if card.name == "toy"]
    monkeypatch.setattr(inference, "catalogue", lambda: cards)
    inference.warm_up()


def keep_reference() -> None:
    random = np.random.default_rng(0)
    values = ["short", "long"] * 500
    answers = [{"letters": float(random.normal(5)), "predicted class": value} for value in values]
    store().references.keep("toy", "1", reference_of(answers))


def log_answers(hours: int, moved: int = 0, per_hour: int = PER_HOUR) -> None:
    """Answers of some hours that are over, up to three hours ago; in the last `moved` hours their words are longer."""
    random = np.random.default_rng(1)
    end = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) - timedelta(hours=3)
    times = [end - timedelta(hours=hour) for hour in range(hours) for _ in range(per_hour)]
    shifts = [2.0 * (hour < moved) for hour in range(hours) for _ in range(per_hour)]
    store().log_columns(
        {
            "id": [f"row-{number:08d}" for number in range(len(times))],
            "created_at": times,
            "system": "toy",
            "version": "1",
            "source": "cli",
            "actor": "local",
            "status": "answered",
            "value": ["short", "long"] * (len(times) // 2),
            "score": 0.95,
            "abstained": False,
            "features": [json.dumps({"letters": float(random.normal(5 + shift))}) for shift in shifts],
            "latency_ms": 2.0,
        }
    )


def run(**address: str) -> AppTest:
    at = AppTest.from_file(str(CHECKOUT / "pages/monitoring.py"), default_timeout=SECONDS)
    for key, value in {"tab": "Drift", **address}.items():
        at.query_params[key.replace("_", "-")] = value
    at.run()
    assert not at.exception
    return at


def text(at: AppTest) -> str:
    """Everything that can be read."""
    elements = [*at.markdown, *at.caption, *at.error, *at.warning, *at.info]
    joined = " ".join(element.value for element in elements).replace("\\", "")
    return joined.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def charts(at: AppTest) -> list[str]:
    return [chart.proto.spec for chart in at.get("plotly_chart")]


def test_an_empty_log_says_what_to_do(toy):
    at = run()
    assert "No answer in this period" in text(at)
    assert "No reference" not in text(at)


def test_a_version_without_a_reference_says_how_to_make_one(toy):
    log_answers(hours=2)
    at = run()
    assert "No reference: Toy words 1" in text(at)
    assert "python -m core monitor reference toy 1" in text(at)
    assert not [table for table in at.dataframe if "Verdict" in table.value]


def features(at: AppTest):
    """The table of the features, by name."""
    (table,) = [table.value for table in at.dataframe if "Verdict" in table.value]
    return table.set_index("Feature")


def test_few_answers_are_not_enough_data(toy):
    keep_reference()
    log_answers(hours=1, per_hour=24)
    at = run(drift_feature=LETTERS)
    assert set(features(at)["Verdict"]) == {"not enough data: 24 of 50"}
    assert "Not enough data" in text(at)
    assert "Nothing is said below that" in text(at)


def test_an_answer_alike_its_reference_moved_in_nothing(toy):
    keep_reference()
    log_answers(hours=10)
    at = run()
    assert "None of 2 features moved." in text(at)
    assert set(features(at)["Verdict"]) == {"holds"}
    assert "Choose a row" in text(at)
    assert charts(at) == []


def test_a_feature_that_moved_stands_first_with_the_hour_it_began(toy):
    keep_reference()
    log_answers(hours=15, moved=5)
    at = run()
    table = features(at)
    assert list(table.index) == ["Letters", "Answers"]
    assert list(table["Verdict"]) == ["moved", "holds"]
    assert list(table["Answers"]) == [900, 900]
    assert table["Change"].iloc[0] == "higher"
    began = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=7)
    assert table["Since"].iloc[0] == f"{began:%Y-%m-%d %H:%M}"
    assert re.search(r"1 of 2 features moved\.\*\* Furthest: Letters of Toy words 1, by 0\.[67]\d? SD, since", text(at))


def test_the_address_names_a_feature_and_an_answer_behind_it(toy):
    keep_reference()
    log_answers(hours=15, moved=5)
    at = run(drift_feature=LETTERS, drift_example="row-00000003")
    shown = text(at)
    assert "Letters, Toy words 1" in shown
    assert "Moved since" in shown
    assert len(charts(at)) == 2
    assert "change began" in charts(at)[1]
    examples = at.dataframe[-1].value
    assert len(examples) == 10
    assert (examples["value"] > 6).all()  # of the bin that rose, where one in six of the reference lies
    assert list(examples["time"]) == sorted(examples["time"], reverse=True)
    assert "row-00000003" in [code.value for code in at.code]


def test_a_feature_that_nobody_knows_is_not_shown(toy):
    keep_reference()
    log_answers(hours=3)
    at = run(drift_feature="toy 1 nonsense")
    assert "Choose a row" in text(at)
    assert not charts(at)


def test_an_example_that_is_gone_says_so(toy):
    keep_reference()
    log_answers(hours=15, moved=5)
    at = run(drift_feature=LETTERS, drift_example="row-that-is-gone")
    assert any("row-that-is-gone" in error.value for error in at.error)
