"""Commands and options -> help that is read from above: everyday matters first, and no line is cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

EVERYDAY = "Everyday"
READING = "Reading the sheet"
RESULTS = "Results"
PACE = "Pace and limits"
EXPERT = "Expert"
_SECTIONS = (EVERYDAY, READING, RESULTS, PACE, EXPERT)


class Option(click.Option):
    """An option that knows the section of the help in which it stands."""

    def __init__(self, *names: Any, section: str = EVERYDAY, **choices: Any) -> None:
        super().__init__(*names, **choices)
        self.section = section

    def get_help_extra(self, ctx: click.Context) -> Any:
        """What stands in brackets behind the help, as click gives it: not a range as mathematicians write it."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra


def option(*names: str, section: str = EVERYDAY, **choices: Any) -> Callable[[Decorated], Decorated]:
    """As ``click.option``, with the section of the help."""
    return click.option(*names, cls=Option, section=section, **choices)


def together(*options: Callable[[Decorated], Decorated]) -> Callable[[Decorated], Decorated]:
    """Several options as one decorator, shown in their order."""

    def decorate(command: Decorated) -> Decorated:
        for one in reversed(options):
            command = one(command)
        return command

    return decorate


class _WithExamples:
    epilog: str | None

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the examples as they are: a command line that is wrapped cannot be pasted."""
        if self.epilog:
            formatter.write_paragraph()
            formatter.write("".join(f"{line}\n" for line in self.epilog.splitlines()))


class Command(_WithExamples, click.Command):
    """A command whose help shows its options in sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one section for each kind of options that the command takes."""
        rows: dict[str, list[tuple[str, str]]] = {section: [] for section in _SECTIONS}
        for parameter in self.get_params(ctx):
            is_option = isinstance(parameter, click.Option)  # arguments stand in the usage and the text
            if is_option and (record := parameter.get_help_record(ctx)):
                rows[getattr(parameter, "section", EVERYDAY)].append(record)
        for section, found in rows.items():
            if found:
                with formatter.section(section):
                    formatter.write_dl(found)


class Group(_WithExamples, click.Group):
    """A command with commands below it, each told in one whole sentence."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order in which they are defined."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; a name that is none is told with the nearest one."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            near = get_close_matches(args[0], known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"There is no command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command and the first sentence of its help."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        write_commands(formatter, "Commands", ((name, _first_sentence(command)) for name, command in found if command))


def write_commands(formatter: click.HelpFormatter, title: str, lines: Iterable[tuple[str, str]]) -> None:
    """Write a section of names with a line for each."""
    with formatter.section(title):
        formatter.write_dl(list(lines))


def _first_sentence(command: click.Command) -> str:
    return " ".join((command.help or "").partition("\n\n")[0].split()).partition(". ")[0].rstrip(".") + "."
