"""A stand-in for the API that is never the bottleneck: nginx on 127.0.0.1, with or without latency and TLS."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import certifi

from benchmarks.measure import pinned

X_API_KEY, INSTANCE, API_KEY = "owner-token", "13209946874612345", "instance-key"
# nginx fills in the numbers: each user has a topic of their own, and a confirmation that names another's is a doubt.
_REPLY = (
    '{"result":"message_sent","topic_link":"https://t.me/c/$connection/$connection_requests",'
    '"chat_id":"-1002101424779","thread_id":5602541568}'
)
_TOPIC = '{"result":"topic_info","group_id":"2101424779","topic_id":$topic_id,"topic_status":"user_answered"}'
_MODULE = Path("/usr/lib/nginx/modules/ngx_http_echo_module.so")


def why_missing() -> str:
    """Why the stand-in cannot be started; empty if it can."""
    if shutil.which("nginx") is None:
        return "nginx is not installed (Debian: nginx-light)"
    if not _MODULE.exists():
        return "nginx's echo module is not installed (Debian: libnginx-mod-http-echo)"
    return "" if shutil.which("openssl") else "openssl is not installed"


@dataclass(frozen=True, slots=True, order=True)
class Arrival:
    """When a request was logged, seconds since the epoch to a millisecond; over which connection, from whom."""

    moment: float
    connection: int
    user_agent: str


class Service:
    """Context manager. ``latency_ms`` passes before each answer; ``ca_file`` is what clients must trust.

    ``keeps_times`` writes down when each request arrived, for ``arrivals``; ``answers_lookups`` answers with the topic
    that was asked for, in group 2101424779, instead of confirming a message.
    """

    def __init__(
        self,
        *,
        latency_ms: int = 0,
        tls: bool = False,
        keeps_times: bool = False,
        answers_lookups: bool = False,
        cpus: frozenset[int] | None = None,
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hotline-bench-"))
        self._latency_ms = latency_ms
        self._tls = tls
        self._keeps_times = keeps_times
        self._answers_lookups = answers_lookups
        self._cpus = cpus
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.ca_file = self._folder / "certificate.pem"

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"{'https' if self._tls else 'http'}://localhost:{self._port}/webhook/topic_action"

    @property
    def env(self) -> dict[str, str]:
        """The settings of a client of this service."""
        return {
            "HOTLINE_ENDPOINT": self.url,
            "HOTLINE_X_API_KEY": X_API_KEY,
            "HOTLINE_INSTANCE": INSTANCE,
            "HOTLINE_API_KEY": API_KEY,
            "REQUESTS_CA_BUNDLE": str(self.ca_file) if self._tls else "",
            "SSL_CERT_FILE": str(self.ca_file) if self._tls else "",
        }

    def __enter__(self) -> Self:
        if self._tls:
            self._make_certificate()
        configuration = self._folder / "nginx.conf"
        configuration.write_text(self._configuration())
        self._process = subprocess.Popen(
            ["nginx", "-c", str(configuration), "-p", str(self._folder)],  # noqa: S607 - found on the path
            stderr=subprocess.DEVNULL,
            preexec_fn=pinned(self._cpus),  # noqa: PLW1509 - there is one thread
        )
        _wait_for(self._port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def arrivals(self) -> list[Arrival]:
        """Every request in the order of the service's own clock."""
        lines = (line.split(" ", 2) for line in self._times.read_text().splitlines())
        return sorted(Arrival(float(moment), int(connection), agent) for moment, connection, agent in lines)

    @property
    def _times(self) -> Path:
        return self._folder / "times.log"

    def _make_certificate(self) -> None:
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
                *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
                *("-keyout", str(self._folder / "key.pem"), "-out", str(self._folder / "own.pem")),
            ],
            check=True,
            capture_output=True,
        )
        # Beside a bundle of the usual size: what parsing it costs a client is a part of what is compared.
        self.ca_file.write_text(Path(certifi.where()).read_text() + (self._folder / "own.pem").read_text())

    def _configuration(self) -> str:
        reply = f"return 200 '{_REPLY}';"
        # Only the echo module can wait, and nginx's own answer costs it less.
        answer = f"echo_sleep {self._latency_ms / 1000}; echo -n '{_REPLY}';" if self._latency_ms else reply
        if self._answers_lookups:
            answer = f"echo_read_request_body; echo -n '{_TOPIC}';"
        times = f"log_format times '$msec $connection $http_user_agent'; access_log {self._times} times;"
        log = times if self._keeps_times else "access_log off;"
        keys = f"ssl_certificate {self._folder}/own.pem; ssl_certificate_key {self._folder}/key.pem;"
        return rf"""
            load_module {_MODULE};
            daemon off; worker_processes 1; pid {self._folder}/pid; error_log {self._folder}/error.log crit;
            events {{ worker_connections 1024; }}
            http {{
                map $request_body $topic_id {{ "~topic_id..\s*(\d+)" $1; }}
                {log} keepalive_requests 10000000; default_type application/json;
                client_body_temp_path {self._folder}; proxy_temp_path {self._folder}; fastcgi_temp_path {self._folder};
                uwsgi_temp_path {self._folder}; scgi_temp_path {self._folder};
                server {{
                    listen 127.0.0.1:{self._port} {f"ssl; {keys}" if self._tls else ";"}
                    location /webhook/topic_action {{ {answer} }}
                }}
            }}
        """


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("nginx did not start")
