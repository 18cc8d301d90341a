"""Tables of incidents: the first rows of one, its records, and the answers to them by column."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field

from core.contract import PREDICTION_SET, Preview, TableAnswers, TableRecords
from core.progress import ProgressListener
from core.systems.crime import answers
from core.systems.crime.categories import ABOUT, json_columns
from core.systems.crime.categories.group_ranks import group_columns
from core.systems.crime.categories.nibrs import is_category, nibrs_group
from core.systems.crime.cleaning.column_mapping import map_columns
from core.systems.crime.cleaning.findings import REPEATED
from core.systems.crime.cleaning.incident_tables import CrimeTableOptions, read_incidents
from core.systems.crime.cleaning.incidents import IncidentRecords
from core.systems.crime.engine import CrimeEngine
from core.systems.crime.features.context_features import count_siblings
from core.tables.reader import read_preview

CATEGORY = ABOUT.replace(" a ", " ").replace(" ", "_")
"""The result's column of the answer: `category_of_reported_incident`, so that the words go with the file."""
MAX_LISTED = 3
"""How many categories a row of the result, and of the log, lists; a single record's answer lists all."""
DECIMALS = 6


class AnsweredTableOptions(CrimeTableOptions):
    """How a table is read that is answered."""

    categories: dict[str, str] = Field(
        {}, description="{category of the table: what the version calls it}, where another city names them."
    )


Options = AnsweredTableOptions


def preview(source: Path | bytes, options: AnsweredTableOptions) -> Preview:
    """The first rows of a table, and how its columns would be used."""
    frame = read_preview(source)
    columns = map_columns(frame, options.map, is_category)
    return Preview(frame, dict(columns.chosen), tuple(columns.sentences()), dict(columns.certainties))


def read(
    engine: CrimeEngine, source: Path | bytes, options: AnsweredTableOptions, progress: ProgressListener
) -> TableRecords:
    """The records that the engine can answer: those with a date, or a description that it learnt to read.

    A row that repeats another in every column is answered too, and told.
    """
    needs = ("date",) if engine.coding is None else ("description",) if engine.context is None else ()
    records = read_incidents(source, options, needs, progress, keep_duplicates=True, is_category=is_category)
    frame = records.frame.assign(siblings=_siblings(records))
    if "label" in frame and options.categories:
        frame["label"] = frame["label"].replace(dict(options.categories))
    problems = _with_unknown_districts(engine, records)
    return TableRecords(frame, records.rows, problems, dict(records.columns.chosen), records.notes)


def _with_unknown_districts(engine: CrimeEngine, records: IncidentRecords) -> pd.DataFrame:
    """The findings, and the rows whose district this version never saw."""
    names = engine.context.vocabulary.words["district"] if engine.context else ()
    district = records.frame["district"]
    unknown = district.notna().to_numpy() & ~district.isin(list(names)).to_numpy()
    findings = records.findings.frame
    if not len(names) or not unknown.any():
        return findings
    districts = pd.DataFrame({"row": records.rows[unknown], "value": district[unknown].to_numpy()}).assign(
        column=records.columns.chosen["district"],
        kind="unknown_district",
        message="This version learnt no such district. It counts as unknown.",
        rejected=False,
    )
    combined = pd.concat([findings, districts]) if len(findings) else districts
    return combined.sort_values("row", kind="stable").reset_index(drop=True)


def _siblings(records: IncidentRecords) -> np.ndarray:
    """How many records are of the same incident, for each record; int32, shape (n,).

    Where the category is known, a row that repeats another in everything is no sibling. Where it is not, such rows are
    what a table has of an incident with several codes.
    """
    if "label" not in records.columns.chosen:
        return count_siblings(records.frame)
    findings = records.findings.frame
    repeated = findings.loc[findings["kind"] == REPEATED, "row"]
    return count_siblings(records.frame, np.isin(records.rows, repeated.to_numpy(), invert=True))


