"""Records of a trained version: metadata.json with the hashes of its files and the code that made it, and its card."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.artefacts.hashing import sha256_of

METADATA_FILE = "metadata.json"
CARD_FILE = "card.md"
REFERENCE_FILE = "reference.json"
"""What answers are held against for drift, see `core.monitoring.references.write_reference`."""
REFERENCE = "reference"
"""Key of the metadata: how many answers that file holds, with which features, to what, and its sha256."""


def write_records(
    folder: Path,
    system: str,
    files: Sequence[str],
    metadata: Mapping[str, object],
    card: Callable[[dict[str, Any]], str],
) -> dict[str, Any]:
    """Write metadata.json and card.md; returns what metadata.json holds.

    folder: that of the version, with its files.
    system: its system's name.
    files: names of the files whose sha256 is recorded, so that the registry can check them.
    metadata: what else is recorded, plain JSON; of REFERENCE the card gets a section of its own.
    card: makes the card's Markdown of all that is recorded.
    """
    records: dict[str, Any] = {
        "system": system,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": code_version(),
        **metadata,
        "files": {name: sha256_of(folder / name) for name in files},
    }
    (folder / METADATA_FILE).write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
    text = card(records)
    if REFERENCE in records:
        text = text.rstrip("\n") + "\n\n" + reference_section(records[REFERENCE])
    (folder / CARD_FILE).write_text(text, encoding="utf-8")
    return records


def reference_section(record: Mapping[str, Any]) -> str:
    """The card's section on what the version's answers are held against; record: of `write_reference`."""
    return (
        f"## Held against, for drift\nMonitoring compares this version's answers with {record['n']} of its answers to "
        f"{record['about']}. Features: {', '.join(record['features'])}.\n"
    )


def code_version() -> str:
    """The commit that trains, with + if files differ from it; unknown outside a checkout."""
    command = ["git", "describe", "--always", "--dirty=+"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
