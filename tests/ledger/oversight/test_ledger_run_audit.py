"""What was tried and said in a run is only added, and whatever is changed behind the program's back is found."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from hotline_batch.errors import ApiError
from hotline_batch.ledger.journal.entries import Claim, Record
from hotline_batch.ledger.journal.journal import Journal
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_lines import check_lines
from hotline_batch.ledger.oversight.run_audit import audit_lines, verify_run
from hotline_batch.ledger.pruning import forget_cells
from hotline_batch.ledger.resolutions import PersonsWord, Resolution, resolve_rows
from hotline_batch.model.jobs import Attempt, Request, SendMessage, Succeeded
from hotline_batch.model.runs import Delivery, Run
from hotline_batch.people import Person, PersonKind, user_of_the_system
from tests.support.engine_bench import Scripted, drive, lost, refused
from tests.support.ledgers.ledger_examples import WALL, add_run, hold_of, ledger_url, messages, settle_left
from tests.support.ledgers.older_ledgers import VERSION_4

ANNA = Person("anna", PersonKind.ACCOUNT)
ENTRIES = 6  # five attempts and a word


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger(ledger_url) as opened:
        yield opened


def a_run(ledger: Ledger, run_id: str = "r", first_user: int = 1001) -> Run:
    """Five rows that were tried once: row 3 was refused, of row 4 a person says that it is there."""
    run = add_run(ledger, run_id, messages(5, first_user))
    errors = {first_user + 1: refused, first_user + 2: lost}

    def rule(request: Request, _number: int) -> ApiError | None:
        return errors[request.user_id]() if isinstance(request, SendMessage) and request.user_id in errors else None

    drive(ledger, run, Scripted(rule))
    resolve_rows(ledger, run_id, None, Resolution(PersonsWord.DELIVERED, ANNA, WALL + 99, "gesehen: Frau Ä."))
    return run


def test_all_is_as_it_was_written(ledger: Ledger) -> None:
    run = a_run(ledger)

    check = verify_run(ledger, run)
    lines = list(audit_lines(ledger, run))

    assert (ENTRIES, None, [], True) == (check.entries, check.first_wrong, list(check.wrong_rows), check.is_well)
    assert check.last_digest == check_lines(lines).last_digest
    assert (ENTRIES, None) == (check_lines(lines).lines, check_lines(lines).first_wrong)


@pytest.mark.parametrize("when", ["from resolution", "from run_audit_entry as entry"])
def test_what_is_said_while_it_is_checked_is_no_forgery(ledger: Ledger, when: str) -> None:
    """A person settles a row in between: what was read before knows nothing of it, what is read behind it does."""
    run = add_run(ledger, "r", messages(2))
    drive(ledger, run, Scripted(lambda _request, _number: lost()))
    said = [Resolution(PersonsWord.DELIVERED, ANNA, WALL + 99, "")]

    def settle(*told: Any) -> None:
        if when in told[2] and said:
            resolve_rows(ledger, "r", None, said.pop())

    event.listen(ledger.engine, "before_cursor_execute", settle)
    check = verify_run(ledger, run)

    assert not said
    assert (None, []) == (check.first_wrong, list(check.wrong_rows))


def test_ledger_of_an_older_sqlite(tmp_path: Path) -> None:
    """RHEL 9 has 3.34, which knows no ``returning``; SQLAlchemy does without it there by itself."""

    def refuse(*told: Any) -> None:
        if re.search(r"\breturning\b", told[2], re.IGNORECASE):
            raise sqlite3.OperationalError('near "returning": syntax error')

    with Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}") as ledger:
        ledger.engine.dialect.insert_returning = False
        event.listen(ledger.engine, "before_cursor_execute", refuse)
        run = a_run(ledger)

        assert (ENTRIES, True) == (verify_run(ledger, run).entries, verify_run(ledger, run).is_well)


def test_run_that_nothing_was_tried_in_is_in_order(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(2))

    assert verify_run(ledger, run).is_well
    assert [] == list(audit_lines(ledger, run))


@pytest.mark.parametrize(
    "statement",
    [
        "update run_audit_entry set entry = replace(entry, 'api_refused', 'api_accepts') where number = 2",
        "update run_audit_entry set digest = (select digest from run_audit_entry where number = 1) where number = 2",
        "delete from run_audit_entry where number = 2",
        "delete from run_audit_entry where number = 6",
        (
            "insert into run_audit_entry select run_key, 7, position, attempt, entry, digest from run_audit_entry"
            " where number = 6"
        ),
        "update run_audit set entries = 5",
        "update run_audit set digest = (select digest from run_audit_entry where number = 5)",
        "delete from run_audit",
    ],
)
def test_chain_that_was_changed_is_found(ledger: Ledger, statement: str) -> None:
    """Altered, removed, put in, cut off at its end."""
    run = a_run(ledger)
    with ledger.engine.begin() as connection:
        connection.execute(text(statement))

    assert not verify_run(ledger, run).is_well


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("update attempt set error_code = '' where position = 1", [3]),
        ("update attempt set started_at = started_at + 1 where position = 1", [3]),
        ("delete from attempt where position = 1", [3]),
        (
            (
                "insert into attempt (run_key, position, number, started_at, duration_seconds, error_code, delivery)"
                " select run_key, position, 2, started_at, 1, '', 'yes' from attempt where position = 1"
            ),
            [3],
        ),
        ("update sheet_row set arguments = replace(arguments, 'Hello 4', 'Hello 5') where position = 4", [6]),
        ("update sheet_row set arguments = replace(arguments, '1005', '1006') where position = 4", [6]),
        ("update resolution set verdict = 'not_delivered'", [4]),
        ("update resolution set note = 'nothing was said'", [4]),
        ("delete from resolution", [4]),
        (
            (
                "insert into resolution select run_key, position, resolved_at + 1, verdict, resolved_by, note,"
                " code_before from resolution"
            ),
            [4],
        ),
    ],
)
def test_what_the_chain_tells_of_was_changed(ledger: Ledger, statement: str, rows: list[int]) -> None:
    """The chain is whole, and the rows that tell something else now are named."""
    run = a_run(ledger)
    with ledger.engine.begin() as connection:
        connection.execute(text(statement))

    check = verify_run(ledger, run)

    assert (None, rows) == (check.first_wrong, list(check.wrong_rows))


def test_what_was_forgotten_is_proven_by_a_file_from_before(ledger: Ledger) -> None:
    """After pruning the ledger holds nothing that tells of people, and still the digests of every line of then."""
    run = a_run(ledger)
    before = list(audit_lines(ledger, run))
    with ledger.hold("r") as held:
        forget_cells(ledger, held, WALL + 100, user_of_the_system())
    run = ledger.run("r")

    check, after = verify_run(ledger, run), list(audit_lines(ledger, run))

    assert check.is_well
    assert check.is_pruned
    assert check_lines(before).digests == check_lines(after).digests
    assert (None, None) == (check_lines(before).first_wrong, check_lines(after).first_wrong)
    kept = b"".join(after).decode()
    # As words: digests may hold any digits.
    assert not [
        told for told in ("1003", "user_id", "gesehen", "message_sha256", "salt") if re.search(rf"\b{told}\b", kept)
    ]


def test_late_answer_is_an_entry_of_its_own(ledger: Ledger) -> None:
    """What was thought of an attempt stays, and what became of it in truth stands behind it."""
    run = add_run(ledger, "r", messages(1))
    (job,) = ledger.next_pending(run, "main", -1, 1)
    with Journal(ledger, "r", 0.0, lambda _news: None, held=hold_of(ledger, "r")) as journal:
        journal.tell(Claim(job, WALL))
    settle_left(ledger, "r", WALL + 20)
    with Journal(ledger, "r", 0.0, lambda _news: None, held=hold_of(ledger, "r")) as journal:
        journal.tell(Record(job, Attempt(1, WALL, 0.1, 200, "", Delivery.YES), Succeeded("", {}, 200), WALL + 30))

    check = check_lines(list(audit_lines(ledger, run)))

    assert verify_run(ledger, run).is_well
    assert (2, None) == (check.lines, check.first_wrong)


def test_runs_of_version_4_are_chained_as_they_are(ledger_url: str) -> None:
    """Also one whose texts were forgotten by then."""
    with Ledger(ledger_url) as ledger:
        a_run(ledger)
        a_run(ledger, "pruned", 2001)
        with ledger.hold("pruned") as held:
            forget_cells(ledger, held, WALL + 100, user_of_the_system())
        with ledger.engine.begin() as connection:
            for statement in VERSION_4:
                connection.execute(text(statement))

    with Ledger(ledger_url) as ledger:
        checks = [verify_run(ledger, ledger.run(name)) for name in ("r", "pruned")]
        lines = [list(audit_lines(ledger, ledger.run(name))) for name in ("r", "pruned")]

    assert [(ENTRIES, True, False), (ENTRIES, True, True)] == [(c.entries, c.is_well, c.is_pruned) for c in checks]
    assert [None, None] == [check_lines(each).first_wrong for each in lines]
    assert b"salt" not in b"".join(lines[1])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file of two runs' worth of shapes: attempts, a refusal, a doubt and a word with letters beyond ASCII."""
    with Ledger(ledger_url(tmp_path_factory.mktemp("audit"))) as ledger:
        return b"".join(audit_lines(ledger, a_run(ledger)))


def wrong_line(content: bytes) -> int | None:
    return check_lines(content.splitlines(keepends=True)).first_wrong


def test_every_changed_byte_is_found(written: bytes) -> None:
    """Whatever byte, wherever it stands: the line that holds it, or the one that it became two of, is told."""
    missed = [
        at
        for at in range(len(written))
        for other in ((written[at] + 1) % 256, written[at] ^ 0x20, ord(" "))
        if other != written[at] and wrong_line(written[:at] + bytes([other]) + written[at + 1 :]) is None
    ]

    assert [] == missed


@given(data=st.data())
@settings(max_examples=200)
def test_lines_that_are_missing_doubled_or_in_another_order_are_found(written: bytes, data: st.DataObject) -> None:
    lines = written.splitlines(keepends=True)
    places = data.draw(st.lists(st.integers(0, len(lines) - 1), min_size=1, max_size=8))

    is_wrong = wrong_line(b"".join(lines[at] for at in places)) is not None

    assert is_wrong is (places != list(range(len(lines))))
