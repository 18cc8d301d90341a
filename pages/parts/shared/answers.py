"""An answer on the screen: what it is, how sure, what else it might be, and whether it was right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from core import inference
from core.contract import Answer, Prediction
from core.errors import LookoutError
from core.store import OutcomeRow
from pages.parts.shared.words import percent, plain, sure

ALTERNATIVES = 3
MAX_BUTTONS = 12  # labels that are picked from buttons; more come in a list with search


def value_line(answer: Answer) -> str:
    """The answer, large: the value, or "Not sure" with the best guess below."""
    value = plain(answer.value or "no guess")
    return "Not sure" if is_unsure(answer) else value[:1].upper() + value[1:]


def is_unsure(answer: Answer) -> bool:
    """Whether a person should look: the system abstained, or the score is low."""
    return inference.how_sure(answer.score, answer.abstained) == "not sure"


def draw(answer: Answer) -> None:
    """The answer with how sure it is, its chip, why it is not sure, and the alternatives."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"#### {value_line(answer)}", anchors=False, width="content")
        plastic_chip(answer)
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
    if plastic is None or is_unsure(answer):
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
    st.markdown("#### No answer", anchors=False)
    st.markdown(plain(prediction.error or "The reason is not known."))


def ask_if_right(
    prediction: Prediction,
    labels: Sequence[str],
    recorded: OutcomeRow | None,
    remember: Callable[[OutcomeRow], None],
    content: Callable[[], bytes] | None = None,
) -> None:
    """Buttons for right and wrong, and afterwards what was recorded.

    recorded: the outcome recorded before, if any; remember: called with the new one.
    content: gives the input's bytes, if it can be kept when the person agrees.
    """
    if recorded is None or st.session_state.get(_changing(prediction)):
        _ask(prediction, labels, remember, content)
    else:
        _say_what_was_recorded(prediction, recorded, remember, content)


def _ask(
    prediction: Prediction,
    labels: Sequence[str],
    remember: Callable[[OutcomeRow], None],
    content: Callable[[], bytes] | None,
) -> None:
    if (answer := prediction.answer) is None:
        return
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Right",
            key=f"right-{prediction.id}",
            help=f"It is {plain(answer.value)}.",
            on_click=_record,
            args=(prediction, answer.value, remember),
        )
        with st.popover("Wrong", help="Say what it really is.", key=f"wrong-{prediction.id}"):
            _correction(prediction, [label for label in labels if label != answer.value], remember, content)


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
        "Send",
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
    judged = "right" if recorded["correct"] else f"wrong, it is {name(recorded['label'])}"
    photo_kept = " Photo kept." if recorded.get("kept_input") else " Photo not kept." if content else ""
    st.markdown(f"Recorded: **{plain(judged)}**.{photo_kept}")
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
        st.button("Change", key=f"change-{prediction.id}", type="tertiary", on_click=_reopen, args=(prediction,))


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
    st.session_state.pop(_problem(prediction), None)
    st.session_state[_changing(prediction)] = False


def _reopen(prediction: Prediction) -> None:
    st.session_state[_changing(prediction)] = True


def problem_of(prediction: Prediction) -> str | None:
    """Why the last feedback on it was not stored, if it was not."""
    return st.session_state.get(_problem(prediction))


def name(label: str) -> str:
    """A label as it is read: "not_waste" is "not waste"."""
    return label.replace("_", " ")


def _changing(prediction: Prediction) -> str:
    return f"changing-{prediction.id}"


def _problem(prediction: Prediction) -> str:
    return f"problem-{prediction.id}"
