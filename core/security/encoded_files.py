"""Files that strangers send as base64 text, decoded with what their tools add to it."""

from __future__ import annotations

import binascii
import re

import pybase64

from core.errors import InvalidInput, UnreadablePhoto

PHOTO_FILE = "a JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF or BMP photo"


def decode_base64(text: str, wanted: str = PHOTO_FILE, refusal: type[InvalidInput] = UnreadablePhoto) -> bytes:
    """The bytes that base64 text stands for; spaces, line breaks and a `data:` prefix are tolerated.

    wanted: what is expected, for the message. refusal: the error that is raised where the text is not base64.
    """
    body = text.partition(",")[2] if text[:20].lstrip().lower().startswith("data:") else text
    try:
        return pybase64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        pass  # spaces, line breaks, the URL-safe alphabet or missing padding: clean it and try once more
    packed = re.sub(r"\s+", "", body).rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return pybase64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise refusal(
            expected=f"{wanted} as base64",
            received=f"text that is not base64 ({text[:20]!r}...)",
            advice="Encode the file's bytes with a base64 function.",
        ) from None
