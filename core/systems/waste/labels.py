"""What the waste model may answer, and what a person may say of a photo."""

from __future__ import annotations

MATERIALS = ("cardboard", "glass", "metal", "paper", "plastic", "trash")
PLASTIC_MATERIALS = ("plastic",)
"""`trash` may hold plastic but says nothing certain: its mass counts as not plastic, as in the photos' labels."""
OUTPUTS = len(MATERIALS) + 2
"""Logits of the network: the materials, "shows waste", "is plastic"."""
NOT_WASTE = "not waste"  # what a person says of a photo that shows none; never an answer
