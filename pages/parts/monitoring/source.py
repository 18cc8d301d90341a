"""Which log Monitoring shows: the real one, or with `?log=invented` in the address an invented one, and its "now"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from core.settings import settings
from core.store import Store, store

if TYPE_CHECKING:
    from core.demonstration import InventedLog

PARAMETER, INVENTED = "log", "invented"
FOLDER = "invented"  # in the data folder


def is_invented() -> bool:
    """Whether this visit looks at the invented log; a second tab has an address of its own."""
    return st.query_params.get(PARAMETER) == INVENTED


def log() -> Store:
    """The store that this visit reads, and whose alerts it mutes. Raises StoreUnavailable.

    Ask while the page is drawn: what is made later, such as a file when it is asked for, has no address to look at.
    """
    return _invented().store if is_invented() else store()


def now() -> datetime:
    """The moment at which a period ends: this one; of the invented log its own end, so that it stays as it is."""
    return _invented().until if is_invented() else datetime.now(UTC)


def time_of_alerts() -> datetime:
    """The moment as of which alerts are told: by the database's clock, which all processes share; see `now`.

    Raises StoreUnavailable.
    """
    return _invented().until if is_invented() else store().alerts.now()


def prepare(progress: Callable[[float], object]) -> None:
    """Make the invented log, if it is looked at and there is none yet. progress: hears the share that is done."""
    if is_invented():
        _invented(progress)


def _invented(progress: Callable[[float], object] = lambda _share: None) -> InventedLog:
    from core.demonstration import opened  # with NumPy and the rules of alerts: only who looks at it waits for them

    return opened(settings().data_dir / FOLDER, progress)
