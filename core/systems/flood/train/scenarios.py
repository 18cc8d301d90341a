"""Random floods by seed on crops of real terrain, for training and for measuring.

What is drawn (log: log-uniform; each event from its own seed):

- ground: a square crop with data on at least MIN_DATA_SHARE of it; for training it is turned, flipped, given another
  cell size (log, 1 to 100 m; relief scales with size to a power of 0.6 to 1, as natural ground does), one in six gets a
  channel cut along its way down, 0.5 to 4 m deep, and one in two whose cells are then of MAX_TOWN_CELL or less gets
  houses.
- Manning's n: log, 0.02 to 0.12; one in three grounds has patches of two values.
- edges: each open with a chance of one half.
- water: rain alone (2 in 5), inflow alone (3 in 10), or both. Rain: depth log, 10 to 150 mm, within 0.25 to 1 of the
  event, as block, triangle or two bursts. Inflows: one to three, each at the lowest cell of a random window, with a
  triangle of a volume of log, 5 to 80 mm over the crop in all, but no more than MAX_PEAK m3/s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.hydraulics.domain import EDGES, Domain, Hydrograph, Inflow

MIN_DATA_SHARE = 0.6  # of a crop's cells
MAX_PEAK = 5_000.0  # of one inflow [m3/s]
WINDOW_SIDE = 24  # of the square in which an inflow looks for low ground [cells]
MAX_TRIES = 40  # crops that are drawn until one has enough data
MAX_TOWN_CELL = 6.0  # cell size up to which houses are seen [m]
MIN_DURATION, MAX_DURATION = 3_600.0, 14_400.0  # of an event for training [s]


@dataclass(frozen=True)
class Scenario:
    """One event.

    domain: the ground.
    duration: for how long the flood is followed [s].
    rain: what falls; None for none.
    inflows: where water enters.
    """

    domain: Domain
    duration: float
    rain: Hydrograph | None
    inflows: tuple[Inflow, ...]


def draw(
    elevation: np.ndarray,
    cell_size: float,
    cells: int,
    seed: int,
    duration: float | None = 7200.0,
    augment: bool = False,
) -> Scenario:
    """A random event on a crop of a terrain.

    elevation: NaN for no data, shape (rows, cols) [m].
    cell_size: [m].
    cells: greatest side of the crop.
    seed: decides all that is drawn.
    duration: of the event [s]; None draws it too, log, MIN_DURATION to MAX_DURATION.
    augment: whether the ground is varied, as for training.
    """
    random = np.random.default_rng(seed)
    if duration is None:
        duration = _draw_log(random, MIN_DURATION, MAX_DURATION)
    ground = _crop(elevation, cells, random)
    if augment:
        ground, cell_size = _vary(ground, cell_size, random)
    valid = np.isfinite(ground)
    edges = frozenset(edge for edge in EDGES if random.random() < 0.5)
    domain = Domain(ground, cell_size, cell_size, _draw_manning(ground.shape, random), edges)
    kind = random.random()
    rain = _draw_rain(duration, random) if kind < 0.4 or kind > 0.7 else None
    volume = _draw_log(random, 0.005, 0.08) * valid.sum() * cell_size**2
    inflows = _draw_inflows(ground, volume, duration, random) if kind >= 0.4 else ()
    return Scenario(domain, duration, rain, inflows)


def _draw_log(random: np.random.Generator, low: float, high: float) -> float:
    """A log-uniform number."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def _crop(elevation: np.ndarray, cells: int, random: np.random.Generator) -> np.ndarray:
    """The first of some random crops that has enough data, else the one that has most; see `draw`."""
    height, width = (min(cells, size) for size in elevation.shape)
    best, best_share = elevation[:height, :width], -1.0
    for _ in range(MAX_TRIES):
        row = random.integers(0, elevation.shape[0] - height + 1)
        col = random.integers(0, elevation.shape[1] - width + 1)
        crop = elevation[row : row + height, col : col + width]
        share = float(np.isfinite(crop).mean())
        if share > best_share:
            best, best_share = crop, share
        if share >= MIN_DATA_SHARE:
            break
    return best


def _vary(ground: np.ndarray, cell_size: float, random: np.random.Generator) -> tuple[np.ndarray, float]:
    """The ground turned, flipped, at another cell size, and sometimes with a channel or houses; and that size [m]."""
    ground = np.rot90(ground, int(random.integers(4)))
    if random.random() < 0.5:
        ground = ground[:, ::-1]
    size = _draw_log(random, 1.0, 100.0)
    ground = ground * (size / cell_size) ** random.uniform(0.6, 1.0)
    if random.random() < 1 / 6:
        ground = _with_channel(ground, random)
    if size <= MAX_TOWN_CELL and random.random() < 0.5:
        ground = _with_houses(ground, size, random)
    return np.ascontiguousarray(ground), size


