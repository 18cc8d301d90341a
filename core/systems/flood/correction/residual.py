"""The residual network as it serves: the physics' forecast in, the corrected one with its interval out, tile by tile.

A tile is seen with everything that its answer depends on, so that there are no seams: the same cell gets the same
answer from any tile.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from core.hydraulics import parallel
from core.hydraulics.domain import Domain, Hydrograph
from core.hydraulics.jit import compiled
from core.progress import Progress, ProgressListener, Stage
from core.settings import settings
from core.systems.flood.correction import features
from core.systems.flood.correction.features import AROUND, FINEST, TYPICAL
from core.systems.flood.correction.over_time import Corrected, over_time
from core.systems.flood.physics import MODES, Physics

NETWORK_FILE = "model.tflite"
METADATA_FILE = "metadata.json"
STEP = 8  # a grid's sides must be multiples of it: 2 ** (len(network.WIDTHS) - 1)
REACH = 48  # cells: 2 convolutions of 3 x 3 down and 2 up on each of the network's grids make 44, rounded up to STEP
WIDER = AROUND[-1] // 2 + 1  # cells around a tile on which its inputs depend
ALIGNED = 24  # a part of the flood starts on the corner of a coarse cell of either mode
LARGEST = 416  # cells a side that the network sees at once: it takes 800 bytes for each, and time to get them
SHALLOW, DEEP = 0.1, 0.2  # up to here the network is followed on any ground, from here on only on large cells [m]
FINE, COARSE = 8.0, 20.0  # up to here the physics keep the word on deep water, from here on the network has it [m]
MOST = features.LARGEST
LIFTED = (0.02, 0.04, 0.08, 0.15)  # depths between which an answer is lifted, fully so between the middle two [m]

Halves = tuple[float, float]
Tile = tuple[tuple[slice, slice], tuple[slice, slice]]  # what it answers for, and all that it sees


class Residual:
    """One trained network, safe to ask from several threads.

    widen: by the coarse solve's factor, what its intervals' halves are multiplied by, once if not said; lift: see
    `lifted`.
    """

    def __init__(self, network: bytes, threads: int, widen: Mapping[int, Halves] | None = None, lift: float = 0.0):
        self._network, self._threads, self._widen, self._lift = network, threads, widen or {}, lift
        self._known: tuple[tuple[int, ...], Any] | None = None
        self._lock = threading.Lock()  # one interpreter has all threads, and a large tile takes 140 MB

    @classmethod
    def load(cls, folder: Path) -> Residual | None:
        """The network of the artefacts in `folder`; None where there is none."""
        if not (folder / NETWORK_FILE).is_file():
            return None
        said = json.loads((folder / METADATA_FILE).read_text(encoding="utf-8"))
        return cls.calibrated((folder / NETWORK_FILE).read_bytes(), said["widen"], said["lift"])

    @classmethod
    def calibrated(cls, network: bytes, widen: Mapping[str, Halves], lift: float) -> Residual:
        """With what a version's metadata say; widen: by mode."""
        halves = {MODES[mode].factor: (float(below), float(above)) for mode, (below, above) in widen.items()}
        return cls(network, settings().inference_threads, halves, float(lift))

    def correct(
        self, domain: Domain, physics: Physics, rain: Hydrograph | None, progress: ProgressListener | None = None
    ) -> Corrected:
        """What the network makes of the physics' forecast of the same domain and rain; its inflows are in its flow.

        The physics' depths at lead times are corrected where they lie: see `over_time`.
        """
        flood, shape = features.seen(domain, physics, rain), domain.elevation.shape
        widen = self._widen.get(flood.factor, (1.0, 1.0))
        made = [np.zeros(shape, dtype=np.float32) for _ in range(3)]
        tiles = [one for one in _tiles(shape) if np.isfinite(domain.elevation[one[1]]).any()]
        for number, ((inner, outer), given) in enumerate(self._prepared(flood, tiles)):
            cut = tuple(slice(i.start - o.start, i.stop - o.start) for i, o in zip(inner, outer, strict=True))
            for raster, band in zip(made, self._depths(self.answer(given)[cut], widen), strict=True):
                raster[inner] = band
            if progress is not None:
                progress(Progress((number + 1) / len(tiles), Stage.CORRECTING, done=number + 1, total=len(tiles)))
        with self._lock:
            self._known = None  # its memory is wanted for other things
        for raster in made:
            raster[np.isnan(domain.elevation)] = np.nan
        return over_time(physics, *made)

    def _prepared(self, flood: features.Seen, tiles: Sequence[Tile]) -> Iterator[tuple[Tile, np.ndarray]]:
        """Each tile with its inputs: first those of as many as there are threads, then the network has the threads."""
        for first in range(0, len(tiles), self._threads):
            some = tiles[first : first + self._threads]
            yield from zip(
                some, parallel.map_parts(lambda one: _given(flood, one[1]), some, self._threads), strict=True
            )

    def _depths(self, found: np.ndarray, widen: Halves) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        middle, below, above = np.moveaxis(found, -1, 0)
        return (
            features.unscaled(lifted(middle, self._lift)),
            features.unscaled(middle - widen[0] * below),
            features.unscaled(middle + widen[1] * above),
        )

    def answer(self, given: np.ndarray) -> np.ndarray:
        """The network's answer to inputs as far as it is trusted, shape (rows, cols, 3); any grid is filled up."""
        rows, cols = given.shape[:2]
        with self._lock:
            interpreter = self._interpreter((rows + -rows % STEP, cols + -cols % STEP))
            room = interpreter.tensor(interpreter.get_input_details()[0]["index"])()[0]
            room[:rows, :cols], room[rows:], room[:rows, cols:] = given, 0.0, 0.0
            del room  # the interpreter runs only while nobody looks at its memory
            interpreter.invoke()
            answer: np.ndarray = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
        return _trusted(given, np.ascontiguousarray(answer[:rows, :cols]))

    def _interpreter(self, shape: tuple[int, ...]) -> Any:
        """The one for grids of this shape; it is not safe across threads."""
        from ai_edge_litert.interpreter import Interpreter

        if self._known is None or self._known[0] != shape:
            self._known = None  # its memory goes before the next one's comes
            interpreter = Interpreter(model_content=self._network, num_threads=self._threads)
            place = interpreter.get_input_details()[0]["index"]
            interpreter.resize_tensor_input(place, (1, *shape, len(features.NAMES)))
            interpreter.allocate_tensors()
            self._known = (shape, interpreter)
        return self._known[1]


