"""The audit sample in the store: which answers are drawn, what was judged of them, and in what order."""

from __future__ import annotations

from core.store.audit.drawing import BAND_EDGES, audit_position, band_totals, score_band
from core.store.audit.sample import AuditSample
from core.store.audit.strata import AuditedRow, SampledStratum
from core.store.audit.tables import AUDIT_SOURCE

__all__ = [
    "AUDIT_SOURCE",
    "BAND_EDGES",
    "AuditSample",
    "AuditedRow",
    "SampledStratum",
    "audit_position",
    "band_totals",
    "score_band",
]
