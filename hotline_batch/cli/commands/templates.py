"""`template`: message templates, and blank sheets to fill in."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Group, option
from hotline_batch.cli.help.completion import complete_files, complete_templates
from hotline_batch.cli.log.command_log import logged
from hotline_batch.cli.options import declared, expert, values
from hotline_batch.cli.screen.console import shown
from hotline_batch.language.words import marked, words


@click.group("template", cls=Group, epilog="Example:  hotline-batch template sheet send -o messages.xlsx")
def template_command() -> None:
    """Message templates, and blank sheets to fill in.

    A placeholder such as {{ Name }} becomes what stands in that column; {{ Due|date }}, {{ Amount|euro }} and {{
    Weight|number }} write dates, amounts and numbers in your language. 'template filters' lists all filters.
    """


@template_command.command("list", epilog="Example:  hotline-batch template list")
@expert.logging
@logged
def list_templates() -> int:
    """List your own message templates, and those that come with the program in your language."""
    from hotline_batch.application.templates import listed_templates

    found = listed_templates()
    width = max((len(head.name) for head in found), default=0)
    for head in found:
        click.echo(f"{head.name:<{width}}  {head.about}")
    return 0


@template_command.command("show", epilog="Example:  hotline-batch template show status_update")
@click.argument("name", shell_complete=complete_templates)
@expert.logging
@logged
def show_template(name: str) -> int:
    """Print the template NAME (or a file), to copy and change it."""
    from hotline_batch.application.templates import load_template

    click.echo(load_template(name), nl=False)
    return 0


@template_command.command("filters", epilog="Example:  hotline-batch template filters")
@expert.logging
@logged
def list_filters() -> int:
    """List what a placeholder can do with its cell, such as {{ Due|date }} and {{ Amount|euro }}."""
    from hotline_batch.application.templates import listed_filters

    found = listed_filters()
    width = max(len(each.example) for each in found)
    for each in found:
        click.echo(f"{each.example:<{width}}  {each.about}")
    return 0


@template_command.command(
    "preview",
    epilog="Examples:\n"
    "  hotline-batch template preview status_update contacts.xlsx --row 17\n"
    "  hotline-batch template preview -m 'Due on {{ Due|date }}' contacts.xlsx",
)
@click.argument("name", required=False, shell_complete=complete_templates)
@click.argument("sheet", metavar="SHEET", required=False, shell_complete=complete_files)
@option("-m", "--message", metavar="TEXT", help="The text of a template, in the place of NAME.")
@option("--row", "row_number", type=click.IntRange(min=1), metavar="N", help="Row of the sheet (the first one).")
@declared.layout
@expert.logging
@logged
def preview_template(
    name: str | None, sheet: str | None, message: str | None, row_number: int | None, **layout: Any
) -> int:
    """Print the message that the template NAME, or a TEXT, makes of one row of SHEET. Nothing is sent.

    Ends with 1 where the row makes no message that could be sent.
    """
    from hotline_batch.application.practice import sample_instead
    from hotline_batch.application.templates import fill_in
    from hotline_batch.run_options import Reading

    if message is not None:  # then the sheet stands alone
        if sheet is not None:
            raise click.UsageError(words("Give either the NAME of a template or a text with -m, not both."))
        name, sheet = None, name
    if sheet is None:
        raise click.UsageError(words("Say which template, or a text with -m, and which SHEET."))
    filled = fill_in(name, str(sample_instead(sheet) or sheet), Reading(**layout), row_number, text=message or "")
    for warning in filled.warnings:
        click.echo(words("Note: {warning}", warning=shown(warning)), err=True)
    if filled.problem:
        click.echo(
            words("Row {row_number}: {problem}", row_number=filled.row_number, problem=shown(filled.problem)), err=True
        )
        return 1
    click.echo(
        words(
            "Row {row_number}, {message} of {longest} characters:",
            row_number=filled.row_number,
            message=len(filled.message),
            longest=filled.longest,
        ),
        err=True,
    )
    click.echo("\n".join(shown(line) for line in filled.message.split("\n")))
    return 0


@template_command.command("sheet", epilog="Example:  hotline-batch template sheet send -o messages.xlsx")
@click.argument("purpose", type=click.Choice(["send", "enrich"]))
@declared.written_to(marked("The workbook to write."), "FILE.xlsx")
@expert.settings
def blank_sheet(purpose: str, output: str, *, force: bool, **options: Any) -> int:
    """Write a blank workbook with instructions, to fill in and send (or enrich)."""
    from hotline_batch.application.templates import make_blank_sheet
    from hotline_batch.cli.screen.next_step_words import step_words
    from hotline_batch.model.jobs import Kind

    settings = values.settings_of(options)
    written = make_blank_sheet(Kind(purpose), output, settings, force=force, say=step_words)
    click.echo(words("{written}: fill in the first worksheet; the second one says how.", written=written), err=True)
    return 0
