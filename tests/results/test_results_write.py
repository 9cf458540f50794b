"""Result sheets as files: what a person opens, and what is refused before anything is sent."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import python_calamine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from result_examples import ENRICH_RUN, SEND_RUN, cells_of, ended, enriched, invalid, reader, sent

from hotline_batch.errors import LedgerError, OutputError
from hotline_batch.issues.issue import Issue
from hotline_batch.model.jobs import JobState, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import RowRecord, RunState
from hotline_batch.model.sheets import Dialect
from hotline_batch.results.cell_safety import csv_text, workbook_text
from hotline_batch.results.files.output import check_capacity, check_output
from hotline_batch.results.rows.columns import lay_out, status_first
from hotline_batch.results.summary import EXIT_MEANINGS, summarise
from hotline_batch.results.workbook import xlsx
from hotline_batch.results.write import write_results

EVIL = (
    "=1+1",
    '=HYPERLINK("http://evil.example","x")',
    "#N/A",
    "@SUM(1)",
    "+12125550123",
    "-1002101424779",
    "\x00\x1b[31mred",
    "\ufffe\ud83d",
    "_x000D_",
    "_x000D_x000D_",
    "<r>bold</r>",
    "<r><t>bold</t></r>",
    "line\r\nline",
    "  blanks  ",
    "   ",
    "<b>&amp;</b>",
    "]]>",
    "132099468746812345",
    "00123",
    "TRUE",
    "1E5",
    'a;b,c\t"d"',
    "x" * 40_000,
    "Привет 👩‍👩‍👧",
)

ENDS = (
    sent(2, "987654321", "bestätigt"),
    ended(3, JobState.FAILED, "api_refused", "no such user"),
    ended(4, JobState.UNKNOWN, "reply_timeout", "No answer within 30 s."),
    invalid(5, Issue("user_id_missing", "Kunden-ID", "", {"text": "The row has no user id."})),
    ended(6, JobState.SKIPPED, "already_sent", "Sent on 2026-11-21."),
    ended(7, JobState.PENDING),
)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def read_csv(path: Path, delimiter: str = ";") -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream, delimiter=delimiter))


# ── the counts ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_counts_of_a_written_sheet_are_those_of_its_rows(tmp_path: Path, name: str):
    """Whoever wrote a sheet gets the summary that another reading of all rows would give."""
    run, told = replace(SEND_RUN, rows=6), []

    write_results(run, reader(*ENDS), str(tmp_path / name), "18/min", replace=False, on_counted=told.append)

    assert told == [summarise(run, ENDS, "18/min")]


def test_counts_are_told_once_the_sheet_is_there(tmp_path: Path):
    """Rows that do not add up give no sheet and no counts."""
    told: list[RunSummary] = []

    with pytest.raises(LedgerError):
        write_results(
            SEND_RUN, reader(*ENDS[:2]), str(tmp_path / "out.csv"), "18/min", replace=False, on_counted=told.append
        )

    assert told == []


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_csv_result_opens_by_double_click(tmp_path: Path):
    """Byte order mark, the input's delimiter, CRLF; one line per row below the header, in order."""
    path = tmp_path / "out.csv"

    used = write_results(replace(SEND_RUN, rows=6), reader(*ENDS), str(path), "18/min", replace=False)

    content = path.read_bytes()
    lines = read_csv(path)
    assert used == str(path)
    assert content.startswith(b"\xef\xbb\xbfKunden-ID;Status;hotline_row;")
    assert content.count(b"\r\n") == 7
    assert [line[3] for line in lines[1:]] == ["sent", "failed", "unknown", "invalid", "skipped", "not_attempted"]
    assert lines[1][:2] == ["987654321", "bestätigt"]


def test_csv_after_a_workbook_uses_commas(tmp_path: Path):
    """A workbook has no delimiter to keep."""
    path = tmp_path / "out.CSV"

    write_results(
        replace(SEND_RUN, rows=1, dialect=Dialect("xlsx")), reader(sent(2)), str(path), "18/min", replace=False
    )

    assert read_csv(path, ",")[1][:2] == ["987654321", "ok"]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_evil_cells_come_back_defused_and_in_place(tmp_path: Path, delimiter: str):
    """Every evil value stays in its own cell, and none would be run; header cells included."""
    path = tmp_path / "out.csv"
    run = replace(SEND_RUN, rows=1, header=EVIL, dialect=Dialect("csv", "utf-8", delimiter))

    csv.field_size_limit(1_000_000)
    write_results(run, reader(sent(2)._replace(cells=EVIL)), str(path), "18/min", replace=False)

    header, line = read_csv(path, delimiter)
    assert header[: len(EVIL)] == line[: len(EVIL)] == [csv_text(text) for text in EVIL]
    assert line[0] == "'=1+1"


