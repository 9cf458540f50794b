"""Events reach the one thread that waits for them, in order, and no wait is longer than it was asked to be."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

import pytest

from hotline_batch.engine.clock import EventQueue

_PATIENCE_SECONDS = 60.0


def ends(work: Callable[[], object]) -> bool:
    """Whether it comes to its end without an error, however long it may take."""
    ended = threading.Event()
    threading.Thread(target=lambda: (work(), ended.set()), daemon=True).start()
    return ended.wait(_PATIENCE_SECONDS)


@pytest.mark.parametrize("seconds", [1e-9, 1e-6, 2.4e-5, 0.0, -1.0])
def test_the_shortest_wait_ends(seconds: float) -> None:
    """Also where it is over before it begins, and an event that came before has been received."""
    events: EventQueue[int] = EventQueue()

    def wait_often() -> None:
        for number in range(10_000):
            events.put(number)
            assert number == events.receive(seconds)
            assert events.receive(seconds) is None

    assert ends(wait_often)


@pytest.mark.parametrize("seconds", [None, 30.0, 1e-5])
def test_all_events_of_many_threads_arrive_in_the_order_of_each(seconds: float | None) -> None:
    """Whoever waits is woken, and nothing is lost or told twice."""
    events: EventQueue[tuple[int, int]] = EventQueue()
    received: list[tuple[int, int]] = []

    def put(thread: int) -> None:
        for number in range(2_000):
            events.put((thread, number))

    def receive() -> None:
        while len(received) < 8_000:
            event = events.receive(seconds)
            if event is not None:
                received.append(event)

    for thread in range(4):
        threading.Thread(target=put, args=(thread,), daemon=True).start()

    assert ends(receive)
    assert events.is_empty
    for thread in range(4):
        assert list(range(2_000)) == [number for sender, number in received if sender == thread]


def test_a_wait_ends_without_an_event() -> None:
    """None is told after the time; an event that comes later is told by the next wait."""
    events: EventQueue[str] = EventQueue()

    assert events.receive(0.01) is None
    events.put("late")
    assert not events.is_empty
    assert "late" == events.receive(0.01)


def test_a_signal_ends_a_wait() -> None:
    """Its handler puts an event while the very thread waits for one."""
    events: EventQueue[str] = EventQueue()
    before = signal.signal(signal.SIGUSR1, lambda *_: events.put("asked"))
    try:
        threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        assert "asked" == events.receive(_PATIENCE_SECONDS)
    finally:
        signal.signal(signal.SIGUSR1, before)
