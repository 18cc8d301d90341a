"""Images: photos go in, materials come out, each with how sure it is and whether it was right."""

from __future__ import annotations

import streamlit as st

from core import inference
from pages.parts.photos import gallery, uploads
from pages.parts.photos.desk import PhotoDesk

TITLE = "Images"
GROUP = "Analyse"
ORDER = 10
SYSTEM = "waste"

SECONDS_BETWEEN_LOOKS = 1.0  # at a batch that is being answered
VIEWS = ("Cards", "Table")


def draw_intake(desk: PhotoDesk) -> None:
    """The one thing to do first: drop photos; the example and the camera beside it."""
    key = f"drop-{desk.drops}"
    st.file_uploader(
        "Drop photos here, or a ZIP of photos",
        type=[*uploads.SUFFIXES, "zip"],
        accept_multiple_files=True,
        key=key,
        on_change=take_files,
        args=(desk, key),
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            "Try an example",
            on_click=try_example,
            args=(desk,),
            help="A drawing of a bottle, not a photo: it shows how an answer looks, not how good answers are.",
        )
        camera = st.toggle("Use the camera", key="camera", help="The browser asks for permission first.")
    if camera:
        key = f"shot-{desk.drops}"
        st.camera_input("Take a photo", key=key, on_change=take_shot, args=(desk, key))


def take_files(desk: PhotoDesk, key: str) -> None:
    """Start on what was dropped."""
    if files := st.session_state[key]:
        desk.give([(file.name, file.getvalue()) for file in files])


def take_shot(desk: PhotoDesk, key: str) -> None:
    """Start on what the camera took."""
    if shot := st.session_state[key]:
        desk.give([(f"camera {desk.drops + 1}.jpg", shot.getvalue())])


def try_example(desk: PhotoDesk) -> None:
    """Start on an invented picture."""
    desk.give([("drawn example, not a photo.jpg", uploads.drawn_example())])


def draw_results(desk: PhotoDesk, labels: tuple[str, ...]) -> None:
    """Everything below the intake; while a batch is at work it draws itself anew every second."""
    if desk.working != st.session_state["looking"]:
        st.rerun()  # the whole page once more, which begins or ends the looking
    gallery.draw_progress(desk)
    items, refused = desk.items, desk.refused
    gallery.draw_refused(refused)
    if not items:
        return
    st.subheader(gallery.summary(items, refused), anchor=False)
    chosen = items
    if len(items) > 1:
        with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
            view = st.segmented_control(
                "View", VIEWS, default=VIEWS[0], required=True, key="view", persist_state="session"
            )
            draw_actions(desk)
        chosen = gallery.choose(items).of(items)
    else:
        view = VIEWS[0]
    if not chosen:
        st.info(f"None of the {len(items)} photos fits the filters. Take one of them away.")
    elif view == VIEWS[0]:
        gallery.draw_cards(chosen, labels)
    else:
        gallery.draw_table(chosen, labels)
    if len(items) == 1:
        draw_actions(desk)


def draw_actions(desk: PhotoDesk) -> None:
    """Take the answers along, or begin anew."""
    with st.container(horizontal=True, width="content"):
        st.download_button(
            "Download CSV",
            data=lambda: gallery.csv(desk.items, desk.refused),
            file_name="lookout-photos.csv",
            mime="text/csv",
            on_click="ignore",
        )
        st.button("Clear the desk", on_click=desk.clear, help="Takes the photos off this page. The log keeps its rows.")


card = next(card for card in inference.catalogue() if card.name == SYSTEM)
desk: PhotoDesk = st.session_state.setdefault("desk", PhotoDesk(SYSTEM))

st.title("Images", anchor=False)
st.markdown(card.question)
if card.champion is None:
    st.error(
        f"Expected a version of {SYSTEM} in service. Found none. Train one with `python -m core train {SYSTEM}`, "
        "then make it the champion."
    )
    st.stop()
if problem := inference.not_ready():
    st.info(f"{problem} Photos may be dropped already; the first answer takes a little longer.")
draw_intake(desk)
st.session_state["looking"] = desk.working
st.fragment(draw_results, run_every=SECONDS_BETWEEN_LOOKS if st.session_state["looking"] else None)(desk, card.labels)
