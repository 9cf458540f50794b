"""The command line in a language of brackets: whatever a person reads on the terminal is translated.

Help of every command, the whole way of a sheet, what is refused, and files that are damaged or no sheets.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from openpyxl import Workbook

from hotline_batch.application.templates import template_names
from hotline_batch.cli.main import COMMANDS, main, run
from hotline_batch.issues.words import RECORDS
from tests.support.ledgers.finished_runs import NAMES, send_list
from tests.support.pseudo_language import escaped, speak_in_brackets
from tests.support.service.hostile_server import HostileServer

# What is typed, and what programs read: options with their values, placeholders, names with an underscore, files,
# addresses, ids of runs, moments and paces.
_TYPED = re.compile(
    r"(?<!\w)--?[a-z][\w-]*(?:=\S+)?|\b[A-Z][A-Z0-9_.]*[A-Z0-9]\b|\b\d{8}-\d{6}-[0-9a-z]{4}\b|\b[a-z]+_[a-z_]+\b"
    r"|[\w.-]*\.(?:csv|xlsx?|xlsb|ods|toml|html|pdf|jsonl?|log|sqlite|j2|txt)\b|[\w.~-]*/[\w./…-]*|\{\{.*?\}\}"
    r"|\b[0-9a-f]{16,}\b|\b0x[0-9A-F]+\b|\b\d+(?:\.\d+)?/(?:s|min|h)\b|\b\d+[hdsm]\b|\bhttps?://\S+|\b[\w-]+@[\w-]+\b"
)
_IN_FILES = ("Schöne Grüße", "User-ID", "close", "Hi", "@name")
_EXAMPLE = re.compile(r"^⟦Examples?:⟧.*?(?:\n\n|\Z)", re.MULTILINE | re.DOTALL)
_KNOWN = {
    *("hotline-batch", "message", "Name", "Nobody", "Hallo", "Correction", "default", "Topic not found", "oder", "und"),
    *("xlsx", "csv", "skip", "include", "changed", "text", "json", "bash", "zsh", "fish", "nonsense", "env"),
    *(
        "send",
        "enrich",
        "sqlite",
        "config",
        "none",
        "nowhere",
        "Nme",
        "euro",
        "cp1252",
        "utf-16-le",
        "UTF-16 (little-endian)",
        "Sheet",
        "list",
        "JSON",
    ),
    *NAMES,
    *COMMANDS,
    *RECORDS,
}


class Terminal:
    """Runs commands within the test, and keeps the lines of what they said in which words escaped."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capture = patch, capture
        self.left_over: list[str] = []

    def run(self, *arguments: str | Path, known: Sequence[str] = ()) -> str:
        """What the command said on both streams."""
        self._capture.readouterr()
        with self._patch.context() as patch:
            patch.setattr(sys, "argv", ["hotline-batch", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
            with pytest.raises(SystemExit):
                run()
        printed = self._capture.readouterr()
        # The list of commands has the first sentence of each alone; examples are command lines.
        said = _EXAMPLE.sub("", re.sub(r"⟦[^⟦⟧]*(?=⟦|\Z)", " ", printed.out + printed.err))
        named = {
            *_KNOWN,
            *known,
            *template_names(),
            *(each for each in map(str, arguments) if not each.startswith("-")),
        }
        command = " ".join(map(str, arguments))
        self.left_over += [f"{command}: {line}" for line in escaped(said, named, typed=_TYPED)]
        return said


@pytest.fixture
def terminal(
    fresh_machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    """A terminal whose language is not English; in the end nothing may have escaped on it."""
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    speak_in_brackets(monkeypatch)
    used = Terminal(monkeypatch, capsys)
    yield used
    assert [] == used.left_over, "\n".join(used.left_over)


@pytest.fixture
def service(fresh_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileServer]:
    """A service, and the settings that name it."""
    with HostileServer() as server:
        for name, value in server.credentials.environment(server.url).items():
            monkeypatch.setenv(name, value)
        (fresh_machine / "hotline-batch.toml").write_text('rate = "500/s"\n', "utf-8")
        yield server


def helps_of(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield (*path, "--help")
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from helps_of(below, (*path, name))


def test_no_word_of_any_help_escapes(terminal: Terminal) -> None:
    """Examples and what is typed stay as they are."""
    asked = list(helps_of(main, ()))

    for arguments in asked:
        terminal.run(*arguments, known=sorted({name for path in asked for name in path}))

    assert len(asked) > 35


def test_no_word_of_a_run_and_of_what_is_done_with_it_escapes(
    service: HostileServer, fresh_machine: Path, terminal: Terminal
) -> None:
    """From the look at a sheet over rows in doubt to the report and the records."""
    summary = send_list(service, fresh_machine, {3: "close_unanswered_applied", 4: "blocked_by_user_403"})
    for command in (
        *(("runs", "list"), ("runs", "show", summary.run), ("results", summary.run, "-o", "again.xlsx")),
        *(("report", summary.run, "-o", "report.html"), ("audit", summary.run, "--verify")),
        *(("resume", summary.run, "--yes"), ("retry", summary.run, "--yes"), ("stop", summary.run)),
        ("resolve", summary.run, "--rows", "3", "--delivered", "--yes", "--note", "looked"),
        ("correct", summary.run, "-m", "Correction", "--dry-run"),
        *(("runs", "prune", "--older-than", "1d"), ("runs", "delete", summary.run)),
        *(("check", "list.csv"), ("check", "list.csv", "-o", "marked.xlsx"), ("send", "list.csv", "--yes")),
        ("send", "list.csv", "--yes", "-o", "sent.csv", "--duplicate-window", "0", "--canary", "2"),
        *(("connections", "list"), ("connections", "test"), ("notify", "test"), ("office", "accounts", "list")),
    ):
        terminal.run(*command)
    (fresh_machine / "topics.csv").write_text(
        "topic_link\nhttps://t.me/c/2101424779/5343\nhttps://t.me/joinchat/abc\nt.me/c/12\n", "utf-8"
    )
    for command in (("check", "topics.csv"), ("enrich", "topics.csv", "--yes", "-o", "topics.xlsx")):
        terminal.run(*command)


def test_no_word_about_a_code_escapes(terminal: Terminal) -> None:
    """All of them."""
    for code in RECORDS:
        terminal.run("explain", code)


def test_no_word_of_the_doctor_escapes(service: HostileServer, terminal: Terminal) -> None:
    """But for the names and values of settings, and what this machine is made of."""
    terminal.run("doctor", "--full")

    terminal.left_over = [line for line in terminal.left_over if not re.search(r" = |requests \d|Linux-|:…", line)]


@pytest.mark.parametrize(
    "arguments",
    [
        "snd", "send", "send nothere.csv", "send list.csv --nope", "send list.csv --rate fast", "send list.csv --rate",
        "check list.csv --for sell", "send list.csv x y", "send list.csv --limit x", "send list.csv --limit -1",
        "send list.csv --timeout x", "send list.csv --hidden-rows x", "send list.csv --json=5", "runs lst",
        "check list.csv --worksheet x", "send list.csv --at yesterday", "send list.csv --between 99-1",
        "send list.csv --days xyz", "send list.csv --duplicate-window x", "send list.csv --max-errors x",
        "send list.csv --where x", "send list.csv --where nix=1", "send list.csv --map user_id=nix",
        "send list.csv --map x", "send list.csv --delimiter #", "send list.csv --encoding klingon",
        "send list.csv --header-row 5", "send list.csv --rows 5-3", "send list.csv -t nix",
        "send list.csv -m x -t status_update", "send list.csv --connection nix", "send list.csv --config nix.toml",
        "send list.csv --yes", "send list.csv --yes --force -o list.csv", "send list.csv --yes -o again.pdf",
        "send list.csv --yes -o nowhere/sent.xlsx", "send list.csv --yes -o .", "explain", "explain nonsense",
        "explain reply_lots", "runs show nonsense", "audit", "resolve 20261122-180412-k3f9", "template show nope",
        "template preview", "template preview -m {{Nme}} list.csv", "template preview -m {{Name|euro}} list.csv",
        "template preview -m {{Name*99999}} list.csv", "template preview -m {{Name.split()}} list.csv",
        "template preview -m {%for_x_in_range(99999)%}x{%endfor%} list.csv", "template sheet enrich -o m.csv",
        "office accounts disable bob", "completion nosuch", "sandbox --port 99999", "connections add x --instance 1",
        "verify 20261122-180412-k3f9 --export list.csv", "watch nofolder --for send", "send list.csv --log-file .",
        "send list.csv --ledger /dev/null/x", "send list.csv --ledger list.csv", "send list.csv --ca-file nix.pem",
    ],
)  # fmt: skip
def test_no_word_of_a_refusal_escapes(arguments: str, terminal: Terminal, fresh_machine: Path) -> None:
    """Whoever mistypes is told in the own language what is wrong."""
    (fresh_machine / "list.csv").write_text(f"user_id;Name;message\n1000001;{NAMES[0]};Hallo\n", "utf-8")

    said = terminal.run(*(each.replace("_", " ") if "%" in each else each for each in arguments.split()))

    assert "⟦" in said


def damaged(folder: Path) -> Iterator[Path]:
    """Files that are no sheets, or broken ones."""
    book = Workbook()
    book.active.append(["user_id", "message"])
    book.active.append([1000001, "Hallo"])
    book.save(folder / "whole.xlsx")
    whole = (folder / "whole.xlsx").read_bytes()
    contents: dict[str, bytes] = {
        "empty.csv": b"",
        "blank.csv": b"\n\n",
        "header.csv": b"user_id;message\n",
        "cut.xlsx": whole[: len(whole) // 2],
        "before.xlsx": b"abc" + whole,
        "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "page.csv": b"<html><body><table></table></body></html>",
        "list.json": b'{"user_id": 5}',
        "document.csv": b"%PDF-1.7\n",
        "ole.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "old.xls": b"\x09\x08\x10\x00" + bytes(600),
        "windows.csv": "user_id;message\n1000001;Schöne Grüße\n".encode("cp1252"),
        "utf16.csv": "user_id;message\n1000001;Hallo\n".encode("utf-16-le"),
        "data.csv": b"1000001;Hallo\n1000002;Hallo\n",
        "shifted.csv": b"user_id;message\n1;a;b\n2;a;b\n3;a;b\n",
        "quoted.csv": b'user_id;message\n"1000001;Hallo"\n"1000002;Hallo"\n',
        "several.csv": b"user_id;User-ID;message\n1000001;2;Hallo\n",
        "ids.csv": b"user_id;message\n1.000.001;a\n+49301234567;b\n@name;c\n1,0E+06;d\n1000001.0;e\nx;f\n;g\n",
        "hours.csv": b"user_id;message\n1000001;/close\n1000002;{{ Name }}\n1000003;#REF!\n12;Hi\n",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        yield folder / name
    with zipfile.ZipFile(io.BytesIO(whole)) as taken:
        parts = {name: taken.read(name) for name in taken.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    changed: dict[str, dict[str, bytes]] = {
        "no_sheet.xlsx": {name: part for name, part in parts.items() if name != sheet},
        "no_xml.xlsx": {**parts, sheet: b"<worksheet>"},
        "entities.xlsx": {**parts, "xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'},
        "other.xlsx": {"word/document.xml": b"<x/>"},
        "nothing.xlsx": {"readme.txt": b"x"},
    }
    for name, inside in changed.items():
        with zipfile.ZipFile(folder / name, "w") as made:
            for part, content in inside.items():
                made.writestr(part, content)
        yield folder / name


def test_no_word_about_a_damaged_file_escapes(terminal: Terminal, fresh_machine: Path) -> None:
    """What it is, where it is broken, how it was read, and what to do."""
    for file in damaged(fresh_machine):
        said = terminal.run(
            "check", file.name, "--for", "send", known=("Schöne Grüße", "User-ID", "close", "Hi", "@name")
        )
        assert "⟦" in said, file.name
