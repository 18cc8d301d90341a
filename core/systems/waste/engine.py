"""The network as it serves: a pool of LiteRT interpreters, for a single one is not safe across threads."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from core import certainty
from core.artefacts.version_records import METADATA_FILE
from core.errors import InvalidInput
from core.settings import settings
from core.systems.waste.calibration import WasteCalibration, WasteScores, at_site, calibrated, general_logits
from core.systems.waste.detections import CHANNELS
from core.systems.waste.familiarity import CheckedPhotos

NETWORK_FILE = "model.tflite"


SITE_LEAST = certainty.SCALES["likely"]
"""Score below which an answer at a site that taught it is "not sure"."""
Adjust = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From features (n, d) and general logits (n, 6) to the site's logits (n, 6)."""


def without_features() -> InvalidInput:
    """The refusal of a version whose network gives no features."""
    return InvalidInput(
        expected="a version whose network gives features",
        received="one of 1.0.0 or before",
        advice="Teach a site with a newer version.",
    )


@dataclass(frozen=True)
class WasteOutputs:
    """What the network says of n photos.

    logits: shape (n, 8), of old versions (n, 7); see `calibration.calibrated`.
    maps: class maps, shape (n, rows, cols, 8 or 7), whose means are the logits.
    features: about unit variance, shape (n, d); None of a version that gives none.
    objects: where things lie, shape (n, rows, cols, detections.CHANNELS); None of a version that does not say.
    """

    logits: np.ndarray
    maps: np.ndarray
    features: np.ndarray | None = None
    objects: np.ndarray | None = None

    def pick(self, chosen: slice | np.ndarray) -> WasteOutputs:
        """Those of some of the photos, by slice, index or mask."""
        picked: list[Any] = [None if array is None else array[chosen] for array in self._arrays()]
        return WasteOutputs(*picked)

    @staticmethod
    def joined(parts: Sequence[WasteOutputs]) -> WasteOutputs:
        """Those of all photos of the parts, of which there is at least one; all are of one version."""
        columns = zip(*(part._arrays() for part in parts), strict=True)
        joined: list[Any] = [None if arrays[0] is None else np.concatenate(arrays) for arrays in columns]
        return WasteOutputs(*joined)

    def _arrays(self) -> list[Any]:
        return [getattr(self, field.name) for field in fields(self)]


class WasteEngine:
    """One version of the model, ready to answer from any thread.

    network: the LiteRT file's bytes.
    size: side of the network's square input [px].
    calibration: how logits become scores.
    threads: interpreters that run at once, and threads of each.
    checked: the photos that it was checked on, if the version knows them.
    """

    def __init__(
        self,
        network: bytes,
        size: int,
        calibration: WasteCalibration,
        threads: int,
        checked: CheckedPhotos | None = None,
    ) -> None:
        self.size = size
        self.calibration = calibration
        self.checked = checked
        self._adjust: Adjust | None = None
        self._network = network
        self._threads = threads
        self._idle: list[_Interpreter] = []
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(max(1, threads))  # more at once would only share the same cores

    @staticmethod
    def load(folder: Path, threads: int | None = None) -> WasteEngine:
        """The engine of the artefacts in `folder`; `threads` is the settings' inference_threads if not given."""
        metadata = json.loads((folder / METADATA_FILE).read_text(encoding="utf-8"))
        return WasteEngine(
            network=(folder / NETWORK_FILE).read_bytes(),
            size=int(metadata["image_size"]),
            calibration=WasteCalibration.from_dict(metadata["calibration"]),
            threads=threads or settings().inference_threads,
            checked=CheckedPhotos.read(folder),
        )

    def at_site(self, adjust: Adjust) -> WasteEngine:
        """This engine, its interpreters too, with the materials' scores as a site's head has them."""
        taught = copy.copy(self)
        taught._adjust = adjust
        taught.calibration = replace(self.calibration, least_score=SITE_LEAST, least_plastic=SITE_LEAST)
        return taught

    def scores(self, outputs: WasteOutputs) -> WasteScores:
        """Calibrated scores, those of the site where this engine is one's. InvalidInput without features for it."""
        general = calibrated(outputs.logits, self.calibration)
        if self._adjust is None:
            return general
        if outputs.features is None:
            raise without_features()
        return at_site(general, self._adjust(outputs.features, general_logits(general)))

    def run(self, photos: Sequence[np.ndarray]) -> WasteOutputs:
        """What the network says of photos, each (size, size, 3) in [-1, 1].

        One photo per call of the interpreter: on a few cores a batch of 32 costs 17 times a single photo at half the
        size of the caches, and a long batch would hold others up.
        """
        with self._interpreter() as interpreter:
            results = [interpreter.run(photo) for photo in photos]
        stacked: list[Any] = [None if arrays[0] is None else np.stack(arrays) for arrays in zip(*results, strict=True)]
        return WasteOutputs(*stacked)

    @contextmanager
    def _interpreter(self) -> Iterator[_Interpreter]:
        with self._slots:
            with self._lock:
                interpreter = self._idle.pop() if self._idle else None
            interpreter = interpreter or _Interpreter(self._network, self.size, self._threads)
            try:
                yield interpreter
            finally:
                with self._lock:
                    self._idle.append(interpreter)


class _Interpreter:
    """One LiteRT interpreter; used by one thread at a time."""

    def __init__(self, network: bytes, size: int, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_content=network, num_threads=threads)
        (photo,) = self._interpreter.get_input_details()
        if photo["shape"][1] != size:
            self._interpreter.resize_tensor_input(photo["index"], [1, size, size, 3])
        self._interpreter.allocate_tensors()
        self._input = photo["index"]
        outputs = self._interpreter.get_output_details()
        grids = {int(output["shape"][-1]): output["index"] for output in outputs if len(output["shape"]) == 4}
        self._objects = grids.pop(CHANNELS, None)  # versions up to 1.0.0 have none
        (self._maps,) = grids.values()
        flat = sorted((output for output in outputs if len(output["shape"]) == 2), key=lambda it: int(it["shape"][1]))
        self._logits, *features = [output["index"] for output in flat]
        self._features = features[0] if features else None

    def run(self, photo: np.ndarray) -> tuple[np.ndarray | None, ...]:
        """Logits, class maps, features and map of objects of one photo; None for each that the network has not."""
        self._interpreter.set_tensor(self._input, photo[None])
        self._interpreter.invoke()
        tensors = (self._logits, self._maps, self._features, self._objects)
        return tuple(None if tensor is None else self._interpreter.get_tensor(tensor)[0] for tensor in tensors)
