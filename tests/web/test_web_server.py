"""The page is served once for each ledger: a second one finds the first; and it ends when it is told to."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from hotline_batch.errors import SettingsError
from hotline_batch.web.serve import listen, one_that_serves, tell_port

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/open\?key=\S+")
PATIENCE_SECONDS = 180
UI = [sys.executable, "-m", "hotline_batch", "ui", "--no-browser"]


@contextmanager
def page_process(*options: str) -> Iterator[tuple[subprocess.Popen[str], re.Match[str]]]:
    """`ui` as a process of its own, and the address that it printed."""
    process = subprocess.Popen(
        [*UI, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy()
    )
    assert process.stdout
    try:
        process.stdout.readline()
        found = ADDRESS.search(process.stdout.readline())
        assert found
        yield process, found
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        if process.stderr:
            process.stderr.close()


@pytest.mark.skipif(os.name == "nt", reason="its signals are other ones")
def test_second_ui_opens_the_first(fresh_machine: Path) -> None:
    """With a key of its own, and ends at once; Ctrl-C ends the first without an error."""
    with page_process() as (first, address):
        second = subprocess.run(UI, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)

        assert 0 == second.returncode, second.stderr
        assert second.stdout.startswith("The page is open already.")
        other = ADDRESS.search(second.stdout)
        assert other
        assert address[1] == other[1]
        assert b"The page opens" in urlopen(other[0], timeout=PATIENCE_SECONDS).read()  # noqa: S310 - our own address
        first.send_signal(signal.SIGINT)
        assert 0 == first.wait(PATIENCE_SECONDS)
        assert first.stderr
        assert "Traceback" not in first.stderr.read()


def test_killed_server_leaves_its_place(fresh_machine: Path) -> None:
    """The next one serves, on the same port, so that an open page goes on."""
    with page_process() as (killed, first):
        killed.kill()
        killed.wait()

    with page_process() as (_, second):
        assert first[1] == second[1]


def test_port_that_is_taken_is_said(fresh_machine: Path) -> None:
    """With what to do."""
    with listen(None, 0) as taken, pytest.raises(SettingsError, match="Choose another port"):
        listen(taken.getsockname()[1], 0)


def test_last_port_is_taken_again_if_it_is_free(fresh_machine: Path) -> None:
    """Otherwise any other."""
    with listen(None, 0) as first, listen(None, first.getsockname()[1]) as other:
        assert first.getsockname()[1] != other.getsockname()[1]


def test_page_is_served_for_this_machine_alone(fresh_machine: Path) -> None:
    """Nobody else on the network reaches it."""
    with listen(None, 0) as listener:
        assert "127.0.0.1" == listener.getsockname()[0]


def test_place_tells_the_port_of_whoever_serves(tmp_path: Path) -> None:
    """And the last one, once nobody does."""
    with one_that_serves(tmp_path) as ours:
        assert ours.is_ours
        tell_port(tmp_path, 4711)
        with one_that_serves(tmp_path) as other:
            assert (False, 4711) == (other.is_ours, other.port)

    with one_that_serves(tmp_path) as again:
        assert (True, 4711) == (again.is_ours, again.port)
