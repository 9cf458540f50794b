"""`resume`, `retry`, `stop`, `correct`, `resolve` and `verify`: what is done with a run that was begun."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.help.completion import complete_files, complete_runs
from hotline_batch.cli.options import declared, expert

_CORRECT_EXAMPLES = """\
Examples:
  hotline-batch correct 20261122-180412-k3f9 -m 'Correction: the office opens at 9, not at 8.' --dry-run
  hotline-batch correct 20261122-180412-k3f9 -t correction.txt.j2 --include-unknown"""


@click.command("resume", cls=Command, epilog="Example:  hotline-batch resume 20261122-180412-k3f9 --yes")
@click.argument("run_id", metavar="[RUN]", required=False, shell_complete=complete_runs)
@declared.detach
@declared.going_on
def resume_command(run_id: str | None, output: str | None, **options: Any) -> int:
    """Go on with RUN, or with the newest run that is not finished.

    Rows that may have been delivered are never sent again by this.
    """
    from hotline_batch.cli.flows.existing_run import resume

    return resume(run_id, output, options)


@click.command("retry", cls=Command, epilog="Example:  hotline-batch retry 20261122-180412-k3f9")
@declared.run_id
@declared.detach
@declared.going_on
def retry_command(run_id: str, output: str | None, **options: Any) -> int:
    """Try the failed rows of RUN again.

    These were certainly not delivered. Rows that are 'unknown' are left alone: settle them with 'resolve'.
    """
    from hotline_batch.cli.flows.existing_run import retry

    return retry(run_id, output, options)


@click.command("stop", cls=Command, epilog="Example:  hotline-batch stop 20261122-180412-k3f9")
@declared.run_id
@expert.settings
def stop_command(run_id: str, **options: Any) -> int:
    """Ask whoever works on RUN, here or on another machine, to stop as after Ctrl-C.

    Nothing new is sent; what is on its way is awaited, and the result sheet is written. 'resume' goes on.
    """
    from hotline_batch.cli.flows.serving.worker import stop

    return stop(run_id, options)


@click.command("correct", cls=Command, epilog=_CORRECT_EXAMPLES)
@declared.run_id
@declared.message
@option("--include-unknown", is_flag=True, help="Also to rows that are 'unknown': they may have got the wrong message.")
@option("--again", is_flag=True, help="RUN was corrected before: to those whom that correction did not reach.")
@option(
    "-o", "--output", metavar="FILE", shell_complete=complete_files,
    help="Result sheet, .xlsx or .csv (default: <stem>.correction.<ext> beside the sheet).",
)  # fmt: skip
@declared.force
@declared.some_rows
@declared.pace
@declared.canary
@declared.detach
@declared.notify
@option("--dry-run", is_flag=True, help="Only say to whom it would go, and what they would get.")
@declared.yes
@declared.confirm
@expert.talking
@expert.verbose
@expert.settings
def correct_command(run_id: str, **options: Any) -> int:
    """Send a correction to exactly those who got a message of RUN.

    It is a new run over the rows of RUN, as the ledger kept them: each row whose message was sent, or was settled as
    delivered, gets the correction once. It says to whom it goes, to whom not and why, and asks. Placeholders of the
    message are the columns of the sheet of RUN.

    Whoever got the correction never gets another one of the same RUN. If the correction was wrong as well, correct
    its run.
    """
    from hotline_batch.cli.flows.correct import correct

    return correct(run_id, options)


@click.command(
    "resolve",
    cls=Command,
    epilog="Examples:\n"
    "  hotline-batch resolve 20261122-180412-k3f9 --rows 17,44 --delivered --note 'seen in the topic'\n"
    "  hotline-batch resolve 20261122-180412-k3f9 --from-export result.json",
)
@declared.run_id
@option("--delivered", is_flag=True, help="The message is in the topic.")
@option("--not-delivered", is_flag=True, help="The message is not in the topic.")
@option("--resend", is_flag=True, help="Send these rows again now, at the risk of a second copy.")
@option(
    "--from-export", metavar="FILE", shell_complete=complete_files,
    help="Settle what Telegram's export of the group proves, see 'verify'.",
)  # fmt: skip
@declared.look
@declared.name_of_doubts
@option("--rows", metavar="17,44", multiple=True, help="These rows of the sheet. May be repeated.")
@option("--all", "all_rows", is_flag=True, help="Every row that is 'unknown'.")
@option("--note", default="", metavar="TEXT", help="Why; kept for audit.")
@declared.going_on
def resolve_command(run_id: str, output: str | None, **options: Any) -> int:
    """Settle rows of RUN whose delivery is not known, after looking into their topics.

    On a terminal, without --rows and --all, it goes through the rows one by one. Who settled which row, when and why is
    kept in the ledger.
    """
    from hotline_batch.cli.flows import doubts, existing_run

    if options["from_export"]:
        return doubts.resolve_from_export(run_id, output, options)
    if doubts.asks_one_by_one(options):
        return doubts.resolve_one_by_one(run_id, output, options)
    return existing_run.resolve(run_id, output, options)


@click.command(
    "verify",
    cls=Command,
    epilog="Example:  hotline-batch verify 20261122-180412-k3f9 --export result.json -o proof.xlsx",
)
@click.argument("run_ids", metavar="RUN...", nargs=-1, required=True, shell_complete=complete_runs)
@option(
    "--export", "export_path", metavar="FILE", required=True, shell_complete=complete_files,
    help="The group as Telegram Desktop exported it: result.json, or its folder.",
)  # fmt: skip
@declared.look
@declared.name_of_doubts
@option("-o", "--output", metavar="FILE", shell_complete=complete_files, help="Workbook with every row, .xlsx.")
@option("--force", is_flag=True, help="Replace an existing file.")
@expert.talking
@expert.settings
def verify_command(run_ids: tuple[str, ...], **options: Any) -> int:
    """Compare RUNs with Telegram's own export of the group: what is there, what is not, what is there twice.

    Nothing is changed. Exit code 0: all agrees; 1: the export contradicts the ledger; 3: of some rows it does not tell;
    2: the file cannot be used.
    """
    from hotline_batch.cli.flows.doubts import verify

    return verify(run_ids, options)
