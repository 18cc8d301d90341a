"""THE path of every prediction: validate -> predict -> log -> return; feedback, readiness, the systems there are."""

from core.certainty import SCALES, how_sure
from core.inference.bulk_feedback import RecordedLabels, RefusedLabel, feedback_in_bulk
from core.inference.loading import preload
from core.inference.outcomes import feedback, file, files, kept_input, withdraw
from core.inference.predictions import PlannedCall, explain, plan, predict, stream
from core.inference.readiness import not_ready, warm_up
from core.inference.system_cards import SystemCard, catalogue, version_card, workbench

__all__ = [
    "SCALES",
    "PlannedCall",
    "RecordedLabels",
    "RefusedLabel",
    "SystemCard",
    "catalogue",
    "explain",
    "feedback",
    "feedback_in_bulk",
    "file",
    "files",
    "how_sure",
    "kept_input",
    "not_ready",
    "plan",
    "predict",
    "preload",
    "stream",
    "version_card",
    "warm_up",
    "withdraw",
    "workbench",
]
