"""The Flood page run without a browser: opened, read, pressed, given files."""

from __future__ import annotations

import time

from streamlit.testing.v1 import AppTest

from core import jobs
from core.settings import CHECKOUT

SECONDS = 120
AREA = "Invented valley"


def opened(query: dict[str, str] | None = None, **state) -> AppTest:
    at = AppTest.from_file(str(CHECKOUT / "pages" / "flood.py"), default_timeout=SECONDS)
    for name, value in state.items():
        at.session_state[name] = value
    for name, value in (query or {}).items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    return at


def words(at: AppTest) -> str:
    """Everything that can be read."""
    read = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.error, *at.warning, *at.info, *at.success]
    said = [element.value for element in read] + [metric.value for metric in at.metric]
    said += [folded.label for folded in at.expander]
    return " ".join(said).replace("\N{NO-BREAK SPACE}", " ").replace("\\", "")


def press(at: AppTest, label: str) -> AppTest:
    next(one for one in at.button if one.label == label).click().run()
    assert not at.exception, at.exception
    return at


def give(at: AppTest, label: str, data: bytes, name: str) -> AppTest:
    """Upload to the field whose label begins so."""
    field = next(one for one in at.file_uploader if one.label.startswith(label))
    field.set_value((name, data, "application/octet-stream")).run()
    assert not at.exception, at.exception
    return at


def forecast(at: AppTest) -> AppTest:
    """Press Forecast, wait for the job's end, and look again."""
    press(at, "Forecast")
    return wait(at)


def wait(at: AppTest) -> AppTest:
    identifier = param(at, "work")
    deadline = time.monotonic() + SECONDS
    while identifier and not jobs.find(identifier).finished and time.monotonic() < deadline:
        time.sleep(0.05)
    at.run()
    assert not at.exception, at.exception
    return at


def unfold(at: AppTest) -> AppTest:
    """Open the form above the forecast that is shown."""
    name = f"flood-change-{param(at, 'forecast') or param(at, 'ensemble')}"
    at.session_state[name] = True
    at.run()
    assert not at.exception, at.exception
    return at


def param(at: AppTest, name: str) -> str | None:
    found = at.query_params.get(name)
    return found[0] if isinstance(found, list) else found
