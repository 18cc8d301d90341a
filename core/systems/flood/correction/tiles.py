"""A grid cut into tiles of one shape, each with the cells around it that its answer depends on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

SIDE_MULTIPLE = 8  # a grid's sides must be multiples of it: 2 ** (len(network.WIDTHS) - 1)
REACH = 48  # cells: 2 convolutions of 3 x 3 down and 2 up on each of the network's grids make 44, in SIDE_MULTIPLEs
MAX_SIDE = 416  # cells that the network sees at once: it takes 800 bytes for each, and time to get them

Window = tuple[slice, slice]
"""Rows and columns."""


class Tile(NamedTuple):
    """A part of a grid. answered: what it answers for; visible: all that it sees for that."""

    answered: Window
    visible: Window

    @property
    def answered_in_visible(self) -> Window:
        """What it answers for, counted from the corner of what it sees."""
        rows, cols = (within(inner, outer) for inner, outer in zip(self.answered, self.visible, strict=True))
        return rows, cols


def within(inner: slice, outer: slice) -> slice:
    """The inner slice counted from the start of the outer one."""
    return slice(inner.start - outer.start, inner.stop - outer.start)


def cut(shape: tuple[int, ...]) -> Iterator[Tile]:
    """All tiles that cover a grid of shape (rows, cols); of one shape, so that one interpreter serves them all."""
    row_parts, col_parts = (list(cut_side(size)) for size in shape)
    for answered_rows, visible_rows in row_parts:
        for answered_cols, visible_cols in col_parts:
            yield Tile((answered_rows, answered_cols), (visible_rows, visible_cols))


def cut_side(size: int) -> Iterator[tuple[slice, slice]]:
    """The tiles along one side of a grid: what each answers for, and what it sees.

    size: of the side [cells].

    Each starts on the network's coarsest grid and sees REACH beyond what it answers for.
    """
    full = size + -size % SIDE_MULTIPLE
    number = -(-(full - 2 * REACH) // (MAX_SIDE - 2 * REACH)) if size > MAX_SIDE else 1
    step = -(-(full - 2 * REACH) // number // SIDE_MULTIPLE) * SIDE_MULTIPLE
    side = min(step + 2 * REACH, full)
    starts = [(full - side) // SIDE_MULTIPLE * index // max(number - 1, 1) * SIDE_MULTIPLE for index in range(number)]
    ends = [(after + before + side) // 2 for before, after in pairwise(starts)]
    for start, first, end in zip(starts, [0, *ends], [*ends, size], strict=True):
        yield slice(first, end), slice(start, min(start + side, size))
