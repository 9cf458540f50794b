"""Something happened to a run -> whoever is to hear of it hears of it, once; the run goes on meanwhile.

Called by whatever process it happens in: the command line, the page, a folder's watch, a worker here or elsewhere. The
ledger remembers which news were taken, so that of several processes one tells them.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Sequence
from pathlib import Path

from hotline_batch.application.notify.channels import Channel, channels_of, send_to_all
from hotline_batch.application.notify.news import (
    FEWEST_FAILING,
    FileNews,
    News,
    NewsKind,
    RunNews,
    is_failing,
    somebody_listens,
)
from hotline_batch.application.notify.outbox import OUTBOX
from hotline_batch.application.notify.words import Message, message_of
from hotline_batch.application.runs.views.listing import sheet_name
from hotline_batch.application.runs.views.outcome import outcome_of
from hotline_batch.errors import HotlineBatchError, LedgerError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.news import Told, note_told, take_news
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import OnProgress, Progress, RunSummary
from hotline_batch.model.runs import Run, RunState
from hotline_batch.next_step import Told as Reason
from hotline_batch.settings.model import Settings
from hotline_batch.settings.news import Topic

_log = logging.getLogger(__name__)

# Each look counts the rows of the whole run, so another one has to be worth it.
_MORE_BEFORE_ANOTHER_LOOK = 1.25

_HOW_IT_ENDED = {RunState.FINISHED: NewsKind.ENDED, RunState.INTERRUPTED: NewsKind.INTERRUPTED}


def tell_of_end(ledger: Ledger, run: Run, summary: RunSummary, settings: Settings) -> None:
    """A run was concluded; ``summary`` is how it ended."""
    kinds = {_HOW_IT_ENDED.get(summary.state, NewsKind.STOPPED)}
    if summary.counts.get(Status.UNKNOWN):
        kinds.add(NewsKind.IN_DOUBT)
    if is_failing(summary.counts):
        kinds.add(NewsKind.FAILING)
    _tell(ledger, run, summary, settings, kinds)


def tell_of_trial(ledger: Ledger, run: Run, settings: Settings) -> None:
    """The first rows of a run are done, and somebody has to look at them."""
    _tell(ledger, run, None, settings, {NewsKind.TRIAL_WAITS})


def tell_of_approval(ledger: Ledger, run: Run, settings: Settings, question: int) -> None:
    """A run waits for a second pair of eyes; ``question`` is the number of what is asked about it."""
    _tell(ledger, run, None, settings, {NewsKind.APPROVAL_WAITS}, occasion=question)


def tell_if_failing(ledger: Ledger, run: Run, settings: Settings) -> None:
    """A quarter of the rows of a run may fail by now, whoever works on them; nothing is told where they do not."""
    summary = outcome_of(ledger, run, settings)
    if is_failing(summary.counts):
        _tell(ledger, run, summary, settings, {NewsKind.FAILING})


def tell_of_file(settings: Settings, path: Path, reason: Reason) -> None:
    """A file of an inbox could not be used, and lies in its folder ``failed``: it is moved there but once."""
    channels = channels_of(settings)
    if not channels or Topic.FILE_FAILED not in settings.news.about:
        return
    said = str(reason) if settings.news.tells_personal_data else ""
    news = FileNews(path.name, path.parent.parent.name, said)
    message = message_of(news)
    OUTBOX.post(lambda: _tell_all(channels, news, message, settings))


def _tell(
    ledger: Ledger,
    run: Run,
    summary: RunSummary | None,
    settings: Settings,
    kinds: Collection[NewsKind],
    occasion: int = 0,
) -> None:
    try:
        wanted = {kind.value for kind in kinds if kind.topic in settings.news.about}
        if not wanted or not somebody_listens(settings, run):
            return
        found = take_news(ledger, run.id, wanted, occasion)
        taken = [kind for kind in NewsKind if kind.value in found]
        if not taken:
            return
        prepared_by = run.owner if settings.news.tells_personal_data else None
        news = RunNews(taken, sheet_name(run), summary or outcome_of(ledger, run, settings), prepared_by)
        channels = channels_of(settings, run.notes.notify)
        message = message_of(news)
        OUTBOX.post(lambda: _send_and_note(channels, news, message, settings, occasion))
    except LedgerError as error:  # without a note of it, another process might tell it, too
        _log.warning("news not told", extra={"run": run.id, "kind": sorted(kinds), "reason": str(error)})
    except Exception:  # noqa: BLE001 - news are never worth more than the run that they are about
        _log.exception("internal error", extra={"run": run.id})


def _send_and_note(
    channels: Sequence[Channel], news: RunNews, message: Message, settings: Settings, occasion: int
) -> Sequence[Told]:
    """Tell everybody, and keep what became of it. What cannot be kept was told all the same."""
    told = _tell_all(channels, news, message, settings)
    try:
        with Ledger(settings.ledger) as ledger:
            note_told(ledger, news.summary.run, [kind.value for kind in news.kinds], told, occasion)
    except HotlineBatchError as error:
        _log.warning("news not noted", extra={"run": news.summary.run, "reason": str(error)})
    return told


def _tell_all(channels: Sequence[Channel], news: News, message: Message, settings: Settings) -> Sequence[Told]:
    """Tell everybody, and write down who was."""
    about: dict[str, object] = {"kind": news.kind.value, "run": news.summary.run} if isinstance(news, RunNews) else {}
    told = send_to_all(channels, news, message, settings)
    for each in told:
        if each.problem:
            _log.warning("news not told", extra={**about, "channel": each.channel, "reason": each.problem})
        else:
            _log.info("news told", extra={**about, "channel": each.channel})
    return told


def watched_for_failures(run: Run, settings: Settings, on_progress: OnProgress) -> OnProgress:
    """``on_progress``, and a look at the rows of the whole run where a quarter of those of this session fails.

    The look happens elsewhere: nothing that is on its way waits for it.
    """
    look_at = FEWEST_FAILING

    def look() -> Sequence[Told]:
        with Ledger(settings.ledger) as ledger:
            tell_if_failing(ledger, run, settings)
        return ()

    def watch(progress: Progress) -> None:
        nonlocal look_at
        failing = progress.counts.get(Status.FAILED, 0) + progress.counts.get(Status.UNKNOWN, 0)
        if failing >= look_at and failing * 4 >= progress.done:
            look_at = max(failing + 1, math.ceil(failing * _MORE_BEFORE_ANOTHER_LOOK))
            OUTBOX.post(look)
        on_progress(progress)

    return watch
