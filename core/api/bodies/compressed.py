"""Compressed bodies: gzip and deflate, unpacked in pieces, so that a small one that unpacks to much is refused."""

from __future__ import annotations

import zlib

from core.errors import InvalidInput, TooLarge

PIECE = 1 << 20  # unpacked at most so many bytes at a time
GZIP, ZLIB, RAW_DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS  # how zlib tells the forms apart
ZLIB_METHOD, ZLIB_CHECK = 8, 31  # RFC 1950: the low four bits of the first byte; both bytes divide by 31


def unpacked(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """The body as it was before it was compressed.

    encoding: the request's `Content-Encoding`. max_bytes: what it may unpack to.
    Raises TooLarge as soon as more comes out, and InvalidInput for what is not compressed so.
    """
    if encoding in ("", "identity"):
        return body
    if encoding in ("gzip", "x-gzip"):
        window = GZIP
    elif encoding == "deflate":
        window = ZLIB if _has_zlib_header(body) else RAW_DEFLATE
    else:
        raise InvalidInput(
            expected="a body compressed with gzip or deflate, or not at all",
            received=f"the header 'content-encoding: {encoding:.40}'",
            advice="Send it as it is.",
        )
    try:
        return _inflated(body, window, max_bytes)
    except zlib.error:
        raise InvalidInput(
            expected=f"a body compressed with {encoding}, as its header says",
            received="one that cannot be unpacked",
            advice="Check that it is complete and compressed once.",
        ) from None


def _inflated(body: bytes, window: int, max_bytes: int) -> bytes:
    """All members of the compressed body, one after the other. Raises zlib.error, TooLarge."""
    pieces, size = [], 0
    member = zlib.decompressobj(window)
    for start in range(0, len(body), PIECE):
        waiting = body[start : start + PIECE]
        while waiting:
            if member.eof:  # gzip alone has a next one
                member = zlib.decompressobj(window)
            pieces.append(member.decompress(waiting, PIECE))
            size += len(pieces[-1])
            if size > max_bytes:
                raise _too_large(max_bytes)
            waiting = member.unconsumed_tail
            if member.eof:
                waiting = member.unused_data if window == GZIP else b""
    pieces.append(member.flush())
    if not member.eof:
        raise zlib.error("it breaks off")
    return b"".join(pieces)


def _has_zlib_header(body: bytes) -> bool:
    """Whether deflate comes with the header that its standard asks for; some programs leave it out."""
    return len(body) > 1 and body[0] & 15 == ZLIB_METHOD and int.from_bytes(body[:2], "big") % ZLIB_CHECK == 0


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(
        expected=f"a request of up to {max_bytes / 1e6:g} MB, unpacked",
        received="a compressed one that unpacks to more",
        advice="Send it in several requests.",
    )
