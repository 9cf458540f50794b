"""Runs + the file that Telegram exported -> what the file says of each row. Changes nothing in the runs.

Topics that would decide more are asked for in an ordinary, paced run of look-ups.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from hotline_batch.application.evidence.gathering import (
    Helps,
    given_rows,
    groups_gone_to,
    known_topics,
    names_in,
    rows_around,
    runs_to_verify,
)
from hotline_batch.application.evidence.verification import GroupSeen, Verification, VerifiedRow
from hotline_batch.application.office.acting import needs
from hotline_batch.application.planning.user_lookup import look_up_of, run_of_look_ups
from hotline_batch.application.runs.driving import Watcher, run_to_the_end
from hotline_batch.application.runs.new_run import new_run_id
from hotline_batch.application.runs.workers.detached import resume_detached
from hotline_batch.errors import ExportError, SettingsError
from hotline_batch.evidence.export.chat import Chat
from hotline_batch.evidence.export.reader import Export, read_export
from hotline_batch.evidence.judge import Judged, Judgement, judge
from hotline_batch.evidence.rows import AskedRow, KnownTopics, Said, Topic
from hotline_batch.evidence.verdicts import CannotTell
from hotline_batch.keys import request_key
from hotline_batch.language.formats import list_of
from hotline_batch.language.words import words
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import GetTopicInfo
from hotline_batch.model.runs import Run, RunState
from hotline_batch.next_step import NextStep, step
from hotline_batch.people import Role
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX

_log = logging.getLogger(__name__)
_GROUPS_NAMED = 5


@needs(Role.PREPARE)
def verify_runs(
    settings: Settings,
    run_ids: Sequence[str],
    export_path: Path,
    *,
    look: bool = False,
    name_column: str | None = None,
    watcher: Watcher | None = None,
) -> Verification:
    """What an export says of every row of these runs whose message was asked for.

    With ``look``, the API is asked whose those topics are that would decide more, at the pace of look-ups.
    ``name_column`` is the column of the sheet with the people's names, where it is not recognised. Raises ExportError
    for a file that cannot be used, LedgerError and SettingsError for such runs, SheetError for such a column; these
    before anything is read. SettingsError, too, where the API is to be asked and these runs were sent through a sandbox
    that is no more.
    """
    with Ledger(settings.ledger) as ledger:
        runs = runs_to_verify(ledger, run_ids)
        names = names_in(runs, name_column)
        given = given_rows(ledger, runs)
        groups = groups_gone_to(ledger, given)
        export = _read(given, groups, export_path)
        rows = [*given, *rows_around(ledger, given, runs)]
        known = known_topics(ledger, rows, export.chats, groups)
        judgement = judge(rows, known, export.chats)
        looked_up = 0
        if look and judgement.to_look_up:
            looked_up = len(judgement.to_look_up)
            run_to_the_end(ledger, _plan(ledger, runs[-1], judgement.to_look_up), settings, Limits(), watcher)
            known = known_topics(ledger, rows, export.chats, groups)
            judgement = judge(rows, known, export.chats)
        helps = Helps(ledger, names, [each.row for each in judgement.rows if _needs_a_look(each)])
        verified = tuple(VerifiedRow(each.row, each.verdict, *helps.of(each.row)) for each in judgement.rows)
    found = _verification(runs, export, known, judgement, verified, looked_up)
    told = {"runs": [run.id for run in runs], "rows": len(verified), "sha256": export.sha256}
    _log.info("runs verified", extra={**told, "findings": {each.value: n for each, n in found.counts.items()}})
    return found


def _needs_a_look(judged: Judged) -> bool:
    return judged.contradicts or judged.row.said is Said.IN_DOUBT or isinstance(judged.verdict, CannotTell)


def _verification(
    runs: Sequence[Run],
    export: Export,
    known: KnownTopics,
    judgement: Judgement,
    rows: Sequence[VerifiedRow],
    looked_up: int,
) -> Verification:
    return Verification(
        runs=[run.id for run in runs],
        path=str(export.path),
        sha256=export.sha256,
        groups=[_seen(chat, known) for chat in export.chats.values() if len(chat)],
        rows=rows,
        confirmed=sum(each.row.said is Said.CONFIRMED for each in judgement.rows),
        confirmed_found=judgement.confirmed_found,
        looked_up=looked_up,
        not_asked=sum(run.rows for run in runs) - len(rows),
        to_look_up=judgement.to_look_up,
    )


def _read(given: Sequence[AskedRow], groups: Mapping[str, Collection[int]], path: Path) -> Export:
    """Every group of the file into which messages of these rows may have gone.

    ExportError where it has none of those into which one was confirmed.
    """
    wanted = sorted({row.topic.group_id for row in given if row.topic is not None})
    named = {row.named.group_id for row in given if row.named is not None}
    export = read_export(path, {*wanted, *named}.union(*groups.values()))
    if wanted and not any(len(export.chats[group_id]) for group_id in wanted if group_id in export.chats):
        others = [f"'{name}' ({group_id})" for group_id, name in sorted(export.others.items())][:_GROUPS_NAMED]
        raise ExportError(_of_other_groups(path, wanted, others), step(NextStep.EXPORT_GROUP))
    return export


def _of_other_groups(path: Path, wanted: Sequence[int], others: Sequence[str]) -> str:
    groups = list_of(list(map(str, wanted)), "or")
    if not others:
        return words(
            "{path} has no message of the group {groups} that these messages went into.", path=path, groups=groups
        )
    return words(
        "{path} has no message of the group {groups} that these messages went into; it is of {others}.",
        path=path,
        groups=groups,
        others=", ".join(others),
    )


def _seen(chat: Chat, known: KnownTopics) -> GroupSeen:
    newest = datetime.fromtimestamp(chat.times[-1], UTC)
    topics = chat.topics(known.topics_in(chat.group_id))
    return GroupSeen(chat.group_id, chat.name, len(chat), len(topics), newest)


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
    connection, now = like.notes.connection, time.time()
    identity = like.notes.identities[connection]
    run = run_of_look_ups(like, f"{new_run_id(now)}-topics", now, like.notes.identities, RunOptions())
    ledger.add_run(run)
    asked = [GetTopicInfo(*topic) for topic in topics]
    rows = (look_up_of(at, topic, connection, request_key(identity, topic)) for at, topic in enumerate(asked, 2))
    ledger.change_run(run.id, state=RunState.PLANNED.value, rows=ledger.add_rows(run.id, rows))
    return run.id
