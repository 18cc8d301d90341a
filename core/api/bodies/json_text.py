"""JSON from bytes, read once, in any Unicode encoding."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic_core import from_json

from core.errors import InvalidInput

SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")  # half of a character, which the fast reader refuses when it is alone


def parsed(content: bytes) -> Any:
    """The JSON value. Raises InvalidInput for what is no JSON, or nested too deep to be read."""
    try:
        encoding = json.detect_encoding(content)
        plain = content if encoding == "utf-8" else content.decode(encoding).encode("utf-8", "surrogatepass")
        return json.loads(plain) if SURROGATE.search(plain) else from_json(plain)
    except (ValueError, RecursionError) as problem:
        raise InvalidInput(
            expected="JSON in UTF-8 of ordinary depth",
            received=f"text that is none ({problem!s:.100})",
            advice="Use a JSON library to write it.",
        ) from None


def lines(content: bytes) -> list[Any]:
    """The JSON value of each line that is not blank. Raises InvalidInput."""
    return [parsed(line) for line in content.splitlines() if line.strip()]
