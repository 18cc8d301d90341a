"""The table of the audit sample: a row for each answer that is drawn, with what was judged of it."""

from __future__ import annotations

import sqlalchemy as sa

from core.store.tables import Text, UtcDateTime, metadata

AUDIT_SOURCE = "audit"
"""The source of outcomes that judge a drawn answer; other feedback does not count in the audit."""

audit_sample = sa.Table(
    "audit_sample",
    metadata,
    sa.Column("prediction_id", Text(), primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),  # of the prediction, like the next five
    sa.Column("system", Text(40), nullable=False),
    sa.Column("version", Text(40), nullable=False),  # "" for answers without one
    sa.Column("source", Text(20), nullable=False),
    sa.Column("band", sa.Integer, nullable=False),
    sa.Column("share", sa.Float, nullable=False),  # of answers that were drawn when it was logged
    sa.Column("position", sa.Float, nullable=False),  # in the order in which answers are offered to be judged
    sa.Column("verdict", Text(10)),  # right, wrong or unknown, which is "cannot tell"; NULL: it waits
    sa.Column("judged_at", UtcDateTime),
    sa.Column("judged_by", Text(200)),
    sa.Index(  # holds all that is counted
        "audit_sample_by_system_and_time",
        *("system", "created_at", "band", "share", "verdict", "version", "source"),
    ),
    sa.Index(
        "audit_sample_waiting",
        *("system", "position", "created_at"),
        sqlite_where=sa.text("verdict IS NULL"),
        postgresql_where=sa.text("verdict IS NULL"),
    ),
    sa.Index(
        "audit_sample_judged",
        *("system", "created_at"),
        sqlite_where=sa.text("verdict IS NOT NULL"),
        postgresql_where=sa.text("verdict IS NOT NULL"),
    ),
)