def answer(engine: CrimeEngine, table: TableRecords, rows: slice) -> TableAnswers:
    """The answers to some records of a table, in order."""
    frame = table.frame.iloc[rows].reset_index(drop=True)
    siblings = frame["siblings"].to_numpy()
    answered = answers.answer_frame(engine, frame, siblings)
    best = answered.order[:, :MAX_LISTED]
    own = np.take_along_axis(answered.probabilities, best, axis=1).astype(np.float64)
    scores = np.minimum(own, 1.0).round(DECIMALS)
    unsure = (scores[:, 0] < answers.MIN_SCORE).tolist()
    result = _result_columns(engine, answered, best, scores)
    if "label" in frame:
        result = result.join(_truth_columns(engine, answered, frame["label"]))
    inputs = frame.drop(columns="label", errors="ignore")
    return TableAnswers(
        values=result[CATEGORY].tolist(),
        scores=scores[:, 0].tolist(),
        abstained=unsure,
        reasons=[
            answers.abstention_reason(coded, size) if is_unsure else None
            for coded, size, is_unsure in zip(
                answered.coding.tolist(), answered.set_sizes.tolist(), unsure, strict=True
            )
        ],
        alternatives=json_columns.json_alternatives(engine.labels, best, scores, answers.MIN_LISTED),
        details=_details(engine, answered),
        features=json_columns.json_objects(answers.drift_features(frame, siblings, answered)),
        groups=json_columns.json_objects(
            {name: pd.Series(groups, dtype=object) for name, groups in answers.group_columns(frame, answered).items()}
        ),
        hashes=[hashlib.sha256(text.encode()).hexdigest() for text in json_columns.json_objects(dict(inputs.items()))],
        result=pd.concat([result, _record_columns(frame)], axis=1),
        counts_by_method={"coding": int(answered.coding.sum()), "context": int((~answered.coding).sum())},
    )


def _result_columns(
    engine: CrimeEngine, answered: answers.CategoryAnswers, best: np.ndarray, scores: np.ndarray
) -> pd.DataFrame:
    """What the result file says of each record's answer.

    best: the likeliest classes of each record, int, shape (n, listed).
    scores: their probabilities, shape (n, listed).
    """
    labels = np.array(engine.labels, dtype=object)
    result = pd.DataFrame({"mode": np.where(answered.coding, "coding", "context")})
    for rank, name in enumerate((CATEGORY, "second", "third")):
        there = rank < best.shape[1]  # a version may know two categories
        result[name] = labels[best[:, rank]] if there else None
        result[f"{name}_score" if rank else "score"] = scores[:, rank] if there else np.nan
    result[PREDICTION_SET] = json_columns.join_first(labels, answered.order, answered.set_sizes.tolist(), " | ")
    result["set_size"] = answered.set_sizes
    return result


def _truth_columns(engine: CrimeEngine, answered: answers.CategoryAnswers, labels: pd.Series) -> pd.DataFrame:
    """The true category's rank among the guesses (0: the version does not know it), probability and NIBRS group.

    The same of that group among the groups, as of `group_ranks.group_columns`.
    """
    codes, distinct = pd.factorize(labels)
    class_of = {label: index for index, label in enumerate(engine.labels)}
    classes = np.array([*(class_of.get(label, -1) for label in distinct), -1])[codes]
    rank = 1 + (answered.order == classes[:, None]).argmax(axis=1)
    score = answered.probabilities[np.arange(len(classes)), classes].astype(np.float64)
    groups = np.array([*(nibrs_group(str(label)) for label in distinct), None], dtype=object)
    there = classes >= 0
    truth = pd.DataFrame(
        {
            "truth_rank": np.where(there, rank, 0),
            "truth_score": np.where(there, score, 0.0).round(DECIMALS),
            "truth_group": groups[codes],
        }
    )
    return truth.join(
        group_columns(engine.labels, answered.probabilities, answered.order, answered.set_sizes, groups[codes])
    )


def _details(engine: CrimeEngine, answered: answers.CategoryAnswers) -> list[str]:
    """`Answer.details` of each record as JSON."""
    quoted = np.array([json.dumps(label) for label in engine.labels], dtype=object)
    about = json.dumps(ABOUT)
    sets = json_columns.join_first(quoted, answered.order, answered.set_sizes.tolist(), ", ")
    return [
        f'{{"mode": "{"coding" if coded else "context"}", "{PREDICTION_SET}": [{members}], "about": {about}}}'
        for coded, members in zip(answered.coding.tolist(), sets, strict=True)
    ]


def _record_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """The records as the result shows them: empty where something is not known."""
    siblings = frame["siblings"].astype("Int32").mask(frame["siblings"] == 0)
    domestic = (frame["domestic"] == 1).astype("boolean").mask(frame["domestic"] < 0)
    return frame.assign(datetime=frame["datetime"].dt.floor("s"), domestic=domestic, siblings=siblings)
