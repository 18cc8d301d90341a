"""An answer on the screen: what it is, how sure, what else it might be, and whether it was right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from core import inference
from core.contract import Answer, Prediction
from core.errors import LookoutError
from core.store import OutcomeRow
from pages.parts.shared import objects
from pages.parts.shared.words import percent, plain, sure

ALTERNATIVES = 3


@dataclass(frozen=True)
class Beside:
    """What a person may say beside a label.

    none_label: the label for "none of all this", such as "not waste"; used where the system knows it.
    cannot_tell: notes that nobody could tell, which records nothing as true. unknown: whether that was said before.
    """

    none_label: str | None = None
    cannot_tell: Callable[[], None] | None = None
    unknown: bool = False


def value_line(answer: Answer) -> str:
    """The answer, large: the value, "Not sure" with the best guess below, or what several things are."""
    if several := objects.in_words(answer):
        return _capital(plain(several))
    return "Not sure" if is_unsure(answer) else _capital(plain(answer.value or "no guess"))


def is_unsure(answer: Answer) -> bool:
    """Whether a person should look: the system abstained, or the score is low."""
    return inference.how_sure(answer.score, answer.abstained) == "not sure"


def draw(answer: Answer) -> None:
    """The answer with how sure it is, its chip, why it is not sure, and the alternatives."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"### {value_line(answer)}", anchors=False, width="content")
        plastic_chip(answer)
    if objects.of(answer):
        objects.draw(answer)
        return
    if is_unsure(answer):
        # A score that is high all the same would mislead here: it holds only if the reason to abstain does not.
        score = f" ({percent(answer.score)})" if answer.score < inference.SCALES["sure"] else ""
        st.markdown(f"Best guess: **{plain(answer.value or 'none')}**{score}.")
        st.caption(plain(answer.reason or "Have a person look."))
    else:
        st.markdown(f"**{sure(answer.score, answer.abstained)}**")
    draw_alternatives(answer)


def plastic_chip(answer: Answer) -> None:
    """Plastic or not plastic, where the system says so; nothing where it is not sure of anything."""
    plastic = answer.details.get("plastic")
    if plastic is None or is_unsure(answer) or objects.of(answer):
        return
    score = answer.details.get("plastic_score")
    how = f"Probability of plastic: {percent(score)}" if isinstance(score, int | float) else None
    if plastic:
        st.badge("Plastic", color="blue", help=how)
    else:
        st.badge("Not plastic", color="gray", help=how)


def draw_alternatives(answer: Answer) -> None:
    """The values that come next, with their probabilities."""
    if line := alternatives_line(answer):
        st.caption(f"Or: {line}")


def alternatives_line(answer: Answer) -> str:
    """What else of the top three it might be: "glass 12 %, metal 3 %"."""
    others = [other for other in answer.alternatives[:ALTERNATIVES] if other.value != answer.value]
    return ", ".join(f"{plain(other.value)} {percent(other.score)}" for other in others)


def draw_failure(prediction: Prediction) -> None:
    """Why there is no answer."""
    st.markdown("### No answer", anchors=False)
    st.markdown(plain(prediction.error or "The reason is not known."))


def ask_if_right(
    prediction: Prediction,
    labels: Sequence[str],
    recorded: OutcomeRow | None,
    remember: Callable[[OutcomeRow], None],
    content: Callable[[], bytes] | None = None,
    beside: Beside | None = None,
) -> None:
    """Buttons that say what they record, and afterwards what was recorded.

    recorded: the outcome recorded before, if any; remember: called with the new one.
    content: gives the input's bytes, if it can be kept when the person agrees. beside: what else a person may say.
    """
    if st.session_state.get(_changing(prediction)) or not (recorded or (beside and beside.unknown)):
        _ask(prediction, labels, remember, content, beside)
    elif beside and beside.unknown:
        st.markdown("Nobody could tell: **nothing recorded**.")
        _draw_change(prediction)
    elif recorded:
        _say_what_was_recorded(prediction, recorded, remember, content)


def confirmation(answer: Answer) -> str:
    """What the button that confirms says. A guess that was never given as the answer is no "yes"."""
    return f"{'It is' if is_unsure(answer) else 'Yes, it is'} {name(answer.value or '')}"


def _ask(
    prediction: Prediction,
    labels: Sequence[str],
    remember: Callable[[OutcomeRow], None],
    content: Callable[[], bytes] | None,
    beside: Beside | None,
) -> None:
    if (answer := prediction.answer) is None:
        return
    none_label = beside.none_label if beside and beside.none_label in labels else None
    with st.container(horizontal=True, gap="small"):
        if answer.value:
            _draw_record(prediction, plain(confirmation(answer)), answer.value, f"right-{prediction.id}", remember)
        if none_label:
            _draw_record(prediction, _capital(name(none_label)), none_label, f"none-{prediction.id}", remember)
        if beside and beside.cannot_tell:
            st.button(
                "Cannot tell",
                key=f"unknown-{prediction.id}",
                help="Nothing is recorded as true.",
                on_click=_cannot_tell,
                args=(prediction, beside.cannot_tell),
            )
        # The field follows in place, not in a window of its own: it is what Tab reaches next.
        st.button(
            "Something else", key=f"other-{prediction.id}", help="Say what it is.", on_click=_toggle, args=(prediction,)
        )
    if st.session_state.get(_naming(prediction)):
        others = [label for label in labels if label not in (answer.value, none_label)]
        _correction(prediction, others, remember, content)


