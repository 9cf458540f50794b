"""The summary of a run -> the last lines that a person reads, with commands that are ready to paste."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from hotline_batch.cli.screen.next_step_words import on_terminal, step_words
from hotline_batch.cli.screen.wording import duration
from hotline_batch.issues.words import meaning_of
from hotline_batch.language.words import plural_words, words
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RowsAgain, RunSummary
from hotline_batch.model.runs import RunState
from hotline_batch.next_step import NextStep, Step, told_with
from hotline_batch.results.summary import PRACTICE_WORDS
from hotline_batch.results.verdict import done_count, next_steps, state_name, status_name, stop_words, to_look_at_count
from hotline_batch.run_options import RunOptions
from hotline_batch.tally import row_numbers

# Told last: nobody has to do anything about these.
_ON_PURPOSE = {
    *("not_selected", "hidden_row", "already_sent", "duplicate_in_sheet", "reused_answer"),
    *("nothing_to_correct", "already_corrected"),
}


def command_for_rows(kind: Kind, again: RowsAgain, beside: Callable[[str], str] = str) -> str:
    """The command, which writes its result elsewhere; ``beside`` tells a path as it is seen from here."""
    output = Path(again.output)
    other = "-" if again.output in {"", "-"} else str(output.with_name(f"{output.stem}.mended{output.suffix}"))
    named = ("--rows", again.rows) if again.rows else ()
    words = ("hotline-batch", kind.value, again.sheet, *named, *_read_the_same_way(again.options), "-o", other)
    return shlex.join(beside(word) if Path(word).is_absolute() else word for word in words)


def _read_the_same_way(options: RunOptions) -> Iterator[str]:
    """The options with which a sheet is read, and its messages are made, as before."""
    reading = options.reading
    yield from (f"--map={field}={column}" for field, column in options.column_map.items())
    named: Mapping[str, object] = {
        "--worksheet": reading.worksheet,
        "--delimiter": reading.delimiter,
        "--encoding": reading.encoding,
        "--header-row": reading.header_row,
        "--hidden-rows": options.selection.hidden_rows,
        "--message": options.message,
        "--template": options.template,
        "--connection": options.connection,
        "--rate": options.limits.rate,
        "--between": options.limits.between,
        "--days": options.limits.days,
        "--holidays": options.limits.holidays,
    }
    for name, value in named.items():
        if value is not None:
            yield from (name, str(value))
    yield from (f"--where={condition}" for condition in options.selection.where)
    if options.sandbox:
        yield "--sandbox"


def summary_lines(
    summary: RunSummary, flags: str = "", *, steps: bool = True, doubts: Sequence[str] = ()
) -> Iterator[str]:
    """The last lines of a run: counts that add up, reasons, what to do next, where the result is.

    ``flags`` are options that every command needs here; without ``steps``, nothing can be done at present. ``doubts``
    are lines about the rows in doubt, which stand before what to do.
    """
    return (line for line, _ in _told(summary, flags, steps=steps, doubts=doubts))


def trouble_lines(summary: RunSummary, flags: str = "") -> Iterator[str]:
    """What went wrong, for whoever wants to hear nothing else; nothing where all is well."""
    told = _told(summary, flags, steps=True) if summary.exit_code else ()
    return (line for line, is_trouble in told if is_trouble)


def _told(summary: RunSummary, flags: str, *, steps: bool, doubts: Sequence[str] = ()) -> Iterator[tuple[str, bool]]:
    """The last lines, each with whether it is a part of what went wrong where something did."""
    yield _outcome(summary), True
    if summary.is_practice:
        yield words(PRACTICE_WORDS[summary.kind]), True
    if summary.corrects:
        yield words("Correction of: {run}", run=summary.corrects), False
    if summary.corrected_by:
        yield words("Corrected by: {runs}", runs=", ".join(summary.corrected_by)), False
    if summary.stop_reason and summary.stop_code != "interrupted":
        yield words("Stopped early: {reason}", reason=stop_words(summary.stop_code, summary.stop_reason)), True
    counts = " · ".join(f"{status_name(status.value)} {count}" for status, count in summary.counts.items())
    yield f"  {counts}  = {summary.rows}", False
    for code, count in sorted(summary.codes.items(), key=lambda found: found[0] in _ON_PURPOSE):
        meaning = f" {meaning_of(code)}".rstrip()
        numbers = row_numbers(summary.row_numbers[code], count)
        yield f"  {count} x {code}, {numbers}.{meaning}", code not in _ON_PURPOSE
    if summary.changed:
        yield words("Changed since the look-up before: {count:row|rows}.", count=summary.changed), False
    if summary.left_out:
        left_out = words(
            "{count:row|rows} without a change left out of the result (--only changed). Every row: hotline-batch "
            "results {run} -o FILE",
            count=summary.left_out,
            run=summary.run,
        )
        yield left_out, False
    yield from ((line, False) for line in doubts)
    if steps:
        say = partial(_how, summary=summary, flags=flags)
        yield from ((words("Next: {step}", step=told_with(each, say)), True) for each in next_steps(summary))
    if summary.result_problem:
        yield words("No result sheet: {problem}", problem=on_terminal(summary.result_problem)), True
    elif summary.result not in {"-", ""}:
        yield words("Result: {path}", path=_beside(summary.result)), False


def _how(step: Step, summary: RunSummary, flags: str) -> str:
    if step.action is not NextStep.MEND_INVALID_ROWS or summary.again is None:
        return step_words(step, flags)
    command = command_for_rows(summary.kind, summary.again, _beside)
    told = {"command": command, "flags": flags}
    if summary.kind is Kind.SEND:
        return words("Mend the invalid rows in the sheet, then send them: {command}{flags}", **told)
    return words("Mend the invalid rows in the sheet, then enrich them: {command}{flags}", **told)


def _outcome(summary: RunSummary) -> str:
    """Such as ``189 of 200 delivered, 11 need a look (11 min, limit 18/min).``; the numbers add up to the rows."""
    counts = summary.counts
    told = {"done": done_count(counts), "rows": summary.rows}
    if summary.kind is Kind.SEND:
        parts = [words("{done:,} of {rows:,} delivered", **told)]
    else:
        parts = [words("{done:,} of {rows:,} looked up", **told)]
    if to_look_at := to_look_at_count(counts):
        parts.append(plural_words("{count} needs a look", "{count} need a look", to_look_at))
    if untried := counts.get(Status.NOT_ATTEMPTED, 0):
        parts.append(words("{count:,} not tried yet", count=untried))
    if left_out := counts.get(Status.SKIPPED, 0):
        parts.append(words("{count:,} left out", count=left_out))
    about = {"counts": ", ".join(parts), "duration": duration(summary.seconds), "rate": summary.rate}
    if summary.state is RunState.FINISHED:
        return words("{counts} ({duration}, limit {rate}).", **about)
    return words("{counts} ({duration}, limit {rate}, {state}).", state=state_name(summary.state), **about)


def _beside(path: str) -> str:
    """The path as short as it can be said from here."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):  # the latter where the working folder was removed
        return path
