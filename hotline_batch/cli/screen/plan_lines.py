"""A planned sheet -> the lines that a person reads, and the object that ``check --json`` prints."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC

from hotline_batch.application.planning.sheet_plan import SheetPlan
from hotline_batch.cli.screen.next_step_words import on_terminal
from hotline_batch.cli.screen.wording import day_and_time, duration
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import words_of
from hotline_batch.language.languages import SOURCE, reading_in
from hotline_batch.language.words import marked, said_again, words
from hotline_batch.model.jobs import Kind
from hotline_batch.results.formatting import told_moment, utc_text
from hotline_batch.tally import row_numbers

_PROBLEMS_SHOWN = 20
_ROWS_SHOWN = 5
_MESSAGE_SHOWN = 200
_LEFT_OUT: Mapping[str, str] = marked(
    {
        "duplicate_in_sheet": "duplicate in sheet",
        "not_selected": "not selected",
        "hidden_row": "hidden row",
        "already_sent": "already sent",
        "possibly_sent": "possibly sent",
        "nothing_to_correct": "nothing to correct",
        "already_corrected": "already corrected",
    }
)


def plan_lines(plan: SheetPlan, *, is_kind_seen: bool = False) -> Iterator[str]:
    """What would be done, problems first in the order of the sheet; ``is_kind_seen``: nobody said what it is for."""
    tally = plan.tally
    yield words("{sheet}: {count:row|rows}", sheet=plan.sheet.name, count=tally.rows)
    if is_kind_seen:
        other = Kind.ENRICH if plan.kind is Kind.SEND else Kind.SEND
        yield "  " + words(
            "Checked for '{kind}', as its columns say (for '{other}': --for {other})",
            kind=plan.kind.value,
            other=other.value,
        )
    yield from (f"  {on_terminal(notice)}" for notice in plan.notices)
    columns = ", ".join(f"{field} = '{column}'" for field, column in plan.columns.items())
    yield words("Columns: {columns}", columns=columns)
    for task in tally.to_do.tasks():
        yield words("To do: {task} ({rows})", task=task.text, rows=row_numbers(task.rows, task.row_count))
    yield from _problem_lines(plan)
    yield from _care_line(plan)
    yield from (words("Note: {note}", note=on_terminal(warning)) for warning in plan.warnings)
    yield from _sent_before_lines(plan)
    if plan.reused:
        yield words("{rows:row|rows} answered by earlier look-ups that are young enough (--max-age).", rows=plan.reused)
    yield from _hours_line(plan)
    yield _usable_line(plan)
    yield from _preview_lines(plan)


def _problem_lines(plan: SheetPlan) -> Iterator[str]:
    """Each problem once, with the rows that have it."""
    tally = plan.tally
    rows_of: dict[str, list[int]] = {}
    for found in tally.problems:
        rows_of.setdefault(_problem(found.issue), []).append(found.row_number)
    told = list(rows_of.items())[:_PROBLEMS_SHOWN]
    for problem, rows in told:
        yield f"  {row_numbers(rows[:_ROWS_SHOWN], len(rows))}{problem}"
    untold = tally.problem_count - sum(len(rows) for _, rows in told)
    if untold:
        yield "  " + words(
            "… and {problems:more problem|more problems}; the result sheet names them all.", problems=untold
        )


def _problem(issue: Issue) -> str:
    told = {"column": issue.column, "shown": issue.shown, "said": words_of(issue)}
    if issue.column and issue.shown:
        return words(", column '{column}' '{shown}': {said}", **told)
    if issue.column:
        return words(", column '{column}': {said}", **told)
    return f" '{issue.shown}': {words_of(issue)}" if issue.shown else f": {words_of(issue)}"


def _care_line(plan: SheetPlan) -> Iterator[str]:
    tally = plan.tally
    if tally.repaired:
        told = [words("row {row}: {said}", row=row, said=said_again(text)) for row, text in tally.repairs[:3]]
        examples = "; ".join(told)
        yield words("Read with care in {rows:row|rows}: {examples}", rows=tally.repaired, examples=examples)


def _sent_before_lines(plan: SheetPlan) -> Iterator[str]:
    for before in plan.sent_before:
        moment = told_moment(before.sent_at, plan.zone or UTC)
        told = {"run": before.run_id, "moment": moment}
        if before.in_doubt:
            yield words(
                "{count:row|rows} may have been sent before, by run {run} on {moment}: skipped.",
                count=before.rows,
                **told,
            )
        else:
            yield words(
                "{count:row was|rows were} sent before, by run {run} on {moment}: skipped.", count=before.rows, **told
            )


def _codes_with_sent_before(plan: SheetPlan) -> dict[str, int]:
    codes = dict(plan.tally.codes)
    for before in plan.sent_before:
        code = "possibly_sent" if before.in_doubt else "already_sent"
        codes[code] = codes.get(code, 0) + before.rows
    return codes


def unknown_lines(plan: SheetPlan) -> Iterator[str]:
    """What a check cannot know, since it asks nothing of the service."""
    if plan.kind is Kind.SEND:
        yield words(
            "Not known before the service is asked: whether these people have a topic, and whether it accepts the keys."
        )
    else:
        yield words(
            "Not known before the service is asked: whether these topics exist, and whether it accepts the keys."
        )


def _usable_line(plan: SheetPlan) -> str:
    tally = plan.tally
    if plan.kind is Kind.SEND:
        parts = [words("{count:row|rows} to send", count=plan.rows_to_do)]
    else:
        parts = [words("{count:row|rows} to look up", count=plan.rows_to_do)]
    if tally.invalid:
        parts.append(words("{invalid} cannot be used", invalid=tally.invalid))
    skipped = tally.skipped + sum(before.rows for before in plan.sent_before)
    if skipped:
        parts.append(words("{skipped} left out ({reasons})", skipped=skipped, reasons=_reasons(tally.codes, plan)))
    counts = ", ".join(parts)
    if not plan.rows_to_do:
        return words("{counts}; nothing to do.", counts=counts)
    now = time.time()
    begins = plan.expected.begins_at(now)
    told = {
        "counts": counts,
        "duration": duration(plan.expected.seconds),
        "paces": plan.paces,
        "end": day_and_time(plan.expected.ends_at(now), now, plan.zone),
    }
    if begins > now:
        begin = day_and_time(begins, now, plan.zone)
        return words("{counts}; about {duration} at {paces}, from {begin} until {end}.", begin=begin, **told)
    return words("{counts}; about {duration} at {paces}, until {end}.", **told)


def _hours_line(plan: SheetPlan) -> Iterator[str]:
    if plan.rows_to_do and (hours := plan.expected.hours_told()):
        yield words("Only within these hours: {hours}.", hours=hours)


def _reasons(codes: Mapping[str, int], plan: SheetPlan) -> str:
    counts = {words(_LEFT_OUT[code]): count for code, count in codes.items() if code in _LEFT_OUT}
    if plan.sent_before:
        counts[words("sent before")] = sum(before.rows for before in plan.sent_before)
    return ", ".join(f"{count} {why}" for why, count in counts.items())


def _preview_lines(plan: SheetPlan) -> Iterator[str]:
    for preview in plan.tally.previews if plan.rows_to_do else ():
        if not preview.message:
            yield "  " + words("row {row}: {said}", row=preview.row_number, said=preview.about)
            continue
        text = preview.message.replace("\n", "⏎")
        text = text if len(text) <= _MESSAGE_SHOWN else f"{text[:_MESSAGE_SHOWN]}…"
        yield "  " + words("row {row} to {user}: {message}", row=preview.row_number, user=preview.about, message=text)


def check_as_json(plan: SheetPlan) -> dict[str, object]:
    """The object that ``check --json`` prints, in English whatever the reader speaks."""
    with reading_in(SOURCE):
        return _as_json(plan)


def _as_json(plan: SheetPlan) -> dict[str, object]:
    now = time.time()
    return {
        "for": plan.kind.value,
        "rows": plan.tally.rows,
        "usable": plan.rows_to_do,
        "invalid": plan.tally.invalid,
        "skipped": plan.tally.skipped + sum(before.rows for before in plan.sent_before),
        "mapping": dict(plan.columns),
        "problems": [found.as_json() for found in plan.tally.problems],
        "problem_count": plan.tally.problem_count,
        "tasks": [
            {"task": task.text, "count": task.count, "rows": list(task.rows)} for task in plan.tally.to_do.tasks()
        ],
        "unknown": list(unknown_lines(plan)),
        "marked": plan.marked,
        "codes": _codes_with_sent_before(plan),
        "warnings": [*map(on_terminal, (*plan.notices, *plan.warnings)), *_sent_before_lines(plan), *_care_line(plan)],
        "seconds_expected": round(plan.expected.seconds, 1),
        "begins_at": utc_text(plan.expected.begins_at(now)),
        "ends_at": utc_text(plan.expected.ends_at(now)),
        "rate": str(plan.rate),
    }
