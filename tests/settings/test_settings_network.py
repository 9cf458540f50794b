"""Where the keys may travel."""

from __future__ import annotations

import os

import pytest

from hotline_batch.errors import SettingsError
from hotline_batch.settings import addresses as network
from hotline_batch.settings.addresses import (
    DEFAULT_ENDPOINT,
    check_endpoint,
    check_timeout,
    is_loopback,
    is_same_spelt_otherwise,
)
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.shown_settings import shown_settings


@pytest.mark.parametrize(
    "url", [DEFAULT_ENDPOINT, "http://127.0.0.1:8080/x", "http://127.8.9.1/", "http://localhost:1/", "http://[::1]:5/x"]
)
def test_hotline_and_this_machine_are_trusted(url: str):
    """No warning for hotline.tg over https, nor for this machine."""
    assert check_endpoint(url) == ()


def test_a_service_at_the_root_of_its_address_is_one_with_a_slash_and_without():
    """As any other path is."""
    assert is_same_spelt_otherwise("http://127.0.0.1:8000", "http://127.0.0.1:8000/")
    assert is_same_spelt_otherwise("http://localhost:8000", "http://127.0.0.1:8000/")
    assert not is_same_spelt_otherwise("http://127.0.0.1:8000/", "http://127.0.0.1:8001")


@pytest.mark.parametrize(
    "url", ["https://n8n.example.org/x", "https://evilhotline.tg/", "https://hotline.tg.evil.org/"]
)
def test_strangers_get_the_keys_only_with_a_warning(url: str):
    """The host gets both keys, so it is named."""
    (warning,) = check_endpoint(url)

    assert "both keys" in warning


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://n8n.production.hotline.tg/webhook", "in the clear"),
        ("http://10.0.0.1/x", "in the clear"),
        ("http://localhost.evil.org/", "in the clear"),
        ("http://127.0.0.1.evil.org/", "in the clear"),
        ("https://user:pQTng@hotline.tg/", "user name or password"),
        ("http://127.0.0.1@evil.org/", "user name or password"),
        ("ftp://hotline.tg/", "not an address"),
        ("hotline.tg/webhook", "not an address"),
        ("https://", "not an address"),
        ("https://hotline.tg:99999/", "not an address"),
        ("https://evil.org\\@hotline.tg/", "another character"),
        ("https://hotline.tg/a b", "another character"),
        ("https://hotline.tg/\nx", "another character"),
    ],
)
def test_unsafe_addresses_are_refused(url: str, words: str):
    """The keys never travel in the clear, nor to an address that two programs read differently."""
    with pytest.raises(SettingsError, match=words) as caught:
        check_endpoint(url)

    assert "pQTng" not in str(caught.value)


def test_loopback_is_this_machine_alone():
    """Private networks are other machines."""
    assert is_loopback("http://127.1.2.3/")
    assert not is_loopback("http://192.168.0.1/")


def test_timeouts_are_long_enough_except_toward_this_machine():
    """The API asks for ten seconds at least."""
    check_timeout(10, DEFAULT_ENDPOINT)
    check_timeout(0.2, "http://127.0.0.1/")

    for seconds, endpoint in ((9.9, DEFAULT_ENDPOINT), (float("nan"), DEFAULT_ENDPOINT), (0, "http://127.0.0.1/")):
        with pytest.raises(SettingsError, match="too short"):
            check_timeout(seconds, endpoint)
    with pytest.raises(SettingsError, match="too long"):
        check_timeout(float("inf"), DEFAULT_ENDPOINT)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine of whoever runs the tests names."""
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def proxy_for(endpoint: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str | None:
    """What the settings say where the process has these variables."""
    for name, value in {"HOTLINE_ENDPOINT": endpoint, **environ}.items():
        monkeypatch.setenv(name, value)
    return load_settings().proxy


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ({"HTTPS_PROXY": " http://p:1 "}, "http://p:1"),
        ({"https_proxy": "http://low:1", "HTTPS_PROXY": "http://up:1"}, "http://low:1"),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "example.org, .hotline.tg"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "tline.tg"}, "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1", "no_proxy": "*"}, None),
    ],
)
def test_proxy_comes_from_the_usual_variables(
    environ: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_PROXY names hosts and their subdomains."""
    assert proxy_for(DEFAULT_ENDPOINT, environ, monkeypatch) == proxy


@pytest.mark.parametrize(
    ("endpoint", "left_out", "proxy"),
    [
        ("https://10.1.2.3/x", "10.0.0.0/8", None),
        ("https://10.1.2.3/x", "localhost, 10.1.2.0/24", None),
        ("https://11.1.2.3/x", "10.0.0.0/8", "http://p:1"),
        ("https://[fd00::5]/x", "fd00::/8", None),
        ("https://hotline.tg/x", "0.0.0.0/0", "http://p:1"),
    ],
)
def test_no_proxy_may_name_a_network(
    endpoint: str, left_out: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As administrators write it for whatever stands inside the house."""
    assert proxy == proxy_for(endpoint, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": left_out}, monkeypatch)


@pytest.mark.parametrize(("left_out", "proxy"), [(False, "http://company:8080"), (True, None)])
def test_proxy_of_the_system_counts_where_no_variable_names_one(
    left_out: bool, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows and macOS keep it in their settings, with what goes past it."""
    monkeypatch.setattr(network, "getproxies", lambda: {"http": "http://other:1", "https": "http://company:8080"})
    monkeypatch.setattr(network, "proxy_bypass", lambda _host: left_out)

    assert proxy == load_settings().proxy
    shown = {setting.key: setting for setting in shown_settings()}["proxy"]
    assert shown.source == ("default" if left_out else "system settings")


def test_no_proxy_stands_between_us_and_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox is never reached through a proxy."""
    assert proxy_for("http://127.0.0.1:8080/", {"HTTPS_PROXY": "http://p:1"}, monkeypatch) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("company:8080", "http://company:8080"), ("http://me:pass@company:8080", "http://me:pass@company:8080")],
)
def test_proxy_variable_may_leave_the_scheme_out(value: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As other programs have it."""
    assert expected == proxy_for(DEFAULT_ENDPOINT, {"HTTPS_PROXY": value}, monkeypatch)


@pytest.mark.parametrize(
    "value", ["socks5://company:1080", "http://", "http://bad host:1", "ftp://company", "http://a:b"]
)
def test_proxy_that_cannot_be_used(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said at the start, naming where it stands, and not when a message is on its way."""
    with pytest.raises(SettingsError, match="https_proxy"):
        proxy_for(DEFAULT_ENDPOINT, {"https_proxy": value}, monkeypatch)
