"""The site of an input: the name of the place that it comes from, given by whoever asks."""

from __future__ import annotations

import re
import unicodedata

from core.errors import InvalidInput

TAUGHT_MARK = "+"  # in the name of a version that a site taught, between the general version's name and the site's
MAX_LENGTH = 60  # characters, as the log's column has them
BLANKS = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")  # Unicode's space separators
JOINERS = "\u200c\u200d"  # invisible, but Persian words and joined emoji are written with them
VISIBLE = "LNPS"  # categories of letters, numbers, punctuation and symbols


def is_taught(version: str) -> bool:
    """Whether a version of this name is what a site taught, not a general one."""
    return TAUGHT_MARK in version


def checked(site: str | None) -> str | None:
    """A site as the log keeps it; None where none was given, for "" and for blanks alone too.

    Blanks around it go, runs of them inside become one, and letters are composed (Unicode NFC), so that one place has
    one name. Raises InvalidInput unless it then has 1 to MAX_LENGTH characters that can be printed.
    """
    if site is None:
        return None
    name = unicodedata.normalize("NFC", BLANKS.sub(" ", site.strip()))
    if not name:
        return None
    if unprintable := next((sign for sign in name if not (sign.isprintable() or sign in JOINERS)), None):
        raise _refusal(f"{name!r:.80} with the character U+{ord(unprintable):04X}", "Type the name without it.")
    if not any(unicodedata.category(sign)[0] in VISIBLE for sign in name):
        raise _refusal(f"{name!r:.80}, of which nothing can be seen", "Use a letter or a number.")
    if len(name) > MAX_LENGTH:
        raise _refusal(f"{len(name)} characters, {name!r:.40}...", "Use a shorter name.")
    return name


def _refusal(received: str, advice: str) -> InvalidInput:
    return InvalidInput(
        expected=f"a site's name of 1 to {MAX_LENGTH} printable characters", received=received, advice=advice
    )
