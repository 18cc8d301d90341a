"""A plain FastAPI server in front of the network, which logs nothing: `serving_fastapi PORT litert | tensorflow`."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.baselines.serving_network import Network, TensorFlowNetwork

app = FastAPI()
network = Network() if sys.argv[2] == "litert" else TensorFlowNetwork()


class Photo(BaseModel):
    """A photo in base64."""

    image: str


@app.post("/predict")
def predict(photo: Photo) -> dict[str, object]:
    """The network's answer."""
    return network.answer(photo.image)


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
