"""News -> a title and a text as a manager reads them: no commands, no codes, nobody's name unless asked for.

The same as JSON for a command of one's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hotline_batch.application.notify.news import FileNews, News, NewsKind, RunNews, TestNews
from hotline_batch.issues.words import meaning_of
from hotline_batch.language.words import marked, plural_words, words
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.results.summary import PRACTICE_WORDS
from hotline_batch.results.verdict import done_count, stop_words, to_look_at_count
from hotline_batch.settings.news import Topic
from hotline_batch.tally import first_of

_LONGEST_NAME = 120
_REASONS_TOLD = 5

_COUNTS = marked(
    {
        Status.SENT: "{count:,} delivered",
        Status.ENRICHED: "{count:,} looked up",
        Status.FAILED: "{count:,} failed",
        Status.UNKNOWN: "{count:,} may or may not have arrived",
        Status.INVALID: "{count:,} cannot be used",
        Status.SKIPPED: "{count:,} left out on purpose",
        Status.NOT_ATTEMPTED: "{count:,} not tried yet",
    }
)
_TITLES = marked(
    {
        NewsKind.APPROVAL_WAITS: "{sheet} waits for approval",
        NewsKind.TRIAL_WAITS: "{sheet}: the first rows are done, somebody has to look at them",
        NewsKind.STOPPED: "{sheet} was stopped early: {headline}",
        NewsKind.INTERRUPTED: "{sheet} was interrupted: {headline}",
        NewsKind.IN_DOUBT: "{sheet} needs somebody: {headline}",
        NewsKind.FAILING: "{sheet}: a quarter of the rows fail",
        NewsKind.ENDED: "{sheet}: {headline}",
    }
)
_WHY_STOPPED = marked(
    {
        "unknown_in_a_row": "Several rows in a row may or may not have been delivered, so nothing more was sent.",
        "too_many_failed": "Too many rows failed, so nothing more was sent.",
        "worker_failed": "The program that worked on it could not go on.",
        "ledger_failed": "The ledger could not be written, so nothing more was sent.",
    }
)
_WHAT_TO_DO = marked(
    {
        NewsKind.APPROVAL_WAITS: "Somebody else than whoever prepared it has to approve or reject it. Nothing is sent "
        "before.",
        NewsKind.TRIAL_WAITS: "Look into the topics of the first rows, then let it go on or leave it. Nothing more is "
        "sent before.",
        NewsKind.STOPPED: "Look at the reason, then let it go on. What was sent is not sent again.",
        NewsKind.INTERRUPTED: "It goes on where it was as soon as somebody lets it, or the program is started again. "
        "What was sent is not sent again.",
        NewsKind.IN_DOUBT: "Somebody has to look into the topics of the rows in doubt and to say what became of them. "
        "They are not sent again by themselves.",
        NewsKind.FAILING: "Look at the reasons: it may be better to stop it.",
    }
)


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
                words("Test message of hotline-batch"),
                words("This is how news of runs will arrive. Nothing was sent to customers."),
            )


def headline(news: RunNews) -> str:
    """Such as ``189 of 200 messages delivered, 11 need a look``."""
    counts, rows = news.summary.counts, news.summary.rows
    done, look = done_count(counts), to_look_at_count(counts)
    match news.summary.kind, look:
        case Kind.SEND, 0:
            return words("{done:,} of {rows:,} messages delivered", done=done, rows=rows)
        case Kind.SEND, _:
            return plural_words(
                "{done:,} of {rows:,} messages delivered, {count} needs a look",
                "{done:,} of {rows:,} messages delivered, {count} need a look",
                look,
                done=done,
                rows=rows,
            )
        case _, 0:
            return words("{done:,} of {rows:,} topics looked up", done=done, rows=rows)
        case _:
            return plural_words(
                "{done:,} of {rows:,} topics looked up, {count} needs a look",
                "{done:,} of {rows:,} topics looked up, {count} need a look",
                look,
                done=done,
                rows=rows,
            )


def _of_run(news: RunNews) -> Message:
    sheet = _one_line(news.sheet)
    title = words(_TITLES[news.kind], sheet=sheet, headline=headline(news))
    if news.summary.is_practice:
        title = words("Practice: {title}", title=title)
    return Message(title, "\n".join(_lines_of_run(news, sheet)))


def _lines_of_run(news: RunNews, sheet: str) -> Iterator[str]:
    summary = news.summary
    yield headline(news)
    if summary.is_practice:
        yield words(PRACTICE_WORDS[summary.kind])
    if NewsKind.STOPPED in news.kinds and (why := _why_stopped(summary.stop_code)):
        yield why
    if news.prepared_by is not None and (reason := stop_words(summary.stop_code, summary.stop_reason)):
        yield words("Reason: {reason}", reason=reason)
    yield ""
    for status, said in _COUNTS.items():
        if count := summary.counts.get(status, 0):
            yield words(said, count=count)
    if reasons := list(_reasons(summary)):
        yield ""
        yield from reasons
    if steps := [words(_WHAT_TO_DO[kind]) for kind in news.kinds if kind in _WHAT_TO_DO]:
        yield ""
        yield from steps
    yield ""
    yield words("Sheet: {name}", name=sheet)
    yield words("Run: {name}", name=summary.run)
    if news.result:
        yield words("Result sheet: {name}", name=_one_line(news.result))
    if news.prepared_by is not None:
        yield words("Prepared by: {name}", name=_one_line(news.prepared_by))


def _why_stopped(code: str) -> str:
    return words(_WHY_STOPPED[code]) if code in _WHY_STOPPED else meaning_of(code)


def _reasons(summary: RunSummary) -> Iterator[str]:
    """The commonest reasons, with the first of their rows."""
    told = [(code, meaning) for code in summary.codes if (meaning := meaning_of(code))]
    for code, meaning in told[:_REASONS_TOLD]:
        count = summary.codes[code]
        numbers = first_of(summary.row_numbers.get(code, ()), count)
        if count == 1:
            yield words("Row {row}: {reason}", row=numbers, reason=meaning)
        else:
            yield words("{count:row|rows} ({numbers}): {reason}", count=count, numbers=numbers, reason=meaning)


def _of_file(news: FileNews) -> Message:
    file, inbox = _one_line(news.file), _one_line(news.inbox)
    lines = (
        news.reason or words("Why is written in the note beside it."),
        "",
        words("File: {name}", name=file),
        words("Inbox: {name}", name=inbox),
        words("It lies in the folder 'failed' there. Nothing of it was sent."),
    )
    return Message(words("{file} in the inbox could not be used", file=file), "\n".join(lines))


def _one_line(name: str) -> str:
    """A name of somebody's, safe in the head of a mail."""
    kept = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
    return kept if len(kept) <= _LONGEST_NAME else f"{kept[: _LONGEST_NAME - 1]}…"


def payload_of(news: News, message: Message) -> dict[str, object]:
    """Title and text as everybody reads them, and the same as data. Every key of a kind is always there."""
    told: dict[str, object] = {"title": message.title, "text": message.text}
    match news:
        case RunNews():
            told |= {
                "kind": news.kind.value,
                "topics": sorted({kind.topic.value for kind in news.kinds}),
                "run": news.summary.run,
                "sheet": news.sheet,
                "rows": news.summary.rows,
                "counts": {status.value: news.summary.counts.get(status, 0) for status in Status},
                "stop_code": news.summary.stop_code,
                "result": news.result,
                "practice": news.summary.is_practice,
            }
        case FileNews():
            told |= {
                "kind": Topic.FILE_FAILED.value,
                "topics": [Topic.FILE_FAILED.value],
                "file": news.file,
                "inbox": news.inbox,
            }
        case TestNews():
            told |= {"kind": "test", "topics": []}
    return told
