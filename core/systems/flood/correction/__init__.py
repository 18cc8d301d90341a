"""The residual network at work: its features, the corrected depth and what follows for arrival over time."""