def _trusted(given: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """The answer, but where the water is deep on small cells, the physics' depth: there the network makes it worse.

    Chosen on validation terrains: `docs/adr/0015-the-flood-network-corrects-a-coarse-solve.md`. Changes the answer.
    """
    _follow(given[..., features.DEPTH].astype(np.float32), given[..., features.CELL].astype(np.float32), answer)
    return answer


@compiled
def _follow(depth: np.ndarray, size: np.ndarray, answer: np.ndarray) -> None:
    """See `_trusted`; depth and size: the inputs of these names."""
    before, large = np.nan, 0.0
    for row in range(answer.shape[0]):
        for col in range(answer.shape[1]):
            own = float(size[row, col])
            if own != before:
                cell = TYPICAL * np.exp(2.0 * own)
                before, large = own, min(max(np.log(cell / FINE) / np.log(COARSE / FINE), 0.0), 1.0)
            scaled = depth[row, col]
            metres = FINEST * np.expm1(min(max(float(scaled), 0.0), MOST))
            deep = min(max((metres - SHALLOW) / (DEEP - SHALLOW), 0.0), 1.0)
            answer[row, col, 0] = scaled + (1.0 - deep * (1.0 - large)) * (answer[row, col, 0] - scaled)


def lifted(middle: np.ndarray, lift: float) -> np.ndarray:
    """Scaled depths with those about 0.05 m raised by `lift`.

    Between wet and dry the mean depth is not the one that errs least over the extent: by how much is chosen on
    validation terrains (`measuring.lifting`). Deeper water and dry ground stay as they are.
    """
    near = np.interp(middle, features.scaled(np.array(LIFTED)), [0.0, 1.0, 1.0, 0.0])
    return np.asarray(middle + lift * near, dtype=middle.dtype)


def _given(flood: features.Seen, outer: tuple[slice, slice]) -> np.ndarray:
    """The inputs of a tile."""
    wide, shape = [], flood.domain.elevation.shape
    for one, size in zip(outer, shape, strict=True):
        wide.append(slice(max(one.start - WIDER, 0) // ALIGNED * ALIGNED, min(one.stop + WIDER, size)))
    rows, cols = (slice(one.start - w.start, one.stop - w.start) for one, w in zip(outer, wide, strict=True))
    return features.inputs(flood.part(wide[0], wide[1]))[rows, cols]


def _tiles(shape: tuple[int, ...]) -> Iterator[Tile]:
    """All that cover a grid, of one shape, so that one interpreter serves them all."""
    sides = [list(_cuts(size)) for size in shape]
    for top, rows in sides[0]:
        for left, cols in sides[1]:
            yield (top, left), (rows, cols)


def _cuts(size: int) -> Iterator[tuple[slice, slice]]:
    """One side of the tiles; each starts on the network's coarsest grid and sees REACH beyond what it answers for."""
    full = size + -size % STEP
    number = -(-(full - 2 * REACH) // (LARGEST - 2 * REACH)) if size > LARGEST else 1
    step = -(-(full - 2 * REACH) // number // STEP) * STEP
    side = min(step + 2 * REACH, full)
    starts = [(full - side) // STEP * place // max(number - 1, 1) * STEP for place in range(number)]
    ends = [(after + before + side) // 2 for before, after in pairwise(starts)]
    for start, first, end in zip(starts, [0, *ends], [*ends, size], strict=True):
        yield slice(first, end), slice(start, min(start + side, size))
