"""A planned sheet -> the lines that a person reads, and the object that ``check --json`` prints."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC

from hotline_batch.application.planning.sheet_plan import SheetPlan
from hotline_batch.cli.screen.next_step_words import on_terminal
from hotline_batch.cli.screen.wording import counted, day_and_time, duration, row_numbers
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import words_of
from hotline_batch.model.jobs import Kind
from hotline_batch.results.formatting import moment_text, utc_text

_PROBLEMS_SHOWN = 20
_ROWS_SHOWN = 5
_MESSAGE_SHOWN = 200
_LEFT_OUT = {
    *("duplicate_in_sheet", "not_selected", "hidden_row", "already_sent", "possibly_sent"),
    *("nothing_to_correct", "already_corrected"),
}


def plan_lines(plan: SheetPlan, *, is_kind_seen: bool = False) -> Iterator[str]:
    """What would be done, problems first in the order of the sheet; ``is_kind_seen``: nobody said what it is for."""
    tally = plan.tally
    yield f"{plan.sheet.name}: {counted(tally.rows, 'row')}"
    if is_kind_seen:
        other = Kind.ENRICH if plan.kind is Kind.SEND else Kind.SEND
        yield f"  Checked for '{plan.kind.value}', as its columns say (for '{other.value}': --for {other.value})"
    yield from (f"  {on_terminal(notice)}" for notice in plan.notices)
    yield "Columns: " + ", ".join(f"{field} = '{column}'" for field, column in plan.columns.items())
    for task in tally.to_do.tasks(plan.columns):
        yield f"To do: {task.text} ({row_numbers(task.rows, task.count)})"
    yield from _problem_lines(plan)
    yield from _care_line(plan)
    yield from (f"Note: {on_terminal(warning)}" for warning in plan.warnings)
    yield from _sent_before_lines(plan)
    if plan.reused:
        yield f"{counted(plan.reused, 'row')} answered by earlier look-ups that are young enough (--max-age)."
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
    for words, rows in told:
        yield f"  {row_numbers(rows[:_ROWS_SHOWN], len(rows))}{words}"
    untold = tally.problem_count - sum(len(rows) for _, rows in told)
    if untold:
        yield f"  … and {counted(untold, 'more problem')}; the result sheet names them all."


def _problem(issue: Issue) -> str:
    column = f", column '{issue.column}'" if issue.column else ""
    shown = f" '{issue.shown}'" if issue.shown else ""
    return f"{column}{shown}: {words_of(issue)}"


def _care_line(plan: SheetPlan) -> Iterator[str]:
    tally = plan.tally
    if tally.repaired:
        examples = "; ".join(f"row {row}: {text}" for row, text in tally.repairs[:3])
        yield f"Read with care in {counted(tally.repaired, 'row')}: {examples}"


def _sent_before_lines(plan: SheetPlan) -> Iterator[str]:
    for before in plan.sent_before:
        moment = moment_text(before.sent_at, plan.zone or UTC)
        word = "may have been sent" if before.in_doubt else "was sent" if before.rows == 1 else "were sent"
        yield f"{counted(before.rows, 'row')} {word} before, by run {before.run_id} on {moment}: skipped."


def _codes_with_sent_before(plan: SheetPlan) -> dict[str, int]:
    codes = dict(plan.tally.codes)
    for before in plan.sent_before:
        code = "possibly_sent" if before.in_doubt else "already_sent"
        codes[code] = codes.get(code, 0) + before.rows
    return codes


def unknown_lines(plan: SheetPlan) -> Iterator[str]:
    """What a check cannot know, since it asks nothing of the service."""
    who = "these people have a topic" if plan.kind is Kind.SEND else "these topics exist"
    yield f"Not known before the service is asked: whether {who}, and whether it accepts the keys."


def _usable_line(plan: SheetPlan) -> str:
    tally = plan.tally
    verb = "to send" if plan.kind is Kind.SEND else "to look up"
    parts = [f"{counted(plan.rows_to_do, 'row')} {verb}"]
    if tally.invalid:
        parts.append(f"{tally.invalid} cannot be used")
    skipped = tally.skipped + sum(before.rows for before in plan.sent_before)
    if skipped:
        parts.append(f"{skipped} left out ({_reasons(tally.codes, plan)})")
    return f"{', '.join(parts)}; {_pace(plan) if plan.rows_to_do else 'nothing to do'}."


def _pace(plan: SheetPlan) -> str:
    now = time.time()
    begins, ends = plan.expected.begins_at(now), plan.expected.ends_at(now)
    since = f"from {day_and_time(begins, now, plan.zone)} " if begins > now else ""
    told = f"about {duration(plan.seconds_expected)} at {plan.paces}"
    return f"{told}, {since}until {day_and_time(ends, now, plan.zone)}"


def _hours_line(plan: SheetPlan) -> Iterator[str]:
    if plan.rows_to_do and (hours := plan.expected.hours_told()):
        yield f"Only within these hours: {hours}."


def _reasons(codes: Mapping[str, int], plan: SheetPlan) -> str:
    counts = {code: count for code, count in codes.items() if code in _LEFT_OUT}
    if plan.sent_before:
        counts["sent before"] = sum(before.rows for before in plan.sent_before)
    return ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in counts.items())


def _preview_lines(plan: SheetPlan) -> Iterator[str]:
    for preview in plan.tally.previews if plan.rows_to_do else ():
        if not preview.message:
            yield f"  row {preview.row_number}: {preview.about}"
            continue
        text = preview.message.replace("\n", "⏎")
        text = text if len(text) <= _MESSAGE_SHOWN else f"{text[:_MESSAGE_SHOWN]}…"
        yield f"  row {preview.row_number} to {preview.about}: {text}"


def check_as_json(plan: SheetPlan) -> dict[str, object]:
    """The object that ``check --json`` prints."""
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
            {"task": task.text, "count": task.count, "rows": list(task.rows)}
            for task in plan.tally.to_do.tasks(plan.columns)
        ],
        "unknown": list(unknown_lines(plan)),
        "marked": plan.marked,
        "codes": _codes_with_sent_before(plan),
        "warnings": [*map(on_terminal, (*plan.notices, *plan.warnings)), *_sent_before_lines(plan), *_care_line(plan)],
        "seconds_expected": round(plan.seconds_expected, 1),
        "begins_at": utc_text(plan.expected.begins_at(now)),
        "ends_at": utc_text(plan.expected.ends_at(now)),
        "rate": str(plan.rate),
    }
