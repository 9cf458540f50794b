"""Standard streams that are closed, full, or read by nobody: nothing is lost, and the exit code tells."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.processes.journey import FAST, PATIENCE_SECONDS, Ended, Machine, lies, people, statuses
from tests.support.service.hostile_server import HostileServer

SHEET = people(5, "Grüße 👋")
SEND = ("send", "sheet.csv", "--yes", *FAST)
RUN = "RUN"  # stands for the id of the run
FULL = Path("/dev/full")

needs_a_full_device = pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
OUT = [pytest.param(">&-", id="closed"), pytest.param(">/dev/full", marks=needs_a_full_device, id="full")]
ERR = [pytest.param("2>&-", id="closed"), pytest.param("2>/dev/full", marks=needs_a_full_device, id="full")]


def through_shell(machine: Machine, streams: str, *words: str) -> Ended:
    """Run a command with its streams as a shell would lay them; what is not redirected is a pipe."""
    return _ended(machine, f'exec "$@" {streams}', words)


def read_by_nobody(machine: Machine, *words: str, reader: str = "") -> Ended:
    """Run a command whose standard output is a pipe to somebody who leaves before or in the midst of it.

    Who has no ``reader`` begins when there is nobody any more.
    """
    code, gone = machine.home / "code", machine.home / "gone"
    gone.unlink(missing_ok=True)
    waits = "" if reader else f"until [ -e {gone} ]; do sleep 0.01; done; "
    ended = _ended(machine, f'{{ {waits}"$@"; echo $? > {code}; }} | {reader or f"{{ exec <&-; : > {gone}; }}"}', words)
    return Ended(int(code.read_text()), ended.stdout, ended.stderr)


def _ended(machine: Machine, script: str, words: Sequence[str]) -> Ended:
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", sys.executable, "-m", "hotline_batch", *words],
        cwd=machine.folder,
        env=machine.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def complaints(ended: Ended) -> str:
    """What no user should ever see."""
    return ", ".join(word for word in ("Traceback", "Exception ignored", "error of its own") if word in ended.stderr)


@pytest.fixture
def sheet(connected: Machine) -> Path:
    return connected.write_sheet("sheet.csv", SHEET)


def assert_sent_once(machine: Machine, server: HostileServer, result: str = "sheet.results.csv") -> None:
    """Every row went out once, and the ledger and the result sheet know it."""
    assert [] == lies(machine.read(result), server, SHEET, most_unknown=0)
    assert 5 == len(server.applied)


# ── the answer itself goes to standard output ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("out", OUT)
def test_summary_for_machines_that_is_lost(connected: Machine, server: HostileServer, sheet: Path, out: str) -> None:
    """The rows were sent and the sheet tells; exit 1, since the summary that was asked for is nowhere."""
    ended = through_shell(connected, out, *SEND, "--json")

    assert 1 == ended.exit_code, ended.stderr
    assert "" == complaints(ended)
    assert "Standard output" in ended.stderr
    assert_sent_once(connected, server)


@pytest.mark.parametrize("out", OUT)
def test_result_sheet_that_is_lost(connected: Machine, server: HostileServer, sheet: Path, out: str) -> None:
    """CSV on standard output: exit 1, the words name the command that writes it elsewhere, and it does."""
    ended = through_shell(connected, out, *SEND, "-o", "-")
    again = connected.run("results", connected.newest_run(), "-o", "again.csv")

    assert 1 == ended.exit_code, ended.stderr
    assert "" == complaints(ended)
    assert f"hotline-batch results {connected.newest_run()} -o FILE" in ended.stderr
    assert 0 == again.exit_code, again.stderr
    assert_sent_once(connected, server, "again.csv")


def test_summary_that_nobody_reads(connected: Machine, server: HostileServer, sheet: Path) -> None:
    """Whoever was to read it has gone: the same."""
    ended = read_by_nobody(connected, *SEND, "--json")

    assert 1 == ended.exit_code, ended.stderr
    assert "" == complaints(ended)
    assert_sent_once(connected, server)


ANSWERS = (
    "check sheet.csv --for send --json",
    "runs list",
    "runs list --json",
    f"runs show {RUN}",
    f"runs show {RUN} --json",
    f"results {RUN} -o -",
    f"audit {RUN} -o -",
    f"audit {RUN} --verify",
    f"audit {RUN} --verify --json",
    "connections list",
    "connections list --json",
    "doctor --offline --json",
    "template list",
    "template show status_update",
    "explain",
    "completion bash",
    "--help",
    "send --help",
    "--version",
)
"""Commands that answer on standard output."""

FILES = (
    f"results {RUN} -o made.csv",
    f"report {RUN} -o made.html",
    f"audit {RUN} -o made.jsonl",
    "template sheet send -o made.xlsx",
    "check sheet.csv --for send --duplicate-window 0 -o marked.xlsx",
)
"""Commands that make the file that their last word names."""


@pytest.fixture
def sent(connected: Machine, server: HostileServer, sheet: Path) -> Machine:
    """A machine whose ledger holds a run."""
    assert 0 == connected.run(*SEND).exit_code
    return connected


@pytest.mark.parametrize("out", OUT)
def test_answer_that_is_lost(sent: Machine, out: str) -> None:
    """Exit 1, and a word why; no traceback from anywhere."""
    run = sent.newest_run()

    ended = {words: through_shell(sent, out, *words.replace(RUN, run).split()) for words in ANSWERS}

    assert dict.fromkeys(ANSWERS, 1) == {words: one.exit_code for words, one in ended.items()}
    assert dict.fromkeys(ANSWERS, True) == {words: "tandard output" in one.stderr for words, one in ended.items()}
    assert dict.fromkeys(ANSWERS, "") == {words: complaints(one) for words, one in ended.items()}


def test_answer_that_nobody_reads(sent: Machine) -> None:
    """Exit 1, and no traceback from anywhere."""
    run = sent.newest_run()

    ended = {words: read_by_nobody(sent, *words.replace(RUN, run).split()) for words in ANSWERS}

    assert dict.fromkeys(ANSWERS, 1) == {words: one.exit_code for words, one in ended.items()}
    assert dict.fromkeys(ANSWERS, "") == {words: complaints(one) for words, one in ended.items()}


def test_reader_who_leaves_after_the_first_line(sent: Machine) -> None:
    """He has what he wanted; how much of the rest is written before that is noticed is nobody's business."""
    ended = read_by_nobody(sent, "results", sent.newest_run(), "-o", "-", reader="head -1")

    assert ended.exit_code in {0, 1}
    assert ended.stdout.startswith("user_id,message,hotline_row")
    assert "" == complaints(ended)


