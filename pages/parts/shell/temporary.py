"""Folders for what a visit works on: private, and gone after it, whatever ends the process."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path

PREFIX = "lookout-visit-"


def folder_for(owner: object) -> Path:
    """A new folder that goes with its `owner`, or with the process.

    A process that is ended from outside cannot tidy up; so what processes that are gone left behind goes first.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if not _runs(left.name.removeprefix(PREFIX).split("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return folder


def _runs(process: str) -> bool:
    """Whether there is a process of this number; of any user."""
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
