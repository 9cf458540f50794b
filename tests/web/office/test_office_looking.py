"""Whoever may only look: sees what became of runs, and nothing that is refused afterwards."""

from __future__ import annotations

from hotline_batch.application.office.acting import acting_as
from hotline_batch.application.runs.views.progress import wait_for_run
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.accounts import account_named
from tests.support.page.office_server import OfficeServer
from tests.support.page.page_forms import hand_in, opened
from tests.support.page.page_runs import run_of


def test_whoever_only_looks_is_led_to_no_sheet(office: OfficeServer) -> None:
    """The page of a run leads whoever prepares back to its sheet; for others there is no such link."""
    anna, lea = office.signed_in("anna"), office.signed_in("lea")
    anna.post("/practice", {"is_on": "yes"})
    page = hand_in(anna, "list.csv", b"user_id,message\n1000001,Hello\n").press("Send 1 message in practice")
    with Ledger(office.settings().ledger) as ledger:
        account = account_named(ledger, "lea")
    assert account is not None
    with acting_as(account.person):
        wait_for_run(office.settings(), run_of(page), 60)

    assert [True, False] == ["/sheets/" in opened(each, page.address).answer.text for each in (anna, lea)]
    assert "Workbook (XLSX)" in opened(lea, page.address).words
