"""The network behind the servers that are compared: decode, preprocess, invoke, as Lookout does, and nothing else.

NETWORK names its LiteRT file, IMAGE_SIZE the side of its input [px], THREADS those of each interpreter.
"""

from __future__ import annotations

import base64
import os
import threading
from typing import Any

from core.security.photos import decode_photo
from core.systems.waste.data.preprocessing import preprocess

SIZE = int(os.environ["IMAGE_SIZE"])
THREADS = int(os.environ["THREADS"])


class Network:
    """LiteRT with an interpreter for each thread that asks."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def answer(self, photo: str) -> dict[str, Any]:
        """The network's outputs for a photo in base64, as JSON takes them: without maps, which no answer brings."""
        interpreter = self._interpreter()
        picture = preprocess(decode_photo(base64.b64decode(photo)), SIZE)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture[None])
        interpreter.invoke()
        flat = [output for output in interpreter.get_output_details() if len(output["shape"]) == 2]
        logits = min(flat, key=lambda output: int(output["shape"][1]))
        return {"logits": interpreter.get_tensor(logits["index"])[0].tolist()}

    def _interpreter(self) -> Any:
        if not hasattr(self._of_thread, "interpreter"):
            from ai_edge_litert.interpreter import Interpreter

            interpreter = Interpreter(model_path=os.environ["NETWORK"], num_threads=THREADS)
            interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], [1, SIZE, SIZE, 3])
            interpreter.allocate_tensors()
            self._of_thread.interpreter = interpreter
        return self._of_thread.interpreter


class TensorFlowNetwork:
    """The same architecture, with invented weights, in TensorFlow: what it costs does not depend on them."""

    def __init__(self) -> None:
        import tensorflow as tf

        from core.systems.waste.network import lite2

        tf.config.threading.set_intra_op_parallelism_threads(THREADS)
        network = lite2.build()
        self._run = tf.function(lambda photo: network(photo, training=False))
        self._run(tf.zeros((1, SIZE, SIZE, 3)))

    def answer(self, photo: str) -> dict[str, Any]:
        """The network's first outputs for a photo in base64."""
        picture = preprocess(decode_photo(base64.b64decode(photo)), SIZE)
        outputs = self._run(picture[None])
        first = next(iter(outputs.values())) if isinstance(outputs, dict) else outputs[0]
        return {"logits": first.numpy().ravel()[:6].tolist()}
