"""A site is taught: the photo that teaches most comes first, labelled by keys; then what was learnt is used."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LookoutError
from core.inference.taught import site_versions
from core.inference.taught.site_lessons import SiteExamples, SiteLesson
from core.inference.taught.site_versions import TaughtSite
from core.progress import Progress
from core.teaching import choosing
from core.teaching.checking import SiteCheck
from pages.parts.photos import labelling, seen
from pages.parts.photos.batch import SYSTEM, AnsweredPhoto, PhotoBatch
from pages.parts.photos.seen import SeenPhotos
from pages.parts.shared.words import counted, plain, with_interval

LEAST_LABELS = 5
ENOUGH = 20  # labels after which more help little


def draw(batch: PhotoBatch, site: str, items: Sequence[AnsweredPhoto], labels: Sequence[str]) -> None:
    """What is known so far, the button that uses it, and the photo that teaches most."""
    progress_line = st.empty()
    try:
        version = site_versions.champion(SYSTEM)
        photos = seen.seen_by(batch, items, version, partial(_draw_looking, progress_line))
        progress_line.empty()
        lesson = site_versions.lesson(SYSTEM, site, _examples(items, photos))
    except LookoutError as problem:
        progress_line.error(plain(problem.message))
        return
    _draw_state(batch, site, lesson)
    if (item := _next(items, photos, lesson)) is not None:
        labelling.draw(batch, [item], labels, heading=f"{plain(item.name)}: the photo that teaches most now")
    else:
        st.info("Every photo of this batch was looked at.")


def _draw_looking(progress_line: DeltaGenerator, progress: Progress) -> None:
    progress_line.progress(progress.share, f"Looking at the photos: {progress.done} of {progress.total}")


def _draw_state(batch: PhotoBatch, site: str, lesson: SiteLesson) -> None:
    """How many labels there are, what they say, and the button that uses them."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(_state(lesson))
        st.button(
            f"Use at {plain(site)}",
            key=f"site-use-{batch.id}",
            type="primary",
            disabled=lesson.n < LEAST_LABELS or not lesson.can_teach or not lesson.is_new,
            help=f"From {LEAST_LABELS} labels of at least two kinds on. It is used only if it is better.",
            on_click=_use,
            args=(site, lesson.examples),
        )


def _state(lesson: SiteLesson) -> str:
    """What the labels say so far."""
    if lesson.n < LEAST_LABELS:
        missing = LEAST_LABELS - lesson.n
        return f"**{counted(lesson.n, 'label')}** of this site. {missing} more to see whether they help."
    if not lesson.can_teach:
        return f"**{counted(lesson.n, 'label')}**, all of one kind. Label something else too."
    check = lesson.check()
    more = "" if lesson.n >= ENOUGH else f" {ENOUGH - lesson.n} more make it surer."
    return f"**{counted(lesson.n, 'label')}**: {comparison(check)}.{more}" if check else ""


def comparison(check: SiteCheck) -> str:
    """General and taught answers side by side: "right in general 65 % (n = 20, 43 to 82 %), here 86 % (...)"."""
    return f"right in general {with_interval(check.general)}, here {with_interval(check.taught)}"


def outcome(site: str, taught: TaughtSite) -> str:
    """What became of what a site taught, in a sentence or two."""
    comparison_text = f" Of the labels: {comparison(taught.check)}." if taught.check else ""
    if taught.used:
        return f"In use at {site} from now on, as version {taught.version.version}.{comparison_text}"
    return f"Not surely better, so the general answers stay at {site}.{comparison_text} Label a few more photos."


def _examples(items: Sequence[AnsweredPhoto], photos: SeenPhotos) -> SiteExamples:
    """The labelled photos of the batch."""
    labelled = {item.index: item for item in items if item.outcome is not None}
    rows = photos.rows_of(list(labelled))
    chosen = [labelled[int(photos.indices[row])] for row in rows]
    ids = [_identity(item) for item in chosen]
    return SiteExamples(ids, [item.outcome["label"] for item in chosen if item.outcome], photos.pick(rows))


def _next(items: Sequence[AnsweredPhoto], photos: SeenPhotos, lesson: SiteLesson) -> AnsweredPhoto | None:
    """The photo to ask about; None if all were looked at."""
    by_index = {item.index: item for item in items}
    taught = set(lesson.examples.ids)
    looked_at = photos.rows_of([item.index for item in items if item.looked_at or _identity(item) in taught])
    row = choosing.choose(photos.embedding.features, lesson.logits(photos.embedding), looked_at)
    return None if row is None else by_index[int(photos.indices[row])]


def _identity(item: AnsweredPhoto) -> str:
    """What tells a photo from others, however often it is answered."""
    return item.prediction.input_hash or item.prediction.id


def _use(site: str, examples: SiteExamples) -> None:
    try:
        say(site, outcome(site, site_versions.teach(SYSTEM, site, examples)))
    except LookoutError as problem:
        say(site, problem.message)


def say(site: str, sentence: str | None) -> None:
    """Let the line of a site say what was done last; None: nothing."""
    st.session_state[_said_key(site)] = sentence


def said(site: str) -> str | None:
    """What was done last for a site in this visit."""
    sentence: str | None = st.session_state.get(_said_key(site))
    return sentence


def _said_key(site: str) -> str:
    return f"site-said-{site}"
