"""S6, S7, S8, S10: no file of ours runs anything, breaks a program or is read by strangers; none of theirs bites."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from hotline_batch.application.exports.audit import write_audit
from hotline_batch.application.planning.plan_sheet import plan_sheet
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.errors import SheetError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind
from tests.support.batch_bench import FIRST_USER, Bench
from tests.support.processes.doomed import Doomed
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

EVIL_TEXTS = ["=cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "  =1+1", "\uff1d1+1", "\t=1+1"]
RUNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r")


@pytest.fixture
def bench(tmp_path: Path, server: HostileServer) -> Bench:
    return Bench(tmp_path, server.url)


def send_evil(bench: Bench, server: HostileServer, output: str) -> None:
    """Messages that a spreadsheet would run, and replies whose every field attacks one."""
    for row, name in enumerate(["evil_values", "evil_link", "evil_title", "lone_surrogate"]):
        server.fault_for(FIRST_USER + row, named(name))
    summary = bench.send(EVIL_TEXTS, output=output)
    assert 0 == summary.exit_code, summary
    assert len(EVIL_TEXTS) == len(server.applied)


def test_workbook_has_no_formula_and_no_strange_link(bench: Bench, server: HostileServer) -> None:
    """S6, S7: it opens, every cell is text, and only links to topics can be clicked."""
    send_evil(bench, server, "out.xlsx")

    workbook = load_workbook(bench.folder / "out.xlsx")

    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row if cell.value is not None]
    targets = {cell.hyperlink.target for cell in cells if cell.hyperlink}
    assert "f" not in {cell.data_type for cell in cells}
    assert EVIL_TEXTS == [row[1] for row in workbook["Results"].iter_rows(min_row=2, values_only=True)]
    assert targets
    assert all(str(target).startswith("https://t.me/c/") for target in targets)
    with zipfile.ZipFile(bench.folder / "out.xlsx") as package:
        sheets = [name for name in package.namelist() if name.startswith("xl/worksheets/")]
        assert sheets
        assert not [name for name in sheets if b"<f>" in package.read(name) or b"<f " in package.read(name)]


def test_csv_has_nothing_that_a_spreadsheet_would_run(bench: Bench, server: HostileServer) -> None:
    """S6, S7: every cell that would be run begins with an apostrophe; no control character is left."""
    send_evil(bench, server, "out.csv")

    rows = bench.results()
    cells = [cell for row in rows for pair in row.items() for cell in pair]
    running = [cell for cell in cells if cell.lstrip(" ").startswith(RUNS) and not _is_plain_number(cell)]
    assert [] == running
    assert ["'" + text for text in EVIL_TEXTS[:6]] == [row["message"] for row in rows][:6]
    assert not [cell for cell in cells if set(cell) & {"\x00", "\x1b", "\x07", "\ufffe"}]


def _is_plain_number(cell: str) -> bool:
    return not set(cell) - set("+-0123456789 .()")


def test_every_file_is_for_its_owner_alone(bench: Bench, server: HostileServer) -> None:
    """S10: ledger, its log, shared memory, reserve and locks while a run goes on; then result sheets and audit file."""
    before = os.umask(0)
    try:
        server.fault_next(named("hang_applied"))
        run = bench.plan("ab", timeout=20.0).id
        with Doomed(bench, run) as doomed:
            server.wait_until(lambda: len(server.requests) == 1)
            during = {path.name: stat.S_IMODE(path.stat().st_mode) for path in bench.folder.rglob("ledger.*")}
            doomed.kill()
        bench.drive(run)
        bench.send("cd", output="other.xlsx")
        with bench.ledger():
            write_audit(bench.settings(), run, str(bench.folder / "audit.jsonl"))
    finally:
        os.umask(before)

    after = [bench.folder / name for name in ("out.csv", "other.xlsx", "audit.jsonl", "ledger.sqlite")]
    assert {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "ledger.sqlite.reserve"} <= during.keys()
    assert {0o600} == set(during.values())
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in after}


def test_link_in_place_of_the_result_is_replaced_and_not_followed(bench: Bench, server: HostileServer) -> None:
    """S10: whoever plants a link cannot make us write into its target."""
    target = bench.folder / "precious.txt"
    target.write_text("precious")
    (bench.folder / "out.csv").symlink_to(target)

    bench.send("ab", force=True)

    assert "precious" == target.read_text()
    assert not (bench.folder / "out.csv").is_symlink()


@pytest.mark.parametrize("kind", ["bomb", "entities", "too_many"])
def test_workbook_made_to_hurt_is_refused(bench: Bench, kind: str) -> None:
    """S8: packed bombs and entity bombs cost neither memory nor time; nothing is planned."""
    path = bench.folder / "evil.xlsx"
    bench.write_sheet("ab")
    _write_workbook(path, kind)

    with pytest.raises(SheetError):
        plan_sheet(SheetRequest(Kind.SEND, str(path)), bench.settings())


def _write_workbook(path: Path, kind: str) -> None:
    """A workbook as a program would write it, with one part that hurts."""
    book = Workbook()
    book.active.append(["user_id", "message"])  # type: ignore[union-attr]  # a new workbook has a worksheet
    book.active.append(["1000001", "a"])  # type: ignore[union-attr]  # the same
    book.save(path)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    match kind:
        case "bomb":
            parts[sheet] = parts[sheet].replace(b"<sheetData>", b"<sheetData>" + b" " * 210_000_000)
        case "entities":
            doctype = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
            parts[sheet] = doctype + parts[sheet].replace(b"</t>", b"&b;</t>")
        case _:
            parts |= {f"xl/media/{number}.png": b"" for number in range(12_000)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)


def test_ledger_is_opened_without_a_gap_in_its_mode(tmp_path: Path) -> None:
    """S10: it is never readable by others, not even between its making and a later change of its mode."""
    before = os.umask(0)
    try:
        with Ledger(f"sqlite:///{tmp_path / 'deep' / 'ledger.sqlite'}"):
            folder, file = tmp_path / "deep", tmp_path / "deep" / "ledger.sqlite"
            assert (0o700, 0o600) == (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(file.stat().st_mode))
    finally:
        os.umask(before)
