"""Places as counts: blocks instead of points, hexagons without the small ones, and the outlines of districts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import h3
import numpy as np
import pandas as pd

MIN_RECORDS = 5
"""Records below which a hexagon is not shown: a few records in a small place could be one household's."""
BLOCK_DECIMALS = 3
"""Decimals of a degree that a place keeps: about 110 m, a block."""
SIZES = (9, 8, 7, 6, 5)
"""Resolutions of H3 that are tried, finest first: hexagons about 350 m, 900 m, 2.4 km, 6.5 km and 17 km wide."""
WIDTHS = {9: "350 m", 8: "900 m", 7: "2.4 km", 6: "6.5 km", 5: "17 km"}
MIN_SHOWN_SHARE = 0.8  # of the records with a place, which a size of hexagons must leave visible
MAX_HEXAGONS = 3000  # that a browser draws at once without delay


@dataclass(frozen=True)
class Hexagons:
    """Hexagons of one size with at least MIN_RECORDS records each.

    frame: columns cell (H3 index), n, top (the most frequent category), top_n; most records first.
    hidden: number of records in hexagons with fewer.
    size: H3 resolution.
    """

    frame: pd.DataFrame
    hidden: int
    size: int


def snap_to_blocks(frame: pd.DataFrame) -> pd.DataFrame:
    """Records at the middle of their block: rows without a place are dropped, the others moved by 60 m at most.

    frame: columns latitude, longitude [degrees] and any others, which are kept.
    """
    located = frame[frame["latitude"].notna() & frame["longitude"].notna()]
    return located.assign(
        latitude=located["latitude"].round(BLOCK_DECIMALS), longitude=located["longitude"].round(BLOCK_DECIMALS)
    )


def hexagons(placed: pd.DataFrame, size: int | None = None) -> Hexagons:
    """Records counted by hexagon.

    placed: from `snap_to_blocks`, with a column category.
    size: H3 resolution; None for the finest that shows MIN_SHOWN_SHARE of the records in at most MAX_HEXAGONS.
    """
    for tried in SIZES if size is None else (size,):
        counted = _counted(placed, tried)
        shown = int(counted["n"].sum())
        if shown >= MIN_SHOWN_SHARE * len(placed) and len(counted) <= MAX_HEXAGONS:
            break
    return Hexagons(counted, len(placed) - shown, tried)


def _counted(placed: pd.DataFrame, size: int) -> pd.DataFrame:
    """Records counted by hexagon of one size; those with fewer than MIN_RECORDS are left out."""
    if placed.empty:
        return pd.DataFrame(columns=["cell", "n", "top", "top_n"])
    pairs = (
        placed.assign(cell=cell_of(placed, size))
        .groupby(["cell", "category"], observed=True)
        .size()
        .rename("top_n")
        .reset_index()
        .sort_values(["cell", "top_n"], ascending=[True, False], kind="stable")
    )
    groups = pairs.groupby("cell", sort=False)
    counted = groups.first().rename(columns={"category": "top"}).assign(n=groups["top_n"].sum()).reset_index()
    counted = counted[counted["n"] >= MIN_RECORDS].sort_values(["n", "cell"], ascending=[False, True])
    return counted[["cell", "n", "top", "top_n"]].reset_index(drop=True)


def cell_of(placed: pd.DataFrame, size: int) -> np.ndarray:
    """H3 index of each record's hexagon as text, shape (rows,); each distinct block is looked up once."""
    blocks = np.rint(placed[["latitude", "longitude"]].to_numpy() * 10**BLOCK_DECIMALS).astype(np.int64)
    _, first, codes = np.unique(blocks[:, 0] * 10**7 + blocks[:, 1], return_index=True, return_inverse=True)
    block_coordinates = placed[["latitude", "longitude"]].to_numpy()[first]
    cells = np.array([h3.latlng_to_cell(north, east, size) for north, east in block_coordinates], dtype=object)
    return np.asarray(cells[codes])


def hexagon_ring(cell: str) -> list[list[float]]:
    """Corners of a hexagon as a closed ring of GeoJSON: [longitude, latitude] each."""
    ring = [[round(east, 5), round(north, 5)] for north, east in h3.cell_to_boundary(cell)]
    return [*ring, ring[0]]


@dataclass(frozen=True)
class Outline:
    """A district as far as the records tell: rings of [latitude, longitude], and where its name stands."""

    name: str
    rings: list[list[list[float]]]
    middle: tuple[float, float]


def outlines(placed: pd.DataFrame, size: int) -> list[Outline]:
    """Districts outlined by the hexagons in which most records are theirs; hexagons with few records count for nothing.

    placed: from `snap_to_blocks`, with a column district; without any district all records get one nameless outline.
    size: H3 resolution of the hexagons.
    """
    if placed.empty:
        return []
    named = placed["district"].astype(object).where(placed["district"].notna(), "")
    counts = (
        pd.DataFrame({"cell": cell_of(placed, size), "district": named.to_numpy()})
        .groupby(["cell", "district"])
        .size()
        .rename("n")
        .reset_index()
        .sort_values(["cell", "n"], ascending=[True, False], kind="stable")
    )
    usual = counts.groupby("cell", sort=True).agg(district=("district", "first"), n=("n", "sum"))
    usual = usual[usual["n"] >= MIN_RECORDS]
    return [_outline(str(name), list(part.index)) for name, part in usual.groupby("district")]


def _outline(name: str, cells: Sequence[str]) -> Outline:
    """The border of the union of hexagons, islands and holes included; the name over the middle of the largest."""
    shapes = list(h3.cells_to_h3shape(cells, tight=False))
    rings = [ring for shape in shapes for ring in (shape.outer, *shape.holes)]
    closed = [[[round(north, 5), round(east, 5)] for north, east in (*ring, ring[0])] for ring in rings]
    middle = np.mean(np.array(max((shape.outer for shape in shapes), key=len)), axis=0)
    return Outline(name, closed, (float(middle[0]), float(middle[1])))
