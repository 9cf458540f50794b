"""What was chosen for a run and what is noted on it come back from the ledger, whichever version wrote it."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline_batch.application.office.acting import acting_person
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pruning import forget_cells
from hotline_batch.ledger.run_records import options_as_json, options_from_json, with_notes, without_texts
from hotline_batch.model.runs import InboxPlace, KeptLook, RunNotes, RunState, UnusualLimits
from hotline_batch.model.sheets import ColumnLook, Row, SheetLook
from hotline_batch.run_options import Limits, Reading, ResultColumns, RunOptions, Selection
from tests.support.ledgers.ledger_examples import WALL, add_run, messages

LONG_ENOUGH_TO_BE_FIRST_SECONDS = 1.0
TEXTS = st.text(max_size=8)
MAYBE_TEXTS = st.none() | TEXTS
COUNTS = st.none() | st.integers(0, 1_000)
SECONDS = st.none() | st.floats(0, 1e9)
NAMES = st.lists(TEXTS.map(str.strip).filter(lambda name: name and "," not in name), max_size=3).map(tuple)
BY_NAME = st.dictionaries(TEXTS, TEXTS, max_size=2)
LIMITS = st.builds(
    Limits,
    rate=MAYBE_TEXTS,
    concurrency=COUNTS,
    timeout=SECONDS,
    attempts=COUNTS,
    max_errors=MAYBE_TEXTS,
    duplicate_window=MAYBE_TEXTS,
    at=MAYBE_TEXTS,
    between=MAYBE_TEXTS,
    days=MAYBE_TEXTS,
    holidays=MAYBE_TEXTS,
)
OPTIONS = st.builds(
    RunOptions,
    reading=st.builds(Reading, worksheet=MAYBE_TEXTS, delimiter=MAYBE_TEXTS, encoding=MAYBE_TEXTS, header_row=COUNTS),
    column_map=BY_NAME,
    selection=st.builds(
        Selection, rows=MAYBE_TEXTS, limit=COUNTS, where=st.lists(TEXTS, max_size=2).map(tuple), hidden_rows=MAYBE_TEXTS
    ),
    message=MAYBE_TEXTS,
    template=MAYBE_TEXTS,
    dates=MAYBE_TEXTS,
    numbers=MAYBE_TEXTS,
    connection=MAYBE_TEXTS,
    sandbox=st.booleans(),
    mishaps=st.lists(TEXTS, max_size=2).map(tuple),
    max_age=MAYBE_TEXTS,
    limits=LIMITS,
    results=st.builds(ResultColumns, only=MAYBE_TEXTS, columns=NAMES, leave_out=NAMES),
    name_column=MAYBE_TEXTS,
)
NOTES = st.builds(
    RunNotes,
    connection=TEXTS,
    identities=BY_NAME,
    is_practice=st.booleans(),
    waits_for_yes=st.booleans(),
    upload=TEXTS,
    trial_rows=st.none() | st.integers(1, 9),
    own_results=st.lists(TEXTS, max_size=2).map(tuple),
    practised=BY_NAME,
    last_rate=TEXTS,
    limits_of_workers=LIMITS,
    timezone=TEXTS,
    message_text=TEXTS,
    unusual_limits=st.builds(UnusualLimits, concurrency=COUNTS, timeout_seconds=SECONDS, max_errors=MAYBE_TEXTS),
    look=st.just(KeptLook()) | st.just(KeptLook(3, SheetLook((Row(1, ("Our customers",)),), (ColumnLook(0, 12.5),)))),
    inbox=st.none() | st.builds(InboxPlace, is_put_away=st.booleans()) | st.just(InboxPlace(sheet="a", result="b")),
    pruned_at=SECONDS,
    owner_is_account=st.booleans(),
    corrects=TEXTS,
    notify=st.lists(TEXTS, max_size=2).map(tuple),
)

# As version 1 and the first ones of version 2 wrote it.
EARLIER = {
    "connection": "main",
    "identities": {"main": "13209946874612345"},
    "drive": dict.fromkeys(("concurrency", "timeout", "attempts", "max_errors", "duplicate_window")) | {"rate": "5/s"},
    "max_age": "1d",
    "only": "changed",
    "columns": "Name, Telefon",
    "leave_out": ["personal_data"],
    "results": ["/home/me/out.csv"],
    "asks": True,
    "again": ["--map=user_id=Kunden-ID", "--worksheet", "Mai", "--header-row", "2", "--message", "Hi", "--sandbox"],
    "chosen": {"message": "Hi", "rows": "2-5", "where": ["a=b"], "limit": 3, "hidden_rows": "skip", "timeout": 60.0},
    "timezone": "Europe/Berlin",
    "last_rate": "1/s",
    "inbox": "open",
    "inbox_destination": ["/in/done/s.csv", "/in/done/s.results.csv"],
}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(OPTIONS, NOTES)
def test_all_comes_back(options: RunOptions, notes: RunNotes) -> None:
    """Nothing is lost or changed on its way through the ledger."""
    assert (options, notes) == options_from_json(options_as_json(options, notes))


def test_earlier_versions_are_understood() -> None:
    """What they kept as words of a command line and under names of its own is what was chosen."""
    options, notes = options_from_json(json.dumps(EARLIER))

    assert options == RunOptions(
        reading=Reading(worksheet="Mai", header_row=2),
        column_map={"user_id": "Kunden-ID"},
        selection=Selection("2-5", 3, ("a=b",), "skip"),
        message="Hi",
        sandbox=True,
        max_age="1d",
        limits=Limits(rate="5/s"),
        results=ResultColumns("changed", ("Name", "Telefon"), ("personal_data",)),
    )
    assert notes == RunNotes(
        connection="main",
        identities={"main": "13209946874612345"},
        waits_for_yes=True,
        own_results=("/home/me/out.csv",),
        last_rate="1/s",
        timezone="Europe/Berlin",
        message_text="Hi",
        unusual_limits=UnusualLimits(timeout_seconds=60.0),
        inbox=InboxPlace(sheet="/in/done/s.csv", result="/in/done/s.results.csv"),
    )


@pytest.mark.parametrize(
    "found",
    [None, [], {"drive": "fast"}, {"chosen": [1]}, {"again": {"a": 1}}, {"identities": 7, "look": {"titles": [1]}}],
)
def test_what_cannot_be_read_is_as_if_it_were_not_there(found: object) -> None:
    assert (RunOptions(), RunNotes()) == options_from_json(json.dumps(found))


def test_what_a_newer_version_wrote_stays() -> None:
    """It is not understood, and not lost where something is noted."""
    newer: Mapping[str, object] = {"lunch": "12-13", "drive": {"rate": "5/s", "but_not": "12-13"}, "last_rate": "1/s"}

    options, notes = options_from_json(json.dumps(newer))
    noted = json.loads(with_notes(json.dumps(newer), lambda notes: replace(notes, last_rate="2/s")))

    assert (RunOptions(limits=Limits(rate="5/s")), RunNotes(last_rate="1/s")) == (options, notes)
    assert newer | {"last_rate": "2/s"} == noted


def test_what_people_wrote_is_forgotten_with_the_cells() -> None:
    """Neither text nor condition nor title stays; how the run is driven does."""
    options, notes = options_from_json(without_texts(json.dumps(EARLIER | {"look": {"titles": "Ms. Muster"}}), 7.0))

    assert RunOptions(max_age="1d", limits=Limits(rate="5/s"), results=options.results) == options
    assert ("", KeptLook(), 7.0) == (notes.message_text, notes.look, notes.pruned_at)


@pytest.mark.parametrize("after", ["noted", "forgotten"])
def test_what_two_write_on_a_run_at_one_moment_is_all_kept(ledger_url: str, after: str) -> None:
    """Such as where its result went, and meanwhile that a file was put away, or that its texts were forgotten."""

    def note_too() -> None:
        with Ledger(ledger_url) as other:
            if after == "noted":
                other.note("r", lambda notes: replace(notes, trial_rows=3))
            else:
                with other.hold("r") as held:
                    forget_cells(other, held, WALL, acting_person())

    def change(notes: RunNotes) -> RunNotes:
        meanwhile.start()
        meanwhile.join(LONG_ENOUGH_TO_BE_FIRST_SECONDS)  # unless it waits
        return replace(notes, own_results=("there.csv",))

    meanwhile = threading.Thread(target=note_too)
    with Ledger(ledger_url) as ledger:
        add_run(ledger, "r", messages(1))
        ledger.change_run("r", state=RunState.FINISHED.value)
        ledger.note("r", change)
        meanwhile.join()
        notes = ledger.run("r").notes

    assert ("there.csv",) == notes.own_results
    assert (3, None) == (notes.trial_rows, notes.pruned_at) if after == "noted" else WALL == notes.pruned_at
