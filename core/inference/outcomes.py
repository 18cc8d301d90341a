"""What turned out to be true: feedback on logged predictions, and the files that they brought."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from core import systems, telemetry
from core.artefacts import answer_files
from core.errors import InvalidInput
from core.settings import settings
from core.store import OutcomeRow, PredictionRow, store

MAX_LABEL = 200  # characters


def feedback(
    prediction_id: str,
    label: str,
    *,
    actor: str = "local",
    source: str = "feedback",
    consented: bool = False,
    kept_input: bytes | None = None,
) -> OutcomeRow:
    """Record what the truth was. The input is kept only if the person consented and sent it.

    Raises UnknownPrediction, InvalidInput (a label that the system does not know; not the logged input).
    """
    row = store().prediction(prediction_id)
    label = checked(label, systems.offers(row["system"]).labels)
    path = _keep(row, kept_input) if consented and kept_input else None
    outcome = store().add_outcome(
        prediction_id, label, source=source, actor=actor, consented=consented, kept_input=path
    )
    telemetry.FEEDBACK.labels(row["system"], str(outcome["correct"]).lower()).inc()
    telemetry.log().info("feedback", prediction_id=prediction_id, label=label, correct=outcome["correct"])
    return outcome


def checked(label: str, labels: Sequence[str]) -> str:
    """A label without blanks around it. labels: of the system; none where it takes any text. Raises InvalidInput."""
    label = label.strip()
    if not label or len(label) > MAX_LABEL or (labels and label not in labels):
        raise InvalidInput(
            expected=f"a label: {', '.join(labels or [f'a text of 1 to {MAX_LABEL} characters'])}",
            received=f"{label!r:.80}",
        )
    return label


def withdraw(outcome_id: str) -> None:
    """Take back what was said by mistake: it counts no longer, and an input that was kept for it alone goes.

    Nothing happens where there is no such outcome. Raises StoreUnavailable.
    """
    path = store().withdraw_outcome(outcome_id)
    if path is not None:
        (settings().data_dir / path).unlink(missing_ok=True)
    telemetry.log().info("feedback_withdrawn", outcome_id=outcome_id)


def _keep(row: PredictionRow, data: bytes) -> str:
    """Keep an input that its owner agreed to share; the name is its hash, so it must be the one that was logged."""
    received = hashlib.sha256(data).hexdigest()
    if received != row["input_hash"]:
        raise InvalidInput(
            expected="the input that was predicted", received="another one", advice="Send the same file again."
        )
    folder = settings().data_dir / "kept" / str(row["system"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / received
    fresh = path.with_suffix(".new")
    fresh.write_bytes(data)
    fresh.replace(path)
    return str(path.relative_to(settings().data_dir))


def kept_input(row: PredictionRow) -> Path | None:
    """The input of a logged prediction, where it was kept because its owner agreed."""
    path = settings().data_dir / "kept" / row["system"] / (row["input_hash"] or "none")
    return path if path.is_file() else None


def files(prediction_id: str) -> Path:
    """The folder of the files that a logged answer brought. Raises UnknownPrediction, UnknownFile."""
    return answer_files.folder(_folder_name(prediction_id))


def file(prediction_id: str, name: str) -> Path:
    """One of the files that a logged answer brought. Raises UnknownPrediction, UnknownFile."""
    return answer_files.file(_folder_name(prediction_id), name)


def _folder_name(prediction_id: str) -> str | None:
    """The name of the folder that an answer's files are in; None if it brought none."""
    details = store().prediction(prediction_id)["details"] or {}
    brought = details.get("files")
    return str(brought["folder"]) if isinstance(brought, dict) and "folder" in brought else None
