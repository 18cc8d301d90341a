"""Questions to another host: with time-outs, retries, a limit on the answer, and errors that say what to do.

A question is asked again where another try may help: no connection, no answer in time, 502 to 504. Not after 429: who
asks too often is told so. Retries are urllib3's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.errors import HostUnavailable

if TYPE_CHECKING:
    import requests

CONNECT, READ, WHOLE = 5.0, 20.0, 60.0  # longest time to connect, between two parts of an answer, and for all of it [s]
TRIES = 3
PAUSE = 0.5  # before the second repetition, then twice as long each time [s]
LARGEST = 10_000_000  # bytes of an answer
AGAIN = (502, 503, 504)
NOT_FOUND, TOO_MANY = 404, 429


def base(address: str | None, setting: str, what: str) -> str:
    """The address from the settings, without a slash at its end. Raises HostUnavailable if none is set."""
    if not address:
        raise HostUnavailable(
            f"Expected the address of a host with {what} in {setting}. Received none: this server asks no other host. "
            "Ask whoever runs it, or give a file of your own."
        )
    return address.rstrip("/")


def exists(address: str, what: str) -> bool:
    """Whether the host has this file; only its header is asked for. Raises HostUnavailable."""
    with _asked("HEAD", address, {}, what) as answer:
        if answer.status_code == NOT_FOUND:
            return False
        _check(answer, what)
        return True


def json_of(address: str, query: dict[str, Any], what: str) -> Any:
    """The JSON that the host answers. Raises HostUnavailable."""
    with _asked("GET", address, query, what) as answer:
        _check(answer, what)
        data = _body(answer, what)
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise strange(answer.url, what, "no JSON") from None


def strange(address: str, what: str, received: str) -> HostUnavailable:
    """An error about an answer that is not what was asked for."""
    return HostUnavailable(
        f"Expected {what} from {host(address)}. Received {received}. Check its address in the settings, or try again "
        "later."
    )


@contextmanager
def _asked(method: str, address: str, query: dict[str, Any], what: str) -> Iterator[requests.Response]:
    """The answer, whatever its status; its body is not read yet."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    retries = Retry(
        TRIES - 1, status_forcelist=AGAIN, backoff_factor=PAUSE, respect_retry_after_header=False, raise_on_status=False
    )
    try:
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=retries))
            with session.request(method, address, params=query, timeout=(CONNECT, READ), stream=True) as answer:
                yield answer
    except requests.RequestException as problem:
        raise HostUnavailable(
            f"Expected {what} from {host(address)}. Received {_why(problem)}. Check this machine's network, or try "
            "again later."
        ) from None


def _why(problem: Exception) -> str:
    import requests

    if isinstance(problem, requests.exceptions.SSLError):
        return "a certificate that cannot be trusted"
    if isinstance(problem, requests.Timeout) or "timed out" in str(problem):
        return f"no answer within {READ:g} s"
    broken = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)
    return "an answer that breaks off" if isinstance(problem, broken) else "no connection"


def _check(answer: requests.Response, what: str) -> None:
    if answer.ok:
        return
    if answer.status_code == TOO_MANY:
        raise HostUnavailable(
            f"Expected {what} from {host(answer.url)}. Received a refusal: too many questions were asked. Wait a "
            f"minute, or longer.{_reason(answer, what)}"
        )
    raise strange(answer.url, what, f"status {answer.status_code}{_reason(answer, what)}")


def _reason(answer: requests.Response, what: str) -> str:
    """What the host says about its refusal, if it says it as Open-Meteo does."""
    try:
        reason = json.loads(_body(answer, what))["reason"]
    except (HostUnavailable, ValueError, LookupError, TypeError, RecursionError):
        return ""
    return f" ({' '.join(str(reason).split()):.120})"


def _body(answer: requests.Response, what: str) -> bytes:
    made, end = bytearray(), time.monotonic() + WHOLE
    for part in answer.iter_content(65_536):
        made += part
        if len(made) > LARGEST or time.monotonic() > end:
            raise strange(answer.url, what, f"more than {LARGEST / 1e6:g} MB, or slower than within {WHOLE:g} s")
    return bytes(made)


def host(address: str) -> str:
    """The host in an address."""
    return urlsplit(address).netloc.rpartition("@")[2]
