"""News -> a title and a text as a manager reads them: no commands, no codes, nobody's name unless asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hotline_batch.application.notify.news import FileNews, News, NewsKind, RunNews, TestNews
from hotline_batch.issues.codes import meaning_of
from hotline_batch.model import Kind, Status
from hotline_batch.results.summary import PRACTICE_WORDS
from hotline_batch.tally import first_of

_LONGEST_NAME = 120
_REASONS_TOLD = 5

_COUNTS = (
    (Status.SENT, "delivered"),
    (Status.ENRICHED, "looked up"),
    (Status.FAILED, "failed"),
    (Status.UNKNOWN, "may or may not have arrived"),
    (Status.INVALID, "cannot be used"),
    (Status.SKIPPED, "left out on purpose"),
    (Status.NOT_ATTEMPTED, "not tried yet"),
)
_TITLES = {
    NewsKind.APPROVAL_WAITS: "{sheet} waits for approval",
    NewsKind.TRIAL_WAITS: "{sheet}: the first rows are done, somebody has to look at them",
    NewsKind.STOPPED: "{sheet} was stopped early: {headline}",
    NewsKind.INTERRUPTED: "{sheet} was interrupted: {headline}",
    NewsKind.IN_DOUBT: "{sheet} needs somebody: {headline}",
    NewsKind.FAILING: "{sheet}: a quarter of the rows fail",
    NewsKind.ENDED: "{sheet}: {headline}",
}
_WHY_STOPPED = {
    "unknown_in_a_row": "Several rows in a row may or may not have been delivered, so nothing more was sent.",
    "too_many_failed": "Too many rows failed, so nothing more was sent.",
    "worker_failed": "The program that worked on it could not go on.",
    "ledger_failed": "The ledger could not be written, so nothing more was sent.",
}
_WHAT_TO_DO = {
    NewsKind.APPROVAL_WAITS: "Somebody else than whoever prepared it has to approve or reject it. Nothing is sent "
    "before.",
    NewsKind.TRIAL_WAITS: "Look into the topics of the first rows, then let it go on or leave it. Nothing more is sent "
    "before.",
    NewsKind.STOPPED: "Look at the reason, then let it go on. What was sent is not sent again.",
    NewsKind.INTERRUPTED: "It goes on where it was as soon as somebody lets it, or the program is started again. What "
    "was sent is not sent again.",
    NewsKind.IN_DOUBT: "Somebody has to look into the topics of the rows in doubt and to say what became of them. They "
    "are not sent again by themselves.",
    NewsKind.FAILING: "Look at the reasons: it may be better to stop it.",
}


@dataclass(frozen=True, slots=True)
class Message:
    """What a person reads. The title is one line."""

    title: str
    text: str


def message_of(news: News) -> Message:
    """The words of news."""
    match news:
        case RunNews():
            return _of_run(news)
        case FileNews():
            return _of_file(news)
        case TestNews():
            return Message(
                "Test message of hotline-batch", "This is how news of runs will arrive. Nothing was sent to customers."
            )


def headline(news: RunNews) -> str:
    """Such as ``189 of 200 messages delivered, 11 need a look``."""
    is_send = news.does is Kind.SEND
    match news.to_look_at:
        case 0:
            said = "{done} of {rows} messages delivered" if is_send else "{done} of {rows} topics looked up"
        case 1:
            said = (
                "{done} of {rows} messages delivered, 1 needs a look"
                if is_send
                else "{done} of {rows} topics looked up, 1 needs a look"
            )
        case _:
            said = (
                "{done} of {rows} messages delivered, {look} need a look"
                if is_send
                else "{done} of {rows} topics looked up, {look} need a look"
            )
    return said.format(done=f"{news.done:,}", rows=f"{news.rows:,}", look=f"{news.to_look_at:,}")


def _of_run(news: RunNews) -> Message:
    sheet = _one_line(news.sheet)
    title = _TITLES[news.kind].format(sheet=sheet, headline=headline(news))
    if news.is_practice:
        title = f"Practice: {title}"
    return Message(title, "\n".join(_lines_of_run(news, sheet)))


def _lines_of_run(news: RunNews, sheet: str) -> Iterator[str]:
    yield f"{headline(news)}."
    if news.is_practice:
        yield PRACTICE_WORDS[news.does]
    if NewsKind.STOPPED in news.kinds and (why := _WHY_STOPPED.get(news.stop_code) or meaning_of(news.stop_code)):
        yield why
    if news.personal and news.personal.stop_reason:
        yield f"Reason: {news.personal.stop_reason}"
    yield ""
    for status, words in _COUNTS:
        if count := news.counts.get(status, 0):
            yield f"{count:,} {words}"
    if reasons := list(_reasons(news)):
        yield ""
        yield from reasons
    if steps := [_WHAT_TO_DO[kind] for kind in news.kinds if kind in _WHAT_TO_DO]:
        yield ""
        yield from steps
    yield ""
    yield f"Sheet: {sheet}"
    yield f"Run: {news.run}"
    if news.result:
        yield f"Result sheet: {_one_line(news.result)}"
    if news.personal:
        yield f"Prepared by: {_one_line(news.personal.prepared_by)}"


def _reasons(news: RunNews) -> Iterator[str]:
    """The commonest reasons, with the first of their rows."""
    told = [(code, meaning) for code in news.codes if (meaning := meaning_of(code))]
    for code, meaning in told[:_REASONS_TOLD]:
        count = news.codes[code]
        numbers = first_of(news.row_numbers.get(code, ()), count)
        yield f"Row {numbers}: {meaning}" if count == 1 else f"{count:,} rows ({numbers}): {meaning}"


def _of_file(news: FileNews) -> Message:
    file, inbox = _one_line(news.file), _one_line(news.inbox)
    why = news.reason or "Why is written in the note beside it."
    text = f"{why}\n\nFile: {file}\nInbox: {inbox}\nIt lies in the folder 'failed' there. Nothing of it was sent."
    return Message(f"{file} in the inbox could not be used", text)


def _one_line(name: str) -> str:
    """A name of somebody's, safe in the head of a mail."""
    kept = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
    return kept if len(kept) <= _LONGEST_NAME else f"{kept[: _LONGEST_NAME - 1]}…"
