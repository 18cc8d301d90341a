"""A large table of Crime: a search, an order and a filter over all its records, alone and on the page; its labels.

"Alone" is the work on the result in this process; on the page a real browser clicks and types on a running server.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.support import crime_labels, crime_page, report, timing
from core.batch import files
from core.settings import CHECKOUT
from pages.parts.crime.run_result import ORDERS, ROWS_PER_PAGE, RecordFilter, TableResult

DATA = CHECKOUT.parent / "shared" / "data" / "crime" / "sf_incidents_2003_2014.parquet"
PARTS = ("result", "page", "labels")
MAX_SECONDS = 0.5  # that each may take
ROUNDS = 5
SEARCHES = ("theft auto", "MARKET ST", "12345", "no such words")
FILTERS = {
    "district and hours": RecordFilter(districts=("MISSION",), hours=(20, 23)),
    "category and confidence": RecordFilter(categories=("LARCENY/THEFT",), scores=(0.2, 0.8)),
    "all at once": RecordFilter(("LARCENY/THEFT",), ("MISSION",), (8, 20), (0.1, 0.9), ("coding",), "auto"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    chosen = parser.parse_args()
    source = chosen.data if chosen.data.exists() else None
    figures: dict[str, object] = {"rows": chosen.rows, "real_texts": source is not None}
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if "result" in chosen.parts:
            files.write(_answers(chosen.rows, source), folder / "answers.parquet")
            figures |= _measure(TableResult(folder / "answers.parquet"))
        if "page" in chosen.parts:
            _table(chosen.rows, source).to_parquet(folder / "table.parquet")
            figures |= crime_page.interactions(folder / "table.parquet", folder / "server")
        if "labels" in chosen.parts:
            figures |= crime_labels.labels_per_second(chosen.rows)
    report.print_figures(figures)


def _table(count: int, source: Path | None) -> pd.DataFrame:
    """A table as a person gives it, in San Francisco's districts; half of its records have an offence text."""
    random = np.random.default_rng(0)
    records = _real(source, count, random) if source else _invented(count, random)
    places = {"latitude": 37.77 + random.normal(0, 0.02, count), "longitude": -122.42 + random.normal(0, 0.02, count)}
    texts = records["description"].where(random.random(count) < 0.5)
    return records.rename(columns={"datetime": "date", "address": "block"}).assign(description=texts, **places)


def _measure(result: TableResult) -> dict[str, object]:
    """Seconds; what is asked first pays for reading the file."""
    figures: dict[str, object] = {"open_seconds": _seconds(lambda: result.frame)}
    everything = RecordFilter().indices(result)
    figures["first_search_seconds"] = _seconds(lambda: result.matches("theft"))
    searches = {words: _median(lambda words=words: RecordFilter(words=words).indices(result)) for words in SEARCHES}
    filters = {name: _median(lambda choice=choice: choice.indices(result)) for name, choice in FILTERS.items()}
    orders = {name: _median(lambda name=name: result.ordered(everything, name)) for name in ORDERS}
    figures["page_seconds"] = _median(lambda: result.rows(np.linspace(0, len(result) - 1, ROWS_PER_PAGE).astype(int)))
    figures |= {"search_seconds": max(searches.values()), "filter_seconds": max(filters.values())}
    figures |= {"sort_seconds": max(orders.values()), "searches": searches, "filters": filters, "orders": orders}
    slowest = max(float(str(value)) for name, value in figures.items() if name.endswith("_seconds"))
    return {**figures, "slowest": slowest, "within": slowest <= MAX_SECONDS}


def _seconds(work: Callable[[], object]) -> float:
    return timing.timed(work)[1]


def _median(work: Callable[[], object]) -> float:
    return round(timing.timed(work, ROUNDS)[1], 5)


def _answers(count: int, source: Path | None) -> pd.DataFrame:
    """A result as `batch.run` writes it, with invented scores; texts of real incidents where there are any."""
    random = np.random.default_rng(0)
    records = _real(source, count, random) if source else _invented(count, random)
    return pd.DataFrame(
        {
            "row": np.arange(2, count + 2),
            "prediction_id": [f"{number:036d}" for number in range(count)],
            "mode": random.choice(["coding", "context"], count),
            "category_of_reported_incident": records["category"],
            "score": random.random(count).round(6),
            "not_sure": random.random(count) < 0.5,
            "second": random.permutation(records["category"].to_numpy()),
            "second_score": random.random(count).round(6),
            "third": random.permutation(records["category"].to_numpy()),
            "third_score": random.random(count).round(6),
            "set90": records["category"],
            "set_size": random.integers(1, 20, count),
            "datetime": records["datetime"],
            "latitude": 37.77 + random.normal(0, 0.02, count),
            "longitude": -122.42 + random.normal(0, 0.02, count),
            "district": records["district"],
            "address": records["address"],
            "location_type": pd.Series([None] * count, dtype=object),
            "description": records["description"],
            "label": records["category"],
            "truth_rank": random.integers(1, 5, count),
            "truth_score": random.random(count).round(6),
        }
    )


def _real(source: Path, count: int, random: np.random.Generator) -> pd.DataFrame:
    """Texts of San Francisco's incidents, drawn with replacement."""
    names = {
        "Dates": "datetime", "Category": "category", "PdDistrict": "district", "Address": "address",
        "Descript": "description",
    }  # fmt: skip
    frame = pd.read_parquet(source, columns=list(names)).rename(columns=names)
    frame = frame.iloc[random.integers(0, len(frame), count)].reset_index(drop=True)
    return frame.assign(datetime=pd.to_datetime(frame["datetime"]), **{name: frame[name].astype(object) for name in
                        ("category", "district", "address", "description")})  # fmt: skip


def _invented(count: int, random: np.random.Generator) -> pd.DataFrame:
    streets = np.array([f"{100 * block} Block of STREET {name}" for block in range(1, 30) for name in range(700)])
    texts = np.array([f"OFFENCE {number} OF SOME KIND" for number in range(800)])
    return pd.DataFrame(
        {
            "datetime": pd.Timestamp("2014-01-01") + pd.to_timedelta(random.integers(0, 500_000, count), unit="m"),
            "category": random.choice(["LARCENY/THEFT", "ASSAULT", "FRAUD"], count).astype(object),
            "district": random.choice(["MISSION", "PARK", "CENTRAL"], count).astype(object),
            "address": random.choice(streets, count).astype(object),
            "description": random.choice(texts, count).astype(object),
        }
    )


if __name__ == "__main__":
    main()
