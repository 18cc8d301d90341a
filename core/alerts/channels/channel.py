"""What delivery needs of a way to one recipient."""

from __future__ import annotations

from typing import Protocol

from core.alerts.messages import AlertMessage

SECONDS_TO_CONNECT = 5
SECONDS_TO_ANSWER = 10
"""Longest wait for each step of a delivery; the dozen steps of an e-mail together stay below the outbox's CLAIM."""


class Channel(Protocol):
    """A way to one recipient."""

    @property
    def name(self) -> str:
        """Its kind, such as "email"."""

    @property
    def recipient(self) -> str:
        """Who gets its messages, without any secret: this is kept in the store and shown."""

    def send(self, message: AlertMessage, key: str) -> None:
        """Deliver a message, with the key by which the recipient can tell a second copy.

        Raises HostUnavailable where it was not taken, in words without any secret.
        """