# ── words go there, the answer is a file ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("streams", [*OUT, *ERR, "<&-", ">&- 2>&-", ">&- 2>&- <&-"])
def test_words_that_are_lost(connected: Machine, server: HostileServer, sheet: Path, streams: str) -> None:
    """Every row is sent, the sheet is written, the exit code is that of the rows."""
    ended = through_shell(connected, streams, *SEND)

    assert 0 == ended.exit_code, ended.stderr
    assert "" == complaints(ended)
    assert_sent_once(connected, server)
    if "2>" not in streams:
        assert "5 of 5 delivered" in ended.stdout + ended.stderr


@pytest.mark.parametrize("streams", ERR)
def test_summary_for_machines_without_words_for_people(
    connected: Machine, server: HostileServer, sheet: Path, streams: str
) -> None:
    """What was asked for arrives, whole."""
    ended = through_shell(connected, streams, *SEND, "--json", "--verbose")

    assert (0, {"sent": 5}) == (ended.exit_code, ended.counts)
    assert_sent_once(connected, server)


@pytest.mark.parametrize("streams", [*OUT, *ERR])
def test_file_that_was_asked_for_is_made(sent: Machine, streams: str) -> None:
    """That nobody hears of it is no failure."""
    run = sent.newest_run()

    ended = {words: through_shell(sent, streams, *words.replace(RUN, run).split()) for words in FILES}

    assert dict.fromkeys(FILES, 0) == {words: one.exit_code for words, one in ended.items()}
    assert dict.fromkeys(FILES, "") == {words: complaints(one) for words, one in ended.items()}
    assert all((sent.folder / words.split()[-1]).stat().st_size for words in FILES)


