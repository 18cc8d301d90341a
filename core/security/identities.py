"""Who calls: API keys and the pages' password, compared in constant time."""

from __future__ import annotations

import hmac

from core import telemetry
from core.errors import Unauthorised
from core.settings import settings


def identify(authorization: str | None) -> str:
    """The caller's name by the key in an `Authorization: Bearer KEY` header; "local" where no keys are set.

    Raises Unauthorised.
    """
    keys = settings().keys
    if not keys:
        return telemetry.note_caller("local")
    scheme, _, key_sent = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        for key, name in keys.items():
            if hmac.compare_digest(key.encode(), key_sent.strip().encode()):
                return telemetry.note_caller(name)
    raise Unauthorised(
        expected="a known API key in the header 'Authorization: Bearer KEY'",
        received="an unknown key" if key_sent else "none",
        advice="Ask whoever runs this server for a key.",
    )


def password_matches(typed: str) -> bool:
    """Whether `typed` is the pages' password, compared in constant time."""
    password = settings().pages_password
    return password is not None and hmac.compare_digest(password.get_secret_value().encode(), typed.encode())
