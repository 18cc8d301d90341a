"""Who calls: API keys and the pages' password, compared in constant time."""

from __future__ import annotations

import hmac

from core.errors import Unauthorised
from core.settings import settings


def identify(authorization: str | None) -> str:
    """The caller's name by the key in an `Authorization: Bearer KEY` header; "local" where no keys are set."""
    keys = settings().keys
    if not keys:
        return "local"
    scheme, _, given = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        for key, name in keys.items():
            if hmac.compare_digest(key.encode(), given.strip().encode()):
                return name
    raise Unauthorised(
        "Expected a known API key in the header 'Authorization: Bearer KEY'. "
        f"Received {'an unknown key' if given else 'none'}. Ask whoever runs this server for a key."
    )


def password_matches(given: str) -> bool:
    """Whether `given` is the pages' password, compared in constant time."""
    password = settings().pages_password
    return password is not None and hmac.compare_digest(password.get_secret_value().encode(), given.encode())
