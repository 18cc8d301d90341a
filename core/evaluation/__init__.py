"""How answers are scored against the truth: classes, probabilities, flood extents; shares of cases with intervals."""
