"""The end of a server: no connection that was made is dropped unread."""

from __future__ import annotations

import asyncio
import ctypes
import os
import select
import socket
import struct
import sys
from contextlib import suppress
from typing import Any

import uvicorn

LINGER_SECONDS = 0.3  # for requests that are on their way over connections that are open [s]
MAX_ACCEPTING = 5.0  # for connections that the kernel has made and nobody has taken on yet [s]
STEP = 0.05  # how often these are looked for [s]
SO_ATTACH_FILTER = 26  # of Linux; Python's socket module does not name it
RETURN_NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)  # a packet filter of one instruction, which lets none pass


class DrainingServer(uvicorn.Server):
    """uvicorn's server, which takes on what has connected already before it stops to listen."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the kernel make no more connections, take on those it made, then finish as uvicorn does."""
        listening = [line for server in self.servers for line in server.sockets]
        for line in listening:
            _make_no_more(line)
        until = asyncio.get_running_loop().time() + MAX_ACCEPTING
        while _are_waiting(listening) and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(STEP)
        await asyncio.sleep(LINGER_SECONDS)
        await super().shutdown(sockets)


def _are_waiting(listening: list[Any]) -> bool:
    """Whether connections wait to be taken on."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    for line in listening:
        poll.register(line.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _make_no_more(listening: Any) -> None:
    """Who connects from now on is not heard: it tries again a second later, and is refused by then."""
    with socket.socket(fileno=os.dup(listening.fileno())) as line, suppress(OSError):
        if sys.platform == "linux":
            instructions = ctypes.create_string_buffer(RETURN_NOTHING)
            line.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(instructions)))
        else:
            line.listen(0)
