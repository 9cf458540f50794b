"""The figures of one run -> the words, counts and charts that its part of the page shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from hotline_batch.issues.words import advice_for, meaning_of
from hotline_batch.language.words import marked, translated, words
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState
from hotline_batch.next_step import SaysHow
from hotline_batch.results.formatting import (
    OTHER_COLOUR,
    STATUS_COLOURS,
    duration_text,
    name_of_sheet,
    told_moment,
    topic_status_colours,
)
from hotline_batch.results.report import charts
from hotline_batch.results.report.dialogs import Dialogs
from hotline_batch.results.report.speed import Speed
from hotline_batch.results.report.tasks import NeedyRows, tasks_of
from hotline_batch.results.summary import PRACTICE_WORDS, outcome_words
from hotline_batch.results.verdict import STATUS_MEANINGS, done_count, left_out_count, stop_words, verdict_of
from hotline_batch.tally import first_of


@dataclass(frozen=True, slots=True)
class Face:
    """The words for a step, and the advice about rows with a code."""

    say: SaysHow = str
    advise: Callable[[str], str] = advice_for


NEUTRAL: Final = Face()


MomentTold = Callable[[float | None], str]

MEDIAN_COLOUR, SLOWEST_COLOUR = f"#{OTHER_COLOUR}", "#D9763A"

_WELL, _NOT_WELL = f"#{STATUS_COLOURS[Status.SENT.value]}", f"#{STATUS_COLOURS[Status.FAILED.value]}"

# The meanings of these codes speak of rows that were given up. Most rows go well at their next request.
_OF_A_REQUEST = marked(
    {
        "rate_limited": "The service asked to slow down.",
        "service_not_ready": "The service had not begun to work yet, or had no room.",
    }
)
_TOPIC_STATUS_WORDS: Mapping[str, str] = marked(
    {
        "user_answered": "The customer wrote last; it is our turn.",
        "support_answered": "We answered; it is the customer's turn.",
        "closed": "Closed by an operator or by itself.",
        "": "Hotline told no status.",
    }
)


@dataclass(frozen=True, slots=True)
class RunFigures:
    """All that a report tells of one run; ``dialogs`` only of an enrichment whose replies are kept, ``speed`` None
    without any request.

    ``needy`` are the first rows that need a person.
    """

    run: Run
    summary: RunSummary
    speed: Speed | None
    dialogs: Dialogs | None
    needy: NeedyRows


def run_section(
    figures: RunFigures, moment: MomentTold, colours: Mapping[str, str], face: Face = NEUTRAL
) -> dict[str, object]:
    """One run as the page tells it."""
    run, summary, speed, dialogs = figures.run, figures.summary, figures.speed, figures.dialogs
    verdict, counts = verdict_of(summary), summary.counts
    is_under_way = summary.state is RunState.RUNNING
    # Rows whose turn comes by itself need nobody.
    to_come = counts.get(Status.NOT_ATTEMPTED, 0) if is_under_way else 0
    meanings = STATUS_MEANINGS[run.kind]
    reasons = _reasons(summary, face)
    return {
        "id": run.id,
        "kind": run.kind.value,
        "heading": heading(run, moment),
        "verdict": verdict.told,
        "tone": verdict.tone.value,
        "sheet": name_of_sheet(run.sheet_path),
        "worksheet": run.worksheet,
        "owner": run.owner,
        "state": run.state.value,
        "state_words": outcome_words(summary) or run.state.value,
        "started": moment(run.started_at),
        "finished": moment(run.finished_at),
        "stop": stop_words(summary.stop_code, summary.stop_reason),
        "corrects": run.notes.corrects,
        "corrected_by": run.notes.corrected_by,
        "practice": words(PRACTICE_WORDS[run.kind]) if summary.is_practice else "",
        "rows": summary.rows,
        "done": done_count(counts),
        "done_word": words("sent") if run.kind is Kind.SEND else words("enriched"),
        "failed": counts.get(Status.FAILED, 0),
        "unknown": counts.get(Status.UNKNOWN, 0),
        "left_out": left_out_count(summary),
        "person": summary.needing_a_person - to_come,
        "changed": summary.changed,
        "time_spent": "" if is_under_way else duration_text(summary.seconds),  # a session counts once it is over
        "rate": summary.rate,
        "statuses": [(status.value, count, words(meanings[status])) for status, count in counts.items() if count],
        "shares": [(status.value, count) for status, count in counts.items()],
        "problems": [reason for reason in reasons if reason["code"] in figures.needy.codes],
        "other_reasons": [reason for reason in reasons if reason["code"] not in figures.needy.codes],
        "tasks": list(tasks_of(summary, figures.needy, face.say)) if run.notes.pruned_at is None else [],
        "pruned": moment(run.notes.pruned_at) if run.notes.pruned_at is not None else "",
        "speed": speed,
        **(_speed_told(speed) if speed else {}),
        "dialogs": dialogs,
        "topic_statuses": _topic_statuses_told(summary, colours),
    }


def heading(run: Run, moment: MomentTold) -> str:
    """What was done, and when."""
    at = moment(run.started_at or run.created_at)
    if run.kind is Kind.SEND:
        return words("Messages sent, {moment}", moment=at)
    return words("Topics looked up, {moment}", moment=at)


def topic_colours(runs: Iterable[RunFigures]) -> Mapping[str, str]:
    """One colour for each status of dialogs, in every chart of the page."""
    found = topic_status_colours(status for figures in runs for status in figures.summary.topic_statuses)
    return {status: f"#{colour}" for status, colour in found.items()}


def moment_told(seconds: float | None, zone: tzinfo) -> str:
    """A moment in the zone that the page names."""
    return told_moment(seconds, zone, names_zone=False) or words("not yet")


def _speed_told(speed: Speed) -> dict[str, object]:
    moments = [_since_start(moment.begins_at, speed.bin_seconds) for moment in speed.moments]
    series = [(words("ended well"), [float(moment.well) for moment in speed.moments], _WELL)]
    if speed.codes:
        series.append((words("did not"), [float(moment.not_well) for moment in speed.moments], _NOT_WELL))
    width = duration_text(speed.bin_seconds)
    return {
        "throughput_plot": charts.stacked_bars(words("Requests in every {width}", width=width), moments, series),
        "latency_plot": charts.lines(
            words("Answer times"),
            moments,
            [
                (words("median"), [moment.median for moment in speed.moments], MEDIAN_COLOUR),
                (words("slowest 5 %"), [moment.slowest_twentieth for moment in speed.moments], SLOWEST_COLOUR),
            ],
            are_seconds=True,
        ),
        "bin_width": width,
        "attempt_codes": [
            (code, count, translated(_OF_A_REQUEST.get(code, "")) or meaning_of(code)) for code, count in speed.codes
        ],
    }


def _topic_statuses_told(summary: RunSummary, colours: Mapping[str, str]) -> Sequence[tuple[str, int, str, str]]:
    return [
        (status or words("(none)"), count, colours[status], translated(_TOPIC_STATUS_WORDS.get(status, "")))
        for status, count in summary.topic_statuses.items()
    ]


def _reasons(summary: RunSummary, face: Face) -> list[dict[str, object]]:
    return [
        {
            "code": code,
            "count": count,
            "rows": first_of(summary.row_numbers.get(code, ()), count),
            "meaning": meaning_of(code),
            "advice": face.advise(code),
        }
        for code, count in summary.codes.items()
    ]


def _since_start(seconds: float, bin_seconds: int) -> str:
    """A place on the axis of time: as coarse as the bars are wide."""
    if bin_seconds < 60:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes}:{rest:02d}"
    hours, minutes = divmod(round(seconds / 60), 60)
    return (
        words("{hours} h {minutes}", hours=hours, minutes=f"{minutes:02d}")
        if hours
        else words("{minutes} min", minutes=minutes)
    )
