"""The tab Quality, run without a browser: figures with what they rest on, groups, errors, and an empty log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from core import inference
from core.contract import Answer, Prediction
from core.migrations import migrate
from core.settings import CHECKOUT
from core.store import store
from tests.support import toys

SECONDS = 60


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The toy system alone, in service."""
    toys.known(monkeypatch, toys.install(tmp_path / "toy"))
    migrate(store())
    cards = [card for card in inference.catalogue() if card.name == "toy"]
    monkeypatch.setattr(inference, "catalogue", lambda: cards)


def judge(district: str, right: int, wrong: int, days_ago: float) -> None:
    """Answers of one district that somebody judged."""
    when = datetime.now(UTC) - timedelta(days=days_ago)
    for number in range(right + wrong):
        answer = Answer(value="short", score=0.8, alternatives=[], groups={"district": district})
        row = Prediction(
            id=f"{district}-{days_ago}-{number}", created_at=when, system="toy", version="1", source="api",
            actor="local", status="answered", answer=answer, latency_ms=2.0,
        )  # fmt: skip
        store().log([row])
        store().add_outcome(row.id, "short" if number < right else "long", source="page", actor="local")


def run(**address: str) -> AppTest:
    at = AppTest.from_file(str(CHECKOUT / "pages" / "monitoring.py"), default_timeout=SECONDS)
    for key, value in {"log_period": "Last 7 days", "log_system": "Toy words", **address}.items():
        at.query_params[key.replace("_", "-")] = value
    at.run()
    assert not at.exception
    return at


def shown(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: shown(metric.value) for metric in at.metric}


def test_an_empty_log_says_what_to_do(toy):
    at = run()
    assert any("Say beside an answer whether it was right" in info.value for info in at.info)
    assert metrics(at)["Promised by scores"] == "–"


def test_a_fall_in_one_district_stands_first_with_its_interval(toy):
    for district, right in (("North", 28), ("South", 12)):
        judge(district, right, 30 - right, days_ago=1)
        judge(district, 27, 3, days_ago=10)
    at = run(group_kind="district")
    groups = next(table.value for table in at.dataframe if "Fell by" in table.value)
    assert groups["Group"].tolist() == ["South", "North"]
    assert groups["Judged"].tolist() == [30, 30]
    assert shown(groups["Right"][0]) == "40 % (25 to 58 %)"
    assert shown(groups["Fell by"][0]).startswith("50 points (")
    assert shown(groups["Fell by"][1]).startswith("-3 points (")
    figures = metrics(at)
    assert figures["Right, against before"] == "-23.3 points"
    assert figures["Promised by scores"] == "80.0 %"


def test_what_is_taken_for_what_is_listed(toy):
    judge("North", 4, 3, days_ago=1)
    errors = next(table.value for table in run().dataframe if "Truth" in table.value)
    assert errors[["Truth", "Answer", "Times"]].values.tolist() == [["long", "short", 3]]


def test_a_kind_of_group_that_the_address_names_in_vain_gives_way(toy):
    judge("North", 4, 3, days_ago=1)
    at = run(group_kind="nonsense")
    assert next(table.value for table in at.dataframe if "Fell by" in table.value)["Group"].tolist() == ["North"]
