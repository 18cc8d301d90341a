"""Whose city a table is: said before the first row is answered, with what can be done about another city's table."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path

import pandas as pd
import streamlit as st
from pydantic import JsonValue

from core.errors import LookoutError
from core.inference import SystemCard, catalogue
from pages.parts.crime.intake.workbench import CityRecord, bench
from pages.parts.crime.table_desk import GROUPS, SYSTEM, TableRun, note
from pages.parts.shared.words import counted, number, plain

NAMED = 3  # unknown categories and districts that a sentence names
TRAINED = ("date", "label", "latitude", "longitude", "district", "address", "location_type", "description")


def fit_of(card: SystemCard, run: TableRun, chosen: Mapping[str, str]) -> CityRecord | None:
    """How a table fits the version's city; None where it cannot be told. chosen: {part: column}."""
    pairs = (tuple(sorted(chosen.items())), tuple(sorted(run.categories.items())))
    try:
        return _compared(str(card.champion), str(run.path), *pairs)
    except LookoutError:
        return None  # reading the whole table will say why


@lru_cache(maxsize=32)
def _compared(
    _version: str, path: str, chosen: tuple[tuple[str, str], ...], categories: tuple[tuple[str, str], ...]
) -> CityRecord:
    """A comparison, kept: it reads the whole table. _version: of which the champion's metadata is."""
    metadata = next(card.metadata for card in catalogue() if card.name == SYSTEM)
    return bench().compare_city(metadata, Path(path), dict(chosen), dict(categories))


def learnt(card: SystemCard) -> str:
    """Which city the version knows: "This version learnt San Francisco (2003-01-06 to 2014-09-30)."."""
    trained = card.metadata.get("trained_on", {})
    city = card.metadata.get("city") or "one city, which it does not name"
    period = f" ({trained['from']} to {trained['to']})" if {"from", "to"} <= set(trained) else ""
    return f"This version learnt {plain(city)}{period}."


def misfit(card: SystemCard, fit: CityRecord | None) -> str:
    """What speaks for another city's table, in sentences; "" where nothing does."""
    if fit is None or not (fit.foreign or fit.other_categories):
        return ""
    parts = []
    if unknown := sum(fit.unknown_labels.values()):
        names = ", ".join(plain(name) for name in list(fit.unknown_labels)[:NAMED])
        names += " …" if len(fit.unknown_labels) > NAMED else ""
        parts.append(f"{number(unknown)} of {counted(fit.labelled, 'true category', 'true categories')} ({names})")
    if unknown := sum(fit.unknown_districts.values()):
        parts.append(f"the districts of {number(unknown)} of {counted(fit.named, 'record')}")
    if fit.far:
        parts.append(f"the places of {number(fit.far)} of {counted(fit.located, 'record')}")
    whose = "This table seems to be another city's" if fit.foreign else "Some of this table's categories are others"
    return f"{learnt(card)} {whose}: the version does not know {', nor '.join(parts)}."


def draw(card: SystemCard, run: TableRun, chosen: Mapping[str, str]) -> None:
    """Which city this version knows, and what can be done where the table is another one's."""
    fit = fit_of(card, run, chosen)
    words = misfit(card, fit)
    if fit is None or not words:
        st.caption(learnt(card))
        if run.categories:
            _draw_categories(card, run, {})
        return
    st.warning(f"{words} Its answers are {plain(fit.city or 'its own city')}'s categories; unknown ones count apart.")
    with st.container(horizontal=True, gap="small", key="other-city"):
        if fit.grouped:
            draw_scoring(run)
        if fit.labelled:
            st.button(
                "Map its categories",
                key="map-categories",
                on_click=partial(note, run, categories=_mapping(fit, run)),
                help="Each unknown category becomes the version's that comes nearest, for you to change.",
            )
        with st.popover("Train a version for this city", key="train-version"):
            _say_training(run, chosen)
    if run.categories:
        _draw_categories(card, run, fit.unknown_labels)


def draw_scoring(run: TableRun) -> None:
    """The button that scores by NIBRS groups, or by categories again."""
    if run.by_groups:
        st.button("Score by category again", key="score-categories", on_click=partial(note, run, scoring=None))
    else:
        st.button(
            "Score NIBRS groups",
            key="score-groups",
            on_click=partial(note, run, scoring=GROUPS),
            help="NIBRS is the FBI's list of offence groups: theft in one city is larceny in another, and one group.",
        )
    if run.by_groups:
        st.caption("Scored by NIBRS groups.", width="content")


def _mapping(fit: CityRecord, run: TableRun) -> dict[str, JsonValue]:
    near: dict[str, JsonValue] = {theirs: ours for theirs, ours in fit.suggestions.items() if ours}
    return {**near, **run.categories}


def _draw_categories(card: SystemCard, run: TableRun, unknown: Mapping[str, int]) -> None:
    """The mapping of categories, for a person to change."""
    st.markdown("True categories as the version calls them:")
    theirs = [*run.categories, *(name for name in unknown if name not in run.categories)]
    shown = pd.DataFrame({"theirs": theirs, "ours": [run.categories.get(name) for name in theirs]})
    edited = st.data_editor(
        shown,
        hide_index=True,
        key=f"categories-{run.id}-{len(theirs)}",
        disabled=["theirs"],
        alt="Categories of the table, and what the version calls each",
        column_config={
            "theirs": "In the table",
            "ours": st.column_config.SelectboxColumn(
                "This version's category", options=sorted(map(str, card.metadata.get("labels", ())))
            ),
        },
    )
    mapping: dict[str, JsonValue] = {
        row.theirs: row.ours for row in edited.itertuples() if isinstance(row.ours, str) and row.ours
    }
    if mapping != run.categories:
        note(run, categories=mapping)
        st.rerun()
    st.button("Do not map", key="unmap", type="tertiary", on_click=partial(note, run, categories=None))


def _say_training(run: TableRun, chosen: Mapping[str, str]) -> None:
    """The command that trains a version on this table."""
    if not {"date", "label"} <= set(chosen):
        st.markdown("A version learns from records with a date and their true category: choose both columns first.")
        return
    maps = [f"--map {shlex.quote(f'{part}={chosen[part]}')}" for part in TRAINED if part in chosen]
    st.markdown("On this machine, with the table and a year of records or more (`make setup` installs training):")
    st.code(
        f"python -m core train crime --data {shlex.quote(run.name)} {' '.join(maps)} --register my-city",
        language="sh",
        wrap_lines=True,
    )
    st.markdown("Then make it the champion; the next table is answered by it.")
