"""uvicorn's connections with patience that ends: slow headers are cut, early answers written at once."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from core.serving.draining import LINGER_SECONDS
from core.serving.early import DROPPED, IS_GONE, early_answer

TCP_INFO = getattr(socket, "TCP_INFO", None)  # on Linux
ESTABLISHED = 1  # the first byte of TCP_INFO, the state: neither side has hung up
HEADER_SECONDS = 10.0  # from a connection's opening, or a request's first byte, to the end of its headers [s]


class TimedHttpProtocol(HttpToolsProtocol):
    """A connection that is cut if its next headers, or a body that is not wanted any more, do not arrive in time."""

    _cut: asyncio.TimerHandle | None = None
    _is_last: bool = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Expect headers."""
        super().connection_made(transport)  # type: ignore[arg-type]  # as uvicorn narrows it
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._expect_no_more()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request is there: the others are to follow."""
        super().on_message_begin()
        if self._cut is None:
            self._expect()

    def on_headers_complete(self) -> None:
        """The body, if there is one, is whoever's that reads it."""
        self._expect_no_more()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """What is left of a body that was refused unread is to arrive in time."""
        super().on_response_complete()
        if self.cycle is not None and self.cycle.more_body and self._cut is None:
            self._expect()

    def on_message_complete(self) -> None:
        """A request that was answered before it was whole is whole: now the next one is expected."""
        super().on_message_complete()
        if self.cycle is not None and self.cycle.response_complete:
            self._expect_no_more()
            self._expect()

    def handle_websocket_upgrade(self) -> None:
        """From here on it is a page's connection, which may rest."""
        self._expect_no_more()
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """The server ends: what comes within a moment is the last that this connection is answered."""
        self._is_last = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(LINGER_SECONDS, super().shutdown)
        else:
            super().shutdown()

    def is_gone(self) -> bool:
        """Whether the caller has hung up, as the kernel knows it: what it told may not have been read yet."""
        line = self.transport.get_extra_info("socket")
        if TCP_INFO is None or line is None or self.transport.is_closing():
            return self.transport.is_closing()
        try:
            return bool(line.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 1)[0] != ESTABLISHED)
        except OSError:  # no TCP
            return False

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cycle.keep_alive = cycle.keep_alive and not self._is_last
        cycle.scope[IS_GONE] = self.is_gone  # type: ignore[literal-required]
        answer = early_answer(cycle.scope) if app is self.app else None
        if answer == DROPPED:
            cycle.response_complete = True
            self.transport.abort()
            return
        if answer is None:
            super()._start_asgi_task(cycle, app)
            return
        cycle.response_started = cycle.response_complete = True
        self.transport.write(answer)
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _expect(self) -> None:
        self._cut = self.loop.call_later(HEADER_SECONDS, self._cut_off)

    def _expect_no_more(self) -> None:
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None

    def _cut_off(self) -> None:
        self._cut = None
        self.transport.abort()
