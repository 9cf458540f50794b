"""The command line as click knows it -> one section for each command: what it does, arguments, options, an example."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

import click

from hotline_batch.cli.main import main
from hotline_batch.settings.file.schema import Document
from hotline_batch.settings.model import DEFAULT_ENRICH_RATE, DEFAULT_SEND_RATE
from reference.markdown import code, plain, table

PROGRAM = "hotline-batch"

# Options whose default is decided behind the command line.
_RATES = {"send": str(DEFAULT_SEND_RATE), "enrich": str(DEFAULT_ENRICH_RATE)}
_DECIDED_BY_SETTINGS = ("concurrency", "timeout", "attempts", "max_errors", "duplicate_window")


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its words, such as ``runs list``."""
    yield from _below(main, "")


def sections() -> Iterator[str]:
    """One section for each command."""
    for words, command in commands():
        yield _section(words, command)


def _below(group: click.Group, words: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None  # noqa: S101 - the group has just listed it
        if isinstance(command, click.Group):
            yield from _below(command, f"{words}{name} ")
        else:
            yield f"{words}{name}", command


def _section(words: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"{PROGRAM} {words}")
    usage = " ".join(command.collect_usage_pieces(context))
    about = [plain(part) for part in inspect.cleandoc(command.help or "").split("\n\n")]
    rows = [_option(words, option) for option in command.params if isinstance(option, click.Option)]
    parts = [f"### {PROGRAM} {words}", code(f"{PROGRAM} {words} {usage}"), *about]
    if rows:
        parts.append(table(("option", "means", "default"), rows).rstrip())
    if command.epilog:
        parts.append(f"```sh\n{_examples(command.epilog)}\n```")
    return "\n\n".join(parts) + "\n"


def _examples(epilog: str) -> str:
    return "\n".join(line.strip() for line in re.sub(r"^Examples?:\s+", "", epilog).splitlines())


def _option(words: str, option: click.Option) -> tuple[str, str, str]:
    names = ", ".join(code(name) for name in [*option.opts, *option.secondary_opts])
    if not option.is_flag:
        names += f" {code(_value(option))}"
    about = plain(option.help or "")
    if option.required:
        about += " Required."
    return names, about, _default(words, option)


def _value(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    return option.metavar or option.type.name.upper().replace(" RANGE", "")


def _default(words: str, option: click.Option) -> str:
    decided = _decided(words, str(option.name))
    if decided:
        return code(decided)
    # click marks what was not set with an object of its own, which differs from version to version.
    is_set = isinstance(option.default, str | int | float) and not isinstance(option.default, bool)
    return code(f"{option.default:g}" if isinstance(option.default, float) else str(option.default)) if is_set else ""


def _decided(words: str, name: str) -> str:
    if name == "rate":
        return _RATES.get(words, "")
    if name in _DECIDED_BY_SETTINGS:
        fields: Mapping[str, Any] = Document.model_fields
        default = fields[name].default
        return f"{default:g}" if isinstance(default, float) else str(default)
    return ""
