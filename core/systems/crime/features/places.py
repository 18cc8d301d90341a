"""Addresses and coordinates as keys: the block and its streets, and cells of several sizes; never a house number."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

EARTH = 111_320.0  # length of one degree of latitude [m]
CELLS = ((1500.0, 0.0), (700.0, 0.5), (350.0, 0.0), (350.0, 0.5), (170.0, 0.0))
"""Grids of square cells: side [m] and shift [sides]; shifted ones put the borders elsewhere."""
HISTORY_CELL = 2
"""Place in CELLS of the grid whose past is remembered."""
NUMBERED = re.compile(r"^(\d+)\s*(?:X{1,4}\b)?\s*(?:BLOCK\b)?\s*(?:OF\b)?\s*(.+)$")
MASKED = re.compile(r"^(\d+)X{1,4}\b")
CROSSING = re.compile(r"\s*(?:/|&|\bAND\b|\bAT\b)\s*")


@dataclass(frozen=True)
class Block:
    """An address as far as it is looked at: its block or crossing, and one or two street names."""

    whole: str
    first: str
    second: str = ""


def block(address: str) -> Block:
    """`1234 Main St` and `1200 Block of MAIN ST` are the same block; the streets of a crossing are sorted."""
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


def key(text: str) -> int:
    """CRC-32 of a text plus 2: a small key that tells no one the text; 0 means missing, 1 unknown."""
    return 2 + zlib.crc32(text.encode())


def address_keys(addresses: pd.Series) -> np.ndarray:
    """Keys of block, first and second street; int64, shape (rows, 3), 0 where there is none."""
    codes, known = pd.factorize(addresses)
    keys = np.zeros((len(known) + 1, 3), dtype=np.int64)
    for place, address in enumerate(known):
        keys[place] = _block_keys(str(address))
    return np.asarray(keys[codes])


@lru_cache(maxsize=65_536)  # a city has some 20,000 blocks, and each shard of a large table asks for most of them
def _block_keys(address: str) -> tuple[int, int, int]:
    found = block(address)
    whole, first, second = (key(text) if text else 0 for text in (found.whole, found.first, found.second))
    return whole, first, second


def cell_keys(latitude: np.ndarray, longitude: np.ndarray, origin: tuple[float, float]) -> np.ndarray:
    """Keys of the cells around each place; int64, shape (rows, len(CELLS)), 0 where the place is missing.

    latitude, longitude: [degrees], shape (rows,). origin: latitude and longitude that distances are taken from.
    """
    north, east = metres(latitude, longitude, origin)
    known = np.isfinite(north)
    keys = np.zeros((len(north), len(CELLS)), dtype=np.int64)
    for place, (side, shift) in enumerate(CELLS):
        rows = np.floor(north[known] / side + shift).astype(np.int64)
        columns = np.floor(east[known] / side + shift).astype(np.int64)
        keys[known, place] = 2 + ((rows + 2**20) << 21) + columns + 2**20
    return keys


def metres(latitude: np.ndarray, longitude: np.ndarray, origin: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Distances north and east of the origin [m], on a plane that is good enough for one city."""
    north = (np.asarray(latitude, dtype=np.float64) - origin[0]) * EARTH
    east = (np.asarray(longitude, dtype=np.float64) - origin[1]) * EARTH * np.cos(np.radians(origin[0]))
    known = np.isfinite(north) & np.isfinite(east)
    return np.where(known, north, np.nan), np.where(known, east, np.nan)
