"""Signals become events; the third one ends the program at once."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from hotline_batch.application.stopping import stop_on_signals
from hotline_batch.engine.clock import EventQueue
from hotline_batch.engine.session import StopRequested

PROGRAM = """
import signal, sys
from hotline_batch.engine.clock import EventQueue
from hotline_batch.application.stopping import stop_on_signals
inbox = EventQueue()
before = signal.getsignal(signal.SIGINT)
with stop_on_signals(inbox):
    print("ready", flush=True)
    for _ in range(int(sys.argv[1])):
        print(type(inbox.receive(120)).__name__, flush=True)
assert signal.getsignal(signal.SIGINT) is before
print("ended", flush=True)
"""

THREAD = """
import threading
from hotline_batch.engine.clock import EventQueue
from hotline_batch.application.stopping import stop_on_signals
def run():
    with stop_on_signals(EventQueue()):
        print("works", flush=True)
thread = threading.Thread(target=run)
thread.start()
thread.join()
"""


def signalled(number: signal.Signals, times: int, expected: int) -> tuple[int, list[str]]:
    """Exit code and words of a program that gets a signal so often, each after the one before was taken in."""
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(expected)], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        said = [program.stdout.readline().strip()]
        for _ in range(times):
            program.send_signal(number)
            said.append(program.stdout.readline().strip())
        said.extend(line.strip() for line in program.stdout)
        return program.wait(timeout=120), said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_a_signal_becomes_an_event_and_tears_nothing(number: signal.Signals) -> None:
    assert (0, ["ready", "StopRequested", "StopRequested", "ended"]) == signalled(number, 2, 2)


def test_what_only_windows_has_becomes_an_event_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-Break, a closed window, the end of the session: SIGBREAK, which another signal stands for here."""
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    monkeypatch.delattr(signal, "SIGHUP")
    inbox: EventQueue[object] = EventQueue()

    with stop_on_signals(inbox):
        signal.raise_signal(signal.SIGUSR1)

    assert isinstance(inbox.receive(0.0), StopRequested)
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL


def test_the_third_one_ends_the_program_at_once() -> None:
    code, said = signalled(signal.SIGINT, 3, 9)

    assert 130 == code
    assert "ended" not in said


def test_outside_the_main_thread_nothing_is_changed() -> None:
    """Signals never arrive there, and Python would refuse."""
    done = subprocess.run([sys.executable, "-c", THREAD], capture_output=True, text=True, timeout=120, check=True)

    assert "works" == done.stdout.strip()
