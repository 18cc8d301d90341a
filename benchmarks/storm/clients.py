"""The load generator, a process of its own: `python -m benchmarks.storm.clients KIND PORT SECONDS` prints JSON.

It shares the machine's cores with the server: what it costs, the server lacks, unloaded as in the storm.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import uvloop

from benchmarks.storm.connection import Caller, Reply
from benchmarks.support.photos import generate_photos

PHOTOS = 8
MAX_IN_FLIGHT = 2000  # sockets of the open loop

Sample = tuple[float, int, float]
"""(seconds since the start at which it ended, status, seconds it took)."""


class Recorder:
    """Collects what each request met."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.samples: list[Sample] = []

    def add(self, reply: Reply) -> None:
        """Take up one reply."""
        self.samples.append((time.perf_counter() - self.started, reply.status, reply.seconds))


def request(photo: bytes) -> bytes:
    """A whole request with one photo."""
    from benchmarks.api import request as whole

    return whole(photo)


async def closed(port: int, seconds: float, count: int, patience: float, pause: float) -> Recorder:
    """`count` clients that ask again as soon as they are answered, and `pause` seconds after a refusal."""
    requests = [request(photo) for photo in generate_photos(PHOTOS)]
    record = Recorder()
    until = record.started + seconds

    async def client(number: int) -> None:
        caller = Caller(port, patience)
        while time.perf_counter() < until:
            reply = await caller.ask(requests[number % PHOTOS])
            record.add(reply)
            number += 1
            if reply.status != 200 and reply.status != -1:
                await asyncio.sleep(pause)
        caller.close()

    await asyncio.gather(*(client(number) for number in range(count)))
    return record


async def open_loop(port: int, seconds: float, rate: float, patience: float) -> Recorder:
    """`rate` requests a second, whatever becomes of those before; each gives up when its patience ends."""
    requests = [request(photo) for photo in generate_photos(PHOTOS)]
    record, idle, at_work = Recorder(), [], set()

    async def one(number: int) -> None:
        caller = idle.pop() if idle else Caller(port, patience)
        record.add(await caller.ask(requests[number % PHOTOS]))
        idle.append(caller)

    for number in range(int(rate * seconds)):
        delay = record.started + number / rate - time.perf_counter()
        if delay > 0:
            await asyncio.sleep(delay)
        if len(at_work) < MAX_IN_FLIGHT:
            task = asyncio.ensure_future(one(number))
            at_work.add(task)
            task.add_done_callback(at_work.discard)
    await asyncio.gather(*at_work)
    for caller in idle:
        caller.close()
    return record


async def slow(port: int, seconds: float, count: int) -> Recorder:
    """`count` connections, half of which send their headers byte by byte and half their bodies; status 1: cut off."""
    record = Recorder()
    until = record.started + seconds

    async def connection(number: int) -> None:
        started = time.perf_counter()
        head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n"
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head + (b"\r\n{" if number % 2 else b""))
            while time.perf_counter() < until and not writer.transport.is_closing():
                writer.write(b" " if number % 2 else b"X")
                await writer.drain()
                await asyncio.sleep(1)
            is_cut = writer.transport.is_closing()
            writer.close()
        except OSError:
            is_cut = True
        record.add(Reply(1 if is_cut else -1, time.perf_counter() - started))

    await asyncio.gather(*(connection(number) for number in range(count)))
    return record


async def probe(port: int, seconds: float, path: str) -> Recorder:
    """A fresh connection every 50 ms, as a watching program does."""
    record = Recorder()
    whole = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    while time.perf_counter() - record.started < seconds:
        caller = Caller(port, 10)
        record.add(await caller.ask(whole))
        caller.close()
        await asyncio.sleep(0.05)
    return record


async def photos(port: int, seconds: float) -> Recorder:
    """One photo after the other, each a tenth of a second after the last: how long until all is as before."""
    [photo] = generate_photos(1)
    record, caller = Recorder(), Caller(port, 10)
    while time.perf_counter() - record.started < seconds:
        record.add(await caller.ask(request(photo)))
        await asyncio.sleep(0.1)
    caller.close()
    return record


def main() -> None:
    """Run one kind of client; print [samples, processor seconds]."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("closed", "open", "slow", "probe", "photos"))
    parser.add_argument("port", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--patience", type=float, default=1.0)
    parser.add_argument("--pause", type=float, default=0.1)
    parser.add_argument("--path", default="/healthz")
    chosen = parser.parse_args()
    kinds: dict[str, Callable[[], Awaitable[Recorder]]] = {
        "closed": lambda: closed(chosen.port, chosen.seconds, chosen.count, chosen.patience, chosen.pause),
        "open": lambda: open_loop(chosen.port, chosen.seconds, chosen.rate, chosen.patience),
        "slow": lambda: slow(chosen.port, chosen.seconds, chosen.count),
        "probe": lambda: probe(chosen.port, chosen.seconds, chosen.path),
        "photos": lambda: photos(chosen.port, chosen.seconds),
    }

    async def run() -> Recorder:
        return await kinds[chosen.kind]()

    used = time.process_time()
    record = uvloop.run(run())
    print(json.dumps([record.samples, time.process_time() - used]))


if __name__ == "__main__":
    main()
