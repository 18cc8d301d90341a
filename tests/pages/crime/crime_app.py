"""The Crime page run without a browser: tables that tests invent, and what a person does with them."""

from __future__ import annotations

import io
import time

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from core import jobs, work
from core.settings import CHECKOUT
from pages.parts.crime import table_desk
from tests.conftest import forget

SECONDS = 60


def visit() -> AppTest:
    """A visit of its own, not yet drawn."""
    return AppTest.from_file(str(CHECKOUT / "pages" / "crime.py"), default_timeout=SECONDS)


def words(at: AppTest) -> str:
    """Everything that can be read."""
    read = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.error, *at.warning, *at.info, *at.success]
    said = [element.value for element in read] + [metric.value for metric in at.metric]
    return " ".join(said).replace("\N{NO-BREAK SPACE}", " ").replace("\\", "")


def table(rows: int = 40, **columns) -> pd.DataFrame:
    """Invented incidents; `columns` are added, or taken away where they are None."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "date": pd.date_range("2015-01-01", periods=rows, freq="7h").strftime("%Y-%m-%d %H:%M"),
            "district": random.choice(["MISSION", "PARK"], rows),
            "block": "1200 Block of ALDER ST",
            "latitude": 37.77 + random.normal(0, 0.002, rows),
            "longitude": -122.44 + random.normal(0, 0.002, rows),
        }
    )
    given = {name: values for name, values in columns.items() if values is not None}
    kept = frame.drop(columns=[name for name in columns if name in frame])
    return pd.concat([kept, pd.DataFrame(given, index=frame.index)], axis=1)


def csv(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_csv(out, index=False)
    return out.getvalue()


def give(at: AppTest, data: bytes, name: str = "town.csv") -> AppTest:
    """Open a table at its address, as a drop on the page does; the uploader's own step is tried in a real browser."""
    return open_work(at, table_desk.give(name, data).id)


def open_work(at: AppTest, identifier: str) -> AppTest:
    """The page at the address of a work."""
    at.query_params["work"] = identifier
    at.run()
    assert not at.exception, at.exception
    return at


def given(at: AppTest) -> table_desk.TableRun:
    """The table whose address the page has."""
    address = at.query_params["work"]  # a list once a page has set it
    return table_desk.of(address if isinstance(address, str) else address[0])


def finish(identifier: str) -> None:
    """Wait for the end of a work."""
    deadline = time.monotonic() + SECONDS
    while work.find(identifier).running and time.monotonic() < deadline:
        time.sleep(0.05)


def predict(at: AppTest) -> AppTest:
    """Press the button and wait for the end of the work."""
    at.button(key="predict").click().run()
    finish(given(at).id)
    at.run()
    assert not at.exception, at.exception
    return at


def choose_view(at: AppTest, view: str) -> AppTest:
    """Choose one of the views of a result."""
    at.button_group(key=f"crime-view-{given(at).id}").set_value(view).run()
    assert not at.exception, (view, at.exception)
    return at


def another_tab(identifier: str) -> AppTest:
    """The page in a visit of its own, at the address of a work."""
    return open_work(visit(), identifier)


def restart() -> None:
    """Forget all that a process holds in memory."""
    forget()
    jobs._jobs.clear()
    table_desk._preview.cache_clear()
