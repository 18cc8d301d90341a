"""How a delimited text is written: the character between its columns, its rows, and which row is the header.

The delimiter is judged in two ways, because the two kinds of table need it: by the number of columns over many rows for
tables of texts, whose header may hold any sign; by the header alone for small tables of numbers, whose rows may hold
decimal commas (`0;1,5`), which split as evenly as the true delimiter does.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
MAX_LINES_SEEN = 50  # lines that the delimiter is judged on
SEPARATOR_LINE = re.compile(r'\A"?sep=.?"?\r?\n', re.IGNORECASE)
"""A first line such as `sep=;`, which is there for Excel."""


@dataclass(frozen=True)
class Dialect:
    """How a text's rows are divided into cells; quotes are as in RFC 4180.

    delimiter: the character between cells.
    skip_initial_space: whether spaces after it are no part of the next cell.
    """

    delimiter: str
    skip_initial_space: bool = False

    def split_rows(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """The cells of each row that has any, with the row's index in the text; the first of them is the header.

        Raises csv.Error for a text that cannot be divided.
        """
        rows = csv.reader(io.StringIO(text), delimiter=self.delimiter, skipinitialspace=self.skip_initial_space)
        return ((index, row) for index, row in enumerate(rows) if any(row))


def delimiter_by_columns(text: str, candidates: Sequence[str] = DELIMITERS) -> str:
    """The character that splits the first lines into the same number of columns, and into most; a comma if none does.

    Raises csv.Error for a text that cannot be divided.
    """
    lines = [line for line in text.splitlines()[:MAX_LINES_SEEN] if line.strip()]
    best, max_columns = ",", 1
    for candidate in candidates if lines else ():
        counts = [len(row) for row in csv.reader(lines, delimiter=candidate)]
        usual, times = Counter(counts).most_common(1)[0]
        if usual > max_columns and times * 2 > len(counts) and counts[0] >= usual - 1:
            best, max_columns = candidate, usual
    return best


def delimiter_by_header(text: str, candidates: Sequence[str] = DELIMITERS) -> str:
    """The character that stands most often in the first line with any text; the first candidate if none does."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(candidates, key=header.count)
