"""The assets of a briefing: those that flood, by number on its map and in its table."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from core.artefacts import forecast_files
from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.views import DEGREES
from core.papers import typeset
from core.written_numbers import percent

if TYPE_CHECKING:
    from fpdf import FPDF

MAX_ROWS = 60  # of the table
MAX_DRY = 60  # names of those that stay dry
COLUMNS = (("Asset", 34), ("Water from", 42), ("Depth", 58), ("Chance", 14), ("Hazard", 32))  # with widths [mm]
MARKER_COLOUR = (184, 35, 126)  # red, green, blue; as on the screen


def draw_markers(page: FPDF, folder: ForecastFolder, map_box: tuple[float, float, float, float]) -> None:
    """Put the numbers that the table gives to the assets that flood on the map.

    map_box: left, top, width and height of the map on the page [mm].
    """
    flooded = _flooded(_rows(folder))[:MAX_ROWS]
    if not flooded or folder.crs is None:
        return
    left, top, wide, high = map_box
    east, north = ([float(row[name]) for row in flooded] for name in ("longitude", "latitude"))
    cols, rows = ~folder.transform @ np.asarray(folder.transformer(DEGREES).transform(east, north))
    page.set_font(typeset.FONT, "", 7)
    page.set_draw_color(*MARKER_COLOUR)
    page.set_fill_color(255)
    page.set_text_color(*MARKER_COLOUR)
    for number, (col, row) in enumerate(zip(cols / folder.shape[1], rows / folder.shape[0], strict=True), 1):
        x, y = left + wide * float(np.clip(col, 0, 1)), top + high * float(np.clip(row, 0, 1))
        page.circle(x, y, 2.1, style="DF")
        page.text(x - page.get_string_width(str(number)) / 2, y + 0.9, str(number))
    page.set_text_color(0)
    page.set_font(typeset.FONT, "", 10)


def _rows(folder: ForecastFolder) -> list[dict[str, str]]:
    """The assets that lie on the terrain, in the order of the file; none where there is no file."""
    path = folder.path / forecast_files.ASSETS_TABLE_FILE
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row.get("state") != "outside"]


def _flooded(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in rows if row["state"] == "flooded"]


def draw_table(page: FPDF, folder: ForecastFolder, clock: Clock = ELAPSED) -> None:
    """A table of the assets that flood, the first to be reached first, then the names of those that stay dry.

    Nothing where no assets were given. clock: tells when the water comes.
    """
    rows = _rows(folder)
    if not rows:
        return
    flooded = _flooded(rows)
    typeset.heading(page, f"{len(flooded)} of {len(rows)} assets flood, the first to be reached first")
    if flooded:
        _draw_flooded(page, flooded, clock)
    dry = [row for row in rows if row["state"] == "dry"]
    if dry:
        named = ", ".join(f"{row['name']}{_dry_chance(row)}" for row in dry[:MAX_DRY])
        more = f", and {len(dry) - MAX_DRY:,} more" if len(dry) > MAX_DRY else ""
        typeset.line(page, f"Stay dry: {named}{more}.")


def _dry_chance(row: dict[str, str]) -> str:
    """How probable it is that one that stays dry floods all the same; empty where that is not known."""
    return f" ({percent(float(row['flood_chance']))} chance of water)" if row.get("flood_chance") else ""


def _draw_flooded(page: FPDF, flooded: list[dict[str, str]], clock: Clock) -> None:
    from fpdf.fonts import FontFace

    page.set_font(typeset.FONT, "", 9)
    page.set_fill_color(255)
    page.set_draw_color(150)
    widths = [width for _, width in COLUMNS]
    heads = FontFace(emphasis="", fill_color=(237, 241, 244))
    with page.table(
        col_widths=widths, width=sum(widths), align="LEFT", text_align="LEFT", line_height=5,
        borders_layout="HORIZONTAL_LINES", headings_style=heads,
    ) as pdf_table:  # fmt: skip
        head = pdf_table.row()
        for name, _ in COLUMNS:
            head.cell(name)
        for number, row in enumerate(flooded[:MAX_ROWS], 1):
            line = pdf_table.row()
            name, *others = _cells(row, clock)
            for text in (f"{number}  {name}", *others):
                line.cell(typeset.printable(page, text))
    page.set_font(typeset.FONT, "", 10)
    if len(flooded) > MAX_ROWS:
        typeset.line(page, f"And {len(flooded) - MAX_ROWS:,} more: the CSV of the forecast has them all.")


def _number(text: str | None) -> float | None:
    return float(text) if text else None


def _cells(row: dict[str, str], clock: Clock) -> tuple[str, ...]:
    depth = f"{float(row['depth_m']):.2f} m, {row['depth']}"
    if row["depth_low_m"] and row["depth_high_m"]:
        depth += f" ({float(row['depth_low_m']):.2f} to {float(row['depth_high_m']):.2f} m)"
    times = (_number(row.get(name)) for name in ("arrival_s", "arrival_low_s", "arrival_high_s"))
    arrival = clock.within(*times) if row["arrival_s"] else "–"
    chance = percent(float(row["flood_chance"])) if row.get("flood_chance") else "–"
    return row["name"], arrival, depth, chance, row["hazard"]
