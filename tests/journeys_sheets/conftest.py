"""A person at a machine with a service in good health; commands run within the test, so many sheets cost little."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from hotline_batch.cli.main import run
from tests.support.processes.journey import Ended, read_sheet
from tests.support.proxy import Proxy
from tests.support.service.certificates import Certificate, authority
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import PATH
from tests.support.service.truth import AppliedMessage

REAL_HOST = "another-host.example"


class Desk:
    """Runs commands in a folder of their own, against a service that keeps its own record."""

    def __init__(self, folder: Path, server: HostileServer, patch: pytest.MonkeyPatch, capture: Any) -> None:
        self.folder = folder
        self.server = server
        self._patch = patch
        self._capture = capture
        self._asked_before = len(server.truth.requests)
        self._applied_before = len(server.applied)

    def run(self, *arguments: str | Path, stdin: bytes = b"") -> Ended:
        """Run one command; standard input is never a terminal."""
        self._capture.readouterr()
        with self._patch.context() as patch:
            patch.setattr(sys, "argv", ["hotline-batch", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            with pytest.raises(SystemExit) as ended:
                run()
        out, err = self._capture.readouterr()
        return Ended(int(ended.value.code or 0), out, err)

    def send(self, sheet: str | Path, *more: str, stdin: bytes = b"") -> Ended:
        """Send a sheet without a question, fast."""
        return self.run("send", sheet, "--yes", "--rate", "500/s", "--force", "-o", "out.csv", *more, stdin=stdin)

    def file(self, name: str, content: bytes | str) -> Path:
        """A file in the folder; text becomes UTF-8."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def rows(self, name: str = "out.csv") -> list[dict[str, str]]:
        """The rows of a result sheet, read with nothing of the program's; CSV in the delimiter of the input."""
        path = self.folder / name
        if path.suffix != ".csv":
            return read_sheet(path)
        text = path.read_bytes().decode("utf-8-sig")
        return next(
            rows
            for delimiter in ",;\t|"
            if "hotline_status" in text.splitlines()[0].split(delimiter)
            for rows in [list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))]
        )

    @property
    def applied(self) -> list[tuple[int, str]]:
        """What reached topics since this desk was set up: user and text."""
        events: Sequence[AppliedMessage] = self.server.applied[self._applied_before :]
        return [(event.user_id, event.message) for event in events]

    @property
    def asked(self) -> int:
        """Requests since this desk was set up."""
        return len(self.server.truth.requests) - self._asked_before


@pytest.fixture(scope="session")
def service() -> Iterator[HostileServer]:
    """One service for all; each desk looks only at what came since it was set up."""
    with HostileServer() as running:
        yield running


@pytest.fixture
def desk(
    tmp_path: Path, service: HostileServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Desk:
    """A fresh desk: own home, own ledger, own folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    home = tmp_path / "home"
    for name, value in {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "HOTLINE_BATCH_LEDGER": f"sqlite:///{tmp_path / 'ledger.sqlite'}",
        **service.credentials.environment(service.url),
    }.items():
        monkeypatch.setenv(name, value)
    return Desk(folder, service, monkeypatch, capfd)


class Reality:
    """Services that are none of this machine, as far as the program can tell: their host is found by a proxy alone."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def toward(self, server: HostileServer, host: str = REAL_HOST) -> None:
        """Set the environment for one of them."""
        self._patch.setenv("HOTLINE_ENDPOINT", f"https://{host}:{server.port}{PATH}")
        self._patch.setenv("HOTLINE_INSTANCE", server.credentials.instance)


@pytest.fixture
def reality(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Reality]:
    with Proxy(names=(REAL_HOST,)) as proxy:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority().write_ca_file(tmp_path / "ca.pem")))
        yield Reality(monkeypatch)


@pytest.fixture
def real(reality: Reality) -> Iterator[HostileServer]:
    """The real service, which the environment names."""
    with HostileServer(tls=Certificate.WRONG_HOST) as server:
        reality.toward(server)
        yield server
