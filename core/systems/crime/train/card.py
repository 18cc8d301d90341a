"""The model card (Mitchell et al. 2019) in Markdown: what was measured, on what, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping

from core.systems.crime.engine import VersionMetadata


def card(metadata: VersionMetadata) -> str:
    """The card of a version, in Markdown, from its metadata."""
    results = metadata["metrics"]
    parts = metadata["parts"]
    return CARD.format(
        city=metadata["city"],
        classes=len(metadata["labels"]),
        columns=", ".join(f"{part} = {column}" for part, column in metadata["columns"].items()),
        refused="; ".join(f"{column} ({why})" for column, why in metadata["refused"].items()) or "none",
        left_out="; ".join(f"{column} ({why})" for column, why in metadata["left_out"].items()) or "none",
        problems=", ".join(f"{kind} {count}" for kind, count in metadata["problems"].items()) or "none",
        rejected=metadata["rejected"],
        periods="; ".join(
            f"{name} {part['from']} to {part['to']}, {part['rows']} rows" for name, part in parts.items()
        ),
        trained=_training_text(metadata),
        table="\n".join(_situation_row(situation, results[situation]) for situation in ("together", "alone")),
        prior=_decimals(results["prior_log_loss"]),
        gain=_decimals(results["prior_log_loss"] - results["together"]["log_loss"]),
        coding=_coding_text(results.get("coding")),
        districts="\n".join(_district_row(name, scores) for name, scores in results["by_district"].items())
        or "| none | | | |",
        categories="\n".join(_category_row(name, scores) for name, scores in results["by_category"].items()),
        epochs=metadata["options"]["epochs"],
        seconds=metadata["seconds"],
    )


def _training_text(metadata: VersionMetadata) -> str:
    everything = metadata["trained_on"]
    if everything is None:
        return "What ships is the measured network itself."
    return (
        f"What ships was then trained anew on all {everything['rows']} rows, {everything['from']} to {everything['to']}; "
        "temperature and set bounds are those of the measured network, and no row is left to measure it on."
    )


def _situation_row(situation: str, scores: Mapping[str, float | None]) -> str:
    names = {"together": "with the rows of the same incident", "alone": "each record as if it came alone"}
    keys = ("log_loss", "top1", "top3", "macro_f1", "ece", "coverage90", "mean_set_size")
    return f"| {names[situation]} | {scores['n']} | " + " | ".join(_decimals(scores[key]) for key in keys) + " |"


def _coding_text(scores: Mapping[str, float | None] | None) -> str:
    if scores is None:
        return "This table has too few offence texts: there is no coding network."
    return (
        f"{scores['texts']} distinct texts, 5 folds; a text is scored by a network that never saw it. Right: "
        f"{_decimals(scores['top1_by_text'])} by distinct text, {_decimals(scores['top1_by_record'])} by record; by NIBRS group "
        f"{_decimals(scores['top1_group_by_text'])} and {_decimals(scores['top1_group_by_record'])}. With 10 % of the characters "
        f"disturbed: {_decimals(scores['top1_disturbed_by_text'])} by distinct text. By distinct text: top-3 "
        f"{_decimals(scores['top3'])}, macro F1 {_decimals(scores['macro_f1'])}, log-loss {_decimals(scores['log_loss'])}, ECE "
        f"{_decimals(scores['ece'])}, 90 % sets of {_decimals(scores['mean_set_size'])} categories on average (temperature and "
        "sets were set on the same folds)."
    )


def _district_row(name: str, scores: Mapping[str, float | None]) -> str:
    return f"| {name} | {scores['n']} | {_decimals(scores['log_loss'])} | {_decimals(scores['top1'])} |"


def _category_row(name: str, scores: Mapping[str, float | None]) -> str:
    keys = ("recall", "precision", "log_loss")
    return f"| {name} | {scores['n']} | " + " | ".join(_decimals(scores[key]) for key in keys) + " |"


def _decimals(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


CARD = """# Crime: category of a reported incident, {city}

**Answers** which of {classes} categories a reported incident was filed under. *Coding*: from the offence text. *Context*:
from place and time alone, which say little; the 90 % set says how little. **Meant for** an analyst who codes, checks and
briefs, with a person who decides. **Not meant for** forecasting where crime will happen, for sending patrols, for the risk
or suspicion of any person, for evidence, or for rating districts.

## Data
Columns: {columns}. Refused as inputs: {refused}. Left out: {left_out}. Findings: {problems}; {rejected} rows rejected.
Periods: {periods}. {trained}

## Networks
Context: a learnt vector of 16 numbers per block, street, cell of five grids, district, kind of place, time and count of
rows of the incident, joined with the smoothed log-odds of what was reported at the block and around it in other blocks of
time (never a row's own), and with trend and cycles; two hidden layers, {epochs} epochs, rows lose half their weight in four
years. Coding: a learnt vector, one number per category, for every hashed word, pair of words and run of 3 to 5 characters;
a text's logits are their mean, rare pieces weighing more; 15 % of the loss comes from other spellings. {seconds} s of
training.

## Measured on later months, never trained or calibrated on
| | n | log-loss | top-1 | top-3 | macro F1 | ECE | coverage of 90 % sets | mean size |
|---|---|---|---|---|---|---|---|---|
{table}

The shares of the last year before it have a log-loss of {prior}; the network is {gain} nats better. Temperature, prior
correction and set bounds were set on the validation period alone.

## Coding
{coding}

## By district
| district | n | log-loss | top-1 |
|---|---|---|---|
{districts}

## By category
| category | n | recall | precision | log-loss |
|---|---|---|---|---|
{categories}

## Feedback loops and fairness
The records are what was reported and filed, not what happened. Drugs, warrants, prostitution and the like are found where
patrols look: a model that sent patrols by such records would find more of them there and confirm itself (Ensign et al.
2018). Districts differ in log-loss, see above; rare categories are hardly ever the best guess. No input describes a
person; house numbers are cut to their block, and what is kept of an address is a hash of it. Systems that rate the risk of
persons or profile them fall under the prohibitions and duties of the EU AI Act (Article 5, Annex III); this one must not
be used so.

## Known weaknesses
Drift: shares of categories move, and an old model's confidence grows too high; watch Monitoring and train again. The count
of rows of one incident is only known in a table; a single record does without it and is answered less surely. Categories
follow the city's own filing, with its habits and errors.
"""
