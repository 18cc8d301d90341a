"""The API as worker processes are forked with: migrated, its models and libraries loaded, no connection open."""

from __future__ import annotations

import gc
from typing import Any

from core import inference, telemetry
from core.migrations import migrate
from core.settings import settings
from core.store import store


def preloaded_app() -> Any:
    """`core.api.app`, with what its processes share. Raises StoreUnavailable, and what loading a model raises."""
    from core.api import app

    telemetry.configure(settings().log_level, settings().log_format)  # spans have a thread: each process sends its own
    migrate(store())  # once, not by all of them at the same time
    store().close()
    store.cache_clear()  # a connection serves one process
    if settings().warm_up:
        inference.preload()
    gc.collect()
    gc.freeze()  # a collection that looks at what is shared would copy it
    return app
