"""How Crime speaks while a table is answered."""

from __future__ import annotations

import pytest

from core import batch
from core.batch import shards
from core.progress import Progress
from pages.parts.crime.words import progress_words
from tests.support.incidents import incidents


@pytest.fixture
def told(store, tmp_path, monkeypatch) -> list[str]:
    """What the page says while 100 records are answered, each sentence once."""
    for module in (shards, batch):
        monkeypatch.setattr(module, "SHARD", 40)
    path = tmp_path / "incidents.csv"
    incidents(100).rename(columns={"Address": "odd column"}).to_csv(path, index=False)
    heard: list[Progress] = []
    batch.run("crime", path, tmp_path / "out.csv", batch.options("crime", {}), progress=heard.append)
    return list(dict.fromkeys(progress_words(latest).replace("\N{NO-BREAK SPACE}", " ") for latest in heard))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_progress_says_what_goes_on_and_names_no_column(told):
    assert told == [
        "Reading the table: dates, places and texts are checked row by row",
        "0 of 100 records answered",
        "40 of 100 records answered",
        "80 of 100 records answered",
        "Writing the result",
        "100 of 100 records answered",
    ]
    assert progress_words(None) == told[0]
