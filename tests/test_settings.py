"""Settings: read once, frozen, and a refusal instead of an open door."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.errors import InvalidSetting, UnsafeConfiguration
from core.settings import MIN_SECRET_LENGTH, Settings, settings

KEY = "k" * MIN_SECRET_LENGTH
PASSWORD = "p" * MIN_SECRET_LENGTH


def test_settings_refuse_a_change_after_they_were_read():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 80


def test_the_environment_is_read_once():
    assert settings() is settings()


@pytest.mark.parametrize("name", ["HOST", "LOOKOUT_HOST"])
def test_host_and_port_have_short_names_too(name, monkeypatch):
    monkeypatch.setenv(name, "::1")
    monkeypatch.setenv("PORT", "9000")
    assert (Settings().host, Settings().port) == ("::1", 9000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("LOOKOUT_MAX_PHOTO_MB", "-1"),
        ("LOOKOUT_PAGES", "maybe"),
        ("LOOKOUT_BATCH_SIZE", "0"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_a_value_that_makes_no_sense_is_told_with_the_name_of_its_setting(monkeypatch):
    monkeypatch.setenv("LOOKOUT_PAGES", "maybe")
    settings.cache_clear()
    with pytest.raises(InvalidSetting, match=r"LOOKOUT_PAGES.*Received 'maybe'"):
        settings()


def test_by_default_the_log_is_sqlite_in_the_data_folder(tmp_path):
    assert Settings(data_dir=tmp_path).store_url == f"sqlite:///{tmp_path / 'lookout.db'}"


@pytest.mark.parametrize("given", ["postgres://me:secret@db/lookout", "postgresql://me:secret@db/lookout"])
def test_a_postgresql_address_uses_psycopg(given):
    assert Settings(database_url=given).store_url == "postgresql+psycopg://me:secret@db/lookout"


def test_a_url_that_names_its_driver_is_left_alone():
    assert Settings(database_url="postgresql+psycopg://db/x").store_url == "postgresql+psycopg://db/x"
    assert Settings(database_url="sqlite:////tmp/x.db").store_url == "sqlite:////tmp/x.db"


def test_no_secret_shows_when_settings_are_printed():
    shown = repr(Settings(api_keys=f"ci:{KEY}", pages_password=PASSWORD, database_url="postgres://me:hidden@db/x"))
    assert KEY not in shown
    assert PASSWORD not in shown
    assert "hidden" not in shown


def test_keys_may_have_names():
    assert Settings(api_keys=f" ci:{KEY} , {KEY}2 ,, line 3:{KEY}3").keys == {
        KEY: "ci",
        f"{KEY}2": "key-2",
        f"{KEY}3": "line 3",
    }


def test_without_keys_there_are_none():
    assert Settings().keys == {}
    assert Settings(api_keys=" , ,").keys == {}


names = st.text(st.characters(codec="ascii", exclude_characters=",:", categories=("L", "N", "P")), min_size=1)
secrets = st.text(
    st.characters(codec="ascii", exclude_characters=",:", categories=("L", "N")), min_size=16, max_size=40
)


@given(st.dictionaries(secrets, names, max_size=5))
def test_any_named_keys_are_read_back(keys):
    written = ",".join(f"{name}:{key}" for key, name in keys.items())
    assert Settings(api_keys=written).keys == keys


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_alone_needs_no_keys(host):
    Settings(host=host).refuse_open_door()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "", "127.0.0.1.example.org", "0"])
def test_any_other_host_without_keys_is_refused_with_the_reason(host):
    with pytest.raises(UnsafeConfiguration, match="LOOKOUT_API_KEYS"):
        Settings(host=host).refuse_open_door()


def test_keys_alone_do_not_open_the_pages():
    with pytest.raises(UnsafeConfiguration, match="LOOKOUT_PAGES_PASSWORD"):
        Settings(host="0.0.0.0", api_keys=KEY).refuse_open_door()


def test_a_password_alone_does_not_open_the_api():
    with pytest.raises(UnsafeConfiguration, match="LOOKOUT_API_KEYS"):
        Settings(host="0.0.0.0", pages_password=PASSWORD).refuse_open_door()


def test_keys_with_a_login_or_without_pages_open_the_door():
    Settings(host="0.0.0.0", api_keys=KEY, pages_password=PASSWORD).refuse_open_door()
    Settings(host="0.0.0.0", api_keys=KEY, pages="off").refuse_open_door()


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
@pytest.mark.parametrize(
    "weak", [{"api_keys": KEY[1:]}, {"api_keys": f"{KEY},b:"}, {"api_keys": KEY, "pages_password": PASSWORD[1:]}]
)
def test_a_weak_secret_is_refused_even_on_this_machine(host, weak):
    with pytest.raises(UnsafeConfiguration, match=f"{MIN_SECRET_LENGTH} characters"):
        Settings(host=host, **weak).refuse_open_door()


def test_a_refusal_never_tells_the_secret():
    with pytest.raises(UnsafeConfiguration) as refusal:
        Settings(api_keys="robot:hunter2").refuse_open_door()
    assert "hunter2" not in str(refusal.value)
    assert "robot" in str(refusal.value)
