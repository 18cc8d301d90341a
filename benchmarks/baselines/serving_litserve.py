"""LitServe in front of the network, as its documentation writes a server: `serving_litserve PORT WORKERS`."""

from __future__ import annotations

import sys
from typing import Any

import litserve

from benchmarks.baselines.serving_network import Network


class PhotoAPI(litserve.LitAPI):
    """The network as LitServe asks for it."""

    def setup(self, device: str) -> None:
        """Load the network in a worker process."""
        self.network = Network()

    def decode_request(self, request):  # LitServe reads its annotation, and knows no text as one
        """The photo in base64."""
        return str(request["image"])

    def predict(self, x: str) -> dict[str, Any]:
        """The network's answer."""
        return self.network.answer(x)

    def encode_response(self, output: dict[str, Any]) -> dict[str, Any]:
        """As it is."""
        return output


if __name__ == "__main__":
    server = litserve.LitServer(PhotoAPI(), accelerator="cpu", workers_per_device=int(sys.argv[2]))
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
