"""The HTML of every page: what stands in it before Streamlit's scripts run, and that these still know its names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit import file_util

from pages.parts.shell import index_page
from tests.support import toys

SCRIPTS = Path(file_util.get_static_dir()) / "static" / "js"


@pytest.fixture(scope="module")
def streamlits_scripts() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in SCRIPTS.glob("*.js"))


def test_the_page_is_streamlits_own_with_a_head_of_ours_before_its_scripts_run():
    html = index_page.html(has_sidebar=True)
    head = html.partition("</head>")[0]
    assert "<title>Lookout</title>" in head
    assert "--sidebar-room" in head
    assert "BACKEND_BASE_URL" in head
    assert re.search(r'<script type="module"[^>]* src="./static/js/index\.', head)  # a module runs after what is inline
    assert '<div id="root"></div>' in html


def test_before_a_login_no_room_is_kept_for_the_menu():
    assert index_page.NO_SIDEBAR in index_page.html(has_sidebar=False)
    assert index_page.NO_SIDEBAR not in index_page.html(has_sidebar=True)


@pytest.mark.parametrize("address", ["images", "toy", "my-page_2"])
def test_the_address_of_a_page_gets_it(address):
    assert re.fullmatch(index_page.ADDRESS, address)


@pytest.mark.parametrize("address", ["manifest.json", "static/js/index.js", "_stcore/health", ""])
def test_a_file_and_what_streamlit_answers_itself_do_not(address):
    assert not re.fullmatch(index_page.ADDRESS, address)


@pytest.mark.parametrize("file", ["frame.css", "frame.js"])
def test_streamlit_knows_every_name_that_we_use_of_it(file, streamlits_scripts):
    """What an update of Streamlit renames would be kept room for, or styled, in vain."""
    text = (index_page.FOLDER / file).read_text(encoding="utf-8")
    names = {*re.findall(r'data-testid="(\w+)"', text), *re.findall(r'getItem\("([\w-]+)"\)', text)}
    names |= set(re.findall(r"\b(BACKEND_BASE_URL|__streamlit)\b", text))
    assert len(names) >= 4
    assert [name for name in names if name not in streamlits_scripts] == []


def test_the_sidebars_room_is_as_wide_as_streamlit_draws_it(streamlits_scripts):
    width = re.search(r"defaultSidebarWidth:`([\d.]+)rem`", streamlits_scripts)
    ours = re.search(r"DEFAULT_WIDTH = ([\d.]+);", (index_page.FOLDER / "frame.js").read_text(encoding="utf-8"))
    assert width
    assert ours
    assert float(ours[1]) == pytest.approx(float(width[1]) * 15)  # the theme's base size [px]


@pytest.mark.parametrize(
    ("name", "known"), [("waste", True), ("monitoring", True), ("nowhere", False), ("parts", False)]
)
def test_a_page_is_a_script_of_the_folder(name, known):
    assert index_page.is_page(name) is known


def test_a_system_without_a_page_of_its_own_has_its_form(tmp_path, monkeypatch):
    toys.known(monkeypatch, toys.install(tmp_path))
    assert index_page.is_page("toy")
