"""Tables of incidents: how one is read, and the answers to its records by column."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from core.contract import Preview, TableAnswers, TableRecords
from core.progress import Progress, ProgressListener, Stage
from core.systems.crime import ABOUT, answers, json_texts
from core.systems.crime import groups as groups_of
from core.systems.crime.cleaning import column_mapping
from core.systems.crime.cleaning import records as cleaning
from core.systems.crime.engine import CrimeEngine
from core.systems.crime.features import context
from core.tables import reader

CATEGORY = ABOUT.replace(" a ", " ").replace(" ", "_")
"""The result's column of the answer: `category_of_reported_incident`, so that the words go with the file."""
LISTED = 3
"""How many categories a row of the result, and of the log, lists; a single record's answer lists all."""
DECIMALS = 6


class CrimeTableOptions(BaseModel):
    """How a table is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    map: dict[str, str] = Field(
        {},
        description="PART=COLUMN, repeated; parts are "
        + ", ".join(column_mapping.PARTS)
        + ". PART= leaves a part out.",
    )
    timezone: str | None = Field(None, description="IANA zone of the city's clock, for times with an offset.")
    day_first: bool | None = Field(None, description="How 03/04/2014 is meant; judged from the column if not said.")


Options = CrimeTableOptions


def preview(source: Path | bytes, options: CrimeTableOptions) -> Preview:
    """The first rows of a table, and how its columns would be used."""
    first = reader.header(source)
    columns = column_mapping.columns_of(first, options.map)
    return Preview(first, dict(columns.chosen), tuple(columns.sentences()))


def records(
    source: Path | bytes,
    options: CrimeTableOptions,
    needs: Sequence[str],
    progress: ProgressListener,
    *,
    keep_duplicates: bool = False,
) -> cleaning.Records:
    """The clean records of a table; how its columns are used is told."""
    raw = reader.read(source)
    columns = column_mapping.columns_of(raw.frame.head(reader.FIRST), options.map)
    for sentence in columns.sentences():
        progress(Progress(0.0, Stage.READING, detail=sentence))
    found = cleaning.clean(
        raw,
        columns,
        needs=needs,
        timezone=options.timezone,
        day_first=options.day_first,
        keep_duplicates=keep_duplicates,
    )
    for note in found.notes:
        progress(Progress(0.0, Stage.READING, detail=note))
    counts = ", ".join(f"{kind} {count}" for kind, count in found.problems.counts().items())
    counted = f"{len(found)} records, {found.problems.rejected} rows rejected; {counts or 'nothing to report'}"
    progress(Progress(0.01, Stage.READING, detail=counted))
    return found


def read(
    engine: CrimeEngine, source: Path | bytes, options: CrimeTableOptions, progress: ProgressListener
) -> TableRecords:
    """The records that the engine can answer: those with a date, or a description that it learnt to read.

    A row that repeats another in every column is answered too, and told.
    """
    needs = ("date",) if engine.coding is None else ("description",) if engine.context is None else ()
    found = records(source, options, needs, progress, keep_duplicates=True)
    frame = found.frame.assign(siblings=_siblings(found))
    problems = _with_unknown_districts(engine, found)
    return TableRecords(frame, found.rows, problems, dict(found.columns.chosen), found.notes)


def _with_unknown_districts(engine: CrimeEngine, found: cleaning.Records) -> pd.DataFrame:
    """The findings, and the rows whose district this version never saw."""
    known = engine.context.known.words["district"] if engine.context else ()
    district = found.frame["district"]
    strange = district.notna().to_numpy() & ~district.isin(list(known)).to_numpy()
    if not len(known) or not strange.any():
        return found.problems.frame
    told = pd.DataFrame({"row": found.rows[strange], "value": district[strange].to_numpy()}).assign(
        column=found.columns.chosen["district"],
        kind="unknown_district",
        message="This version learnt no such district. It counts as unknown.",
        rejected=False,
    )
    whole = pd.concat([found.problems.frame, told]) if len(found.problems.frame) else told
    return whole.sort_values("row", kind="stable").reset_index(drop=True)


def _siblings(found: cleaning.Records) -> np.ndarray:
    """Rows of the same incident, for each record.

    Where the category is known, a row that repeats another in everything is no sibling. Where it is not, such rows are
    what a table has of an incident with several codes.
    """
    if "label" not in found.columns.chosen:
        return context.count_siblings(found.frame)
    repeated = found.problems.frame.loc[found.problems.frame["kind"] == cleaning.REPEATED, "row"]
    return context.count_siblings(found.frame, np.isin(found.rows, repeated.to_numpy(), invert=True))


def answer(engine: CrimeEngine, table: TableRecords, here: slice) -> TableAnswers:
    """The answers to the records of `here`, in order."""
    frame = table.frame.iloc[here].reset_index(drop=True)
    siblings = frame["siblings"].to_numpy()
    found = answers.answer_table(engine, frame, siblings)
    best = found.order[:, :LISTED]
    scores = np.minimum(np.take_along_axis(found.probabilities, best, axis=1).astype(np.float64), 1.0).round(DECIMALS)
    unsure = (scores[:, 0] < answers.LEAST_SCORE).tolist()
    result = _said(engine, found, best, scores)
    if "label" in frame:
        result = result.join(_truth(engine, found, frame["label"]))
    inputs = frame.drop(columns="label", errors="ignore")
    return TableAnswers(
        values=result[CATEGORY].tolist(),
        scores=scores[:, 0].tolist(),
        abstained=unsure,
        reasons=[
            answers.why_unsure(coded, size) if is_unsure else None
            for coded, size, is_unsure in zip(found.coding.tolist(), found.set_sizes.tolist(), unsure, strict=True)
        ],
        alternatives=json_texts.alternatives(engine.labels, best, scores, answers.SMALLEST_SHOWN),
        details=_details(engine, found),
        features=json_texts.objects(answers.drift(frame, siblings, found)),
        hashes=[hashlib.sha256(text.encode()).hexdigest() for text in json_texts.objects(dict(inputs.items()))],
        result=pd.concat([result, _shown(frame)], axis=1),
        counts_by_method={"coding": int(found.coding.sum()), "context": int((~found.coding).sum())},
    )


def _said(engine: CrimeEngine, found: answers.Answered, best: np.ndarray, scores: np.ndarray) -> pd.DataFrame:
    labels = np.array(engine.labels, dtype=object)
    result = pd.DataFrame({"mode": np.where(found.coding, "coding", "context")})
    for place, name in enumerate((CATEGORY, "second", "third")):
        there = place < best.shape[1]  # a version may know two categories
        result[name] = labels[best[:, place]] if there else None
        result[f"{name}_score" if place else "score"] = scores[:, place] if there else np.nan
    result["set90"] = json_texts.first_ones(labels, found.order, found.set_sizes.tolist(), " | ")
    result["set_size"] = found.set_sizes
    return result


def _truth(engine: CrimeEngine, found: answers.Answered, labels: pd.Series) -> pd.DataFrame:
    """The true category's place among the guesses (0: the version does not know it), probability and NIBRS group."""
    codes, known = pd.factorize(labels)
    place = {label: number for number, label in enumerate(engine.labels)}
    classes = np.array([*(place.get(label, -1) for label in known), -1])[codes]
    rank = 1 + (found.order == classes[:, None]).argmax(axis=1)
    score = found.probabilities[np.arange(len(classes)), classes].astype(np.float64)
    groups = np.array([*(groups_of.group_of(str(label)) for label in known), None], dtype=object)
    there = classes >= 0
    return pd.DataFrame(
        {
            "truth_rank": np.where(there, rank, 0),
            "truth_score": np.where(there, score, 0.0).round(DECIMALS),
            "truth_group": groups[codes],
        }
    )


def _details(engine: CrimeEngine, found: answers.Answered) -> list[str]:
    quoted = np.array([json.dumps(label) for label in engine.labels], dtype=object)
    about = json.dumps(ABOUT)
    sets = json_texts.first_ones(quoted, found.order, found.set_sizes.tolist(), ", ")
    return [
        f'{{"mode": "{"coding" if coded else "context"}", "set90": [{members}], "about": {about}}}'
        for coded, members in zip(found.coding.tolist(), sets, strict=True)
    ]


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    """The records as the result shows them: empty where something is not known."""
    siblings = frame["siblings"].astype("Int32").mask(frame["siblings"] == 0)
    domestic = (frame["domestic"] == 1).astype("boolean").mask(frame["domestic"] < 0)
    return frame.assign(datetime=frame["datetime"].dt.floor("s"), domestic=domestic, siblings=siblings)
