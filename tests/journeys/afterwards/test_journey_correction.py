"""A correction reaches exactly those who got the wrong message, once, whoever asks for it and however often."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotline_batch import correct_run
from hotline_batch.errors import LedgerError
from hotline_batch.model.jobs import Status
from hotline_batch.settings.load import load_settings
from tests.support.processes.journey import FAST, Ended, Machine, asked, people, statuses
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

ROWS = 200
INVALID, REFUSED, DOUBTFUL, REPEATED = (5, 50, 100, 150), (7, 60, 110), (20, 120), (30, 130)
"""Places in the sheet, from 0: 4 + 3 + 2 + 2 rows of 200 did not get the message, as far as anybody knows."""
CORRECTION = "Correction: we open at 9, {{ user_id }}."
SMALL = people(6)


def write_wrong(machine: Machine) -> list[tuple[int, str]]:
    sheet = people(ROWS, "We open at 8, no")
    for place in INVALID:
        sheet[place] = (0, "nobody")
    for place in REPEATED:
        sheet[place] = sheet[place - 1]
    machine.write_sheet("sheet.csv", sheet)
    return sheet


@pytest.fixture
def wrong(connected: Machine, server: HostileServer) -> tuple[Machine, str, set[int]]:
    """A run of 200 rows with a wrong message: the machine, the run, and who got it for sure."""
    sheet = write_wrong(connected)
    for place in REFUSED:
        server.fault_for(sheet[place][0], named("error_in_200"))
    for place in DOUBTFUL:
        server.fault_for(sheet[place][0], named("close_unanswered_applied"))
    ended = connected.run("send", "sheet.csv", "--yes", "--json", "-o", "out.csv", *FAST)
    assert {"sent": 189, "failed": 3, "unknown": 2, "invalid": 4, "skipped": 2} == ended.counts, ended.stderr
    places = {*range(ROWS)} - {*INVALID, *REFUSED, *DOUBTFUL, *REPEATED}
    return connected, str(ended.summary["run"]), {sheet[place][0] for place in places}


def correct(machine: Machine, run: str, *options: str, message: str = CORRECTION) -> Ended:
    return machine.run("correct", run, "-m", message, "--yes", "--json", *FAST, *options)


def corrected(server: HostileServer, word: str = "Correction") -> list[int]:
    """Who got a correction, once for each time."""
    return [event.user_id for event in server.applied if event.message.startswith(word)]


def test_exactly_those_who_got_the_message_get_the_correction(
    wrong: tuple[Machine, str, set[int]], server: HostileServer
) -> None:
    """189 of 200, each once, with their own cells; the others come back with why not."""
    machine, run, got = wrong

    shown = machine.run("correct", run, "-m", CORRECTION, "--dry-run")
    assert 0 == shown.exit_code, shown.stderr
    assert [] == corrected(server)
    ended = correct(machine, run)

    assert 0 == ended.exit_code, ended.stderr
    assert {"sent": 189, "skipped": 11} == ended.counts
    assert sorted(got) == sorted(corrected(server))
    assert {f"Correction: we open at 9, {user}." for user in got} == {
        event.message for event in server.applied if event.message.startswith("Correction")
    }
    rows = machine.read("sheet.correction.csv")
    assert ROWS == len(rows)
    assert {"nothing_to_correct"} == {row["hotline_error_code"] for row in rows if row["hotline_status"] == "skipped"}
    for told in (
        "it goes to 189 of 200 rows",
        "failed to deliver",
        "is not known; rows in doubt",
        "duplicate_in_sheet",
    ):
        assert told in shown.stdout


def test_rows_in_doubt_get_it_when_asked_for(wrong: tuple[Machine, str, set[int]], server: HostileServer) -> None:
    """One was settled as delivered and counts as sent, the other is asked for."""
    machine, run, _ = wrong
    machine.run("resolve", run, "--rows", str(DOUBTFUL[0] + 2), "--delivered")

    found = json.loads(machine.run("correct", run, "-m", CORRECTION, "--dry-run", "--json").stdout)
    ended = correct(machine, run, "--include-unknown")

    assert 190 == found["recipients"]
    assert {"sent": 191, "skipped": 9} == ended.counts, ended.stderr
    assert 191 == len(set(corrected(server))) == len(corrected(server))


@pytest.fixture
def small(connected: Machine, server: HostileServer) -> tuple[Machine, str]:
    """A run of six rows that all got the wrong message."""
    connected.write_sheet("sheet.csv", SMALL)
    ended = connected.run("send", "sheet.csv", "--yes", "--json", "-o", "out.csv", *FAST)
    assert {"sent": 6} == ended.counts, ended.stderr
    return connected, str(ended.summary["run"])


def test_run_is_not_corrected_twice(small: tuple[Machine, str], server: HostileServer) -> None:
    """Refused, with what can be done; also with another text, and when asked for again nobody gets a second one."""
    machine, run = small
    first = correct(machine, run)

    second = correct(machine, run, message="Another correction")
    again = correct(machine, run, "--again", message="Another correction")

    assert 0 == first.exit_code, first.stderr
    assert (2, 2) == (second.exit_code, again.exit_code)
    assert str(first.summary["run"]) in second.stderr
    assert f"hotline-batch correct {run} --again" in second.stderr
    assert 12 == asked(server)


def test_those_whom_a_correction_did_not_reach_can_be_reached_by_another(
    small: tuple[Machine, str], server: HostileServer
) -> None:
    """The one that was refused gets the second correction, and a retry of the first one does not reach it any more."""
    machine, run = small
    server.fault_for(SMALL[2][0], named("error_in_200"))
    first = correct(machine, run)
    assert {"sent": 5, "failed": 1} == first.counts, first.stderr

    second = correct(machine, run, "--again", message="Correction of another kind")
    late = machine.run("retry", str(first.summary["run"]), "--yes", "--json", *FAST)

    assert {"sent": 1, "skipped": 5} == second.counts, second.stderr
    assert {"sent": 5, "skipped": 1} == late.counts, late.stderr
    assert sorted(user for user, _ in SMALL) == sorted(corrected(server))
    assert ["already_corrected"] == [
        row["hotline_error_code"] for row in machine.read("sheet.correction.csv") if row["hotline_status"] == "skipped"
    ]


def test_who_has_two_rows_gets_one_correction_by_whichever_row(connected: Machine, server: HostileServer) -> None:
    """Two corrections that say the same reach a person once: one that is planned later, and one that goes on later."""
    twice, other = 1_000_001, 1_000_002
    rows = [(twice, "Your first order"), (twice, "Your second order"), (other, "Yours"), (other, "Yours as well")]
    connected.write_sheet("sheet.csv", rows)
    run = str(connected.run("send", "sheet.csv", "--yes", "--json", "-o", "out.csv", *FAST).summary["run"])
    server.fault_for(other, named("error_in_200"))

    first = correct(connected, run, "--rows", "2,4")
    second = correct(connected, run, "--rows", "3,5", "--again", "-o", "second.csv")
    late = connected.run("retry", str(first.summary["run"]), "--yes", "--json", *FAST)

    assert (1, 1) == (first.counts["sent"], first.counts["failed"]), first.stderr
    assert (1, 3) == (second.counts["sent"], second.counts["skipped"]), second.stderr
    assert (1, 3) == (late.counts["sent"], late.counts["skipped"]), late.stderr
    assert [twice, other] == corrected(server)
    codes = [row["hotline_error_code"] for row in connected.read("second.csv")]
    assert "already_corrected" == codes[1]


def test_two_at_once_correct_once(small: tuple[Machine, str], server: HostileServer) -> None:
    """Two processes that correct the same run at one moment: one of them is refused, nobody gets two."""
    machine, run = small
    words = ("correct", run, "-m", CORRECTION, "--yes", "--json", *FAST)

    with machine.start(*words, "-o", "one.csv") as one, machine.start(*words, "-o", "two.csv") as two:
        ends = [one.end(), two.end()]

    assert [0, 2] == sorted(each.exit_code for each in ends), ends
    assert sorted(user for user, _ in SMALL) == sorted(corrected(server))


def test_text_that_was_sent_before_is_sent_as_a_correction(small: tuple[Machine, str], server: HostileServer) -> None:
    """A person asks for it: the duplicate window leaves no row of a correction out, also when it goes on."""
    machine, run = small
    text = SMALL[0][1]
    server.fault_for(SMALL[0][0], named("error_in_200"))
    stopped = machine.run("correct", run, "-m", text, "--yes", "--json", "--canary", "1", *FAST)
    assert {"failed": 1, "not_attempted": 5} == stopped.counts, stopped.stderr

    ended = machine.run("retry", str(stopped.summary["run"]), "--yes", "--json", *FAST)

    assert {"sent": 6} == ended.counts, ended.stderr
    assert 2 == sum((event.user_id, event.message) == SMALL[0] for event in server.applied)


def test_killed_correction_goes_on_and_reaches_nobody_twice(
    wrong: tuple[Machine, str, set[int]], server: HostileServer
) -> None:
    """Killed in its middle: what was on its way is in doubt, the rest is sent."""
    machine, run, got = wrong
    before = asked(server)
    with machine.start("correct", run, "-m", CORRECTION, "--yes", "--rate", "100/s", "--concurrency", "4") as going:
        server.wait_until(lambda: asked(server) >= before + 60)
        going.kill()

    ended = machine.run("resume", "--yes", "--json", *FAST)

    assert ended.counts["skipped"] == 11, ended.stderr
    assert ended.counts["sent"] + ended.counts.get("unknown", 0) == 189
    assert ended.counts.get("unknown", 0) <= 4
    assert len(set(corrected(server))) == len(corrected(server))
    assert set(corrected(server)) <= got
    assert run == ended.summary["corrects"]


def test_python_has_it_too(small: tuple[Machine, str], server: HostileServer) -> None:
    """``correct_run`` does what the command does, and refuses what it refuses."""
    machine, run = small
    settings = load_settings(environ=machine.environment, working_folder=machine.folder)
    output = str(machine.folder / "python.csv")

    summary = correct_run(run, message=CORRECTION, output=output, settings=settings, rate="500/s")
    with pytest.raises(LedgerError, match="was corrected already"):
        correct_run(run, message="Another", output=str(machine.folder / "b.csv"), settings=settings)

    assert (run, 6) == (summary.corrects, summary.counts[Status.SENT])
    assert 12 == asked(server)


def test_corrected_text_is_known_to_the_guard(small: tuple[Machine, str], server: HostileServer) -> None:
    """Whoever mends the sheet as well, and sends it, does not send the correction's text a second time."""
    machine, run = small
    correct(machine, run, message="We open at 9")
    machine.write_sheet("mended.csv", [(user, "We open at 9") for user, _ in SMALL])

    ended = machine.run("send", "mended.csv", "--yes", "--json", "-o", "m.csv", *FAST)

    assert {"skipped": 6} == ended.counts, ended.stderr


