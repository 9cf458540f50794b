"""Who is told how runs go: chosen on the command line, tried out, and what did not get through said at the end."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from hotline_batch.application.notify.outbox import OUTBOX, Told
from hotline_batch.cli.screen.console import Console, json_text, shown
from hotline_batch.errors import SettingsError
from hotline_batch.language.words import in_english, words
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings

_A_MOMENT_SECONDS = 1.0
_ABSENT_AFTER_SECONDS = 60.0  # who has not answered a question by then is not there


def with_news(settings: Settings, options: Mapping[str, Any]) -> Settings:
    """The settings with the addresses of --notify in place of their own. SettingsError where one cannot be used."""
    given = options.get("notify")
    if not given:
        return settings
    chosen = replace(settings, news=settings.news.to(given, "--notify", Path.cwd()))
    if not options.get("dry_run"):
        from hotline_batch.application.notify.asking import check_chosen_addresses  # noqa: PLC0415 - of most nobody hears

        check_chosen_addresses(chosen)
    return chosen


def say_who_cannot_be_told(console: Console, settings: Settings) -> None:
    """Before anything starts: what is wrong with those whom the settings name."""
    if settings.news.is_silent:
        return
    from hotline_batch.application.notify.asking import destinations  # noqa: PLC0415 - of most runs nobody hears

    for found in destinations(settings):
        if found.problem:
            console.warn(
                words(
                    "Note: {channel} will hear nothing of it: {problem}.",
                    channel=found.channel,
                    problem=found.problem_words,
                )
            )


def keep_addresses(settings: Settings, run_id: str) -> None:
    """Note on a run what --notify says of where addresses are kept, for whoever ends the run."""
    if settings.news.is_chosen:
        from hotline_batch.application.notify.asking import keep_chosen_addresses  # noqa: PLC0415 - the same

        keep_chosen_addresses(settings, run_id)


def say_that_trial_waits(settings: Settings, run_id: str) -> None:
    """Nobody is there to look at the first rows of a run: whoever is to hear of that does."""
    from hotline_batch.application.notify.asking import tell_that_trial_waits  # noqa: PLC0415 - the same

    tell_that_trial_waits(settings, run_id)


@contextmanager
def told_if_nobody_answers(settings: Settings, run_id: str) -> Iterator[None]:
    """Within, a person is asked about the first rows of a run; who does not answer may have gone for a coffee."""
    timer = threading.Timer(_ABSENT_AFTER_SECONDS, say_that_trial_waits, (settings, run_id))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def finish_news(console: Console) -> None:
    """Let what is on its way arrive, for so long as that may take, and say what did not. Ctrl-C ends the waiting."""
    try:
        if not OUTBOX.wait(_A_MOMENT_SECONDS):
            console.say(words("Telling those who are to hear of it …"))
            OUTBOX.wait()
    except KeyboardInterrupt:
        OUTBOX.give_up()
    say_troubles(console)


def say_troubles(console: Console) -> None:
    """What did not get through, without waiting for what is on its way."""
    for told in OUTBOX.take_troubles():
        console.warn(
            words("Note: {channel} was not told: {problem}.", channel=told.channel, problem=told.problem_words)
        )


def test_them(options: Mapping[str, Any], *, as_json: bool) -> int:
    """Send a test message to everybody; the exit code."""
    settings = load_settings(config=options["config"])
    if options["notify"]:
        settings = replace(settings, news=settings.news.to(options["notify"], "--notify", Path.cwd()))
    if settings.news.is_silent:
        raise SettingsError(
            words(
                "Nobody is to be told: neither notify nor notify_command is set. Set one of them in "
                "hotline-batch.toml, or name an address with --notify."
            )
        )
    from hotline_batch.application.notify.asking import try_channels  # noqa: PLC0415 - the same

    told = try_channels(settings)
    if as_json:
        answer = [
            {"channel": in_english(each.channel), "told": not each.problem, "problem": in_english(each.problem)}
            for each in told
        ]
        click.echo(json_text(answer))
    else:
        for each in told:
            click.echo(shown(_tried(each)))
    return 1 if any(each.problem for each in told) else 0


def _tried(told: Told) -> str:
    if not told.problem:
        return words("{channel}: told.", channel=told.channel)
    return words("{channel}: failed, {problem}.", channel=told.channel, problem=told.problem_words)
