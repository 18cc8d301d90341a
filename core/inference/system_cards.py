"""What a page needs to know of each system, and the way to what a system's own page asks beside answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from core import systems
from core.artefacts.version_records import CARD_FILE
from core.contract import System
from core.errors import UnknownVersion
from core.registry import CHAMPION, registry

Contract = TypeVar("Contract")


@dataclass(frozen=True)
class SystemCard:
    """What a page needs to know of a system."""

    name: str
    title: str
    question: str
    labels: tuple[str, ...]
    champion: str | None
    metadata: dict[str, Any]
    """The champion's metadata.json; empty without a champion."""
    often_unsure: bool = False
    """Whether "not sure" is a usual answer of this system and no sign that something is wrong."""

    @property
    def input_schema(self) -> dict[str, Any]:
        """The JSON Schema of one instance; written when it is asked for, which Home never does."""
        return systems.get(self.name).Input.model_json_schema()


def catalogue() -> list[SystemCard]:
    """Every installed system, sorted by name."""
    return [_card(module) for module in systems.all_systems().values()]


def _card(module: System) -> SystemCard:
    has_champion = CHAMPION in registry().aliases(module.NAME)
    champion = registry().resolve(module.NAME) if has_champion else None
    offers = systems.offers(module.NAME)
    return SystemCard(
        name=module.NAME,
        title=module.TITLE,
        question=module.QUESTION,
        labels=offers.labels,
        champion=champion.version if champion else None,
        metadata=champion.metadata if champion else {},
        often_unsure=offers.often_unsure,
    )


def version_card(system: str, version: str | None) -> str | None:
    """What a version's card says of it, Markdown; None where it is not registered any longer, or has none."""
    try:
        return (registry().resolve(system, version).folder / CARD_FILE).read_text("utf-8") if version else None
    except (OSError, UnknownVersion):
        return None


def workbench(system: str, contract: type[Contract]) -> Contract:
    """What a system's own page needs beside answers, as that page's protocol describes it; see `systems.workbench`.

    Pages reach systems through here alone. Raises UnknownSystem, InvalidInput where the system has no workbench.
    """
    return systems.workbench(system, contract)
