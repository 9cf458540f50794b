"""Jobs of the queue -> lanes that are driven, each in a thread of its own, until somebody asks to end.

Procrastinate's worker fetches, beats and ends jobs within an event loop of its own thread. Whatever ends it but the
wish to end, it is begun anew.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from procrastinate import App, JobContext
from procrastinate.exceptions import ProcrastinateException
from procrastinate.job_context import AbortReason
from sqlalchemy import Engine

from hotline_batch.ledger.queue.connector import LedgerConnector
from hotline_batch.ledger.queue.jobs import TASK, LaneJob

_log = logging.getLogger(__name__)

# What Procrastinate says names tables and statements; what matters of it is told here. Without a handler of its own,
# Python would print it on the screen, with tracebacks.
logging.getLogger("procrastinate").addHandler(logging.NullHandler())

_LOOK_SECONDS = 1.0
_BEGIN_ANEW_SECONDS = 1.0
# Once the worker has to end, its lanes are told so; they end what is on its way, however long that takes.
_GRACE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """A job that this process has, its number, and whether Procrastinate wants it to end."""

    number: int
    job: LaneJob
    context: JobContext

    @property
    def is_aborted(self) -> bool:
        """Whether somebody aborted the job with Procrastinate's own means: the run is to stop."""
        return self.context.abort_reason() is AbortReason.USER_REQUEST

    @property
    def is_to_give_back(self) -> bool:
        """Whether this process can keep no jobs any more: somebody else is to have the lane."""
        return self.context.abort_reason() is AbortReason.SHUTDOWN


class QueueWorker:
    """Context manager: within it, up to ``most_lanes`` jobs of these queues are driven at once.

    ``queues`` is read at each look; who gives it may change it. ``drive`` is called in a thread of its own and returns
    when the lane has ended or is somebody else's. ``beat_seconds`` and ``silent_seconds``: how often the queue hears of
    this worker, and how long one may be silent.
    """

    def __init__(
        self,
        engine: Engine,
        queues: list[str],
        most_lanes: int,
        drive: Callable[[Assignment], None],
        *,
        beat_seconds: float,
        silent_seconds: float,
    ) -> None:
        self._connector = LedgerConnector(engine, is_patient=True)
        self._queues = queues
        self._most_lanes = most_lanes
        self._drive = drive
        self._beat_seconds = beat_seconds
        self._silent_seconds = silent_seconds
        self._has_to_end = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="queue", daemon=True)

    @property
    def failures(self) -> int:
        """How often the database was found away."""
        return self._connector.failures

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()
        self._thread.join()
        self._connector.end_threads()

    def end(self) -> None:
        """Take no more jobs. Those that are driven end by themselves, and are waited for when the context ends."""
        self._has_to_end.set()
        self._connector.give_up()
        loop, end = self._loop, self._end
        if loop is not None and end is not None:
            with suppress(RuntimeError):  # it has ended meanwhile
                loop.call_soon_threadsafe(end.set)

    def _run(self) -> None:
        while not self._has_to_end.is_set():
            try:
                asyncio.run(self._serve())
            except (ProcrastinateException, RuntimeError) as error:
                _log.warning("queue begun anew", extra={"error": type(error).__name__, "reason": str(error)})
            self._has_to_end.wait(_BEGIN_ANEW_SECONDS)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        # One thread a lane; the loop's usual pool would have no more than a few.
        self._loop.set_default_executor(ThreadPoolExecutor(self._most_lanes, thread_name_prefix="lane"))
        app = App(connector=self._connector)
        app.task(name=TASK, pass_context=True)(self._drive_lane)
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=self._queues,
                concurrency=self._most_lanes,
                # A wake-up by the database would need a session of its own, which PgBouncer does not keep.
                listen_notify=False,
                fetch_job_polling_interval=_LOOK_SECONDS,
                abort_job_polling_interval=_LOOK_SECONDS,
                update_heartbeat_interval=self._beat_seconds,
                stalled_worker_timeout=self._silent_seconds,
                shutdown_graceful_timeout=_GRACE_SECONDS,
                delete_jobs="always",
                install_signal_handlers=False,
            )
        )
        ending = asyncio.create_task(self._end.wait())
        if self._has_to_end.is_set():
            self._end.set()
        await asyncio.wait({worker, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker

    def _drive_lane(self, context: JobContext, run: str, lane: str) -> None:
        job = context.job
        assert job.id is not None  # noqa: S101 - it came from the database
        self._drive(Assignment(job.id, LaneJob(run, lane, job.queue, job.lock), context))
