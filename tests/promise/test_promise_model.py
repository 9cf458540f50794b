"""Whatever happens, in whatever order: no message twice without a person's word, and every row tells the truth.

Persons write sheets, send them, edit and re-sort them and send them again, and their results, correct runs and
corrections, resume, retry, settle rows by true and by wrong words, let a day pass; the service misbehaves; processes
are killed and interrupted. After every command the result sheet, the audit trail and the summary are judged by the
service's own record.

A short, always equal selection runs with all other tests. To search on, for as long as wanted:

    PROMISE_EXAMPLES=500 PROMISE_STEPS=40 pytest tests/promise/test_promise_model.py -n 0
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.promise.ground import play
from tests.promise.happenings import (
    STEPS,
    Ending,
    Sleep,
    contents,
    corrected,
    endings,
    misfortunes,
    paces,
    ways_of_workers,
    which,
)
from tests.promise.play import Play
from tests.promise.promise_model import (
    Entry,
    Row,
    Sheet,
)
from tests.support.ledgers.postgresql import Cluster


class Promise(Play):
    """What persons and time may do, in any order."""

    @initialize(first=contents, second=contents, misfortune=misfortunes, pace=paces)
    def begin(self, first: list[Entry], second: list[Entry], misfortune: list[str], pace: list[str]) -> None:
        for content in (first, second):
            self._sheets.append(Sheet(self._folder / f"sheet-{len(self._sheets)}.csv", content))
            self._sheets[-1].write()
        self._send(self._sheets[:1], misfortune, None, pace)

    @rule(sheet=which, chance=which)
    def edit_a_sheet(self, sheet: int, chance: int) -> None:
        """Re-sorted, and sometimes a row is dropped or some are added; runs under way have the old rows."""
        edited = self._sheets[sheet % 2]
        random = Random(chance)  # noqa: S311 - a shuffle that can be repeated
        random.shuffle(edited.entries)
        if chance % 3 == 0 and len(edited.entries) > 1:
            edited.entries.pop()
        elif chance % 3 == 1:
            edited.entries += [(str(user), f"Hello {chance}") for user in range(1001, 1005)]
        edited.write()

    @rule(hours=st.sampled_from([0.0, 7.5, 25.0, 25.0]))
    def time_passes(self, hours: float) -> None:
        """And whatever the service had put off happens."""
        self._hours += hours
        self._server.apply_late_now()

    @rule(sheets=st.sampled_from([(0,), (1,), (0, 0), (0, 1)]), misfortune=misfortunes, ending=endings, pace=paces)
    def send(self, sheets: tuple[int, ...], misfortune: list[str], ending: Ending, pace: list[str]) -> None:
        """A sheet, or two at the same time."""
        self._send([self._sheets[sheet] for sheet in sheets], misfortune, ending, pace)

    @rule(run=which, misfortune=misfortunes, ending=endings, pace=paces)
    def send_a_result(self, run: int, misfortune: list[str], ending: Ending, pace: list[str]) -> None:
        """The result sheet of a run is handed in as a sheet."""
        if chosen := self._run(run):
            self._send_result(chosen, misfortune, ending, pace)

    @rule(run=which, to=corrected, misfortune=misfortunes, ending=endings, pace=paces)
    def correct(self, run: int, to: list[str], misfortune: list[str], ending: Ending, pace: list[str]) -> None:
        """What a run said was wrong; a correction may be wrong, too."""
        if chosen := self._run(run, "sent") or self._run(run):
            self._correct(chosen, to, misfortune, ending, pace)

    @rule(run=which, misfortune=misfortunes, ending=endings, pace=paces)
    def resume(self, run: int, misfortune: list[str], ending: Ending, pace: list[str]) -> None:
        chosen = self._run(run, "not_attempted") or self._run(run)
        if chosen:
            self._go_on(chosen, ["resume", chosen.id, *pace], misfortune, ending)

    @rule(run=which, misfortune=misfortunes, ending=ways_of_workers, pace=paces)
    def hand_over(self, run: int, misfortune: list[str], ending: Ending | Sleep, pace: list[str]) -> None:
        """To workers, of whom the first may die or sleep, and the second goes on with what it left."""
        chosen = self._run(run, "not_attempted") or self._run(run)
        if chosen:
            self._hand_over(chosen, misfortune, ending, pace)

    @rule(run=which, misfortune=misfortunes, ending=endings, pace=paces)
    def retry(self, run: int, misfortune: list[str], ending: Ending, pace: list[str]) -> None:
        chosen = self._run(run, "failed") or self._run(run)
        if chosen:
            for row in chosen.with_status("failed"):
                row.word = ""
            self._go_on(chosen, ["retry", chosen.id, *pace], misfortune, ending)

    @rule(run=which, other=which, misfortune=misfortunes, ending=endings, pace=paces)
    def go_on_with_two(self, run: int, other: int, misfortune: list[str], ending: Ending, pace: list[str]) -> None:
        """Two runs at the same time, such as one that failed rows and its correction."""
        chosen = [self._run(run, "failed") or self._run(run), self._run(other, "not_attempted") or self._run(other)]
        if chosen[0] is None or chosen[1] is None or chosen[0] is chosen[1]:
            return
        for row in chosen[0].with_status("failed"):
            row.word = ""
        words = [["retry", chosen[0].id, *pace], ["resume", chosen[1].id, *pace]]
        self._go_on_together([(chosen[0], words[0]), (chosen[1], words[1])], misfortune, ending)

    @rule(which=st.sampled_from([(), ("--include-unfinished",)]))
    def prune(self, which: tuple[str, ...]) -> None:
        self._prune(*which)

    @rule(run=which, most=st.integers(1, 3), misfortune=misfortunes, ending=endings, pace=paces)
    def resend(self, run: int, most: int, misfortune: list[str], ending: Ending, pace: list[str]) -> None:
        """A person prefers a second copy to a doubt."""
        chosen = self._run(run, "unknown")
        if chosen is None:
            return
        rows = chosen.with_status("unknown")[:most]
        for row in rows:
            self._truth.excuses[row.key] += 1
            row.word = ""
        numbers = ",".join(str(row.number) for row in rows)
        self._go_on(chosen, ["resolve", chosen.id, "--resend", "--rows", numbers, *pace], misfortune, ending)

    @rule(run=which, is_true=st.sampled_from([True, True, False]))
    def settle(self, run: int, is_true: bool) -> None:
        """A person looks into the topics, after whatever was late has come, and perhaps takes one row for another."""
        self._server.apply_late_now()
        chosen = self._run(run, "unknown")
        if chosen is None:
            return
        words: dict[str, list[Row]] = {"delivered": [], "not_delivered": []}
        for row in chosen.with_status("unknown"):
            is_delivered = self._truth.copies(chosen.commands, row.key) > 0
            words["delivered" if is_delivered == is_true else "not_delivered"].append(row)
            if not is_true:
                row.said_wrongly = True
                self._truth.excuses[row.key] += is_delivered
        for word, rows in words.items():
            self._settle(chosen, word, [row.number for row in rows])


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_promise_holds_whatever_happens(where: str, request: pytest.FixtureRequest) -> None:
    """No sequence of commands, faults and deaths makes a result sheet lie or a message come twice."""
    cluster: Cluster | None = request.getfixturevalue("postgresql") if where == "postgresql" else None
    play(Promise, cluster, examples=12, steps=STEPS)
