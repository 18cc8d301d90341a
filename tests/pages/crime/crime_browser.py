"""The Crime page in a real browser: an invented town's table, and what a person does with it."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import urllib.request
from contextlib import suppress
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Error, expect

from tests.support import settling

settle = partial(settling.settle, timeout=30_000)
ROWS = 60
PLACES = {"MISSION": (37.760, -122.415), "PARK": (37.768, -122.446)}
"""Middles of two of the champion's districts."""
TRAP = '<img src=x onerror="window.trapped=1"> `${window.trapped=2}` **bold**'


def town() -> pd.DataFrame:
    """Invented incidents: two districts, one date that cannot be read, and a cell that would be dangerous as HTML."""
    random = np.random.default_rng(1)
    district = random.choice(list(PLACES), ROWS)
    frame = pd.DataFrame(
        {
            "occurred": pd.date_range("2015-03-01", periods=ROWS, freq="5h").strftime("%Y-%m-%d %H:%M"),
            "sector": district,
            "corner": "100 Block of ALDER ST",
            "lat": [PLACES[name][0] for name in district] + random.normal(0, 0.001, ROWS),
            "lon": [PLACES[name][1] for name in district] + random.normal(0, 0.001, ROWS),
            "remark": TRAP,
            "Resolution": "NONE",
        }
    )
    frame.loc[4, "occurred"] = "31/31/2015"
    return frame


def answer(page, folder: Path, frame: pd.DataFrame, name: str = "town.csv") -> None:
    """Give a table like the town's and wait for its answers."""
    started = time.monotonic()
    give(page, folder, frame.to_csv(index=False).encode(), name)
    page.get_by_role("button", name=re.compile("^Predict")).click()
    heading(page, r"59.records answered, 1.row rejected")
    print(f"Crime: 3 clicks (choose, the file, predict), {time.monotonic() - started:.1f} s to the first answer")
    settle(page)


def give(page, folder: Path, data: bytes, name: str = "town.csv") -> None:
    path = folder / name
    path.write_bytes(data)
    page.locator("input[type=file]").first.set_input_files(path)


def heading(page, text: str):
    found = page.get_by_role("heading", name=re.compile(text))
    found.wait_for(timeout=60_000)
    return found


def show(page, view: str) -> None:
    """Choose one of the views of a result."""
    page.locator("[class*=st-key-crime-view]").get_by_role("radio", name=view).click()


def choose(page, label: str, option: str) -> None:
    """Choose from a list. It closes when the page moves under it; a person would then open it again."""
    box = page.get_by_role("combobox", name=re.compile(label))
    wanted = page.get_by_role("option", name=option)
    for _ in range(3):
        settle(page)
        with suppress(Error):  # a rerun may draw the list anew at any moment
            box.scroll_into_view_if_needed(timeout=8000)
            settle(page)
            box.click(timeout=8000)
            wanted.click(timeout=8000)
            return
    pytest.fail(f"the list {label!r} did not stay open long enough to choose {option!r}")


def choose_rows(page, *places: int) -> None:
    """Tick rows of the table of answers, the first being 0; a second time takes the tick away."""
    table = page.locator("[class*=st-key-rows-table]")
    for place in places:
        settle(page)
        row = table.locator("tbody tr").nth(place)
        before = row.get_attribute("aria-selected")
        table.locator("canvas").first.click(position={"x": 15, "y": 52 + 35 * place}, force=True)
        expect(row).to_have_attribute("aria-selected", "false" if before == "true" else "true")


def overlaps(found) -> list[tuple[str, str]]:
    """Pairs of the texts that share a part of the screen."""
    boxes = [(one.inner_text(), one.bounding_box()) for one in found.all()]
    return [
        (text, other)
        for (text, a), (other, b) in combinations(boxes, 2)
        if abs(a["x"] - b["x"]) < (a if a["x"] < b["x"] else b)["width"]
        and abs(a["y"] - b["y"]) < (a if a["y"] < b["y"] else b)["height"]
    ]


def download(page, label: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).first.click()
    return Path(waiting.value.path()).read_bytes()


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def outcomes(server, prediction_id: str) -> list[dict]:
    with urllib.request.urlopen(f"{server.url}/predictions/{prediction_id}", timeout=10) as answer:
        return json.load(answer)["outcomes"]


def outcome(server, prediction_id: str) -> dict:
    return outcomes(server, prediction_id)[-1]
