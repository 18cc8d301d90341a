"""How Crime speaks: which question was answered, how much stays open, and what the answers are not for."""

from __future__ import annotations

from core.progress import Progress, Stage
from pages.parts.shared.words import counted, number

ABOUT = (
    "The answer is the **category of a reported incident**: what a record was, or would be, filed under. "
    "Give a table to code, check or brief from."
)
NOT_FOR = (
    "**Not to be used** to forecast where incidents will happen or to plan patrols, for the risk or suspicion of any "
    "person, to rate a place or a district, as evidence, or for any decision about a person. Records show what was "
    "reported and found, and where people looked for it. A person decides; Lookout helps to read."
)
MODES = {"coding": "from the offence text", "context": "from place and time"}

UNKNOWN_TRUTH = {
    False: "of a category that this version does not know",
    True: "of a NIBRS group that this version does not know, or of none",
}
"""Truths that the version cannot give, by whether groups are scored."""


def basis(mode: str) -> str:
    """Which of the two questions an answer belongs to, in words."""
    return f"{MODES.get(mode, mode)}{' alone' if mode == 'context' else ''}"


def open_line(categories: int) -> str:
    """How much place and time leave open."""
    if categories == 1:
        return "Place and time leave one category open."
    return f"Place and time leave {counted(categories, 'category', 'categories')} open."


def progress_words(latest: Progress | None) -> str:
    """What goes on while a table is answered: what was said of its columns stands in the result, not here."""
    if latest is not None and latest.stage is Stage.ANSWERING and latest.total:
        return f"{number(latest.done or 0)} of {counted(latest.total, 'record')} answered"
    if latest is not None and latest.stage is Stage.WRITING:
        return "Writing the result"
    return "Reading the table: dates, places and texts are checked row by row"
