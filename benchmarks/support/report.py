"""The last line that every benchmark prints: its figures as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping


def print_figures(figures: Mapping[str, object]) -> None:
    """Print one JSON object; numbers of the top level are rounded to four decimals."""
    print(json.dumps({name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}))