def test_standard_output_takes_csv_without_a_mark(capfdbinary: pytest.CaptureFixture[bytes]):
    """For pipes: the same CSV, but nothing before the first header."""
    used = write_results(replace(SEND_RUN, rows=1), reader(sent(2)), "-", "18/min", replace=False)

    assert used == "-"
    assert capfdbinary.readouterr().out.startswith(b"Kunden-ID;Status;hotline_row;")


def test_standard_output_gets_nothing_when_rows_are_missing(capfdbinary: pytest.CaptureFixture[bytes]):
    """What went into a pipe cannot be taken back, so the rows are counted first."""
    with pytest.raises(LedgerError):
        write_results(replace(SEND_RUN, rows=2), reader(sent(2)), "-", "18/min", replace=False)

    assert capfdbinary.readouterr().out == b""


# ── XLSX ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_workbook_has_results_summary_and_problems(tmp_path: Path):
    """Three worksheets; frozen header and filter; every status has its word and its colour."""
    path = tmp_path / "out.xlsx"
    run = replace(SEND_RUN, rows=6, state=RunState.STOPPED, stop_code="unreachable", stop_reason="Nobody answers.")

    write_results(run, reader(*ENDS), str(path), "18/min", replace=False)

    book = openpyxl.load_workbook(path)
    results, summary, problems = book.worksheets
    assert book.sheetnames == ["Results", "Summary", "Problems"]
    assert (results.freeze_panes, results.auto_filter.ref) == ("E2", "A1:S7")
    assert (problems.freeze_panes, problems.auto_filter.ref) == ("A2", "A1:J5")
    assert len({results.cell(row, 3).fill.fgColor.rgb for row in range(2, 8)}) == 6
    assert [row[:4] for row in problems.iter_rows(values_only=True, min_row=2)] == [
        ("4", "987654321", "unknown", "reply_timeout"),
        ("3", "987654321", "failed", "api_refused"),
        ("5", "987654321", "invalid", "user_id_missing"),
        ("7", "987654321", "not_attempted", None),
    ]
    facts = {row[0]: row[1] for row in summary.iter_rows(values_only=True) if row and row[0]}
    assert facts["Run"] == run.id
    assert sum(facts[status.value] for status in Status if status is not Status.ENRICHED) == facts["total"] == 6
    assert (facts["Started (UTC)"], facts["Time spent"], facts["Rate"]) == (
        "2026-11-22T18:04:12Z",
        "10 min 3 s",
        "18/min",
    )
    assert EXIT_MEANINGS[4] == facts["Outcome"]


def test_every_cell_of_the_results_is_text(tmp_path: Path):
    """Evil or not: text format, never a formula, an error value or a number; ids keep every digit."""
    path = tmp_path / "out.xlsx"
    run = replace(SEND_RUN, rows=1, header=EVIL)

    write_results(run, reader(sent(2, message="=1+1")._replace(cells=EVIL)), str(path), "18/min", replace=False)

    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in (book["Results"], book["Problems"]) for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert {cell.number_format for cell in cells if cell.value is not None} == {"@"}
    assert [cell.value or "" for cell in book["Results"][2]][: len(EVIL)] == [workbook_text(text) for text in EVIL]
    assert book["Results"].cell(2, 1).quotePrefix
    assert "f" not in {cell.data_type for row in book["Summary"].iter_rows() for cell in row}


def test_text_of_several_lines_is_seen_whole(tmp_path: Path):
    """Its row is as high as it needs, and every text stands at the top; one that goes on for ever is not followed."""
    path = tmp_path / "out.xlsx"
    texts = ("One line", "First\nsecond\r\nthird", "=a\rb", "line\n" * 500)

    write_results(
        replace(SEND_RUN, rows=4),
        reader(*(sent(number, "987654321", text) for number, text in enumerate(texts, 2))),
        str(path),
        "18/min",
        replace=False,
    )

    results = openpyxl.load_workbook(path)["Results"]
    cells = [row[1] for row in results.iter_rows(min_row=2)]
    assert [results.row_dimensions[row].height for row in range(2, 6)] == [None, 45, 30, 180]
    assert [bool(cell.alignment.wrap_text) for cell in cells] == [False, True, True, True]
    assert cells[2].quotePrefix
    assert {cell.alignment.vertical for row in results.iter_rows(min_row=2) for cell in row if cell.value} == {"top"}


def test_another_reader_sees_the_same_cells(tmp_path: Path):
    """The file is not only legal for the library that wrote it."""
    path = tmp_path / "out.xlsx"
    run = replace(SEND_RUN, rows=6)
    layout = status_first(lay_out(run, ()))

    write_results(run, reader(*ENDS), str(path), "18/min", replace=False)

    rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Results").to_python()
    assert rows == [list(layout.names), *(cells_of(run, record, layout) for record in ENDS)]


