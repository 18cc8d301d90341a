"""The assets of a briefing: those that flood, by number on its map and in its table."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np

from core.maps.flood.export import typeset
from core.maps.flood.folder import Folder
from core.maps.flood.vectors import duration
from core.maps.flood.views import DEGREES

MOST_ROWS = 60  # of the table
COLUMNS = (("Asset", 50), ("Water from", 22), ("Depth", 62), ("Hazard", 46))  # with their widths [mm]
MARK = (184, 35, 126)  # colour of an asset on the map, as on the screen


def marks(page: Any, folder: Folder, place: tuple[float, float, float, float]) -> None:
    """The numbers that the table gives to the assets that flood; place: left, top, width, height of the map [mm]."""
    found = _flooded(_rows(folder))[:MOST_ROWS]
    if not found or folder.crs is None:
        return
    left, top, wide, high = place
    east, north = ([float(one[name]) for one in found] for name in ("longitude", "latitude"))
    cols, rows = ~folder.transform @ np.asarray(folder.to_crs(DEGREES).transform(east, north))
    page.set_font(typeset.FONT, "", 7)
    page.set_draw_color(*MARK)
    page.set_fill_color(255)
    page.set_text_color(*MARK)
    for number, (col, row) in enumerate(zip(cols / folder.shape[1], rows / folder.shape[0], strict=True), 1):
        x, y = left + wide * float(np.clip(col, 0, 1)), top + high * float(np.clip(row, 0, 1))
        page.circle(x, y, 2.1, style="DF")
        page.text(x - page.get_string_width(str(number)) / 2, y + 0.9, str(number))
    page.set_text_color(0)
    page.set_font(typeset.FONT, "", 10)


def _rows(folder: Folder) -> list[dict[str, str]]:
    """The assets on the terrain, in the order of the file; none without the file."""
    path = folder.path / "assets.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row.get("state") != "outside"]


def _flooded(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in rows if row["state"] == "flooded"]


def table(page: Any, folder: Folder) -> None:
    """Those that flood, the first to be reached first; nothing where none were given."""
    rows = _rows(folder)
    flooded = _flooded(rows)
    if not rows:
        return
    typeset.heading(page, f"{len(flooded)} of {len(rows)} assets flood, the first to be reached first")
    if not flooded:
        return
    from fpdf.fonts import FontFace

    page.set_font(typeset.FONT, "", 9)
    page.set_fill_color(255)
    page.set_draw_color(150)
    widths = [width for _, width in COLUMNS]
    heads = FontFace(emphasis="", fill_color=(237, 241, 244))
    with page.table(
        col_widths=widths, width=sum(widths), align="LEFT", text_align="LEFT", line_height=5,
        borders_layout="HORIZONTAL_LINES", headings_style=heads,
    ) as drawn:  # fmt: skip
        head = drawn.row()
        for name, _ in COLUMNS:
            head.cell(name)
        for number, row in enumerate(flooded[:MOST_ROWS], 1):
            line = drawn.row()
            name, *others = _told(row)
            for text in (f"{number}  {name}", *others):
                line.cell(typeset.written(page, text))
    page.set_font(typeset.FONT, "", 10)
    if len(flooded) > MOST_ROWS:
        typeset.line(page, f"And {len(flooded) - MOST_ROWS:,} more: the CSV of the forecast has them all.")


def _told(row: dict[str, str]) -> tuple[str, str, str, str]:
    depth = f"{float(row['depth_m']):.2f} m, {row['depth']}"
    if row["depth_low_m"] and row["depth_high_m"]:
        depth += f" ({float(row['depth_low_m']):.2f} to {float(row['depth_high_m']):.2f} m)"
    return row["name"], duration(float(row["arrival_s"])) if row["arrival_s"] else "–", depth, row["hazard"]
