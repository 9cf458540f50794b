"""What every command does about its log: see that it can be written, and say in it how the command began and ended."""

from __future__ import annotations

import functools
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from hotline_batch.cli.options.language import speak_as_set
from hotline_batch.cli.screen.next_step_words import error_words
from hotline_batch.errors import ApiError, HotlineBatchError, SettingsError, TemplateError
from hotline_batch.language.words import in_english, marked, words
from hotline_batch.settings.process import LOG_KEYS, LogChoices, check_log_file, log_choices
from hotline_batch.settings.secrets import note_secret

Command = TypeVar("Command", bound=Callable[..., Any])
OwnLog = Callable[[Mapping[str, Any]], Path | None]

_log = logging.getLogger(__name__)
_SECRET_VARIABLES = ("HOTLINE_X_API_KEY", "HOTLINE_API_KEY", "PGPASSWORD")
# What a command reads or writes besides: none of it may be the log.
_OTHER_FILES = marked({"sheet": "the sheet", "output": "the result sheet", "config": "the settings file"})


def logged(command: Command, *, own_log: OwnLog | None = None, refuses: bool = True) -> Command:
    """A command that takes ``log_file``, ``log_format`` and ``debug`` beside its own parameters, and keeps a log.

    ``own_log`` names the log of a command that keeps one unasked; where that cannot be written, it works without.
    Without ``refuses`` a log that cannot be written is the command's own business.
    """

    @functools.wraps(command)
    def keeping(*arguments: Any, **options: Any) -> Any:
        given = {name: options.pop(name) for name in LOG_KEYS}
        speak_as_set(click.get_current_context(), options)
        try:
            choices = log_choices(given, config=options.get("config"), reads_file="config" in options)
        except SettingsError:
            if refuses:
                raise
            choices = LogChoices()
        choices = _usable(choices, options, own_log, refuses=refuses)
        for name in _SECRET_VARIABLES:
            note_secret(os.environ.get(name, "").strip())
        with _kept(choices, rotates=own_log is not None):
            return _told(command, arguments, options)

    return cast(Command, keeping)  # it takes the options besides


@contextmanager
def _kept(choices: LogChoices, *, rotates: bool) -> Iterator[None]:
    if choices.file is None and not choices.debug:
        yield
        return
    from hotline_batch.cli.log.log_file import kept_log  # noqa: PLC0415 - what keeps no log goes without

    with kept_log(choices, rotates=rotates):
        yield


def _usable(choices: LogChoices, options: Mapping[str, Any], own_log: OwnLog | None, *, refuses: bool) -> LogChoices:
    """The choices with a file that can be written, or without one. SettingsError where one was asked for."""
    others = {
        words(called): options[name] for name, called in _OTHER_FILES.items() if options.get(name) not in (None, "-")
    }
    try:
        if choices.file:
            check_log_file(choices.file, others)
            return choices
    except SettingsError:
        if refuses:
            raise
        return replace(choices, file=None)
    try:
        found = own_log(options) if own_log else None
        if found:
            check_log_file(found)
    except SettingsError as error:
        click.echo(words("Note: no log is kept. {error}", error=error_words(error)), err=True)
        found = None
    return replace(choices, file=found)


def _told(command: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """The command's own end, with a line at its beginning and one at its end."""
    context = click.get_current_context()
    started = time.monotonic()
    named = sorted(name for name, value in context.params.items() if value not in (None, False, ()))
    about = {"run": options.get("run_id"), "about": options.get("sheet") or options.get("folder")}
    told = {"command": context.command_path, "options": named, "folder": _folder()}
    _log.info("command started", extra=told | about)
    try:
        code = command(*arguments, **options)
    except (HotlineBatchError, click.ClickException) as error:
        # What a service answered, or a template, may hold what somebody wrote to a customer.
        reason = None if isinstance(error, ApiError | TemplateError) else _in_english(error)
        _log.error("command refused", extra={"kind": type(error).__name__, "reason": reason})
        raise
    except (KeyboardInterrupt, click.Abort):
        _log.warning("command interrupted")
        raise
    except (click.exceptions.Exit, BrokenPipeError) as ended:
        _log.info("command ended early", extra={"kind": type(ended).__name__})
        raise
    except Exception:
        _log.critical("internal error", exc_info=True)
        raise
    _log.info("command ended", extra={"exit_code": code, "seconds": time.monotonic() - started})
    return code


def _in_english(error: HotlineBatchError | click.ClickException) -> str:
    return error.in_english if isinstance(error, HotlineBatchError) else in_english(error.message)


def _folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - a name to tell
    except OSError:
        return None
