"""Every term that a page explains on hover stands in the glossary."""

from __future__ import annotations

import re

import pytest

from core.settings import CHECKOUT
from pages.parts.shared import glossary

TERMS = ("CSI", "ECE", "log-loss", "NIBRS group", "CRS", "AUROC", "coverage", "abstained share")


@pytest.mark.parametrize("term", TERMS)
def test_terms_of_measurement_are_explained(term):
    assert len(glossary.meaning(term)) > len(term) + 20


def test_terms_that_pages_name_are_in_the_glossary():
    named = [
        term
        for path in (CHECKOUT / "pages").rglob("*.py")
        for term in re.findall(r"glossary\.meaning\(\"([^\"]+)\"\)", path.read_text(encoding="utf-8"))
    ]
    for term in named:
        glossary.meaning(term)


def test_an_unknown_term_is_an_error_of_the_page():
    with pytest.raises(KeyError):
        glossary.meaning("no such term")


def test_the_words_of_the_code_are_not_on_the_page():
    assert "local inertial" not in glossary.text()
    assert "## Words of measurement" in glossary.text()
