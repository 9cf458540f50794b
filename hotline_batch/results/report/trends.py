"""The figures of several runs -> how they move from run to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import Run
from hotline_batch.results.colours import STATUS_COLOURS
from hotline_batch.results.report import charts
from hotline_batch.results.report.run_section import MEDIAN_COLOUR, SLOWEST_COLOUR, MomentTold, RunFigures
from hotline_batch.results.verdict import STATUS_NAMES


def trends_of(runs: Sequence[RunFigures], moment: MomentTold, colours: Mapping[str, str]) -> list[dict[str, object]]:
    """The charts about runs of one kind, which must be two at least, the oldest first."""
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
        series = [
            (words(STATUS_NAMES[word]), values, f"#{STATUS_COLOURS[word]}") for word, values in parts if any(values)
        ]
        title = words("Messages: rows by status") if kind is Kind.SEND else words("Look-ups: rows by status")
        trends.append({"title": title, "plot": charts.stacked_bars(title, moments, series)})
        if kind is Kind.ENRICH:
            names = dict.fromkeys(name for figures in of_kind for name in figures.summary.topic_statuses)
            by_status = [
                (
                    name or words("(none)"),
                    [float(figures.summary.topic_statuses.get(name, 0)) for figures in of_kind],
                    colours[name],
                )
                for name in names
            ]
            title = words("Dialogs by status")
            trends.append({"title": title, "plot": charts.lines(title, moments, by_status)})
        trends.append(
            {
                "title": words("Usual answer time ({kind})", kind=kind.value),
                "plot": _answer_time_trend(of_kind, moments),
            }
        )
    return trends


def _answer_time_trend(runs: Sequence[RunFigures], moments: Sequence[str]) -> Markup:
    medians = [figures.speed.median if figures.speed else None for figures in runs]
    slowest = [figures.speed.slowest_twentieth if figures.speed else None for figures in runs]
    series = [(words("median"), medians, MEDIAN_COLOUR), (words("slowest 5 %"), slowest, SLOWEST_COLOUR)]
    return charts.lines(words("Answer time by run"), moments, series, are_seconds=True)


def _short_moment(run: Run, moment: MomentTold) -> str:
    return moment(run.started_at or run.created_at)[5:]
