"""A send over a sheet of topics -> a run of look-ups first, and the user of each topic from its answers.

The look-ups are an `enrich` run like any other: paced and retried as such, kept in the ledger, and used again by the
next send of the same topics. A topic whose look-up failed has no user; nobody is guessed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from hotline_batch.application.connections import names_of_instance, rate_for
from hotline_batch.application.planning.sheet_planning import SheetPlanning
from hotline_batch.errors import HotlineBatchError
from hotline_batch.issues.issue import Issue
from hotline_batch.keys import SeenKeys, request_key
from hotline_batch.language.words import words
from hotline_batch.ledger.history.look_up_answers import Answers, reuse_answers
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Connection, GetTopicInfo, Job, JobState, Kind, PlannedRow
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import OF_USERS, Run, RunNotes, RunState
from hotline_batch.model.sheets import Row
from hotline_batch.plan.ids.numbers import Found, placeholder_user, read_user_id
from hotline_batch.results.verdict import stop_words
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice
from hotline_batch.settings.units import Rate

_log = logging.getLogger(__name__)

YOUNG_SECONDS = 86_400.0
"""A topic belongs to one person for good; answers are asked for again after a day all the same."""

_HEADER = ("topic_link",)
_NO_USER = Issue("topic_without_user")
_NOT_FOUND = Issue("user_not_found")


class LookupsUnfinished(HotlineBatchError):
    """The users were not all looked up, so nothing was sent; ``summary`` is that of the look-ups."""

    def __init__(self, summary: RunSummary) -> None:
        super().__init__(
            words(
                "The users of the topics were not all looked up ({stop_reason}). Nothing was sent. What "
                "was found is kept for a day, what was not found is asked for again when the sheet is sent again.",
                stop_reason=stop_words(summary.stop_code, summary.stop_reason) or summary.state.value,
            )
        )
        self.summary = summary
        self.exit_code = summary.exit_code


class FoundUsers:
    """The user of each topic, as a run of look-ups found it; a UserLookup.

    Any connection may ask about the topics of all, but a message goes into the user's topic of its own connection.
    A topic that was not looked up is one of rows that are left out: for what stands beside them, or for another row.
    """

    def __init__(self, answers: Answers, connections: Mapping[str, Connection]) -> None:
        self._answers = answers
        self._connections = connections

    def __call__(self, topic: GetTopicInfo, connection: str) -> int | Issue:
        """The user's id, or why there is none; a placeholder for the user of a topic that was not looked up."""
        answer = self._answers.of(request_key(self._connections[connection].identity, topic))
        if answer is None:
            return placeholder_user(topic)
        if answer.state is not JobState.SUCCEEDED:
            return answer.issue if answer.issue.code else _NOT_FOUND
        theirs = names_of_instance(self._connections, str(answer.fields.get("instance_id") or ""))
        if theirs and connection not in theirs:
            return Issue("topic_of_another_connection", parameters={"names": ", ".join(theirs), "name": connection})
        user = str(answer.fields.get("user_id") or "")
        match read_user_id(user) if user else _NO_USER:
            case Found(value):
                return value
            case Issue() as issue:
                return issue


def look_users_up(
    planning: SheetPlanning,
    like: Run,
    connections_of_run: Callable[[str], Mapping[str, Connection]],
    ledger: Ledger,
    pace: Rate | None,
    look_up: Callable[[str], RunSummary],
) -> FoundUsers:
    """Look up each topic of the sheet once, and say how to find its user.

    ``like`` is the send that follows; ``connections_of_run`` tells the connections of a run by its id; ``pace`` is the
    rate of the look-ups where it is not that of the settings; ``look_up`` drives the run of that id. Only rows that
    could be sent otherwise are looked up. Raises LookupsUnfinished where the run ended early.
    """
    run_id = f"{like.id}{OF_USERS}"
    connections = connections_of_run(run_id)
    limits = replace(like.options.limits, rate=str(pace) if pace else None, duplicate_window=None, at=None)
    identities = {name: connection.identity for name, connection in connections.items()}
    options = RunOptions(limits=limits, sandbox=like.options.sandbox)
    run = run_of_look_ups(like, run_id, like.created_at, identities, options)
    ledger.add_run(run)
    rows = ledger.add_rows(run.id, _distinct_topics(planning, connections))
    if not rows:
        users = FoundUsers(Answers(ledger, run.id), connections)
        ledger.delete_run(run.id, while_state=RunState.PLANNING)
        return users
    reuse_answers(ledger, run.id, like.created_at - YOUNG_SECONDS)
    ledger.change_run(run.id, state=RunState.PLANNED.value, rows=rows)
    _log.info("lookups planned", extra={"run": run.id, "rows": rows, "for_run": like.id})
    summary = look_up(run.id)
    if summary.state is not RunState.FINISHED:
        raise LookupsUnfinished(summary)
    return FoundUsers(Answers(ledger, run.id), connections)


def lookup_pace(settings: Settings, limits: Limits, connection: str) -> Rate | None:
    """The chosen rate where it is slower than that of look-ups: it is never exceeded. None: that of the settings."""
    if limits.rate is None:
        return None
    chosen, usual = rate_for(settings, Kind.SEND, limits.rate), settings.rate_for(Kind.ENRICH, connection)
    return chosen if chosen.count / chosen.window_seconds < usual.count / usual.window_seconds else None


def run_of_look_ups(
    like: Run, run_id: str, created_at: float, identities: Mapping[str, str], options: RunOptions
) -> Run:
    """A run over topics alone, for another run, through its connections; nothing of what became of that one."""
    return replace(
        like,
        id=run_id,
        kind=Kind.ENRICH,
        state=RunState.PLANNING,
        created_at=created_at,
        started_at=None,
        finished_at=None,
        header=_HEADER,
        columns={"topic_link": "topic_link"},
        output_path="",
        options=options,
        rows=0,
        stop_code="",
        stop_reason="",
        active_seconds=0.0,
        notes=RunNotes(
            connection=like.notes.connection,
            identities=identities,
            is_practice=is_practice(like),
            upload=like.notes.upload,
        ),
    )


def look_up_of(number: int, topic: GetTopicInfo, connection: str, key: bytes) -> PlannedRow:
    """A row of such a run."""
    return PlannedRow(Row(number, (topic.link,)), Job(number, topic, connection, key))


def _distinct_topics(planning: SheetPlanning, connections: Mapping[str, Connection]) -> Iterator[PlannedRow]:
    """A look-up for each topic at its first row, in the order of the sheet."""
    seen = SeenKeys()
    wanted: list[tuple[GetTopicInfo, str, bytes]] = []

    def note(topic: GetTopicInfo, connection: str) -> int:
        key = request_key(connections[connection].identity, topic)
        wanted.append((topic, connection, key))
        return placeholder_user(topic)

    for planned in planning.planned_with(note):
        for topic, connection, key in wanted:
            number = planned.row.number
            if isinstance(planned.decision, Job) and seen.earlier(key, number) is None:
                yield look_up_of(number, topic, connection, key)
        wanted.clear()