def _draw_record(
    prediction: Prediction, text: str, label: str, key: str, remember: Callable[[OutcomeRow], None]
) -> None:
    """A button that records the one label that it names."""
    st.button(
        text,
        key=key,
        help=f"Records {plain(name(label))} as true.",
        on_click=_record,
        args=(prediction, label, remember),
    )


def _correction(
    prediction: Prediction,
    others: Sequence[str],
    remember: Callable[[OutcomeRow], None],
    content: Callable[[], bytes] | None,
) -> None:
    key = f"truth-{prediction.id}"
    if others:
        truth = st.selectbox("What is it really?", others, index=None, placeholder="Choose", key=key, format_func=name)
    else:
        truth = st.text_input("What is it really?", key=key, max_chars=200)
    if content is not None:
        st.checkbox("Keep this photo, so that the next version can learn from it", key=f"keep-{prediction.id}")
        st.caption("Without this only your answer is stored, not the photo.")
    st.button(
        f"Record {plain(name(truth))}" if truth else "Record",
        key=f"send-{prediction.id}",
        type="primary",
        disabled=not truth,
        on_click=_send,
        args=(prediction, remember, content),
    )


def _send(prediction: Prediction, remember: Callable[[OutcomeRow], None], content: Callable[[], bytes] | None) -> None:
    keep = st.session_state.get(f"keep-{prediction.id}")
    if truth := st.session_state[f"truth-{prediction.id}"]:
        _record(prediction, truth, remember, content if keep else None)


def _say_what_was_recorded(
    prediction: Prediction,
    recorded: OutcomeRow,
    remember: Callable[[OutcomeRow], None],
    content: Callable[[], bytes] | None,
) -> None:
    photo_kept = " Photo kept." if recorded.get("kept_input") else " Photo not kept." if content else ""
    st.markdown(f"Recorded: **{plain(recorded_text(prediction, recorded))}**.{photo_kept}")
    with st.container(horizontal=True, gap="small"):
        if content is not None and not recorded.get("kept_input"):
            st.button(
                "Keep this photo",
                key=f"keep-after-{prediction.id}",
                type="tertiary",
                help="Store it with your answer, so that the next version can learn from it.",
                on_click=_record,
                args=(prediction, recorded["label"], remember, content),
            )
        _draw_change(prediction)


def recorded_text(prediction: Prediction, recorded: OutcomeRow) -> str:
    """What was recorded, in words: the truth, and how the answer stands to it."""
    truth, answer = name(recorded["label"]), prediction.answer
    if answer is None or is_unsure(answer):
        return f"it is {truth}"
    return f"it is {truth}, as answered" if recorded["correct"] else f"it is {truth}, not {name(answer.value or '')}"


def _draw_change(prediction: Prediction) -> None:
    st.button("Change", key=f"change-{prediction.id}", type="tertiary", on_click=_reopen, args=(prediction,))


def _cannot_tell(prediction: Prediction, note: Callable[[], None]) -> None:
    note()
    _close(prediction)


def _record(
    prediction: Prediction,
    label: str,
    remember: Callable[[OutcomeRow], None],
    content: Callable[[], bytes] | None = None,
) -> None:
    """Store the truth; with `content`, the person has agreed to keep the input."""
    try:
        photo_bytes = content() if content else None
        remember(
            inference.feedback(
                prediction.id, label, source="page", consented=content is not None, kept_input=photo_bytes
            )
        )
    except LookoutError as problem:
        st.session_state[_problem(prediction)] = problem.message
        return
    _close(prediction)


def _close(prediction: Prediction) -> None:
    for key in (_problem(prediction), _changing(prediction), _naming(prediction)):
        st.session_state.pop(key, None)


def _reopen(prediction: Prediction) -> None:
    st.session_state[_changing(prediction)] = True


def _toggle(prediction: Prediction) -> None:
    st.session_state[_naming(prediction)] = not st.session_state.get(_naming(prediction))


def problem_of(prediction: Prediction) -> str | None:
    """Why the last feedback on it was not stored, if it was not."""
    return st.session_state.get(_problem(prediction))


def name(label: str) -> str:
    """A label as it is read: "not_waste" is "not waste"."""
    return label.replace("_", " ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _naming(prediction: Prediction) -> str:
    return f"naming-{prediction.id}"


def _changing(prediction: Prediction) -> str:
    return f"changing-{prediction.id}"


def _problem(prediction: Prediction) -> str:
    return f"problem-{prediction.id}"
