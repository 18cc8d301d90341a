"""The edge of the water in a picture: a dark line and a light one around it, of which one stands out from any ground.

The lines lie on dry pixels, so that no depth is hidden. Specks of one or two blocks have none: rain on rough ground
leaves thousands of them, and their edges would look like water.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.maps.flood.views import View

INK, HALO = "#020B14", "#FFFFFF"
"""Colours of the line at the water and of the line around that one. At least 3 to 1 of one of them against any grey."""
MIN_WET_BLOCKS = 3  # of a block and its eight neighbours, for the block to have an edge
EDGED = np.uint8(0x40)  # added to the codes of blocks that have an edge, while they become pixels


class EdgedPixels(NamedTuple):
    """A picture's pixels; shape (height, width) each.

    codes: colour codes, 0 where it is dry or there is no cell; uint8.
    ink, halo: dry pixels beside the water, and those beside these; bool.
    """

    codes: np.ndarray
    ink: np.ndarray
    halo: np.ndarray


def lay(view: View, codes: np.ndarray) -> EdgedPixels:
    """The pixels of a view with the edge of what is coloured.

    codes: of the blocks, 0 for dry, below EDGED; uint8, shape `view.blocks`.
    """
    pixels = view.lay(codes + EDGED * edged(codes > 0))
    water = pixels >= EDGED
    dry = pixels == 0
    ink = _grown(water) & dry
    halo = _grown(ink) & dry & ~ink
    return EdgedPixels(pixels & ~EDGED, ink, halo)


def edged(wet: np.ndarray) -> np.ndarray:
    """Which wet blocks have enough wet neighbours to be no speck; shape of `wet`."""
    counts = np.pad(wet.view(np.uint8), 1)
    counts = counts[:-2] + counts[1:-1] + counts[2:]
    counts = counts[:, :-2] + counts[:, 1:-1] + counts[:, 2:]
    no_speck: np.ndarray = wet & (counts >= MIN_WET_BLOCKS)
    return no_speck


def _grown(mask: np.ndarray) -> np.ndarray:
    """The mask with the pixels above, below, left and right of it; a copy."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown
