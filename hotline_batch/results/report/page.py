"""Figures of runs -> one self-contained page: no script, nothing fetched, light and dark, printable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import partial
from importlib.resources import files
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from hotline_batch.issues.codes import advice_for, meaning_of
from hotline_batch.model import TOPIC_LINK, Kind, Run, RunSummary, Status
from hotline_batch.results.colours import OTHER_COLOUR, STATUS_COLOURS, topic_status_colours
from hotline_batch.results.formatting import duration_text, moment_text
from hotline_batch.results.next_steps import next_steps
from hotline_batch.results.report import charts
from hotline_batch.results.report.dialogs import Counts, Dialogs
from hotline_batch.results.report.speed import Speed
from hotline_batch.results.summary import EXIT_MEANINGS, PRACTICE_WORDS
from hotline_batch.tally import first_of

Moment = Callable[[float | None], str]

_WELL, _NOT_WELL = f"#{STATUS_COLOURS[Status.SENT.value]}", f"#{STATUS_COLOURS[Status.FAILED.value]}"
_MEDIAN, _SLOWEST = f"#{OTHER_COLOUR}", "#D9763A"
_MOST_CODES_DRAWN = 12

# The meanings of these codes speak of rows that were given up. Most rows go well at their next request.
_OF_A_REQUEST = {
    "rate_limited": "The service asked to slow down.",
    "service_not_ready": "The service had not begun to work yet, or had no room.",
}
_TOPIC_STATUS_WORDS: Mapping[str, str] = {
    "user_answered": "The customer wrote last; it is our turn.",
    "support_answered": "We answered; it is the customer's turn.",
    "closed": "Closed by an operator or by itself.",
    "": "Hotline told no status.",
}


@dataclass(frozen=True, slots=True)
class RunFigures:
    """All that a report tells of one run; ``dialogs`` only of an enrichment, ``speed`` None without any request."""

    run: Run
    summary: RunSummary
    speed: Speed | None
    dialogs: Dialogs | None


def report_page(runs: Sequence[RunFigures], made_at: float, zone: ZoneInfo | None = None) -> str:
    """The page about these runs, the oldest first. ``made_at`` is seconds since the epoch.

    Times are shown in ``zone``, in UTC if None.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters.update(number=_number, share=_share, seconds=_seconds)
    environment.tests["topic_link"] = lambda text: bool(TOPIC_LINK.fullmatch(str(text)))
    source = files("hotline_batch.results.report").joinpath("page.html.j2").read_text("utf-8")
    ordered = sorted(runs, key=lambda figures: figures.run.created_at)
    moment = partial(_moment, zone=zone or UTC)
    is_alone = len(ordered) == 1
    title = _heading(ordered[0].run, moment) if is_alone else f"{len(ordered)} runs of hotline-batch"
    colours = _topic_colours(ordered)
    told = [
        _told(figures, moment, colours) | ({"heading": f"Run {figures.run.id}"} if is_alone else {})
        for figures in ordered
    ]
    looks = [figures.run.id for figures in ordered if figures.dialogs]
    return environment.from_string(source).render(
        title=title,
        made_at=moment(made_at),
        zone=f"those of {zone.key}" if zone else "UTC",
        runs=told,
        practised=[run["id"] for run in told if run["practice"]],
        newest_look=looks[-1] if looks else "",
        trends=[] if is_alone else _trends(ordered, moment, colours),
    )


def _told(figures: RunFigures, moment: Moment, colours: Mapping[str, str]) -> dict[str, object]:
    """One run as the page tells it."""
    run, summary, speed, dialogs = figures.run, figures.summary, figures.speed, figures.dialogs
    statuses = [(status.value, count, f"#{STATUS_COLOURS[status.value]}") for status, count in summary.counts.items()]
    return {
        "id": run.id,
        "kind": run.kind.value,
        "heading": _heading(run, moment),
        "sheet": "standard input" if run.sheet_path == "-" else run.sheet_path,
        "worksheet": run.worksheet,
        "owner": run.owner,
        "state": run.state.value,
        "state_words": EXIT_MEANINGS.get(summary.exit_code, run.state.value),
        "started": moment(run.started_at),
        "finished": moment(run.finished_at),
        "stop": summary.stop_reason,
        "practice": PRACTICE_WORDS[run.kind] if summary.is_practice else "",
        "rows": summary.rows,
        "done": _done(figures),
        "done_word": "sent" if run.kind is Kind.SEND else "enriched",
        "failed": summary.counts.get(Status.FAILED, 0),
        "unknown": summary.counts.get(Status.UNKNOWN, 0),
        "person": summary.needing_a_person,
        "changed": summary.changed,
        "time_spent": duration_text(summary.seconds),
        "rate": summary.rate,
        "statuses": statuses,
        "status_plot": charts.bars("Rows by status", [line for line in statuses if line[1]]),
        "codes": _codes(summary),
        "code_plot": _code_plot(summary),
        "steps": [str(each) for each in next_steps(summary)] if run.notes.pruned_at is None else [],
        "pruned": moment(run.notes.pruned_at) if run.notes.pruned_at is not None else "",
        "speed": speed,
        **(_speed_told(speed) if speed else {}),
        "dialogs": dialogs,
        **(_dialogs_told(summary, dialogs, colours) if dialogs else {}),
    }


