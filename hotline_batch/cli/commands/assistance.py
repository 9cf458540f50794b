"""`doctor`, `explain` and `completion`: what is in the way, what a code means, words after Tab."""

from __future__ import annotations

from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import get_completion_class

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.help.completion import complete_codes
from hotline_batch.cli.log.command_log import logged
from hotline_batch.cli.options import expert, values
from hotline_batch.cli.screen.next_step_words import command_for, on_terminal
from hotline_batch.issues.words import RECORDS
from hotline_batch.language.formats import list_of
from hotline_batch.language.languages import reading_for_programs
from hotline_batch.language.words import words

if TYPE_CHECKING:
    from hotline_batch.application.doctor.findings import Finding

_SHELLS = ("bash", "zsh", "fish")


@click.command("doctor", cls=Command, epilog="Example:  hotline-batch doctor --json")
@option("--offline", is_flag=True, help="Do not ask the service.")
@option("--full", "thorough", is_flag=True, help="Look at every page of the ledger, however large it is.")
@option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@expert.no_color
@expert.places
@expert.logging
@partial(logged, refuses=False)
def doctor_command(*, offline: bool, thorough: bool, as_json: bool, no_color: bool, **options: Any) -> int:
    """Look at settings, secrets, the way to the service, the clock, the ledger and the disk; say what to mend.

    The service is asked once, without keys; 'connections test' asks whether it accepts them. Secrets are never shown.
    Ends with 0 if nothing is in the way (there may be warnings), with 1 if something is.
    """
    from hotline_batch.application.doctor.diagnose import diagnose
    from hotline_batch.application.doctor.findings import Level
    from hotline_batch.cli.screen.console import Console

    console = Console(as_json=as_json, no_color=no_color)
    colors = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "red"}
    findings = []
    with reading_for_programs(wanted=as_json):
        for finding in diagnose(
            config=options["config"],
            ledger=options["ledger"],
            offline=offline,
            thorough=thorough,
            given=values.given_about_log(),
        ):
            findings.append(finding)
            if not as_json:
                level = words(finding.level.value)
                subject = words(finding.subject)
                said = f"{level:<8} {subject}: {on_terminal(finding.said)}"
                console.result(said, fg=colors[finding.level])
                if finding.cure:
                    console.result(f"         {on_terminal(finding.cure)}")
        answer = [_as_json(finding) for finding in findings]
    problems = sum(finding.level is Level.PROBLEM for finding in findings)
    is_answered = True
    if as_json:
        is_answered = console.data({"problems": problems, "findings": answer})
    else:
        warnings = sum(finding.level is Level.WARNING for finding in findings)
        console.result(
            words("{problems:problem|problems}, {warnings:warning|warnings}.", problems=problems, warnings=warnings)
        )
    return 1 if problems or not is_answered else 0


def _as_json(finding: Finding) -> dict[str, str]:
    said, cure = on_terminal(finding.said), on_terminal(finding.cure)
    return {"subject": finding.subject, "level": finding.level.value, "said": said, "cure": cure}


@click.command("explain", cls=Command, epilog="Example:  hotline-batch explain reply_lost")
@click.argument("code", required=False, shell_complete=complete_codes)
@expert.logging
@logged
def explain_command(code: str | None) -> int:
    """Say what an error CODE means, whether the message was delivered, and what to do.

    Without CODE, list them all.
    """
    if code is None:
        width = max(map(len, RECORDS))
        for record in RECORDS.values():
            click.echo(f"{record.code:<{width}}  {words(record.meaning)}")
        return 0
    found = RECORDS.get(code.strip().lower())
    if found is None:
        near = get_close_matches(code.lower(), RECORDS, n=3, cutoff=0.5)
        sentences = [
            words("There is no code '{code}'.", code=code),
            words("Did you mean {names}?", names=list_of(near, "or")) if near else "",
            words("'hotline-batch explain' lists them all."),
        ]
        raise click.UsageError(" ".join(filter(None, sentences)))
    told = {
        words("What it means:"): words(found.meaning),
        words("Was it delivered?"): words(found.delivered),
        words("Send it again?"): words(found.again),
        words("What to do:"): words(found.advice),
        words("With:"): command_for(found.next_step),
    }
    width = max(map(len, told))
    click.echo(found.code)
    for name, said in told.items():
        if said:
            click.echo(f"  {name:<{width}}  {said}")
    return 0


@click.command(
    "completion", cls=Command, epilog="Example:  echo 'eval \"$(hotline-batch completion bash)\"' >> ~/.bashrc"
)
@click.argument("shell", type=click.Choice(_SHELLS))
@expert.logging
@logged
def completion_command(shell: str) -> int:
    """Print a script that lets SHELL complete commands, options, connection names and run ids after Tab.

    For zsh write the same into ~/.zshrc; for fish, write the script to
    ~/.config/fish/completions/hotline-batch.fish.
    """
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows the three shells above
    click.echo(
        kind(click.get_current_context().find_root().command, {}, "hotline-batch", "_HOTLINE_BATCH_COMPLETE").source()
    )
    return 0
