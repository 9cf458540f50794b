"""Figures of runs -> one self-contained page: no script, nothing fetched, light and dark, printable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from functools import partial
from zoneinfo import ZoneInfo

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hotline_batch.design.stylesheet import FRAGMENTS, shared_stylesheet
from hotline_batch.language.formats import decimal, number, percent
from hotline_batch.language.languages import language_of_reader
from hotline_batch.language.words import speak_in_templates, words
from hotline_batch.model.jobs import TOPIC_LINK, Kind
from hotline_batch.model.runs import Run
from hotline_batch.results.formatting import STATUS_COLOURS, duration_text
from hotline_batch.results.report import charts
from hotline_batch.results.report.run_section import (
    MEDIAN_COLOUR,
    NEUTRAL,
    SLOWEST_COLOUR,
    Face,
    MomentTold,
    RunFigures,
    heading,
    moment_told,
    run_section,
    topic_colours,
)
from hotline_batch.results.verdict import STATUS_NAMES, status_name


def report_page(runs: Sequence[RunFigures], made_at: float, zone: ZoneInfo | None = None, face: Face = NEUTRAL) -> str:
    """The page about these runs, the oldest first. ``made_at`` is seconds since the epoch.

    Times are shown in ``zone``, in UTC if None. What is to be done is told in the words of ``face``.
    """
    loader = ChoiceLoader([PackageLoader("hotline_batch.results.report", ""), FRAGMENTS])
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        number=number, share=_share, seconds=_seconds, short_link=_short_link, status_name=status_name
    )
    speak_in_templates(environment)
    environment.tests["topic_link"] = lambda text: bool(TOPIC_LINK.fullmatch(str(text)))
    ordered = sorted(runs, key=lambda figures: figures.run.created_at)
    moment = partial(moment_told, zone=zone or UTC)
    is_alone = len(ordered) == 1
    colours = topic_colours(ordered)
    told = [run_section(figures, moment, colours, face) for figures in ordered]
    looks = [figures.run.id for figures in ordered if figures.dialogs]
    return environment.get_template("page.html.j2").render(
        stylesheet=shared_stylesheet(),
        title=heading(ordered[0].run, moment)
        if is_alone
        else words("{count:run|runs} of hotline-batch", count=len(ordered)),
        made_at=moment(made_at),
        zone=words("those of {zone}", zone=zone.key) if zone else "UTC",
        language=language_of_reader(),
        runs=told,
        practised=[run["id"] for run in told if run["practice"]],
        needing_a_look=sum(1 for run in told if run["tone"] == "look"),
        newest_look=looks[-1] if looks else "",
        trends=[] if is_alone else trends_of(ordered, moment, colours),
    )


def _share(count: int, whole: int) -> str:
    return percent(count / whole, 1) if whole else ""


def _seconds(value: float) -> str:
    if value < 1:
        return words("{milliseconds} ms", milliseconds=f"{value * 1000:.0f}")
    return words("{seconds} s", seconds=decimal(value)) if value < 60 else duration_text(value)


def _short_link(link: str) -> str:
    """A link as people read it, also on paper."""
    return link.removeprefix("https://")


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
        if any(figures.dialogs for figures in of_kind):
            names = dict.fromkeys(name for figures in of_kind for name in figures.summary.topic_statuses)
            by_status = [
                (
                    name or words("(none)"),
                    [
                        float(figures.summary.topic_statuses.get(name, 0)) if figures.dialogs else None
                        for figures in of_kind
                    ],
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
