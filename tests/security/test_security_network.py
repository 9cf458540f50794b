"""S3, S4, S5: the keys travel to one host, over TLS that is always verified, and nowhere else."""

from __future__ import annotations

import socket
import ssl
import sys
from pathlib import Path

import pytest

from hotline_batch.client.topics import TopicsClient
from hotline_batch.errors import ApiError, SettingsError, UntrustedEndpoint
from hotline_batch.settings.load import load_settings
from tests.support.batch_bench import Bench
from tests.support.proxy import Manner, Proxy
from tests.support.service.certificates import Certificate, authority
from tests.support.service.faults import named
from tests.support.service.faults.answers import redirect
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

KEYS = Credentials()


@pytest.mark.parametrize(
    "endpoint",
    ["http://n8n.production.hotline.tg/webhook/topic_action", "http://192.168.0.7/hook", "http://localhost.evil.example/",
     "http://127.0.0.1.evil.example/", "ftp://127.0.0.1/", "https://user:word@n8n.production.hotline.tg/", "//host/"],
)  # fmt: skip
def test_keys_do_not_travel_in_the_clear_or_with_other_credentials(tmp_path: Path, endpoint: str) -> None:
    """S3, S4: refused while the settings are read, before anything could be sent; a password is not repeated."""
    with pytest.raises(SettingsError) as caught:
        Bench(tmp_path, endpoint).send("ab")

    assert "user:word" not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["http://192.168.0.7/hook", "https://user:word@n8n.production.hotline.tg/"])
def test_client_of_python_takes_no_keys_there_either(endpoint: str) -> None:
    """S3, S4: it has no settings that would have refused the address."""
    with pytest.raises(SettingsError):
        TopicsClient(KEYS.x_api_key, KEYS.instance, KEYS.api_key, endpoint=endpoint)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere this machine has one address alone")
def test_no_proxy_elsewhere_reads_keys_in_the_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S2, S3: a company's proxy, in the settings file, is not asked for a service of this machine without TLS."""
    with HostileServer() as server, Proxy() as proxy:
        elsewhere = proxy.url.replace("127.0.0.1", "proxy.example.org")
        connect = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *more: connect(host.replace("proxy.example.org", "127.0.0.1"), *more)
        )
        summary = Bench(tmp_path, server.url, None, elsewhere).send("ab")

        assert ([], 0, 2) == (proxy.heads, summary.exit_code, len(server.requests))


def test_other_host_is_pointed_out() -> None:
    """S4: whoever names another host is told that it will get both keys."""
    settings = load_settings(environ={"HOTLINE_ENDPOINT": "https://hooks.example.org/x"}, working_folder=Path("/"))

    assert any("hooks.example.org" in warning and "both keys" in warning for warning in settings.warnings)


@pytest.mark.parametrize(
    "variables",
    [{"PYTHONHTTPSVERIFY": "0"}, {"REQUESTS_CA_BUNDLE": ""}, {"CURL_CA_BUNDLE": "/dev/null"}, {"SSL_CERT_FILE": ""}],
    ids=str,
)
def test_no_switch_of_the_environment_turns_verification_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """S3: a certificate of nobody we trust is refused, whatever variables say."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with HostileServer(tls=Certificate.NOT_TRUSTED) as server:
        bench = Bench(tmp_path, server.url, str(authority().write_ca_file(tmp_path / "ca.pem")), environment=variables)
        summary = bench.send("ab")

        assert ("certificate_refused", 2) == (summary.stop_code, summary.exit_code)
        assert [] == server.requests


def test_settings_know_no_way_to_skip_verification(tmp_path: Path) -> None:
    """S3: there is no such key, and one that looks like it is an error."""
    for name in ("verify", "insecure", "skip_tls"):
        (tmp_path / "hotline-batch.toml").write_text(f"{name} = false\n")
        with pytest.raises(SettingsError, match=name):
            load_settings(environ={}, working_folder=tmp_path)


def test_public_authorities_are_verified_with_the_name(tmp_path: Path) -> None:
    """S3: without a file of one's own too, a stand-in's certificate is refused."""
    with (
        HostileServer(tls=Certificate.GOOD) as server,
        TopicsClient(KEYS.x_api_key, KEYS.instance, KEYS.api_key, endpoint=server.url) as client,
        pytest.raises(UntrustedEndpoint),
    ):
        client.send_message(987654321, "Hello")
    context = client._transport._adapter.get_connection_with_tls_context().conn_kw["ssl_context"]
    assert (True, ssl.CERT_REQUIRED) == (context.check_hostname, context.verify_mode)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed_over_tls(tmp_path: Path, status: int) -> None:
    """S5: also to another path of the same host; the keys go out once."""
    with HostileServer(tls=Certificate.GOOD) as server:
        server.fault_next(redirect(status, f"{server.url}?again"), 5)
        bench = Bench(tmp_path, server.url, str(authority().write_ca_file(tmp_path / "ca.pem")))
        summary = bench.send("ab")

        assert ("redirected", 1) == (summary.stop_code, len(server.requests))


def test_proxy_sees_a_tunnel_and_no_key(tmp_path: Path) -> None:
    """S2: the proxy of the settings is used; it learns the host, and nothing of what is said inside."""
    with HostileServer(tls=Certificate.GOOD) as server, Proxy(Manner.TUNNEL) as proxy:
        ca_file = str(authority().write_ca_file(tmp_path / "ca.pem"))
        summary = Bench(tmp_path, server.url, ca_file, proxy.url).send("ab")

        assert (0, 2) == (summary.exit_code, len(server.requests))
        assert [f"127.0.0.1:{server.port}"] == proxy.connects
        assert not [key for key in (KEYS.x_api_key, KEYS.api_key) if key in "".join(proxy.heads)]


def test_proxy_of_the_environment_is_not_used_by_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """S2: the client goes where it is told, whatever the variables of other programs say."""
    with HostileServer() as server, Proxy() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        with TopicsClient(KEYS.x_api_key, KEYS.instance, KEYS.api_key, endpoint=server.url) as client:
            client.send_message(987654321, "Hello")

        assert ([], 1) == (proxy.heads, len(server.requests))


def test_endless_answer_is_cut_off() -> None:
    """S5: at most a megabyte of an answer is read."""
    with HostileServer() as server:
        server.fault_next(named("endless_answer"))
        with (
            TopicsClient(KEYS.x_api_key, KEYS.instance, KEYS.api_key, endpoint=server.url) as client,
            pytest.raises(ApiError) as caught,
        ):
            client.send_message(987654321, "Hello")

    assert "reply_unreadable" == caught.value.code
