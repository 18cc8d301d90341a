"""A mail server on the loopback that keeps what it gets; its first answers may be refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

from tests.conftest import free_port


class Mailbox:
    """What a mail server's handler got; the first answers may be refusals."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.letters = list(answers), []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answers:
            return self.answers.pop(0)
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@contextmanager
def receiving(mailbox: Mailbox) -> Iterator[int]:
    """The port of a mail server that runs for the block."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
