"""Which kind of input a place holds, for a system: single files, a ZIP of them, or event folders."""

from __future__ import annotations

from pathlib import Path

from core import systems
from core.batch.inputs import addresses
from core.batch.inputs.addresses import AddressSource
from core.batch.inputs.events import EventSource
from core.batch.inputs.folders import FolderSource
from core.batch.inputs.item import InputSource
from core.batch.inputs.zips import ZipSource


def source_of(system: str, place: str, mode: str | None = None) -> InputSource:
    """The source of the inputs at a path or an address.

    A system that answers folders is given event folders, which must be on this machine; any other its files. mode: how
    to compute events.
    """
    if not addresses.is_address(place):
        path = Path(place)
        if systems.offers(system).folders and path.is_dir():
            return EventSource(path, system, mode)
        return ZipSource(place) if is_zip(place) and path.is_file() else FolderSource(path)
    return ZipSource(place) if is_zip(place) else AddressSource(place)


def is_zip(place: str) -> bool:
    """Whether it is named as a ZIP; an Excel file is one too, but no ZIP of inputs."""
    return place.lower().endswith(".zip")
