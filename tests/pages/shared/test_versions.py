"""What a version says about itself, whatever its metadata hold."""

from __future__ import annotations

import pytest

from core.inference import SystemCard
from pages.parts.shared import versions

SPLIT = {"accuracy": 0.91, "n": 253}


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({}, "Version 1."),
        ({"created_at": "2026-11-20T14:05:00+00:00"}, "Version 1, trained on 2026-11-20."),
        ({"created_at": "yesterday"}, "Version 1."),
        ({"metrics": {"accuracy": 0.9}}, "Version 1. Checked on all held-out data: 90 % right."),
        (
            {"metrics": {"trashnet": SPLIT, "trashnet/glass": SPLIT, "foreign": {"accuracy": None}}},
            "Version 1. Checked on trashnet: 91 % right (n = 253).",
        ),
        (
            {"metrics": {"wild_test": {**SPLIT, "intervals": {"accuracy": [0.87, 0.94]}}}},
            "Version 1. Checked on wild test: 91 % right (n = 253, 87 to 94 %).",
        ),
        (
            {"metrics": {"later": {"top1": 0.3}}, "checked": {"later months": {"accuracy": 0.34, "n": 900}}},
            "Version 1. Checked on later months: 34 % right (n = 900).",
        ),
        (
            {"checked": {"floods: agreement of extents (CSI)": {"accuracy": 0.84, "n": 30}}},
            "Version 1. Checked on floods: agreement of extents (CSI): 84 % (n = 30).",
        ),
        ({"metrics": "none"}, "Version 1."),
    ],
)
def test_a_version_in_a_sentence(metadata, said):
    card = SystemCard("toy", "Toy", "What?", (), "1", metadata)
    assert versions.sentence(card).replace("\N{NO-BREAK SPACE}", " ") == said
