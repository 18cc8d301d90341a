"""BentoML in front of the network, as its documentation writes a service; `bentoml serve` names it."""

from __future__ import annotations

import os
from typing import Any

import bentoml

from benchmarks.baselines.serving_network import Network


@bentoml.service(workers=int(os.environ["WORKERS"]))
class PhotoService:
    """The network as BentoML asks for it."""

    def __init__(self) -> None:
        self.network = Network()

    @bentoml.api
    def predict(self, image: str) -> dict[str, Any]:
        """The network's answer to a photo in base64."""
        return self.network.answer(image)