def test_only_topic_links_become_clickable(tmp_path: Path):
    """Text of a server never becomes a hyperlink to somewhere else."""
    path = tmp_path / "out.xlsx"
    links = (
        "https://t.me/c/2101424779/5343",
        "https://evil.example/c/1/2",
        "https://t.me/c/1/2\n",
        "javascript:alert(1)",
        "https://t.me/c/1/2abc",
        "https://t.me/c/1/2@evil.example",
        "x https://t.me/c/1/2",
    )

    write_results(
        replace(SEND_RUN, rows=len(links)),
        reader(*(sent(number, link=link) for number, link in enumerate(links, 2))),
        str(path),
        "18/min",
        replace=False,
    )

    cells = [row[3] for row in openpyxl.load_workbook(path)["Results"].iter_rows(min_row=2)]
    assert [cell.hyperlink.target if cell.hyperlink else None for cell in cells] == [links[0], *[None] * 6]


def test_links_beyond_the_limit_of_a_worksheet_are_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Excel repairs files with more than 65,530 hyperlinks; the text is there all the same."""
    monkeypatch.setattr(xlsx, "MOST_LINKS", 3)
    path = tmp_path / "out.xlsx"

    write_results(
        replace(SEND_RUN, rows=5), reader(*(sent(n) for n in range(2, 7))), str(path), "18/min", replace=False
    )

    cells = [row[3] for row in openpyxl.load_workbook(path)["Results"].iter_rows(min_row=2)]
    assert [cell.hyperlink is not None for cell in cells] == [True, True, True, False, False]
    assert {cell.value for cell in cells} == {"https://t.me/c/2101424779/5343"}


def test_enrich_result_has_the_fields_of_every_reply(tmp_path: Path):
    """Private dialogs and group chats in one sheet: what a reply lacks is an empty cell."""
    path = tmp_path / "out.xlsx"
    records = (
        enriched(2, {"result": "topic_info", "user_phone": "+12125550123", "thread_id": 5602541568}),
        enriched(3, {"result": "topic_info", "frontend_chat_id": -1001234567890, "topic_title": "=evil()"}),
    )

    write_results(replace(ENRICH_RUN, rows=2), reader(*records), str(path), "2/s", replace=False)

    header, first, second = openpyxl.load_workbook(path)["Results"].iter_rows(values_only=True)
    private, group = dict(zip(header, first, strict=True)), dict(zip(header, second, strict=True))
    assert (private["hotline_user_phone"], private["hotline_thread_id"]) == ("+12125550123", "5602541568")
    assert (group["hotline_frontend_chat_id"], group["hotline_topic_title"]) == ("-1001234567890", "=evil()")
    assert (private["hotline_topic_title"], group["hotline_user_phone"]) == (None, None)
    assert "hotline_delivered" not in header


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cells=st.lists(st.text(st.characters(), max_size=30), min_size=2, max_size=2), message=st.text(max_size=30))
def test_any_text_comes_back_from_a_workbook(tmp_path: Path, cells: list[str], message: str):
    """Whatever stands in cells and messages, two readers open the file and find the row, and every character of it."""
    path = tmp_path / "out.xlsx"

    write_results(
        replace(SEND_RUN, rows=1), reader(sent(2, *cells, message=message)), str(path), "18/min", replace=True
    )

    line = [cell.value or "" for cell in openpyxl.load_workbook(path)["Results"][2]]
    assert line[:3] == [*map(workbook_text, cells), "sent"]
    assert workbook_text(message) in line
    rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Results").to_python()
    assert rows[1][2] == "sent"


# ── whole or not at all ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_rows_that_do_not_add_up_write_nothing(tmp_path: Path, name: str):
    """The counts are asserted before a file appears; the old one stays."""
    (tmp_path / name).write_bytes(b"old")

    with pytest.raises(LedgerError):
        write_results(replace(SEND_RUN, rows=3), reader(*ENDS[:2]), str(tmp_path / name), "18/min", replace=True)

    assert (tmp_path / name).read_bytes() == b"old"
    assert names_in(tmp_path) == [name]


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_ledger_that_breaks_half_way_leaves_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    """Neither beside the result nor among the temporary files: they hold names and phones."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))

    def break_half_way() -> Iterator[RowRecord]:
        yield from (sent(number) for number in range(2, 200))
        raise LedgerError("The ledger is gone.")

    with pytest.raises(LedgerError, match="gone"):
        write_results(replace(SEND_RUN, rows=300), break_half_way, str(tmp_path / name), "18/min", replace=False)

    assert names_in(scratch) == []
    assert names_in(tmp_path) == ["scratch"]


