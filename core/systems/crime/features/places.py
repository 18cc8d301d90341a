"""Addresses and coordinates as keys: the block and its streets, and cells of several sizes; never a house number."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

METRES_PER_DEGREE = 111_320.0  # length of one degree of latitude [m]
CELLS = ((1500.0, 0.0), (700.0, 0.5), (350.0, 0.0), (350.0, 0.5), (170.0, 0.0))
"""Grids of square cells: side [m] and shift [sides]; shifted ones put the borders elsewhere."""
HISTORY_CELL = 2
"""Index in CELLS of the grid whose past is remembered."""
NUMBERED = re.compile(r"^(\d+)\s*(?:X{1,4}\b)?\s*(?:BLOCK\b)?\s*(?:OF\b)?\s*(.+)$")
MASKED = re.compile(r"^(\d+)X{1,4}\b")
CROSSING = re.compile(r"\s*(?:/|&|\bAND\b|\bAT\b)\s*")


@dataclass(frozen=True)
class Block:
    """An address as far as it is looked at: its block or crossing, and one or two street names."""

    name: str
    first_street: str
    second_street: str = ""


def parse_block(address: str) -> Block:
    """The block or crossing of an address.

    `1234 Main St` and `1200 Block of MAIN ST` are the same block; the streets of a crossing are sorted.
    """
    text = " ".join(address.upper().split())
    masked = MASKED.match(text)
    if masked:  # 047XX: the last digits are hidden, the number of X says how many
        hidden = masked.end() - len(masked[1])
        text = f"{int(masked[1]) * 10**hidden} {text[masked.end() :]}"
    numbered = NUMBERED.match(text)
    if numbered and not CROSSING.search(text):
        street = numbered[2].strip()
        return Block(f"{int(numbered[1]) // 100 * 100} {street}", street)
    streets = sorted(part for part in CROSSING.split(text) if part)
    if len(streets) > 1:
        return Block(" / ".join(streets), streets[0], streets[1])
    return Block(text, text)


def text_key(text: str) -> int:
    """CRC-32 of a text plus 2: a small key that tells no one the text; 0 means missing, 1 unknown."""
    return 2 + zlib.crc32(text.encode())


def address_keys(addresses: pd.Series) -> np.ndarray:
    """Keys of block, first and second street of addresses as written, shape (rows,).

    Returns int64, shape (rows, 3), 0 where there is none.
    """
    codes, distinct = pd.factorize(addresses)
    keys = np.zeros((len(distinct) + 1, 3), dtype=np.int64)
    for index, address in enumerate(distinct):
        keys[index] = _block_keys(str(address))
    return np.asarray(keys[codes])


@lru_cache(maxsize=65_536)  # a city has some 20,000 blocks, and each shard of a large table asks for most of them
def _block_keys(address: str) -> tuple[int, int, int]:
    block = parse_block(address)
    name, first, second = (
        text_key(text) if text else 0 for text in (block.name, block.first_street, block.second_street)
    )
    return name, first, second


def cell_keys(latitude: np.ndarray, longitude: np.ndarray, origin: tuple[float, float]) -> np.ndarray:
    """Keys of the cells of every grid of CELLS that hold each location.

    latitude, longitude: WGS 84, shape (rows,) [degrees], NaN where missing.
    origin: latitude and longitude that distances are taken from [degrees].

    Returns int64, shape (rows, len(CELLS)), 0 where the location is missing.
    """
    north, east = local_metres(latitude, longitude, origin)
    located = np.isfinite(north)
    keys = np.zeros((len(north), len(CELLS)), dtype=np.int64)
    for index, (side, shift) in enumerate(CELLS):
        rows = np.floor(north[located] / side + shift).astype(np.int64)
        columns = np.floor(east[located] / side + shift).astype(np.int64)
        keys[located, index] = 2 + ((rows + 2**20) << 21) + columns + 2**20
    return keys


def local_metres(
    latitude: np.ndarray, longitude: np.ndarray, origin: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Distances north and east of an origin, on a plane that is good enough for one city.

    latitude, longitude: WGS 84, shape (rows,) [degrees].
    origin: latitude and longitude [degrees].

    Returns two arrays of shape (rows,), float64 [m], NaN where a coordinate is missing.
    """
    north = (np.asarray(latitude, dtype=np.float64) - origin[0]) * METRES_PER_DEGREE
    east = (np.asarray(longitude, dtype=np.float64) - origin[1]) * METRES_PER_DEGREE * np.cos(np.radians(origin[0]))
    located = np.isfinite(north) & np.isfinite(east)
    return np.where(located, north, np.nan), np.where(located, east, np.nan)