def test_correction_can_be_corrected(small: tuple[Machine, str], server: HostileServer) -> None:
    machine, run = small
    first = correct(machine, run, message="Correction with a slip")

    second = correct(machine, str(first.summary["run"]), "-o", "second.csv", message="Now it is right")

    assert {"sent": 6} == second.counts, second.stderr
    assert 6 == len(corrected(server, "Now"))


def test_what_the_settings_leave_out_is_left_out_of_the_result_of_a_correction(small: tuple[Machine, str]) -> None:
    """Also where the run that it corrects was begun before they said so."""
    machine, run = small
    with (machine.folder / "hotline-batch.toml").open("a", encoding="utf-8") as file:
        file.write('leave_out = ["message"]\n')

    ended = correct(machine, run, "-o", "correction.csv")

    assert {"sent": 6} == ended.counts, ended.stderr
    assert "message" not in machine.read("correction.csv")[0]


def test_both_runs_tell_of_each_other(small: tuple[Machine, str]) -> None:
    machine, run = small
    correction = str(correct(machine, run, "-o", "correction.xlsx").summary["run"])

    shown = [machine.run("runs", "show", each).stdout for each in (run, correction)]
    told = [json.loads(machine.run("runs", "show", each, "--json").stdout) for each in (run, correction)]
    machine.run("results", run, "-o", "again.xlsx")
    machine.run("report", run, correction, "-o", "report.html")

    assert f"Corrected by: {correction}" in shown[0]
    assert f"Correction of: {run}" in shown[1]
    assert [[correction], run] == [told[0]["corrected_by"], told[1]["corrects"]]
    report = (machine.folder / "report.html").read_text("utf-8")
    assert correction in report.split(run, 1)[1]
    for name, other in (("again.xlsx", correction), ("correction.xlsx", run)):
        assert other in summary_texts(machine.folder / name)


