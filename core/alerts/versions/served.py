"""Which versions answer now: whose alerts end because another took over, and which is the champion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from core.registry import CHAMPION
from core.store import Query, Store

Aliases = Callable[[str], Mapping[str, str]]
"""{alias: version} of a system now, such as `core.registry.Registry.aliases`."""


class ServedVersions:
    """The versions that aliases name, and those that answered lately because somebody asked for them by their name."""

    def __init__(self, store: Store, aliases: Aliases) -> None:
        self._store, self._aliases = store, aliases

    def is_champion(self, system: str, version: str) -> bool:
        """Whether a version answers whoever names none."""
        return self._aliases(system).get(CHAMPION) == version

    def is_replaced(self, system: str, version: str, since: datetime) -> bool:
        """Whether another version is champion, no alias names this one, and it has answered nothing since a time.

        May raise StoreUnavailable, and DamagedArtefact where the aliases cannot be read.
        """
        aliases = self._aliases(system)
        if CHAMPION not in aliases or version in aliases.values():
            return False
        return not self._store.rows(Query(system=system, version=version, since=since), ("created_at",), 1)