def test_taken_name_is_left_alone_or_replaced_as_asked(tmp_path: Path):
    """Without leave an existing file stays, and the result appears beside it; with leave it is replaced."""
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")
    run = replace(SEND_RUN, rows=1)

    used = write_results(run, reader(sent(2)), str(path), "18/min", replace=False)

    assert used == str(tmp_path / "out (2).csv")
    assert path.read_bytes() == b"old"

    write_results(run, reader(sent(2)), str(path), "18/min", replace=True)
    assert path.read_bytes() != b"old"


def test_locked_result_appears_beside_it(tmp_path: Path):
    """A result that cannot be replaced gets a sibling, and the caller is told which."""
    (tmp_path / "out.csv").mkdir()

    used = write_results(replace(SEND_RUN, rows=1), reader(sent(2)), str(tmp_path / "out.csv"), "18/min", replace=True)

    assert used == str(tmp_path / "out (2).csv")


def test_lost_folder_says_how_to_get_the_sheet(tmp_path: Path):
    """Nothing is lost, and the person is told how to get the sheet."""
    with pytest.raises(OutputError, match=f"Write the sheet elsewhere with: results {SEND_RUN.id}"):
        write_results(
            replace(SEND_RUN, rows=1), reader(sent(2)), str(tmp_path / "gone" / "o.csv"), "18/min", replace=True
        )


# ── refused before anything is sent ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "kunden.csv"
    path.write_text("user_id\n1\n")
    return path


def test_output_is_never_the_input(tmp_path: Path, sheet: Path):
    """Not by another spelling, not by a symbolic or hard link, not with --force."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "soft.csv").symlink_to(sheet)
    (tmp_path / "hard.csv").hardlink_to(sheet)
    spellings = [str(sheet), f"{tmp_path}/sub/../kunden.csv", f"{tmp_path}/soft.csv", f"{tmp_path}/hard.csv"]

    for spelling in spellings:
        with pytest.raises(OutputError, match="input sheet itself"):
            check_output(spelling, str(sheet), force=True, own_result=True)

    sheet.unlink()
    with pytest.raises(OutputError, match="input sheet itself"):
        check_output(f"{tmp_path}/sub/../kunden.csv", str(sheet), force=True)


def test_existing_output_needs_force_or_must_be_our_own(tmp_path: Path, sheet: Path):
    """--force replaces any file; a run replaces its own earlier result; a link to nowhere is there, too."""
    path = tmp_path / "out.csv"
    path.symlink_to(tmp_path / "nowhere")

    with pytest.raises(OutputError, match="exists already"):
        check_output(str(path), str(sheet), force=False)

    check_output(str(path), str(sheet), force=True)
    check_output(str(path), str(sheet), force=False, own_result=True)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("out.xls", "written as .xlsx or .csv"),
        ("out", "written as .xlsx or .csv"),
        ("", "written as .xlsx or .csv"),
        ("missing/out.csv", "there is no folder"),
        ("folder.csv", "is a folder"),
        ("pipe.csv", "not a regular file"),
        ("kunden.csv/out.csv", "there is no folder"),
        (f"{'x' * 300}.csv", "cannot be written"),
        ("nul\x00.csv", "cannot be written"),
    ],
)
def test_unusable_outputs_are_refused(
    tmp_path: Path, sheet: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
):
    """Each refusal says what is wrong before a message leaves."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")

    with pytest.raises(OutputError, match=words):
        check_output(name, str(sheet), force=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_read_only_folder_is_refused(tmp_path: Path, sheet: Path):
    """The folder is tried, since permissions do not tell all."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)

    with pytest.raises(OutputError, match="cannot be written"):
        check_output(str(folder / "out.csv"), str(sheet), force=False)


def test_good_outputs_are_accepted_without_a_trace(tmp_path: Path, sheet: Path):
    """Odd names are fine; the check leaves nothing behind."""
    names = ["out.csv", "Ärger 100% -1.XLSX", f"{'x' * 250}.xlsx", "-leading.csv"]

    for name in names:
        check_output(str(tmp_path / name), str(sheet), force=False)
    check_output("-", "-", force=False)

    assert names_in(tmp_path) == ["kunden.csv"]


def test_too_large_workbooks_are_refused_beforehand():
    """A worksheet has 1,048,576 rows and 16,384 columns; CSV has no such limit."""
    check_capacity("out.xlsx", 1_048_575, 16_384)
    check_capacity("out.csv", 2_000_000, 20_000)
    check_capacity("-", 2_000_000)

    with pytest.raises(OutputError, match=r"\.csv"):
        check_capacity("out.xlsx", 1_048_576)
    with pytest.raises(OutputError, match=r"\.csv"):
        check_capacity("out.xlsx", 1, 16_385)
