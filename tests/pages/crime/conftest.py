"""The Crime page on its first visit, with the shipped version."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.migrations import migrate
from core.store import store
from tests.pages.crime.crime_app import visit


@pytest.fixture
def page() -> AppTest:
    """The page on its first visit."""
    migrate(store())
    at = visit()
    at.run()
    assert not at.exception
    return at