@needs_a_full_device
@pytest.mark.parametrize(("words", "code"), [((), 0), (("--json",), 1)])
def test_watched_folder_that_nobody_hears_of(
    connected: Machine, server: HostileServer, words: tuple[str, ...], code: int
) -> None:
    """Every file is served; exit 1 where a line for machines was asked for."""
    for at, row in enumerate(SHEET):
        connected.write_sheet(f"{at}.csv", [row])
    watch = ("watch", ".", "--for", "send", "--once", "--settle", "0", "--yes", *FAST, *words)

    ended = through_shell(connected, "> /dev/full", *watch)

    assert code == ended.exit_code, ended.stderr
    assert "" == complaints(ended)
    assert {f"{at}.csv" for at in range(5)} < {path.name for path in (connected.folder / "done").iterdir()}
    assert 5 == len(server.applied)


@pytest.mark.parametrize("streams", [*OUT, *ERR])
def test_refusal_keeps_its_exit_code(connected: Machine, server: HostileServer, streams: str) -> None:
    """Words that cannot be said do not turn a refusal into something else."""
    ended = through_shell(connected, streams, "send", "missing.csv", "--yes")

    assert 2 == ended.exit_code
    assert "" == complaints(ended)


def test_run_is_deleted_also_where_nobody_hears_of_it(sent: Machine) -> None:
    """What was asked for is done."""
    ended = through_shell(sent, ">&- 2>&-", "runs", "delete", sent.newest_run(), "--yes")

    assert 0 == ended.exit_code
    assert [] == json.loads(sent.run("runs", "list", "--json").stdout)


def test_closed_streams_are_not_written_into_files(connected: Machine, server: HostileServer, sheet: Path) -> None:
    """The ledger and the sheet would get the numbers of the closed streams, and words among their bytes."""
    through_shell(connected, ">&- 2>&- <&-", *SEND, "--json", "--verbose")

    doctor = connected.run("doctor", "--offline", "--json")
    assert not [
        found
        for found in json.loads(doctor.stdout)["findings"]
        if found["subject"] == "ledger" and found["level"] != "ok"
    ]
    assert_sent_once(connected, server)


def test_sheet_from_standard_input_that_is_closed(connected: Machine, server: HostileServer) -> None:
    """Nothing was done, and it is said."""
    ended = through_shell(connected, "<&-", "send", "-", "--yes", "-o", "out.csv")

    assert 2 == ended.exit_code
    assert "standard input" in ended.stderr
    assert [] == list(server.applied)


# ── encodings ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "spoken",
    [
        {"LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii:strict"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "cp1252:strict"},
    ],
    ids=lambda spoken: " ".join(f"{name}={value}" for name, value in spoken.items()),
)
def test_streams_that_do_not_take_every_letter(
    connected: Machine, server: HostileServer, spoken: dict[str, str]
) -> None:
    """Letters are shown some other way; JSON stays JSON, and CSV on standard output is UTF-8 all the same."""
    connected.environment |= spoken
    connected.write_sheet("Grüße 👋.csv", SHEET)

    ended = through_shell(connected, "", "send", "Grüße 👋.csv", "--yes", "-o", "out.csv", *FAST)
    run = connected.newest_run()
    shown = through_shell(connected, "", "runs", "show", run)
    listed = through_shell(connected, "> listed.json", "runs", "list", "--json")
    sheet = through_shell(connected, "", "results", run, "-o", "-")

    assert [0] * 4 == [one.exit_code for one in (ended, shown, listed, sheet)], ended.stderr + shown.stderr
    (found,) = json.loads((connected.folder / "listed.json").read_text("utf-8"))
    # Where names of files are ASCII, too, their bytes are kept.
    assert "Grüße 👋.csv".encode() == Path(found["sheet"]).name.encode("utf-8", "surrogateescape")
    assert ["sent"] * 5 == statuses(connected.read("out.csv"))
    assert SHEET[0][1] in sheet.stdout
