"""The load generator, a process of its own. Arguments: port, seconds, concurrency, width and height of the photos.

Prints JSON: of each request the status and the seconds that it took, and in how many seconds all were answered.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time

import uvloop

from benchmarks.storm.connection import Caller, Reply
from benchmarks.support.photos import generate_photos

PHOTOS = 8
PATIENCE = 120.0  # s


def photo_request(photo: bytes) -> bytes:
    """A whole HTTP request with one photo, in the form that every server here takes."""
    body = json.dumps({"image": base64.b64encode(photo).decode()}).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def ask_for(port: int, seconds: float, concurrency: int, requests: list[bytes]) -> tuple[list[Reply], float]:
    """Ask on so many connections until the time is over; what was begun is awaited."""
    replies: list[Reply] = []
    started = time.perf_counter()

    async def client(number: int) -> None:
        caller = Caller(port, PATIENCE)
        while time.perf_counter() - started < seconds:
            replies.append(await caller.ask(requests[number % len(requests)]))
            number += 1
        caller.close()

    await asyncio.gather(*(client(number) for number in range(concurrency)))
    return replies, time.perf_counter() - started


def main() -> None:
    """Ask, and print what came of it."""
    port, concurrency, width, height = (int(sys.argv[place]) for place in (1, 3, 4, 5))
    requests = [photo_request(photo) for photo in generate_photos(PHOTOS, width, height)]
    replies, seconds = uvloop.run(ask_for(port, float(sys.argv[2]), concurrency, requests))
    print(json.dumps([[[reply.status, reply.seconds] for reply in replies], seconds]))


if __name__ == "__main__":
    main()
