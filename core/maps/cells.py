"""Places as counts: blocks instead of points, and hexagons without the small ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat

import h3.api.basic_int as h3
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

    frame: columns cell (H3 index as text), n, top (the most frequent category), top_n; most records first.
    cells: H3 index of each record's hexagon, shown or not; uint64, shape (records,).
    hidden: number of records in hexagons with fewer.
    size: H3 resolution.
    """

    frame: pd.DataFrame
    cells: np.ndarray
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
    places, codes = _blocks(placed)
    if size is None:
        size = _finest_size(places, codes)
    cells = _cells_of(places, size)[codes]
    counted = _counted(cells, placed["category"])
    return Hexagons(counted, cells, len(placed) - int(counted["n"].sum()), size)


def _blocks(placed: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Each distinct block's latitude and longitude, shape (blocks, 2), and the block of each record."""
    places = placed[["latitude", "longitude"]].to_numpy()
    blocks = np.rint(places * 10**BLOCK_DECIMALS).astype(np.int64)
    _, first, codes = np.unique(blocks[:, 0] * 10**7 + blocks[:, 1], return_index=True, return_inverse=True)
    return places[first], codes


def _cells_of(places: np.ndarray, size: int) -> np.ndarray:
    """H3 index of the hexagon around each place; uint64, shape (places,)."""
    cells = map(h3.latlng_to_cell, places[:, 0].tolist(), places[:, 1].tolist(), repeat(size))
    return np.fromiter(cells, dtype=np.uint64, count=len(places))


def _finest_size(places: np.ndarray, codes: np.ndarray) -> int:
    """The first of SIZES that shows enough in few enough hexagons, else the last.

    Coarser hexagons are made from finer ones, which is quicker than from places and close enough to choose a size.
    """
    cells, counts = _cells_of(places, SIZES[0]), np.bincount(codes, minlength=len(places))
    for size in SIZES:
        if size != SIZES[0]:
            parents = map(h3.cell_to_parent, cells.tolist(), repeat(size))
            cells = np.fromiter(parents, dtype=np.uint64, count=len(cells))
        cells, hexagon = np.unique(cells, return_inverse=True)
        counts = np.bincount(hexagon, weights=counts, minlength=len(cells))
        shown = counts[counts >= MIN_RECORDS]
        if shown.sum() >= MIN_SHOWN_SHARE * len(codes) and len(shown) <= MAX_HEXAGONS:
            return size
    return SIZES[-1]


def _counted(cells: np.ndarray, categories: pd.Series) -> pd.DataFrame:
    """Records counted by hexagon; those with fewer than MIN_RECORDS are left out. cells: of each record."""
    names = pd.Categorical(categories)
    distinct, hexagon = np.unique(cells, return_inverse=True)
    counts = np.zeros((len(distinct), max(len(names.categories), 1)), dtype=np.int64)
    has_category = names.codes >= 0
    np.add.at(counts, (hexagon[has_category], names.codes[has_category]), 1)
    n = np.bincount(hexagon, minlength=len(distinct))
    shown = np.flatnonzero(n >= MIN_RECORDS)
    counted = pd.DataFrame(
        {
            "cell": [h3.int_to_str(int(cell)) for cell in distinct[shown]],
            "n": n[shown],
            "top": np.asarray(names.categories, dtype=object)[counts[shown].argmax(axis=1)] if len(shown) else [],
            "top_n": counts[shown].max(axis=1) if len(shown) else [],
        }
    )
    return counted.sort_values(["n", "cell"], ascending=[False, True]).reset_index(drop=True)


def number_of(cell: str) -> np.uint64:
    """An H3 index in text as `Hexagons.cells` has it."""
    return np.uint64(h3.str_to_int(cell))


def hexagon_ring(cell: str) -> list[list[float]]:
    """Corners of a hexagon as a closed ring of GeoJSON: [longitude, latitude] each."""
    ring = [[round(east, 5), round(north, 5)] for north, east in h3.cell_to_boundary(h3.str_to_int(cell))]
    return [*ring, ring[0]]
