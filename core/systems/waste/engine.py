"""The network as it serves: a pool of LiteRT interpreters, for a single one is not safe across threads."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from core.artefacts.version_records import METADATA_FILE
from core.settings import settings
from core.systems.waste.calibration import WasteCalibration

NETWORK_FILE = "model.tflite"


class WasteEngine:
    """One version of the model, ready to answer from any thread.

    network: the LiteRT file's bytes.
    size: side of the network's square input [px].
    calibration: how logits become scores.
    threads: interpreters that run at once, and threads of each.
    """

    def __init__(self, network: bytes, size: int, calibration: WasteCalibration, threads: int) -> None:
        self.size = size
        self.calibration = calibration
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
        )

    def run(self, photos: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Logits (n, 7) and class maps (n, rows, cols, 7) of n photos, each (size, size, 3) in [-1, 1].

        One photo per call of the interpreter: on a few cores a batch of 32 costs 17 times a single photo at half the
        size of the caches, and a long batch would hold others up.
        """
        with self._interpreter() as interpreter:
            results = [interpreter.run(photo) for photo in photos]
        return np.stack([logits for logits, _ in results]), np.stack([maps for _, maps in results])

    @contextmanager
    def _interpreter(self) -> Iterator[_Interpreter]:
        with self._slots:
            with self._lock:
                interpreter = self._idle.pop() if self._idle else None
            interpreter = interpreter or _Interpreter(self._network, self._threads)
            try:
                yield interpreter
            finally:
                with self._lock:
                    self._idle.append(interpreter)


class _Interpreter:
    """One LiteRT interpreter; used by one thread at a time."""

    def __init__(self, network: bytes, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_content=network, num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        outputs = self._interpreter.get_output_details()
        self._logits, self._maps = (
            next(output["index"] for output in outputs if len(output["shape"]) == rank) for rank in (2, 4)
        )

    def run(self, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits (7,) and class maps (rows, cols, 7) of one photo."""
        self._interpreter.set_tensor(self._input, photo[None])
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._logits)[0], self._interpreter.get_tensor(self._maps)[0]
