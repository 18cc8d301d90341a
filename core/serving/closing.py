"""A server that ends without a request lost: no new connection, then time for those that were made.

Closing a listening socket resets the connections that wait in its queue, though their callers may have sent a request.
So new ones are turned away first, those in the queue are taken on, and only then it is closed.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from contextlib import suppress

import uvicorn

QUEUE_SECONDS = 0.25  # for the connections in the queue to be taken on, and their requests to begin [s]
SO_ATTACH_FILTER = 26  # Linux, asm-generic/socket.h: no other constant of Python's names it
DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)  # one instruction of classic BPF: keep 0 bytes of each packet


class ClosingServer(uvicorn.Server):
    """Uvicorn's server, which closes in that order."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Turn new connections away, take on those that wait, then close and let all finish."""
        for listening in [*(sockets or []), *(each for server in self.servers for each in server.sockets)]:
            _turn_away(listening)
        self.server_state.default_headers.append((b"connection", b"close"))  # with whatever is answered from now on
        await asyncio.sleep(QUEUE_SECONDS)
        await super().shutdown(sockets)


def _turn_away(listening: socket.socket) -> None:
    """Let the kernel ignore whoever asks for a connection; the caller's own asks again, and then hears a refusal."""
    if sys.platform != "linux":
        return
    import ctypes

    program = ctypes.create_string_buffer(DROP_ALL)
    with suppress(OSError):
        listening.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(program)))
