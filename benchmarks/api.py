"""How much of the bare network's speed the API keeps, and what logging costs; one run, the same photos."""

from __future__ import annotations

import argparse
import base64
import json
import os
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.support import report, servers
from benchmarks.support.photos import generate_photos
from core import inference, registry
from core.migrations import migrate
from core.security.photos import decode_photo
from core.settings import settings
from core.store import store
from core.systems.waste.data.preprocessing import preprocess

PHOTOS = 40
SERVERS = {"api": {"LOOKOUT_PAGES": "off"}, "with_pages": {"LOOKOUT_PAGES": "on"}}


class BareNetwork:
    """Decode, preprocess and invoke in a loop: what the network itself can do in one process, one photo at a time."""

    def __init__(self) -> None:
        from ai_edge_litert.interpreter import Interpreter

        champion = registry.registry().resolve("waste")
        self.size = int(champion.metadata["image_size"])
        network = str(next(champion.folder.glob("*.tflite")))
        self.interpreter = Interpreter(model_path=network, num_threads=settings().inference_threads)
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.interpreter.resize_tensor_input(self.input, [1, self.size, self.size, 3])
        self.interpreter.allocate_tensors()
        self.outputs = [output["index"] for output in self.interpreter.get_output_details()]

    def __call__(self, photo: bytes) -> list[np.ndarray]:
        """The network's outputs for one photo."""
        self.interpreter.set_tensor(self.input, preprocess(decode_photo(photo), self.size)[None])
        self.interpreter.invoke()
        return [self.interpreter.get_tensor(output) for output in self.outputs]


class Caller(threading.Thread):
    """A client with one open connection, whose requests are written beforehand so that it costs next to nothing."""

    def __init__(self, port: int, requests: list[bytes], first: int, until: float) -> None:
        super().__init__(daemon=True)
        self.port, self.requests, self.index, self.until = port, requests, first, until
        self.latencies: list[float] = []

    def run(self) -> None:
        """Ask until the time is over."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() < self.until:
                started = time.perf_counter()
                connection.sendall(self.requests[self.index % len(self.requests)])
                _read_answer(connection)
                self.latencies.append(time.perf_counter() - started)
                self.index += 1


def _read_answer(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"Expected 200. Received {received[:500]!r}")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < int(lengths[0].partition(b":")[2]):
        body += connection.recv(65536)
    return body


def request(photo: bytes) -> bytes:
    """A whole HTTP request with one photo."""
    body = json.dumps({"model": "waste", "input": {"image": {"b64": base64.b64encode(photo).decode()}}}).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def ask(port: int, requests: list[bytes], concurrency: int, seconds: float) -> tuple[float, list[float]]:
    """Requests per second, and every latency [s]."""
    started = time.perf_counter()
    callers = [Caller(port, requests, 5 * number, started + seconds) for number in range(concurrency)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    latencies = [latency for caller in callers for latency in caller.latencies]
    return len(latencies) / (time.perf_counter() - started), latencies


def bare_rate(bare: Callable[[bytes], object], photos: list[bytes], seconds: float) -> float:
    """Photos per second."""
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        bare(photos[done % len(photos)])
        done += 1
    return done / (time.perf_counter() - started)


def logging_share(photos: list[bytes], pairs: int, together: int = 1) -> tuple[float, float]:
    """Share of `inference.predict` that logging adds, and its milliseconds a call: asked both ways, in turns.

    together: photos of one call, which share one commit.
    """
    times: dict[bool, list[float]] = {True: [], False: []}
    for index in range(pairs):
        instances = [{"image": photos[(index + offset) % len(photos)]} for offset in range(together)]
        for logged in (True, False) if index % 2 else (False, True):
            started = time.perf_counter()
            inference.predict("waste", instances, source="api", logged=logged)
            times[logged].append(time.perf_counter() - started)
    added = statistics.median(logged - unlogged for logged, unlogged in zip(times[True], times[False], strict=True))
    return added / statistics.median(times[True]), added * 1000


def measure(seconds: float, rounds: int, folder: Path) -> dict[str, float]:
    """All figures; the sides take turns so that a busy machine slows them alike."""
    photos = generate_photos(PHOTOS)
    requests = [request(photo) for photo in photos]
    bare = BareNetwork()
    bare(photos[0])
    rates: dict[str, list[float]] = {"bare": []}
    latencies: dict[str, list[float]] = {}
    ports = {}
    with (
        servers.server(folder / "api", **SERVERS["api"]) as ports["api"],
        servers.server(folder / "pages", **SERVERS["with_pages"]) as ports["with_pages"],
    ):
        for port in ports.values():
            ask(port, requests, 8, 2)
        for number in range(rounds):
            rates["bare"].append(bare_rate(bare, photos, seconds))
            for server, port in ports.items():
                for concurrency in (1, 8):
                    rate, took = ask(port, requests, concurrency, seconds)
                    rates.setdefault(f"{server}_{concurrency}", []).append(rate)
                    latencies.setdefault(f"{server}_{concurrency}", []).extend(took)
            rates_text = ", ".join(f"{name} {values[-1]:.1f}/s" for name, values in rates.items())
            print(f"round {number + 1} of {rounds}: {rates_text}", flush=True)
    figures: dict[str, float] = {"bare_per_second": statistics.median(rates["bare"])}
    for name, took in latencies.items():
        figures[f"{name}_per_second"] = statistics.median(rates[name])
        figures[f"{name}_p95_ms"] = float(np.percentile(took, 95)) * 1000
        ratios = [rate / base for rate, base in zip(rates[name], rates["bare"], strict=True)]
        figures[f"ratio_{name.removeprefix('api_')}"] = statistics.median(ratios)
    return figures


def main() -> None:
    """Print the figures; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=200, help="of calls with and without the log")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lookout-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for server in ("api", "pages"):
            (folder / server).mkdir()
        os.environ["LOOKOUT_DATA_DIR"] = str(folder / "own")
        settings.cache_clear()
        migrate(store())
        figures = measure(chosen.seconds, chosen.rounds, folder)
        inference.predict("waste", [{"image": generate_photos(1)[0]}])
        photos, batch = generate_photos(PHOTOS), settings().batch_size
        figures["logging_share"], figures["logging_ms"] = logging_share(photos, chosen.pairs)
        figures["logging_share_batch"], _ = logging_share(photos, chosen.pairs // batch, batch)
        store().close()
    print(
        f"API alone: {figures['ratio_1']:.2f} of the bare loop at concurrency 1, {figures['ratio_8']:.2f} at 8 "
        f"(aim: 0.8). Logging: {figures['logging_share']:.1%} of a call with one photo, "
        f"{figures['logging_share_batch']:.1%} of one with {settings().batch_size} (aim: under 5 %)."
    )
    report.print_figures({**figures, "photos": PHOTOS})


if __name__ == "__main__":
    main()
