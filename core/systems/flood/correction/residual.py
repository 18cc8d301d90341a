"""The residual network as it serves: the physics' forecast in, the corrected one with its interval out, tile by tile.

A tile is seen with everything that its answer depends on, so that there are no seams: the same cell gets the same
answer from any tile.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.hydraulics import parallel
from core.hydraulics.domain import Domain, Hydrograph
from core.hydraulics.jit import compiled
from core.progress import Progress, ProgressListener, Stage
from core.settings import settings
from core.systems.flood.correction import feature_names, tiles
from core.systems.flood.correction.arrival_interval import ArrivalSpread
from core.systems.flood.correction.depth_scale import MAX_SCALED, UNIT_DEPTH, scale_depth, unscale_depth
from core.systems.flood.correction.features import (
    TYPICAL_CELL_SIZE,
    FloodFields,
    collect_fields,
    compute_features,
)
from core.systems.flood.correction.over_time import CorrectedFlood, correct_over_time
from core.systems.flood.correction.tiles import SIDE_MULTIPLE, Tile, Window
from core.systems.flood.physics import MODES, Physics

NETWORK_FILE = "model.tflite"
METADATA_FILE = "metadata.json"
FEATURE_MARGIN = feature_names.WINDOW_SIDES[-1] // 2 + 1  # cells around a tile on which its features depend
COARSE_MULTIPLE = 24  # rows and columns at a multiple of it start on the corner of a coarse cell of either mode
SHALLOW, DEEP = 0.1, 0.2  # up to here the network is followed on any ground, from here on only on large cells [m]
SMALL_CELL, LARGE_CELL = 8.0, 20.0  # up to here the physics decide on deep water, from here on the network does [m]
LIFTED = (0.02, 0.04, 0.08, 0.15)  # depths between which an answer is lifted, fully so between the middle two [m]

ArrivalFactors = Mapping[str, Mapping[str, Sequence[object]]]
"""The factors of `ArrivalSpread` by mode, as metadata.json holds them."""
Widening = tuple[float, float]
"""What the lower and the upper half of an interval are multiplied by."""


class ResidualNetwork:
    """One trained network, safe to ask from several threads."""

    def __init__(
        self,
        network: bytes,
        threads: int,
        widening: Mapping[int, Widening] | None = None,
        lift: float = 0.0,
        arrival: Mapping[int, ArrivalSpread] | None = None,
    ):
        """Keep the network; its interpreter is made when it is first asked.

        network: a LiteRT model.
        threads: that the interpreter may use.
        widening: by the sub-grid solve's factor, of the intervals; none where it is not named.
        lift: of depths about 0.05 m, see `lift_depth`.
        arrival: by the factor too, how far arrivals may be off; nothing is said of it where it is not named.
        """
        self._network, self._threads, self._widening, self._lift = network, threads, widening or {}, lift
        self._arrival = arrival or {}
        self._ready: tuple[tuple[int, ...], Any] | None = None  # a grid's shape, and the interpreter for it
        self._lock = threading.Lock()  # one interpreter has all threads, and a large tile takes 140 MB

    @classmethod
    def load(cls, folder: Path) -> ResidualNetwork | None:
        """The network of the artefacts in `folder`; None where there is none."""
        if not (folder / NETWORK_FILE).is_file():
            return None
        metadata = json.loads((folder / METADATA_FILE).read_text(encoding="utf-8"))
        network, arrival = (folder / NETWORK_FILE).read_bytes(), metadata.get("arrival")
        return cls.calibrated(network, metadata["widen"], metadata["lift"], arrival)

    @classmethod
    def calibrated(
        cls, network: bytes, widening: Mapping[str, Widening], lift: float, arrival: ArrivalFactors | None = None
    ) -> ResidualNetwork:
        """The network with the calibration of a version's metadata; widening, arrival: by mode."""
        by_factor = {MODES[mode].factor: (float(below), float(above)) for mode, (below, above) in widening.items()}
        spreads = {MODES[mode].factor: ArrivalSpread.of_metadata(factors) for mode, factors in (arrival or {}).items()}
        return cls(network, settings().inference_threads, by_factor, float(lift), spreads)

    def arrival_spread(self, mode: str) -> ArrivalSpread | None:
        """How far arrivals may be off; None where the version does not say. mode: one of MODES."""
        return self._arrival.get(MODES[mode].factor)

    def correct(
        self, domain: Domain, physics: Physics, rain: Hydrograph | None, progress: ProgressListener | None = None
    ) -> CorrectedFlood:
        """What the network makes of the physics' forecast of the same domain and rain; its inflows are in its flow.

        The physics' depths at lead times are corrected where they lie: see `correct_over_time`.
        """
        flood, shape = collect_fields(domain, physics, rain), domain.elevation.shape
        widening = self._widening.get(flood.factor, (1.0, 1.0))
        rasters = [np.zeros(shape, dtype=np.float32) for _ in range(3)]
        cut = [tile for tile in tiles.cut(shape) if np.isfinite(domain.elevation[tile.visible]).any()]
        for index, (tile, features) in enumerate(self._with_features(flood, cut)):
            depths = self._depths(self.answer(features)[tile.answered_in_visible], widening)
            for raster, band in zip(rasters, depths, strict=True):
                raster[tile.answered] = band
            if progress is not None:
                progress(Progress((index + 1) / len(cut), Stage.CORRECTING, done=index + 1, total=len(cut)))
        with self._lock:
            self._ready = None  # its memory is wanted for other things
        for raster in rasters:
            raster[np.isnan(domain.elevation)] = np.nan
        return replace(correct_over_time(physics, *rasters), arrival_spread=self._arrival.get(flood.factor))

    def _with_features(self, flood: FloodFields, cut: Sequence[Tile]) -> Iterator[tuple[Tile, np.ndarray]]:
        """Each tile with its features: all threads compute those of some tiles, then the network has the threads."""
        for first in range(0, len(cut), self._threads):
            group = cut[first : first + self._threads]
            features = parallel.map_parts(lambda tile: _tile_features(flood, tile.visible), group, self._threads)
            yield from zip(group, features, strict=True)

    def _depths(self, answer: np.ndarray, widening: Widening) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Depth, lower and upper end of its interval [m] from an answer of shape (rows, cols, 3)."""
        middle, below, above = np.moveaxis(answer, -1, 0)
        return (
            unscale_depth(lift_depth(middle, self._lift)),
            unscale_depth(middle - widening[0] * below),
            unscale_depth(middle + widening[1] * above),
        )

    def answer(self, features: np.ndarray) -> np.ndarray:
        """The network's answer as far as it is trusted.

        features: of any grid, float32 of shape (rows, cols, len(NAMES)).

        Returns scaled depth and how far the ends of its interval lie below and above, shape (rows, cols, 3).
        """
        rows, cols = features.shape[:2]
        with self._lock:
            interpreter = self._interpreter((rows + -rows % SIDE_MULTIPLE, cols + -cols % SIDE_MULTIPLE))
            memory = interpreter.tensor(interpreter.get_input_details()[0]["index"])()[0]
            memory[:rows, :cols], memory[rows:], memory[:rows, cols:] = features, 0.0, 0.0
            del memory  # the interpreter runs only while nobody looks at its memory
            interpreter.invoke()
            answer: np.ndarray = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
        return _trusted(features, np.ascontiguousarray(answer[:rows, :cols]))

    def _interpreter(self, shape: tuple[int, ...]) -> Any:
        """LiteRT's Interpreter for grids of a shape; it is not safe across threads."""
        from ai_edge_litert.interpreter import Interpreter

        if self._ready is None or self._ready[0] != shape:
            self._ready = None  # its memory goes before the next one's comes
            interpreter = Interpreter(model_content=self._network, num_threads=self._threads)
            input_index = interpreter.get_input_details()[0]["index"]
            interpreter.resize_tensor_input(input_index, (1, *shape, len(feature_names.NAMES)))
            interpreter.allocate_tensors()
            self._ready = (shape, interpreter)
        return self._ready[1]


