"""Alerts in the store: their states, who evaluates them, what is to be delivered, and what people decided."""

from __future__ import annotations

from core.store.alerts.alert_log import AlertLog, EvaluationChanges
from core.store.alerts.rows import (
    AlertEventRow,
    AlertMuteRow,
    AlertStateRow,
    DeliveryTryRow,
    NotificationRow,
    NotificationState,
    RuleEditRow,
)

__all__ = [
    "AlertEventRow",
    "AlertLog",
    "AlertMuteRow",
    "AlertStateRow",
    "DeliveryTryRow",
    "EvaluationChanges",
    "NotificationRow",
    "NotificationState",
    "RuleEditRow",
]
