"""The settings of the office: what cannot be used is told by its key, and how to write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline_batch.errors import SettingsError
from hotline_batch.settings.file.schema import OfficeEntry, OpenIdEntry
from hotline_batch.settings.office import OfficeSettings, office_of


def office(address: str = "https://hotline.example.org", issuer: str = "https://login.example.org") -> OfficeSettings:
    openid = OpenIdEntry(issuer=issuer, client_id="hotline-office")
    found = office_of(OfficeEntry(address=address, openid=openid), {}, Path())
    assert found is not None
    return found


@pytest.mark.parametrize("issuer", ["https://login.example.org/realms/one/", "http://127.0.0.1:8080"])
def test_issuer_is_kept_to_the_letter(issuer: str) -> None:
    """Tokens name it so."""
    openid = office(issuer=issuer).openid

    assert openid is not None
    assert issuer == openid.issuer


@pytest.mark.parametrize(
    "issuer",
    [
        "https://[login.example.org",
        "https://login.example.org:port",
        "https://login.example.org:99999",
        "https://",
        "login.example.org",
        "https://me@login.example.org",
        "https://login.example.org/@me",
        "https://login.example.org?tenant=1",
        "https://login.example.org#one",
    ],
)
def test_issuer_that_is_none_is_told_by_its_key(issuer: str) -> None:
    with pytest.raises(SettingsError, match=r"^office\.openid\.issuer: this is not an issuer"):
        office(issuer=issuer)


def test_issuer_in_the_clear_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"^office\.openid\.issuer: who signs in must be told over https://"):
        office(issuer="http://login.example.org")


@pytest.mark.parametrize(
    "address",
    ["https://[hotline.example.org", "https://hotline.example.org:port", "hotline.example.org", "https://me@host"],
)
def test_address_that_is_none_is_told_by_its_key(address: str) -> None:
    with pytest.raises(SettingsError, match=r"^office\.address: this is not an address"):
        office(address=address)