def _speed_told(speed: Speed) -> dict[str, object]:
    moments = [_since_start(moment.begins_at, speed.bin_seconds) for moment in speed.moments]
    series = [("ended well", [float(moment.well) for moment in speed.moments], _WELL)]
    if speed.codes:
        series.append(("did not", [float(moment.not_well) for moment in speed.moments], _NOT_WELL))
    width = duration_text(speed.bin_seconds)
    return {
        "throughput_plot": charts.stacked_bars(f"Requests in every {width}", moments, series),
        "latency_plot": charts.lines(
            "Answer times",
            moments,
            [
                ("median", [moment.median for moment in speed.moments], _MEDIAN),
                ("slowest 5 %", [moment.slowest_twentieth for moment in speed.moments], _SLOWEST),
            ],
            are_seconds=True,
        ),
        "bin_width": width,
        "attempt_codes": [(code, count, _OF_A_REQUEST.get(code) or meaning_of(code)) for code, count in speed.codes],
    }


def _dialogs_told(summary: RunSummary, dialogs: Dialogs, colours: Mapping[str, str]) -> dict[str, object]:
    statuses = [
        (status or "(none)", count, colours[status], _TOPIC_STATUS_WORDS.get(status, ""))
        for status, count in summary.topic_statuses.items()
    ]
    return {
        "topic_statuses": statuses,
        "topic_status_plot": charts.bars("Dialogs by status", [line[:3] for line in statuses]),
        "age_plot": _plain_bars("Age of the last message", dialogs.ages),
        "language_plot": _plain_bars("Languages", dialogs.languages),
        "connection_plot": _plain_bars("Connections", dialogs.connections),
    }


def _trends(runs: Sequence[RunFigures], moment: Moment, colours: Mapping[str, str]) -> list[dict[str, object]]:
    """How the figures of one kind of run move from run to run."""
    trends: list[dict[str, object]] = []
    for kind in Kind:
        of_kind = [figures for figures in runs if figures.run.kind is kind]
        if len(of_kind) < 2:
            continue
        moments = [_short_moment(figures.run, moment) for figures in of_kind]
        parts = [
            (status.value, [float(figures.summary.counts.get(status, 0)) for figures in of_kind])
            for status in of_kind[0].summary.counts
        ]
        series = [(word, values, f"#{STATUS_COLOURS[word]}") for word, values in parts if any(values)]
        title = "Messages: rows by status" if kind is Kind.SEND else "Look-ups: rows by status"
        trends.append({"title": title, "plot": charts.stacked_bars(title, moments, series)})
        if kind is Kind.ENRICH:
            names = dict.fromkeys(name for figures in of_kind for name in figures.summary.topic_statuses)
            by_status = [
                (
                    name or "(none)",
                    [float(figures.summary.topic_statuses.get(name, 0)) for figures in of_kind],
                    colours[name],
                )
                for name in names
            ]
            trends.append({"title": "Dialogs by status", "plot": charts.lines("Dialogs by status", moments, by_status)})
        trends.append({"title": f"Usual answer time ({kind.value})", "plot": _answer_time_trend(of_kind, moments)})
    return trends


def _answer_time_trend(runs: Sequence[RunFigures], moments: Sequence[str]) -> Markup:
    medians = [figures.speed.median if figures.speed else None for figures in runs]
    slowest = [figures.speed.slowest_twentieth if figures.speed else None for figures in runs]
    series = [("median", medians, _MEDIAN), ("slowest 5 %", slowest, _SLOWEST)]
    return charts.lines("Answer time by run", moments, series, are_seconds=True)


def _codes(summary: RunSummary) -> list[dict[str, object]]:
    return [
        {
            "code": code,
            "count": count,
            "rows": first_of(summary.row_numbers.get(code, ()), count),
            "meaning": meaning_of(code),
            "advice": advice_for(code),
        }
        for code, count in summary.codes.items()
    ]


def _code_plot(summary: RunSummary) -> Markup | str:
    if len(summary.codes) < 2:
        return ""
    return _plain_bars("Reasons by code", list(summary.codes.items())[:_MOST_CODES_DRAWN])


def _plain_bars(name: str, counts: Counts) -> Markup:
    return charts.bars(name, [(word, count, f"#{OTHER_COLOUR}") for word, count in counts])


def _heading(run: Run, moment: Moment) -> str:
    what = "Messages sent" if run.kind is Kind.SEND else "Topics looked up"
    return f"{what}, {moment(run.started_at or run.created_at)}"


def _done(figures: RunFigures) -> int:
    counts = figures.summary.counts
    return counts.get(Status.SENT, 0) + counts.get(Status.ENRICHED, 0)


def _topic_colours(runs: Iterable[RunFigures]) -> Mapping[str, str]:
    """One colour for each status in every chart of the page."""
    found = topic_status_colours(status for figures in runs for status in figures.summary.topic_statuses)
    return {status: f"#{colour}" for status, colour in found.items()}


def _moment(seconds: float | None, zone: tzinfo) -> str:
    return moment_text(seconds, zone, names_zone=False) or "not yet"


def _short_moment(run: Run, moment: Moment) -> str:
    return moment(run.started_at or run.created_at)[5:]


def _since_start(seconds: float, bin_seconds: int) -> str:
    """A place on the axis of time: as coarse as the bars are wide."""
    if bin_seconds < 60:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes}:{rest:02d}"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"


def _number(value: int) -> str:
    return f"{value:,}"


def _share(count: int, whole: int) -> str:
    return f"{count / whole:.1%}" if whole else ""


def _seconds(value: float) -> str:
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 60 else duration_text(value)
