"""Scores: of classes, of probabilities and of flood extents; pure functions."""
