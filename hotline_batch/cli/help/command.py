"""Commands and options -> help that is read from above: everyday matters first, and no line is cut."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from hotline_batch.language.words import marked, translated, words

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

EVERYDAY = marked("Everyday")
READING = marked("Reading the sheet")
RESULTS = marked("Results")
PACE = marked("Pace and limits")
EXPERT = marked("Expert")
_SECTIONS = (EVERYDAY, READING, RESULTS, PACE, EXPERT)
_EMPTY = ""


class Option(click.Option):
    """An option that knows the section of the help in which it stands."""

    def __init__(self, *names: Any, section: str = EVERYDAY, **choices: Any) -> None:
        super().__init__(*names, **choices)
        self.section = section

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """The value that was given. UsageError for an empty one, such as a variable that a script has not set: what it
        leaves out may be hours, a template or the ledger that knows what was sent. A note may say nothing.
        """
        given = value if isinstance(value, (list, tuple)) else (value,)
        if _EMPTY in given and self.default != _EMPTY and _is_typed(ctx, self):
            raise click.UsageError(
                words("{option} is empty. Say what is meant, or leave the option out.", option=max(self.opts, key=len)),
                ctx,
            )
        return super().process_value(ctx, value)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option and its help, in the reader's language; behind it in brackets its default, and that it is needed.

        No range as mathematicians write it.
        """
        record = super().get_help_record(ctx)
        if record is None:
            return None
        extra, beside = self.get_help_extra(ctx), []
        if "default" in extra:
            beside.append(words("default: {value}", value=extra["default"]))
        if "required" in extra:
            beside.append(words("required"))
        parts = [translated(self.help or ""), f"[{'; '.join(beside)}]" if beside else ""]
        return record[0], "  ".join(filter(None, parts))


def _is_typed(ctx: click.Context, parameter: click.Parameter) -> bool:
    return ctx.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE


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


_EXAMPLE = marked("Example:")
_EXAMPLES = marked("Examples:")


class _InReadersLanguage(click.Command):
    """Help whose words are those of whoever reads it; commands, options and examples stay as they are typed."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how the command is written."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=f"{words('Usage:')} ")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option that asks for help."""
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = words("Show this message and exit.")
        return found

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write what the command does."""
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text("\n\n".join(map(translated, paragraphs_of(self.help))))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the examples as they are: a command line that is wrapped cannot be pasted."""
        if self.epilog:
            formatter.write_paragraph()
            said = "\n\n".join(map(_example_words, self.epilog.rstrip("\n").split("\n\n")))
            formatter.write("".join(f"{line}\n" for line in said.splitlines()))


class Command(_InReadersLanguage):
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
                with formatter.section(words(section)):
                    formatter.write_dl(found)


class Group(_InReadersLanguage, click.Group):
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
            told = words("There is no command '{name}'.", name=args[0])
            ctx.fail(" ".join([told, words("Did you mean '{name}'?", name=near[0])]) if near else told)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands."""
        records = (parameter.get_help_record(ctx) for parameter in self.get_params(ctx))
        write_commands(formatter, words("Options"), filter(None, records))
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command and the first sentence of its help."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        write_commands(
            formatter, words("Commands"), ((name, _first_sentence(command)) for name, command in found if command)
        )


def write_commands(formatter: click.HelpFormatter, title: str, lines: Iterable[tuple[str, str]]) -> None:
    """Write a section of names with a line for each."""
    with formatter.section(title):
        formatter.write_dl(list(lines))


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of a command's help, each in one line: these are what catalogues translate."""
    return [" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n")]


def _first_sentence(command: click.Command) -> str:
    return translated(paragraphs_of(command.help or "")[0]).partition(". ")[0].rstrip(".") + "."


def _example_words(paragraph: str) -> str:
    """A paragraph of examples under its word for them; one that is no example is a sentence."""
    for head in (_EXAMPLES, _EXAMPLE):
        if paragraph.startswith(head):
            return f"{words(head)}{paragraph.removeprefix(head)}"
    return translated(paragraph)
