"""Who counts as a second pair of eyes on a run: nobody who prepared what would go, and nobody who asked for it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, text

from hotline_batch.ledger.oversight.audit_log import Action
from hotline_batch.ledger.oversight.tables import approval, audit_entry
from hotline_batch.model.runs import Run
from hotline_batch.people import Person, PersonKind

# What the plan itself sends: not the rows in doubt that somebody wants sent once more, nor what was tried before.
_SENDS_OF_THE_PLAN = text("""
    select 1 from sheet_row
    where run_key = :run_key and (state in ('pending', 'waiting') and attempts = 0 or state = 'in_flight')
    limit 1
""")

# What may have arrived already, as is asked for, or by a person's word did not.
_SENDS_ONCE_MORE = text("""
    select count(*) from sheet_row
    where run_key = :run_key and (state = 'unknown' and code = 'resend_asked'
                                  or state = 'pending' and code = 'settled_as_not_delivered')
""")


def who_prepared(run: Run) -> Person:
    """Whoever planned a run."""
    return Person(run.owner, PersonKind.ACCOUNT if run.notes.owner_is_account else PersonKind.SYSTEM)


def whose_hand(connection: Connection, run: Run, run_key: int, by: Person) -> Person | None:
    """Whom of those who have a hand in the newest question about a run this person may be; None: somebody else.

    These are all who asked since the last approval of the run that stands, also who asked once more after a rejection;
    and whoever prepared it, but where somebody else's approval stands and only rows in doubt go, a second time.
    """
    return next((each for each in _who_has_a_hand(connection, run, run_key) if by.is_same_as(each)), None)


def goes_for_the_first_time(connection: Connection, run_key: int) -> bool:
    """Whether any row of a run is to be sent that never was, or is on its way."""
    return connection.execute(_SENDS_OF_THE_PLAN, {"run_key": run_key}).first() is not None


def how_many_go_once_more(connection: Connection, run_key: int) -> int:
    """How many rows of a run are to be sent that may have arrived already."""
    return int(connection.execute(_SENDS_ONCE_MORE, {"run_key": run_key}).scalar_one())


def _who_has_a_hand(connection: Connection, run: Run, run_key: int) -> Sequence[Person]:
    numbers = select(func.max(approval.c.number)).where(approval.c.run_key == run_key)
    newest = connection.execute(numbers).scalar() or 0
    # One that was taken back is a rejection by now.
    earlier = numbers.where((approval.c.decision == "approved") & (approval.c.number < newest))
    approved = connection.execute(earlier).scalar() or 0
    asked = select(approval.c.asked_by, approval.c.asked_as).where(
        (approval.c.run_key == run_key) & (approval.c.number > approved)
    )
    # Each question has its entry, which names whoever asked it once more.
    told = (
        select(audit_entry.c.by, audit_entry.c.by_kind)
        .where((audit_entry.c.run == run.id) & (audit_entry.c.action == Action.ASKED_FOR_APPROVAL.value))
        .order_by(audit_entry.c.number.desc())
        .limit(newest - approved)
    )
    found = [who_prepared(run)] if not approved or goes_for_the_first_time(connection, run_key) else []
    for query in (asked, told):
        found += [Person(name, PersonKind(kind)) for name, kind in connection.execute(query)]
    return found
