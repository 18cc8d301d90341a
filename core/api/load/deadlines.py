"""How long a caller waits for its answer: by its header, else by the setting."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import InvalidInput
from core.settings import settings

HEADERS = (b"x-request-timeout", b"request-timeout")
MAX_SECONDS = 3600.0


def deadline_of(headers: Mapping[bytes, bytes]) -> float:
    """Seconds from now until nobody waits for the answer any more. Raises InvalidInput for a header that is no time."""
    value = next((headers[name] for name in HEADERS if name in headers), None)
    if value is None:
        return settings().request_seconds
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MAX_SECONDS:  # false for NaN, too
        raise InvalidInput(
            expected=f"seconds in X-Request-Timeout, more than 0 and up to {MAX_SECONDS:.0f}",
            received=f"{value[:40].decode('latin-1')!r}",
            advice="Leave the header out if you can wait.",
        )
    return seconds
