"""A million records by the command line: read, predict, log, write; and the network alone, beside LightGBM."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
from pyarrow import csv

from benchmarks.baselines import crime_classifiers as baselines
from benchmarks.support import crime_speed, report, servers
from core.registry import registry
from core.systems import crime
from core.systems.crime import table
from core.systems.crime.engine import CrimeEngine
from core.systems.crime.features.context_features import encode_numbers, encode_slots

SECONDS_BETWEEN_LOOKS = 0.05
LEARNT_ON = 50_000  # rows of the booster


def main() -> None:
    chosen = _arguments()
    engine = registry().load("crime", None, crime.load).engine
    random = np.random.default_rng(chosen.seed)
    frame = _drawn(chosen.data, chosen.rows, random) if chosen.data else invented_incidents(engine, chosen.rows, random)
    with TemporaryDirectory() as name:
        folder = Path(name)
        csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), folder / "incidents.csv")
        del frame
        print(f"{chosen.rows} rows, {(folder / 'incidents.csv').stat().st_size / 1e6:.0f} MB", flush=True)
        flags = [flag for pair in chosen.map for flag in ("--map", pair)]
        told = _command(folder, flags)
        print(told, flush=True)
        told |= _alone(engine, folder / "incidents.csv", dict(pair.split("=", 1) for pair in chosen.map), chosen.rounds)
    report.print_figures(told)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, help="draw the rows, with replacement, from this Parquet file")
    parser.add_argument(
        "--map",
        action="append",
        default=None,
        metavar="PART=COLUMN",
        help="description= if not said: from place and time alone, the slower of the two ways",
    )
    parser.add_argument("--rounds", type=int, default=150, help="of LightGBM")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    chosen.map = ["description="] if chosen.map is None else chosen.map
    return chosen


def _drawn(data: Path, rows: int, random: np.random.Generator) -> pd.DataFrame:
    table = pd.read_parquet(data)
    return table.iloc[random.integers(len(table), size=rows)]


def invented_incidents(engine: CrimeEngine, rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Incidents in the champion's own districts, years and surroundings, at invented addresses."""
    if engine.context is None or engine.context.vocabulary.origin is None:
        sys.exit("Expected a champion that knows coordinates. Draw the rows from a table: --data FILE.")
    vocabulary = engine.context.vocabulary
    days = random.uniform(vocabulary.first, vocabulary.last, rows)
    blocks = random.integers(20_000, size=rows)
    return pd.DataFrame(
        {
            "Dates": (pd.Timestamp(0) + pd.to_timedelta((days * 1440).astype(np.int64), unit="m")).astype(str),
            "Category": random.choice(engine.labels, rows),
            "PdDistrict": random.choice(list(vocabulary.words["district"]), rows),
            "Address": [f"{block % 40 * 100} Block of {block // 40}TH ST" for block in blocks.tolist()],
            "X": vocabulary.origin[1] + random.normal(0, 0.02, rows),
            "Y": vocabulary.origin[0] + random.normal(0, 0.02, rows),
        }
    )


def _command(folder: Path, flags: list[str]) -> dict[str, Any]:
    """The whole way, in a process of its own with an empty log: its summary, wall time [s] and peak memory [MB]."""
    log = folder / "said.log"
    arguments = [
        "-m",
        "core",
        "predict",
        "crime",
        str(folder / "incidents.csv"),
        "-o",
        str(folder / "out.csv"),
        "--json",
    ]
    started = time.perf_counter()
    with servers.process([*arguments, *flags], log, LOOKOUT_DATA_DIR=str(folder / "data")) as running:
        seen, peak = psutil.Process(running.pid), 0
        while running.poll() is None:
            try:
                peak = max(peak, seen.memory_info().rss)
            except psutil.Error:
                break
            time.sleep(SECONDS_BETWEEN_LOOKS)
        running.wait()
    elapsed = time.perf_counter() - started
    if running.returncode:
        sys.exit(f"Expected the command to end well. It said: {log.read_text(errors='replace')[-2000:]}")
    summary = json.loads(log.read_text().splitlines()[-1])
    log_bytes = sum(path.stat().st_size for path in (folder / "data").iterdir())
    return {
        "rows": summary["rows"],
        "answered": summary["answered"],
        "rejected": summary["rejected"],
        **{f"{stage}_seconds": spent for stage, spent in summary["seconds"].items() if stage != "whole"},
        "whole_seconds": elapsed,
        "peak_mb": peak / 1e6,
        "log_mb": log_bytes / 1e6,
        "ways": summary["ways"],
    }


def _alone(engine: CrimeEngine, source: Path, mapped: dict[str, str], rounds: int) -> dict[str, float]:
    """Records per second through the network, and through LightGBM on the same inputs; inputs made before."""
    if engine.context is None:
        return {}
    records = table.read(engine, source, table.Options(map=mapped), lambda _progress: None).frame
    siblings = records["siblings"].to_numpy()
    codes = encode_slots(records, engine.context.vocabulary, siblings)
    numbers = encode_numbers(records, engine.context.vocabulary)
    few = codes[:LEARNT_ON]
    answered = np.random.default_rng(0).integers(len(engine.labels), size=len(few))
    if "label" in records:
        places = {label: index for index, label in enumerate(engine.labels)}
        answered = records["label"].map(places).fillna(0).to_numpy(dtype=np.int64)[:LEARNT_ON]
    rows = baselines.BaselineRows(few, engine.context.past.look_up(few), numbers[:LEARNT_ON], answered)
    return {
        "network_rows_per_second": crime_speed.network(engine.context, codes, numbers),
        "lightgbm_rows_per_second": crime_speed.boosted(rows, len(engine.labels), rounds),
    }


if __name__ == "__main__":
    main()