def summary_texts(path: Path) -> str:
    from openpyxl import load_workbook  # noqa: PLC0415 - here alone

    sheet = load_workbook(path)["Summary"]
    return "\n".join(str(value) for row in sheet.iter_rows(values_only=True) for value in row if value is not None)


def test_sheet_that_was_changed_or_is_gone_is_told(small: tuple[Machine, str]) -> None:
    """The cells of then are used, and whoever corrects is told so."""
    machine, run = small
    sheet = machine.folder / "sheet.csv"
    sheet.write_text("user_id,message\n1,other\n", "utf-8")
    changed = machine.run("correct", run, "-m", CORRECTION, "--dry-run")
    sheet.unlink()
    gone = correct(machine, run)

    assert "sheet.csv was changed since" in changed.stdout
    assert "sheet.csv is not there any more" in gone.stderr
    assert ["sent"] * 6 == statuses(machine.read("sheet.correction.csv"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "either -m TEXT or -t NAME"),
        (("-m", "{{ Name }}"), "no such column"),
        (("-m", "Hi", "--rows", "900"), "nobody to correct"),
        (("-m", "Hi", "-o", "out.csv"), "out.csv"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    small: tuple[Machine, str], server: HostileServer, words: tuple[str, ...], told: str
) -> None:
    machine, run = small

    ended = machine.run("correct", run, "--yes", *words)

    assert 2 == ended.exit_code, ended.stderr
    assert told in ended.stderr
    assert 6 == asked(server)
    assert [run] == [each["run"] for each in machine.runs()]


def test_nothing_is_sent_without_a_yes(small: tuple[Machine, str], server: HostileServer) -> None:
    machine, run = small

    ended = machine.run("correct", run, "-m", "Hi")

    assert 2 == ended.exit_code
    assert 6 == asked(server)


def test_corrected_run_is_not_deleted_before_its_corrections(small: tuple[Machine, str], server: HostileServer) -> None:
    """Two corrections would reach the same people, since they know of each other by it alone."""
    machine, run = small
    server.fault_for(SMALL[3][0], named("unauthorized_401"), times=10)
    first = correct(machine, run, "--concurrency", "1")
    server.heal()
    second = correct(machine, run, "--again", message="Correction of another kind")
    corrections = [str(ended.summary["run"]) for ended in (first, second)]

    refused = machine.run("runs", "delete", run, "--yes")
    resumed = machine.run("resume", corrections[0], "--yes", "--json", *FAST)
    deleted = [machine.run("runs", "delete", name, "--yes").exit_code for name in (*corrections, run)]

    assert {"sent": 3, "not_attempted": 3} == first.counts, first.stderr
    assert {"sent": 3, "skipped": 3} == second.counts, second.stderr
    assert 2 == refused.exit_code
    assert f"{corrections[0]}, {corrections[1]}" in refused.stderr
    assert {"sent": 3, "skipped": 3} == resumed.counts, resumed.stderr
    assert sorted(user for user, _ in SMALL) == sorted(corrected(server))
    assert [0, 0, 0] == deleted


def test_run_can_be_corrected_again_after_a_correction_was_deleted(
    small: tuple[Machine, str], server: HostileServer
) -> None:
    """Those whom the deleted one had reached are known no more, which is said before."""
    machine, run = small
    for user, _ in SMALL[2:]:
        server.fault_for(user, named("error_in_200"), times=10)
    first = correct(machine, run)
    second = correct(machine, run, "--again")
    server.heal()

    deleted = machine.run("runs", "delete", str(first.summary["run"]), "--yes")
    third = correct(machine, run, "--again", "--rows", "4-7")

    assert ({"sent": 2, "failed": 4}, {"failed": 4, "skipped": 2}) == (first.counts, second.counts)
    assert 0 == deleted.exit_code
    assert "2 of its messages were sent" in deleted.stderr + deleted.stdout
    assert {"sent": 4, "skipped": 2} == third.counts, third.stderr
    assert sorted(user for user, _ in SMALL) == sorted(corrected(server))


def test_texts_that_were_forgotten_cannot_be_corrected(small: tuple[Machine, str], server: HostileServer) -> None:
    machine, run = small
    machine.run("runs", "prune", "--older-than", "0d", "--yes")

    ended = correct(machine, run)

    assert 2 == ended.exit_code
    assert "were forgotten" in ended.stderr
    assert 6 == asked(server)


def test_run_can_be_corrected_again_after_a_correction_was_pruned(connected: Machine, server: HostileServer) -> None:
    """It is kept itself, since it was stopped; who got the correction by a row further up gets no other one."""
    twice, alone = 1_000_001, 1_000_002
    connected.write_sheet("sheet.csv", [(twice, "Wrong"), (twice, "Wrong as well"), (alone, "Wrong")])
    server.fault_for(alone, named("error_in_200"), named("unauthorized_401"))
    connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST)
    run = connected.newest_run()
    sent = connected.run("retry", run, "--yes", "--json", *FAST)
    first = correct(connected, run, message="Correction")
    pruned = connected.run("runs", "prune", "--older-than", "0d", "--yes")
    resumed = connected.run("resume", run, "--yes", *FAST)

    again = correct(connected, run, "--again", message="Correction of another kind")

    assert {"sent": 2, "not_attempted": 1} == sent.counts, sent.stderr
    assert {"sent": 1, "skipped": 2} == first.counts, first.stderr
    assert (0, 0) == (pruned.exit_code, resumed.exit_code), resumed.stderr
    assert {"sent": 1, "skipped": 2} == again.counts, again.stderr
    assert [twice, alone] == corrected(server)


def test_practice_stays_practice(machine: Machine, server: HostileServer) -> None:
    """A correction of what was practised is practised, and nothing of it is real."""
    sent = machine.run("send", "sample_data/status_updates.csv", "--sandbox", "--yes", "--json", "-o", "p.csv", *FAST)

    ended = correct(machine, str(sent.summary["run"]), "-o", "q.csv", message="Correction")

    assert sent.counts["sent"] == ended.counts["sent"], ended.stderr
    assert "Practice" in ended.stderr
    assert 0 == asked(server)
