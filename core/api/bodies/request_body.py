"""The body of a request: received whole in the event loop, unpacked and read in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from fastapi import Request
from starlette.requests import ClientDisconnect

from core.api.bodies.compressed import unpacked
from core.api.bodies.form import URLENCODED
from core.errors import ForeignPage, InvalidInput
from core.security.photos import BYTES_PER_MB
from core.settings import settings

JSON_KINDS = ("application/json", "text/json", "")


@dataclass(frozen=True)
class RequestBody:
    """What was sent. content_type: the whole header, "" without one. encoding: how `content` is compressed."""

    content_type: str
    encoding: str
    content: bytes

    @property
    def may_be_json(self) -> bool:
        """Whether it says that it is JSON, or, as of `curl -d`, does not say what it is and looks like it."""
        return self.kind in JSON_KINDS or (self.kind == URLENCODED and self.unpacked.lstrip()[:1] in (b"{", b"["))

    @property
    def kind(self) -> str:
        """The media type alone, in lower case."""
        return self.content_type.partition(";")[0].strip().lower()

    @cached_property
    def unpacked(self) -> bytes:
        """The body's bytes. Raises InvalidInput, TooLarge."""
        return unpacked(self.content, self.encoding, round(settings().max_request_mb * BYTES_PER_MB))


async def received(request: Request) -> RequestBody:
    """The whole body; `Gate` has refused what is over the limit. Raises ForeignPage, InvalidInput."""
    _refuse_foreign_page(request)
    try:
        content = await request.body()
    except ClientDisconnect:
        raise InvalidInput(expected="a whole request", received="one that breaks off") from None
    encoding = request.headers.get("content-encoding", "").strip().lower()
    return RequestBody(request.headers.get("content-type", ""), encoding, content)


def _refuse_foreign_page(request: Request) -> None:
    """Refuse what another site's page sends through a visitor's browser, which asks no leave for forms and files.

    Where keys are set, a page would have to send one, and for that its browser asks leave.
    """
    origin = request.headers.get("origin")
    if origin is None or settings().keys:
        return
    own = (request.headers.get("host"), request.headers.get("x-forwarded-host"), settings().public_url)
    if urlsplit(origin).netloc not in [urlsplit(f"//{(place or '').rpartition('//')[2]}").netloc for place in own]:
        raise ForeignPage(
            expected="a request from a program, or from a page of this address",
            received=f"one from a page of {origin:.100}",
            advice="Send it from that page's server, set LOOKOUT_PUBLIC_URL if it is this one's, or use a key.",
        )
