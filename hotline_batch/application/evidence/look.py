"""Topics that would decide more -> whose they are, asked of the API as an ordinary, paced run of look-ups."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from hotline_batch.application.evidence.verification import Verification
from hotline_batch.application.office.acting import needs
from hotline_batch.application.runs.driving import run_to_the_end
from hotline_batch.application.runs.new_run import new_run_id
from hotline_batch.application.runs.workers.detached import resume_detached
from hotline_batch.application.stopping import Stop
from hotline_batch.errors import SettingsError
from hotline_batch.evidence.rows import Topic
from hotline_batch.keys import request_key
from hotline_batch.language.words import words
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import GetTopicInfo, Job, Kind, PlannedRow
from hotline_batch.model.runs import Run, RunNotes, RunState
from hotline_batch.model.sheets import Row
from hotline_batch.people import Role
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX, is_practice

_HEADER = ("topic_link",)


def look_topics_up(
    ledger: Ledger, settings: Settings, runs: Sequence[Run], topics: Sequence[Topic], stop: Stop | None
) -> int:
    """Ask for each topic once; how many were asked for. The answers are in the ledger, as those of any look-up.

    Raises SettingsError where these runs were sent through a sandbox that is no more.
    """
    run_to_the_end(ledger, _plan(ledger, runs[-1], topics), settings, Limits(), stop=stop)
    return len(topics)


@needs(Role.PREPARE)
def hand_look_ups_over(settings: Settings, found: Verification) -> str:
    """Have a worker ask for the topics that would decide more; the id of that run of look-ups.

    Once it is over, the same export decides more. Raises as ``start_run_detached``, and SettingsError where these runs
    were sent through a sandbox that is no more.
    """
    with Ledger(settings.ledger) as ledger:
        run_id = _plan(ledger, ledger.run(found.runs[-1]), found.to_look_up)
    resume_detached(settings, run_id)
    return run_id


def _plan(ledger: Ledger, like: Run, topics: Sequence[Topic]) -> str:
    """A run of look-ups that nobody works on yet, through the connection of another run; its id."""
    if like.endpoint == PRIVATE_SANDBOX:
        raise SettingsError(
            words("Run {like} was sent through a sandbox of its own, which can be asked no more.", like=like.id)
        )
    connection = like.notes.connection
    identity = like.notes.identities[connection]
    run = _run_like(like, f"{new_run_id(time.time())}-topics", len(topics))
    ledger.add_run(run)
    ledger.add_rows(
        run.id,
        (
            PlannedRow(
                Row(number, (topic.link,)),
                Job(number, GetTopicInfo(*topic), connection, request_key(identity, GetTopicInfo(*topic))),
            )
            for number, topic in enumerate(topics, 2)
        ),
    )
    ledger.change_run(run.id, state=RunState.PLANNED.value)
    return run.id


def _run_like(like: Run, run_id: str, rows: int) -> Run:
    return replace(
        like,
        id=run_id,
        kind=Kind.ENRICH,
        state=RunState.PLANNING,
        created_at=time.time(),
        started_at=None,
        finished_at=None,
        header=_HEADER,
        columns={"topic_link": "topic_link"},
        output_path="",
        options=RunOptions(),
        rows=rows,
        stop_code="",
        stop_reason="",
        active_seconds=0.0,
        notes=RunNotes(
            connection=like.notes.connection, identities=like.notes.identities, is_practice=is_practice(like)
        ),
    )
