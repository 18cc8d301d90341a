"""When a page that Streamlit draws has come to rest, so that what is clicked stands where it stood."""

from __future__ import annotations

import time
from typing import Any

FIRST_ROW = 15, 52  # the box of a table's first row, from the table's corner [px]
PATIENCE = 60_000  # ms
AT_REST = """async () => {
  const rests = () => document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')
    && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')
    && document.getAnimations().every(one => one.playState !== 'running'
        || one.effect.getComputedTiming().iterations === Infinity);
  const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  if (!rests()) { await pause(50); return false; }
  await pause(150);
  return rests();
}"""


def settle(page: Any, timeout: float) -> None:
    """Wait until the script has run, nothing is still to be drawn and nothing moves, for at most `timeout` [ms].

    What unfolds or is still to be drawn pushes the rest down. Two frames pass first, so that a scroll has been told to
    all: an open list closes when it hears of one. A second look follows, since a run that was asked for begins a little
    later, and between two runs there is a pause of some 50 ms.
    """
    deadline = time.monotonic() + timeout / 1000
    while not page.evaluate(AT_REST):  # not wait_for_function: a promise of false is enough for it
        assert time.monotonic() < deadline, f"the page did not come to rest within {timeout / 1000:g} s"


def choose_first_row(page: Any, table: Any) -> None:
    """Click the box of the first row of a table, which is drawn on a canvas, wherever on the page it stands.

    table: its locator.
    """
    settle(page, PATIENCE)  # while a page is drawn anew, the table from before may stand beside its successor
    table.scroll_into_view_if_needed()
    settle(page, PATIENCE)
    box = table.locator("canvas").first.bounding_box()
    page.mouse.click(box["x"] + FIRST_ROW[0], box["y"] + FIRST_ROW[1])
