"""A watched folder: start it, and say what became of each file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hotline_batch.application.inbox.options import (
    Fate,
    Served,
    WatchChoices,
    check_before_watching,
    log_beside_ledger,
)
from hotline_batch.application.inbox.serve import serve_inbox
from hotline_batch.application.stopping import stopped_by_signals
from hotline_batch.cli.flows.consoles import console_for
from hotline_batch.cli.flows.news import finish_news, say_troubles, say_who_cannot_be_told, with_news
from hotline_batch.cli.log.log_file import log_in_use
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console
from hotline_batch.cli.screen.next_step_words import on_terminal
from hotline_batch.errors import NotWritten, SettingsError
from hotline_batch.language.languages import SOURCE, reading_in
from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import Kind
from hotline_batch.results.summary import summary_as_json
from hotline_batch.results.verdict import counts_told
from hotline_batch.settings.model import Settings

_FATES: Mapping[Fate, str] = marked(
    {
        Fate.DONE: "done.",
        Fate.FAILED: "failed.",
        Fate.WAITS: "waits.",
        Fate.INTERRUPTED: "interrupted.",
        Fate.LEFT_ALONE: "left alone.",
    }
)


def watch(folder: str, kind: Kind, options: Mapping[str, Any]) -> int:
    """Serve a folder; the exit code."""
    settings = with_news(values.settings_of(options), options)
    _refuse_what_no_folder_can_keep(settings, kind)
    given = values.with_defaults(options, settings.option_defaults)
    request = values.request_of(kind, given | {"sheet": ""})
    choices = WatchChoices(request, given["poll"], given["settle"], given["once"], given["confirm"])
    check_before_watching(choices, settings)
    console = console_for(given)
    say_who_cannot_be_told(console, settings)
    answered = set[bool]()
    with ExitStack() as stack:
        show = stack.enter_context(console.progress(settings.timezone))
        if not choices.once:
            console.say(words("Serving {folder} for '{kind}'. Ctrl-C ends it.", folder=folder, kind=kind.value))
            if log := log_in_use():
                console.say(words("What it does is written into {log}.", log=log))
        code = serve_inbox(
            Path(folder),
            choices,
            settings,
            stop=stack.enter_context(stopped_by_signals()),
            on_served=lambda served: answered.add(_tell(console, served, as_json=given["as_json"])),
            on_progress=show,
        )
        finish_news(console)
    return code or (NotWritten.exit_code if False in answered else 0)


def _refuse_what_no_folder_can_keep(settings: Settings, kind: Kind) -> None:
    """Raise for what the settings file says of when, or whether, anything leaves, and that no folder can keep."""
    if settings.option_defaults.get("dry_run"):
        raise SettingsError(
            words(
                "The settings file says dry_run, so that sheets are only looked at; a watched folder does what each "
                "sheet is for. Take dry_run out of the file, or look at the sheets with 'hotline-batch check'."
            )
        )
    if at := settings.option_defaults.get("at"):
        raise SettingsError(
            words(
                "The settings file says at = '{at}', before which nothing is to leave; a watched folder begins with "
                "each sheet when it is laid there. Take at out of the file; between names hours that hold every day.",
                at=at,
            )
        )
    rows = settings.option_defaults.get("canary") if kind is Kind.SEND else None
    if rows:
        raise SettingsError(
            words(
                "The settings file says canary = {rows}, after which a person is to look; a watched folder asks "
                "nobody. Take canary out of the file; --canary says it for one sheet.",
                rows=rows,
            )
        )


def log_of_inbox(options: Mapping[str, Any]) -> Path | None:
    """The log of an inbox folder. None where the settings cannot be read, which the command itself says."""
    try:
        settings = values.settings_of(options)
    except SettingsError:
        return None
    return log_beside_ledger(Path(options["folder"]), settings)


def _tell(console: Console, served: Served, *, as_json: bool) -> bool:
    """Say what became of a file; False where its line of JSON could not be written."""
    say_troubles(console)
    for line in _lines(served):
        console.warn(line) if served.fate in {Fate.FAILED, Fate.WAITS, Fate.LEFT_ALONE} else console.result(line)
    if as_json:
        with reading_in(SOURCE):
            reason = on_terminal(served.reason)
        found = {"file": str(served.path), "fate": served.fate.value, "reason": reason}
        summary = summary_as_json(served.summary) if served.summary else {}
        return console.data(found | summary | {"exit_code": served.exit_code})
    return True


def _lines(served: Served) -> list[str]:
    summary = served.summary
    counts = ""
    if summary is not None:
        told = counts_told(summary.counts) or words("no rows")
        counts = " " + words("(run {run}: {counts})", run=summary.run, counts=told)
    place = f"{served.path.parent.name}/{served.path.name}" if served.fate in {Fate.DONE, Fate.FAILED} else ""
    return [
        " ".join(
            part
            for part in (
                f"{place or served.path.name}{counts}:",
                words(_FATES[served.fate]),
                on_terminal(served.reason),
            )
            if part
        )
    ]
