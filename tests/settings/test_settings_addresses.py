"""Addresses are shown without what may be a secret, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.settings.addresses import shown_address

SECRET = "pQTngMZLh0NmAh"
SIGNS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=6)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://hotline.tg/webhook", "https://hotline.tg/webhook"),
        (f"http://u:{SECRET}@127.0.0.1:9", "http://***@127.0.0.1:9"),
        (f"http://u:p@{SECRET}@127.0.0.1:9", "http://***@127.0.0.1:9"),
        (f"http://u:p/{SECRET}@127.0.0.1:9", "http://***@127.0.0.1:9"),
        (f"u:{SECRET}@127.0.0.1:9", "***@127.0.0.1:9"),
        (f"https:/u:{SECRET}@hotline.tg/x", "***@hotline.tg/x"),
        (f"{SECRET}://x@hotline.tg", "***@hotline.tg"),
        (f"https://hotline.tg/x?token={SECRET}", "https://hotline.tg/x?***"),
        (f"https://hotline.tg/x#{SECRET}", "https://hotline.tg/x#***"),
        (f"postgresql://db/hotline?user=u&password={SECRET}", "postgresql://db/hotline?***"),
        (f"postgresql://db/hotline?sslmode=require&password={SECRET}", "postgresql://db/hotline?sslmode=require&***"),
        (f"postgresql://u:p@ss/{SECRET}@db/hotline", "postgresql://***@db/hotline"),
        ("postgresql://hotline@db/hotline", "postgresql://hotline@db/hotline"),
        (f"https://{SECRET}@proxy:1", "https://***@proxy:1"),
        ("sqlite:////home/me@office/ledger.sqlite", "sqlite:////home/me@office/ledger.sqlite"),
        (f"sqlite:///ledger.sqlite?mode=ro&key={SECRET}", "sqlite:///ledger.sqlite?mode=ro&***"),
    ],
)
def test_address_is_shown_without_its_secrets(address: str, shown: str) -> None:
    """The place stays readable; user, password and query do not."""
    assert shown == shown_address(address)


@given(SIGNS, SIGNS)
def test_password_of_any_signs_is_never_shown(before: str, behind: str) -> None:
    """Before the host, in the query, with and without a scheme."""
    password = f"{before}{SECRET}{behind}"

    for address in (
        f"http://u:{password}@host:1",
        f"u:{password}@host",
        f"postgresql://u:{password}@host/db?sslmode=require",
        f"postgresql://host/db?password={password}",
        f"https://host/x?token={password}&more=1",
    ):
        assert SECRET not in shown_address(address)