def _trusted(features: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """The answer, but where the water is deep on small cells, the physics' depth: there the network makes it worse.

    features: shape (rows, cols, len(NAMES)).
    answer: shape (rows, cols, 3); changed in place.

    Chosen on validation terrains: `docs/adr/0015-the-flood-network-corrects-a-coarse-solve.md`.
    """
    depth = features[..., feature_names.DEPTH].astype(np.float32)
    cell_size = features[..., feature_names.CELL_SIZE].astype(np.float32)
    _blend_with_physics(depth, cell_size, answer)
    return answer


@compiled
def _blend_with_physics(depth: np.ndarray, cell_size: np.ndarray, answer: np.ndarray) -> None:
    """The loop of `_trusted`; depth and cell_size: the features of these names, shape (rows, cols)."""
    before, large = np.nan, 0.0
    for row in range(answer.shape[0]):
        for col in range(answer.shape[1]):
            own = float(cell_size[row, col])
            if own != before:
                metres = TYPICAL_CELL_SIZE * np.exp(2.0 * own)
                before = own
                large = min(max(np.log(metres / SMALL_CELL) / np.log(LARGE_CELL / SMALL_CELL), 0.0), 1.0)
            scaled = depth[row, col]
            water = UNIT_DEPTH * np.expm1(min(max(float(scaled), 0.0), MAX_SCALED))
            deep = min(max((water - SHALLOW) / (DEEP - SHALLOW), 0.0), 1.0)
            answer[row, col, 0] = scaled + (1.0 - deep * (1.0 - large)) * (answer[row, col, 0] - scaled)


def lift_depth(middle: np.ndarray, lift: float) -> np.ndarray:
    """Raise scaled depths about 0.05 m by `lift`; deeper water and dry ground stay as they are.

    middle: scaled depth, any shape.
    lift: in scaled depth.

    Between wet and dry the mean depth is not the one that errs least over the extent: by how much is chosen on
    validation terrains (`train.calibration.fit_lift`).
    """
    near = np.interp(middle, scale_depth(np.array(LIFTED)), [0.0, 1.0, 1.0, 0.0])
    return np.asarray(middle + lift * near, dtype=middle.dtype)


def _tile_features(flood: FloodFields, visible: Window) -> np.ndarray:
    """The features of what a tile sees; float32 of shape (rows, cols, len(NAMES))."""
    shape, wide = flood.domain.elevation.shape, []
    for side, size in zip(visible, shape, strict=True):
        start = max(side.start - FEATURE_MARGIN, 0) // COARSE_MULTIPLE * COARSE_MULTIPLE
        wide.append(slice(start, min(side.stop + FEATURE_MARGIN, size)))
    rows, cols = (tiles.within(side, outer) for side, outer in zip(visible, wide, strict=True))
    return compute_features(flood.window(wide[0], wide[1]))[rows, cols]
