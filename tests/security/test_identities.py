"""Who may call."""

from __future__ import annotations

import pytest

from core.errors import Unauthorised
from core.security.identities import identify, password_matches
from core.settings import settings

KEY = "a-key-of-sixteen-characters"


def set_to(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(f"LOOKOUT_{name}".upper(), value)
    settings.cache_clear()


def test_where_no_keys_are_set_everyone_is_local():
    assert identify(None) == "local"
    assert identify("Bearer whatever") == "local"


def test_a_known_key_gives_the_callers_name(monkeypatch):
    set_to(monkeypatch, api_keys=f"sorting line:{KEY},{KEY}-2")
    assert identify(f"Bearer {KEY}") == "sorting line"
    assert identify(f"bearer  {KEY}-2 ") == "key-2"


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {KEY}", KEY, f"Bearer {KEY}x", "Bearer \xe4\xf6"]
)
def test_any_other_header_is_refused(header, monkeypatch):
    set_to(monkeypatch, api_keys=KEY)
    with pytest.raises(Unauthorised, match="Authorization: Bearer KEY") as refusal:
        identify(header)
    assert KEY not in refusal.value.message


def test_the_pages_password_is_compared(monkeypatch):
    assert not password_matches("")
    set_to(monkeypatch, pages_password="correct horse battery")
    assert password_matches("correct horse battery")
    assert not password_matches("correct horse")