def _with_houses(ground: np.ndarray, size: float, random: np.random.Generator) -> np.ndarray:
    """Rows of houses along streets on a part of the ground, raised by 3 to 6 m; size: of a cell [m]."""
    lot = np.maximum(np.round(random.uniform(16.0, 40.0, 2) / size).astype(int), 3)
    height, built = random.uniform(3.0, 6.0), random.uniform(0.3, 0.9)
    rows, cols = (-(-side // step) for side, step in zip(ground.shape, lot, strict=True))
    town = np.zeros((rows * lot[0], cols * lot[1]))
    for row in range(rows):
        for col in range(cols):
            if random.random() < built:
                tall, wide = np.maximum(np.round(lot * random.uniform(0.35, 0.75, 2)).astype(int), 1)
                top = row * lot[0] + int(random.integers(0, lot[0] - tall + 1))
                left = col * lot[1] + int(random.integers(0, lot[1] - wide + 1))
                town[top : top + tall, left : left + wide] = height
    return ground + town[: ground.shape[0], : ground.shape[1]]


def _with_channel(ground: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Cut a channel down the steepest way, from a random cell; where that ends it goes on to the lowest neighbour."""
    carved = ground.copy()
    valid = np.argwhere(np.isfinite(ground))
    row, col = valid[random.integers(len(valid))]
    depth, width = random.uniform(0.5, 4.0), int(random.integers(0, 2))
    visited = np.zeros(ground.shape, dtype=bool)
    bed = float(ground[row, col]) - depth
    for _ in range(2 * max(ground.shape)):
        visited[row, col] = True
        bed = min(bed, float(ground[row, col]) - depth)
        rows = slice(max(row - width, 0), row + width + 1)
        cols = slice(max(col - width, 0), col + width + 1)
        carved[rows, cols] = np.fmin(carved[rows, cols], np.where(np.isfinite(ground[rows, cols]), bed, np.nan))
        near = [(row + 1, col), (row - 1, col), (row, col + 1), (row, col - 1)]
        near = [
            (r, c)
            for r, c in near
            if 0 <= r < ground.shape[0] and 0 <= c < ground.shape[1] and not visited[r, c] and np.isfinite(ground[r, c])
        ]
        if not near:
            break
        row, col = min(near, key=lambda cell: float(ground[cell]))
    return carved


def _draw_manning(shape: tuple[int, ...], random: np.random.Generator) -> float | np.ndarray:
    """Manning's n: one number, or patches of two values in a grid of shape (rows, cols) [s m-1/3]."""
    first = _draw_log(random, 0.02, 0.12)
    if random.random() > 1 / 3:
        return first
    side = int(random.integers(4, 33))
    rows, cols = (-(-size // side) for size in shape)
    patches = random.random((rows, cols)) < 0.4
    spread = np.repeat(np.repeat(patches, side, axis=0), side, axis=1)[: shape[0], : shape[1]]
    return np.where(spread, _draw_log(random, 0.02, 0.12), first)


def _draw_rain(duration: float, random: np.random.Generator) -> Hydrograph:
    """A block, a triangle or two bursts of rain within an event; duration: of the event [s]."""
    depth, spell = _draw_log(random, 0.010, 0.150), duration * random.uniform(0.25, 1.0)
    shape, peak = random.integers(3), random.uniform(0.2, 0.7)
    if shape == 0:
        times, rates = [0.0, 1.0], [1.0, 1.0]
    elif shape == 1:
        times, rates = [0.0, peak, 1.0], [0.0, 2.0, 0.0]
    else:
        times, rates = [0.0, peak / 2, peak, (1 + peak) / 2, 1.0], [0.0, 2.0, 0.0, 2.0, 0.0]
    return Hydrograph(np.array(times) * spell, np.array(rates) * depth / spell)


def _draw_inflows(
    ground: np.ndarray, volume: float, duration: float, random: np.random.Generator
) -> tuple[Inflow, ...]:
    """One to three inflows at low cells that share a volume.

    ground: elevation, NaN for no data, shape (rows, cols) [m].
    volume: of all together, less what MAX_PEAK cuts off [m3].
    duration: of the event [s].
    """
    number = int(random.integers(1, 4))
    shares = random.dirichlet(np.full(number, 2.0))
    inflows = []
    for share in shares:
        times = np.array([0.0, random.uniform(0.15, 0.6), random.uniform(0.7, 1.0)]) * duration
        peak = min(2.0 * volume * share / times[-1], MAX_PEAK)
        cell = _low_cell(ground, random)
        inflows.append(Inflow(np.array([cell]), Hydrograph(times, np.array([0.0, peak, 0.0]))))
    return tuple(inflows)


def _low_cell(ground: np.ndarray, random: np.random.Generator) -> tuple[int, int]:
    """Row and column of the lowest cell of a window about a random cell with data."""
    valid = np.argwhere(np.isfinite(ground))
    row, col = valid[random.integers(len(valid))]
    top, left = max(row - WINDOW_SIDE // 2, 0), max(col - WINDOW_SIDE // 2, 0)
    window = ground[top : top + WINDOW_SIDE, left : left + WINDOW_SIDE]
    low = np.unravel_index(int(np.nanargmin(window)), window.shape)
    return int(top + low[0]), int(left + low[1])
