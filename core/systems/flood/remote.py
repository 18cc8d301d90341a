"""Questions to another host: with time-outs, retries, a limit on the answer, and errors that say what to do.

A question is asked again where another try may help: no connection, no answer in time, 502 to 504. Not after 429: who
asks too often is told so. Retries are urllib3's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from core.errors import HostUnavailable

MAX_CONNECT, MAX_READ, MAX_WHOLE = 5.0, 20.0, 60.0  # time to connect, between two parts, for the whole answer [s]
MAX_TRIES = 3
PAUSE = 0.5  # before the second repetition, then twice as long each time [s]
MAX_BYTES = 10_000_000  # of an answer
STATUSES_TO_RETRY = (502, 503, 504)
NOT_FOUND, TOO_MANY = 404, 429


def base(address: str | None, setting: str, what: str) -> str:
    """The address from the settings, without a slash at its end. Raises HostUnavailable if none is set.

    address: as it is set.
    setting: its name.
    what: the host has, in words for the error.
    """
    if not address:
        raise HostUnavailable(
            expected=f"the address of a host with {what} in {setting}",
            received="none: this server asks no other host",
            advice="Ask whoever runs it, or give a file of your own.",
        )
    return address.rstrip("/")


def exists(address: str, what: str) -> bool:
    """Whether the host has this file; only its header is asked for. Raises HostUnavailable."""
    with _answer("HEAD", address, {}, what) as answer:
        if answer.status_code == NOT_FOUND:
            return False
        _check(answer, what)
        return True


def json_of(address: str, query: Mapping[str, str | float], what: str) -> object:
    """The JSON that the host answers. Raises HostUnavailable."""
    with _answer("GET", address, query, what) as answer:
        _check(answer, what)
        data = _body(answer, what)
    try:
        decoded: object = json.loads(data)
    except (ValueError, RecursionError):
        raise strange(answer.url, what, "no JSON") from None
    return decoded


def strange(address: str, what: str, received: str) -> HostUnavailable:
    """An error about an answer that is not what was asked for."""
    return HostUnavailable(
        expected=f"{what} from {host(address)}",
        received=received,
        advice="Check its address in the settings, or try again later.",
    )


@contextmanager
def _answer(method: str, address: str, query: Mapping[str, str | float], what: str) -> Iterator[requests.Response]:
    """The answer, whatever its status; its body is not read yet."""
    retries = Retry(
        MAX_TRIES - 1,
        status_forcelist=STATUSES_TO_RETRY,
        backoff_factor=PAUSE,
        respect_retry_after_header=False,
        raise_on_status=False,
    )
    try:
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=retries))
            with session.request(method, address, params=query, timeout=(MAX_CONNECT, MAX_READ), stream=True) as answer:
                yield answer
    except requests.RequestException as problem:
        raise HostUnavailable(
            expected=f"{what} from {host(address)}",
            received=_reason_of_failure(problem),
            advice="Check this machine's network, or try again later.",
        ) from None


def _reason_of_failure(problem: Exception) -> str:
    """Why there is no answer, in words."""
    if isinstance(problem, requests.exceptions.SSLError):
        return "a certificate that cannot be trusted"
    if isinstance(problem, requests.Timeout) or "timed out" in str(problem):
        return f"no answer within {MAX_READ:g} s"
    broken = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)
    return "an answer that breaks off" if isinstance(problem, broken) else "no connection"


def _check(answer: requests.Response, what: str) -> None:
    """Raise HostUnavailable for a status that is no success."""
    if answer.ok:
        return
    if answer.status_code == TOO_MANY:
        raise HostUnavailable(
            expected=f"{what} from {host(answer.url)}",
            received="a refusal: too many questions were asked",
            advice=f"Wait a minute, or longer.{_stated_reason(answer, what)}",
        )
    raise strange(answer.url, what, f"status {answer.status_code}{_stated_reason(answer, what)}")


def _stated_reason(answer: requests.Response, what: str) -> str:
    """What the host says about its refusal, if it says it as Open-Meteo does."""
    try:
        reason = json.loads(_body(answer, what))["reason"]
    except (HostUnavailable, ValueError, LookupError, TypeError, RecursionError):
        return ""
    return f" ({' '.join(str(reason).split()):.120})"


def _body(answer: requests.Response, what: str) -> bytes:
    """The bytes of the answer, which may be neither too many nor too slow. Raises HostUnavailable."""
    body, end = bytearray(), time.monotonic() + MAX_WHOLE
    for part in answer.iter_content(65_536):
        body += part
        if len(body) > MAX_BYTES or time.monotonic() > end:
            raise strange(answer.url, what, f"more than {MAX_BYTES / 1e6:g} MB, or slower than within {MAX_WHOLE:g} s")
    return bytes(body)


def host(address: str) -> str:
    """The host in an address."""
    return urlsplit(address).netloc.rpartition("@")[2]
