"""What people said of a batch's photos: labels for one or many at once, the last of which can be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from core import inference
from core.contract import Prediction
from core.store import OutcomeRow
from pages.parts.photos.json_lines import JsonLines


@dataclass(frozen=True)
class LabelAction:
    """What was said at once: a label for some photos, or that nobody could tell (label None, nothing in the log).

    outcomes: what was recorded, by number of the photo; empty where nobody could tell.
    """

    id: str
    label: str | None
    photos: tuple[int, ...]
    outcomes: Mapping[int, OutcomeRow]


class SaidOfPhotos:
    """All that was said of a batch, as its folder holds it: each action a line, and each undoing of one.

    The log has each outcome before the folder names it. Not safe across threads; its batch guards it.
    """

    def __init__(self, path: Path) -> None:
        self._lines = JsonLines(path)
        self._actions: list[LabelAction] = []
        self._latest: dict[int, LabelAction] = {}

    def catch_up(self) -> None:
        """Read what was said since, in this process or another."""
        for line in self._lines.unread():
            if "undo" in line:
                self._actions = [action for action in self._actions if action.id != line["undo"]]
                self._latest = {photo: action for action in self._actions for photo in action.photos}
            else:
                action = _action(line)
                self._actions.append(action)
                self._latest.update(dict.fromkeys(action.photos, action))

    @property
    def last(self) -> LabelAction | None:
        """What was said last, and can be undone."""
        return self._actions[-1] if self._actions else None

    def outcome(self, photo: int) -> OutcomeRow | None:
        """What was recorded last of a photo."""
        action = self._latest.get(photo)
        return action.outcomes.get(photo) if action else None

    def unknown(self, photo: int) -> bool:
        """Whether it was said last that nobody could tell."""
        action = self._latest.get(photo)
        return action is not None and action.label is None

    def note(self, label: str | None, outcomes: Mapping[int, OutcomeRow], photos: Sequence[int] | None = None) -> None:
        """Keep what was said. outcomes: as the log has them. photos: those that it was said of, if not of these."""
        self._lines.append(
            {
                "id": str(uuid4()),
                "label": label,
                "photos": list(outcomes if photos is None else photos),
                "outcomes": {
                    str(photo): {**outcome, "created_at": outcome["created_at"].isoformat()}
                    for photo, outcome in outcomes.items()
                },
            }
        )

    def record(
        self,
        label: str,
        predictions: Mapping[int, Prediction],
        content: Callable[[int], bytes] | None = None,
    ) -> None:
        """Record one label for many photos. content: gives a photo's bytes, where the person agreed to keep them.

        What was recorded before one is refused counts. Raises LookoutError.
        """
        outcomes: dict[int, OutcomeRow] = {}
        try:
            for photo, prediction in predictions.items():
                photo_bytes = content(photo) if content else None
                outcomes[photo] = inference.feedback(
                    prediction.id, label, source="page", consented=content is not None, kept_input=photo_bytes
                )
        finally:
            if outcomes:
                self.note(label, outcomes)

    def undo(self, action: LabelAction) -> None:
        """Take back what was said last, so that what was said before counts again. Raises LookoutError.

        Nothing happens if something else was said meanwhile.
        """
        self.catch_up()
        if self.last is None or self.last.id != action.id:
            return
        for outcome in action.outcomes.values():
            inference.withdraw(outcome["id"])
        self._lines.append({"undo": action.id})


def _action(line: Mapping[str, Any]) -> LabelAction:
    outcomes = {
        int(photo): cast(OutcomeRow, {**outcome, "created_at": datetime.fromisoformat(outcome["created_at"])})
        for photo, outcome in line["outcomes"].items()
    }
    return LabelAction(line["id"], line["label"], tuple(line["photos"]), outcomes)
