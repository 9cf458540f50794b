"""Secrets are fetched from where they are kept, and never show themselves."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.errors import SettingsError
from hotline_batch.settings import secrets
from hotline_batch.settings.model import ConnectionSettings
from hotline_batch.settings.secrets import Secret, SecretSource

KEY = "pQTngMZLh0NmAh"


@pytest.fixture(autouse=True, scope="module")
def forgotten() -> Iterator[None]:
    """Keys that are made up here are hidden in no log of another test: one of zeros alone would hide every 0."""
    noted = set(secrets._NOTED)
    yield
    secrets._NOTED.clear()
    secrets._NOTED.update(noted)


def test_secret_never_shows_itself(caplog: pytest.LogCaptureFixture):
    """Not in text, format, representation, logs, containers, copies, or as attributes."""
    secret = Secret(KEY)

    with caplog.at_level(logging.DEBUG):
        logging.getLogger("x").debug("%s %r", secret, {"key": secret})
    shown = (
        f"{secret} {secret!r} {secret:>20} {[secret]} {copy.deepcopy(secret)} {secret!s} {dir(secret)} {caplog.text}"
    )

    assert KEY not in shown
    assert "***" in shown
    assert not hasattr(secret, "__dict__")
    assert secret.reveal() == KEY


def test_secret_is_neither_stored_nor_changed():
    """It does not pickle, does not turn into JSON, and stays what it is."""
    secret = Secret(KEY)

    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
    with pytest.raises(AttributeError):
        secret._value = "other"  # type: ignore[misc] # the point of the test


@pytest.mark.parametrize("around", ["\n", "\r\n", " ", "\t", "\ufeff"])
def test_what_surrounds_a_key_is_dropped(around: str):
    """Files end with a line end, and some start with a byte order mark."""
    assert Secret(f"{around}{KEY}{around}").reveal() == KEY


@pytest.mark.parametrize("value", ["", " \n", "two words", "line\nline", "ключ", "k\x00y", "k\x7f"])
def test_what_cannot_be_a_key_is_refused_without_being_shown(value: str):
    """Such a key would fail in the request, with the key in the error."""
    with pytest.raises(SettingsError) as caught:
        Secret(value, "x_api_key")

    text = "".join(traceback.format_exception(caught.value))
    assert "x_api_key" in str(caught.value)
    assert not value.strip() or f"'{value}'" not in text


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8))
def test_every_printable_key_is_taken_whole(value: str):
    """Nothing inside a key is changed."""
    assert Secret(value).reveal() == value
    assert value not in repr(Secret(value))


def test_secret_comes_from_the_environment_or_a_file(tmp_path: Path):
    """The references of the settings file; a relative path counts from the settings file's folder."""
    (tmp_path / "key.txt").write_bytes(b"\xef\xbb\xbf" + KEY.encode() + b"\r\n")

    from_environment = SecretSource("env:NAME", "key", environ={"NAME": f" {KEY}\n"}).read()
    from_file = SecretSource("file:key.txt", "key", tmp_path).read()
    from_absolute_file = SecretSource(f"file:{tmp_path}/key.txt", "key").read()

    assert from_environment == from_file == from_absolute_file == Secret(KEY)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:MISSING", "environment variable that it names is not set"),
        (f"env:{KEY}", "environment variable that it names is not set"),
        ("file:missing.txt", "file that it names cannot be read: No such file"),
        (f"file:{KEY}", "file that it names cannot be read: No such file"),
        ("file:.", "cannot be read"),
        ("file:big.txt", "too large"),
        ("file:two.txt", "holds a blank"),
        ("keyring:no-slash", "keyring:SERVICE/NAME"),
        (KEY, "not the secret itself"),
    ],
)
def test_missing_secrets_are_explained_without_being_shown(tmp_path: Path, reference: str, words: str):
    """The sentence names the setting and what to do, never the value."""
    (tmp_path / "big.txt").write_text(KEY * 2_000)
    (tmp_path / "two.txt").write_text(f"{KEY}\n{KEY}\n")

    with pytest.raises(SettingsError, match=words) as caught:
        SecretSource(reference, "x_api_key", tmp_path, environ={}).read()

    assert str(caught.value).startswith("x_api_key")
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_secret_written_into_the_file_is_refused_at_once():
    """A key in the settings file would travel with it; the error does not repeat it."""
    with pytest.raises(SettingsError, match="env:NAME") as caught:
        SecretSource(KEY, "x_api_key")

    assert KEY not in str(caught.value)


def test_profile_shows_no_secret():
    """Neither printed nor taken apart."""
    profile = ConnectionSettings("bot", "132", SecretSource("env:K", "api_key", environ={"K": KEY}))

    assert KEY not in f"{profile} {profile.api_key} {profile.connection}"
    assert asdict(profile.connection) == {"name": "bot", "identity": "132", "service": ""}
    assert profile.api_key.reveal() == KEY


@pytest.mark.parametrize("scheme", ["env", "file", "keyring"])
def test_of_a_reference_its_scheme_is_shown(scheme: str):
    """Somebody may have written the key itself behind it."""
    source = SecretSource(f"{scheme}:{KEY}", "x_api_key")

    assert f"{scheme}:…" == source.shown
    assert KEY not in repr(source)
