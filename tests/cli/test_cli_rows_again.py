"""The command that plans the mended rows of a sheet once more."""

from __future__ import annotations

from hotline_batch.cli.screen.summary_lines import command_for_rows
from hotline_batch.model.jobs import Kind
from hotline_batch.model.progress import RowsAgain
from hotline_batch.run_options import Reading, RunOptions


def test_mended_rows_are_read_the_same_way_and_written_elsewhere() -> None:
    """Those rows alone, ready to paste, with the path as it is seen from here."""
    options = RunOptions(
        reading=Reading(worksheet="Meine Kunden"), column_map={"user_id": "Kunden-ID"}, template="status_update"
    )
    again = RowsAgain("/home/me/kunden.xlsx", "/home/me/out.xlsx", options, "2-4,9,11")

    command = command_for_rows(Kind.SEND, again, lambda path: path.split("/")[-1])

    assert (
        "hotline-batch send kunden.xlsx --rows 2-4,9,11 --map=user_id=Kunden-ID --worksheet 'Meine Kunden' "
        "--template status_update -o out.mended.xlsx"
    ) == command


def test_rows_too_many_to_name_are_all_rows_of_the_sheet() -> None:
    """Whoever wrote the result to standard output gets it there again."""
    command = command_for_rows(Kind.ENRICH, RowsAgain("a.csv", "-", RunOptions(sandbox=True)))

    assert "hotline-batch enrich a.csv --sandbox -o -" == command
