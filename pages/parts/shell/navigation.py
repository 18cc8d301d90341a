"""Navigation by discovery: each script in `pages/` says by its own constants where it stands.

A page begins with plain assignments that are read without running it:
TITLE (what the menu calls it), GROUP (Analyse, Watch, Improve, Manage, or "" for the start page), ORDER (within the
group), and SYSTEM if it is the page of one system. A system without a page of its own gets the form page.
"""

from __future__ import annotations

import ast
import gc
import importlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from core import inference
from pages.parts.shell.index_page import NAME

FOLDER = Path(__file__).resolve().parents[2]
GROUPS = ("", "Analyse", "Watch", "Improve", "Manage")
HEAD_START = 4.0  # seconds that the browser has to draw the first page, before more is imported
FORM = "form.py"  # the page of every system that has none of its own


@dataclass(frozen=True)
class PageScript:
    """A script in `pages/` and what it says about itself."""

    path: Path
    title: str
    group: str
    order: int
    system: str | None


@lru_cache(maxsize=1)
def discover() -> tuple[PageScript, ...]:
    """Every page of the folder, in the order of the menu."""
    scripts = [_read(path) for path in FOLDER.glob("*.py") if path.name != FORM]
    return tuple(sorted(scripts, key=lambda page: (GROUPS.index(page.group), page.order, page.title)))


def draw(above: Callable[[], None]) -> None:
    """Draw the menu and run the page that was asked for. above: draws what every page shows above itself."""
    menu: dict[str, list[Any]] = defaultdict(list)
    shown = discover()
    for page in shown:
        path = "" if page.group == "" else page.path.stem
        menu[page.group].append(st.Page(page.path, title=page.title, url_path=path, default=page.group == ""))
    with_page = {page.system for page in shown}
    forms = {card.name: card for card in inference.catalogue() if card.name not in with_page}
    for name, card in forms.items():
        menu["Analyse"].append(st.Page(FOLDER / FORM, title=card.title, url_path=name))
    current = st.navigation({group: menu[group] for group in GROUPS if menu[group]})
    st.session_state["system"] = current.url_path if current.url_path in forms else None
    st.session_state["pages"] = {page.url_path: page for group in menu.values() for page in group}
    above()
    current.run()
    _read_ahead()
    _keep_loaded(current.url_path)


@lru_cache(maxsize=1)
def _read_ahead() -> None:
    """Import, once a first page is drawn, what the heavier pages need: seconds that nobody should wait for later."""
    reading = threading.Timer(HEAD_START, importlib.import_module, args=("pages.parts.monitoring.quality.view",))
    reading.daemon = True
    reading.start()


@cache
def _keep_loaded(_page: str) -> None:
    """Leave what a page's first run has loaded out of all later collections: Streamlit asks for one after every run."""
    gc.freeze()


def link(path: str, label: str) -> None:
    """A link to the page at `path`; nothing where the menu does not hold it (a page that is run alone, in a test)."""
    page = st.session_state.get("pages", {}).get(path)
    if page is not None:
        st.page_link(page, label=f"**{label}**", icon=":material/arrow_forward:", width="content")


def link_to_work(system: str, identifier: str, label: str) -> None:
    """A link to a work on the page of its system; its label alone where the menu does not hold that page."""
    page = st.session_state.get("pages", {}).get(path_of(system))
    if page is None:
        st.markdown(f"**{label}**")
    else:
        st.page_link(page, label=f"**{label}**", query_params={"work": identifier}, width="content")


def name_tab(where: str) -> None:
    """What the browser's tab is called, so that one finds it among others: "Flood: Eno, 80 mm"."""
    st.set_page_config(page_title=f"{where} – {NAME}")


def by_menu(cards: Iterable[inference.SystemCard]) -> list[inference.SystemCard]:
    """Systems in the order of the menu; those without a page of their own last."""
    positions = {page.system: position for position, page in enumerate(discover())}
    return sorted(cards, key=lambda card: positions.get(card.name, len(positions)))


def path_of(system: str) -> str:
    """Where the page of a system is: its own, or the form page under the system's name."""
    return next((page.path.stem for page in discover() if page.system == system), system)


def _read(path: Path) -> PageScript:
    constants = {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return PageScript(path, constants["TITLE"], constants["GROUP"], constants.get("ORDER", 50), constants.get("SYSTEM"))
