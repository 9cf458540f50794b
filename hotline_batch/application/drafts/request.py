"""A draft -> what is asked for with it, and its sheet, kept open: a large workbook is parsed once, not at each look."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final

from hotline_batch.application.connections import connections_of, endpoint_of
from hotline_batch.application.drafts.draft import Draft, sheet_file
from hotline_batch.application.planning.request import SheetRequest, Upload
from hotline_batch.application.planning.sheet_planning import open_anew
from hotline_batch.errors import HotlineBatchError, TemplateError
from hotline_batch.language.languages import language_of_reader
from hotline_batch.ledger.run_records import options_as_json
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import RunNotes
from hotline_batch.plan.message.template_files import load_template
from hotline_batch.run_options import Reading
from hotline_batch.settings.model import Settings
from hotline_batch.sheets.table import OpenSheet

MOST_OPEN: Final = 3
PRACTICE_RATE: Final = "10/s"
"""Nobody wants to wait for practice as for the real thing, and no group is in danger of being flooded."""


def request_of(draft: Draft, settings: Settings) -> SheetRequest:
    """The sheet and everything that was said about it."""
    options = replace(draft.options, connection=_chosen_connection(draft, settings))
    if draft.is_practice and options.limits.rate is None:
        options = replace(options, limits=replace(options.limits, rate=PRACTICE_RATE))
    return SheetRequest(
        draft.kind or Kind.SEND,
        str(sheet_file(settings, draft)),
        options=options,
        remember=True,
        follows_columns=draft.kind is None,
        asks=True,
        upload=Upload(draft.id, draft.name),
        trial_rows=draft.trial_rows,
    )


def digest_of(draft: Draft, settings: Settings) -> str:
    """Equal for the same sheet with the same choices, the same text of its template, the same connections and the same
    language, in which dates and amounts are written: what a person saw is what they agree to.
    """
    options, language = options_as_json(draft.options, RunNotes()), language_of_reader()
    said = [draft.fingerprint, draft.kind, options, language, text_of_template(draft), *_ways_to_send(draft, settings)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _ways_to_send(draft: Draft, settings: Settings) -> Sequence[object]:
    """Where messages go, through which connection where a row names none, what each name stands for, and how fast and
    when it lets them go; no secret.
    """
    connections = connections_of(settings, draft.id, sandbox=draft.is_practice)
    known = [
        (name, each.identity, each.service, *_pace_and_hours(settings, name))
        for name, each in sorted(connections.items())
    ]
    usual = repr(settings.hours), str(settings.timezone)
    return endpoint_of(settings, sandbox=draft.is_practice), settings.default_connection, usual, known


def _pace_and_hours(settings: Settings, connection: str) -> Sequence[str]:
    own = settings.connections.get(connection)
    rates = (str(settings.rate_for(kind, connection)) for kind in Kind)
    return [*rates, *((own.pace_group or "", repr(own.hours)) if own else ())]


def text_of_template(draft: Draft) -> str:
    """That of the template which messages are made from; empty where there is none, or it cannot be read."""
    try:
        return load_template(draft.options.template) if draft.options.template else ""
    except TemplateError:  # told where the sheet is planned
        return ""


def request_to_check(draft: Draft, settings: Settings) -> SheetRequest:
    """The same for a look alone, also before a connection is chosen.

    Whichever it will be: what is wrong with the sheet is the same, and told before that is answered.
    """
    request, choose_from = request_of(draft, settings), connections_to_choose_from(draft, settings)
    if not choose_from:
        return request
    return replace(request, options=replace(request.options, connection=choose_from[0]))


def connections_to_choose_from(draft: Draft, settings: Settings) -> Sequence[str]:
    """The connections, where nothing says which one is meant, or the one that was chosen is not there any more; none
    otherwise.
    """
    chosen, known = _chosen_connection(draft, settings), connections_of(settings, draft.id, sandbox=draft.is_practice)
    if chosen in known:
        return ()
    is_clear = settings.default_connection or len(known) < 2
    return () if is_clear and not chosen else tuple(known)


def _chosen_connection(draft: Draft, settings: Settings) -> str | None:
    """The one that a person chose; for practice, none that is not there any more, since nothing goes through it."""
    chosen = draft.options.connection
    if draft.is_practice and chosen not in connections_of(settings, draft.id, sandbox=True):
        return None
    return chosen


@dataclass(slots=True)
class _Kept:
    lock: Lock = field(default_factory=Lock)
    sheet: OpenSheet | None = None


class OpenSheets:
    """Lends open sheets, each to one borrower at a time. Their files must not change: a new sheet has a new path."""

    def __init__(self, most: int = MOST_OPEN) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, Reading], _Kept] = OrderedDict()

    @contextmanager
    def lend(self, request: SheetRequest) -> Iterator[OpenSheet]:
        """The sheet of a request, as it is to be read. SheetError."""
        key = (request.sheet, request.options.reading)
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
        with kept.lock:
            if kept.sheet is None:
                kept.sheet = open_anew(request)
            try:
                yield kept.sheet
            except HotlineBatchError:  # a question, or what is wrong with the sheet: as before it can be read again
                raise
            except BaseException:
                # What stopped in the middle of the file may have left a reading open.
                kept.sheet.close()
                kept.sheet = None
                raise
        self._close_the_oldest()

    def close(self) -> None:
        """Close all that nobody uses."""
        self._close_the_oldest(0)

    def _close_the_oldest(self, most: int | None = None) -> None:
        with self._lock:
            for key, kept in list(self._kept.items()):
                if len(self._kept) <= (self._most if most is None else most):
                    break
                if kept.lock.acquire(blocking=False):
                    if kept.sheet is not None:
                        kept.sheet.close()
                        kept.sheet = None
                    del self._kept[key]
                    kept.lock.release()
