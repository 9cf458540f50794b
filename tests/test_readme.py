"""The README is true and short; its sessions, and those of its pages, are real; their tables are complete."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from hotline_batch.cli.main import COMMANDS
from hotline_batch.cli.main import main as hotline_batch
from hotline_batch.issues.words import RECORDS
from hotline_batch.model.jobs import Status
from hotline_batch.results.rows.columns import ENRICH_COLUMNS, SEND_COLUMNS
from hotline_batch.results.summary import EXIT_MEANINGS
from hotline_batch.sandbox.server import Sandbox
from hotline_batch.settings.file.schema import OTHER_VARIABLES, VARIABLES
from tests.support.processes.terminal import said_to_a_person

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
DOCS = {path.name: path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")}
MOST_LINES = 160
PATIENCE_SECONDS = 180
USAGE_EXIT_CODE = 2  # of runs that never began, so no summary has it

# What differs from one run to the next: ids, the time of day, how long it took.
RUN_ID = re.compile(r"\b\d{8}-\d{6}-[a-z0-9]{4}\b")
CHANGING = ((RUN_ID, "RUN"), (re.compile(r"until \d\d:\d\d"), "until TIME"), (re.compile(r"\(\d+ s, "), "(N s, "))


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: what stands behind the fence, and its lines."""

    kind: str
    text: str


def blocks(kind: str, page: str = README) -> list[Block]:
    """The fenced blocks of a kind, such as ``sh`` or ``console``."""
    found = re.findall(r"^```(.*)\n((?:.*\n)*?)```$", page, re.MULTILINE)
    return [Block(name, text) for name, text in found if name == kind]


def examples() -> list[str]:
    """Every ``hotline-batch ...`` line of the example blocks, and of the text between."""
    lines = [line for block in blocks("sh") for line in block.text.splitlines() if line.startswith("hotline-batch ")]
    prose = re.sub(r"^```(?:.*\n)*?```$", "", README, flags=re.MULTILINE)
    inline = re.findall(r"`(hotline-batch [a-z]+ [^`\n]+)`", prose)
    return list(dict.fromkeys([*lines, *(line for line in inline if not re.search(r"\b[A-Z]{3,}\b(?!=)", line))]))


def steps(session: str) -> Iterator[tuple[str, str]]:
    """The commands of a session, each with what it says."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, said = part.partition("\n")
        yield command, said


def table(first_column: str, page: str = README) -> list[list[str]]:
    """The rows below the header that begins with this column."""
    rows = re.search(rf"^\| {re.escape(first_column)} \|.*\n\|[-|]+\|\n((?:\|.*\n?)+)", page, re.MULTILINE)
    assert rows, f"The page has no table whose first column is '{first_column}'"
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in rows[1].splitlines()]


def headings(page: str) -> set[str]:
    """What a link can lead to on a page."""
    found = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


def names(cell: str) -> list[str]:
    """What stands in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def parsed(words: Sequence[str]) -> click.Context:
    """A command line as the program reads it, without running it. Raises click's errors for what it refuses."""
    command: click.Command = hotline_batch
    left, context = list(words), click.Context(hotline_batch)
    while isinstance(command, click.Group):
        name = left.pop(0)
        inner = command.get_command(context, name)
        assert inner, f"There is no command '{name}'"
        command = inner
    return command.make_context(command.name, left)


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """A fresh machine's variables: a home of its own, no settings."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TZ", "SYSTEMROOT"}}
    home = tmp_path / "home"
    home.mkdir()
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder that shows what a clone shows."""
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("sample_data", "templates"):
        (clone / name).symlink_to(ROOT / name)
    return clone


def run(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a Python command to its end, both streams together as on a screen."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def program(line: str) -> list[str]:
    """A ``hotline-batch ...`` line as arguments of Python; what a shell would redirect is left out."""
    return ["-m", "hotline_batch", *shlex.split(line.partition(" > ")[0])[1:]]


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("line", examples())
def test_every_example_is_a_command_line_that_the_program_takes(line: str) -> None:
    """Commands, options and their values exist as they are written."""
    context = parsed(shlex.split(line.partition(" > ")[0])[1:])

    assert context.command.name in line.split()


@pytest.mark.parametrize(
    "session", [block.text for page in (README, *DOCS.values()) for block in blocks("console", page)]
)
def test_sessions_are_real(session: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Run now by a person who says yes, each command shows what the page shows, but for ids, times and durations."""
    shown, said = session, ""
    for command, _ in steps(session):
        words = [sys.executable, *program(command)]
        said += f"$ {command}\n{said_to_a_person(words, folder, environment, patience_seconds=PATIENCE_SECONDS)}"

    for pattern, word in CHANGING:
        shown, said = pattern.sub(word, shown), pattern.sub(word, said)
    assert said == shown


def test_first_command_sends_a_sample_through_the_sandbox(folder: Path, environment: Mapping[str, str]) -> None:
    """The line for newcomers installs the program, and its last part ends with every row sent."""
    line = blocks("sh setup")[0].text.strip()
    *installing, sending = line.split(" && ")

    ended = run(program(sending), folder, environment)

    assert ["python3 -m venv .venv", ".venv/bin/pip install ."] == installing
    assert sending.startswith(".venv/bin/hotline-batch send ")
    assert 0 == ended.returncode, ended.stdout
    assert "25 of 25 delivered" in ended.stdout
    assert (folder / "out.xlsx").is_file()


def test_second_command_is_what_the_full_check_runs() -> None:
    """The README and .ci/run install the same extras and start the same tests."""
    line = blocks("sh setup")[1].text.strip()
    check = (ROOT / ".ci" / "run").read_text("utf-8")

    assert ".venv/bin/pip install -e '.[test,quality]' && .venv/bin/pytest" == line
    assert "-e '.[test,quality]'" in check
    assert "python -m pytest" in check.splitlines()


def test_keys_of_the_practice_session_are_those_of_the_sandbox() -> None:
    """Whoever pastes the export lines reaches the sandbox at its usual port."""
    exported = dict(re.findall(r"^export (\w+)=(\S+)$", DOCS["practice.md"], re.MULTILINE))
    port = next(option.default for option in parsed(["sandbox"]).command.params if option.name == "port")

    assert {
        "HOTLINE_ENDPOINT": Sandbox(port).url,
        "HOTLINE_X_API_KEY": Sandbox.x_api_key,
        "HOTLINE_INSTANCE": Sandbox.instance,
        "HOTLINE_API_KEY": Sandbox.api_key,
    } == exported


def test_python_examples_run(folder: Path, environment: Mapping[str, str]) -> None:
    """They are whole programs that end well against a sandbox."""
    with Sandbox() as sandbox:
        keys = {
            "HOTLINE_ENDPOINT": sandbox.url,
            "HOTLINE_X_API_KEY": sandbox.x_api_key,
            "HOTLINE_INSTANCE": sandbox.instance,
            "HOTLINE_API_KEY": sandbox.api_key,
        }
        ended = [
            run(["-c", block.text], folder, {**environment, **keys}) for block in blocks("python", DOCS["python.md"])
        ]

    assert [0, 0, 0, 0, 0] == [end.returncode for end in ended], "\n".join(end.stdout for end in ended)
    assert "https://t.me/c/2101424779/5343\nuser_answered John Doe\n" == ended[0].stdout
    assert re.fullmatch(r"[0-9a-z-]+ 25\n", ended[2].stdout)
    assert ended[4].stdout.endswith("rows are done\n0 25\n")
    assert ["0 25 ", "0 20 "] == [line[:5] for line in ended[1].stdout.splitlines()]
    assert 20 == ended[3].stdout.count("https://t.me/c/")


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_command_has_a_row_in_the_order_of_the_help() -> None:
    """Each command of ``--help`` stands in the table, and no other."""
    described = [names(row[0])[0].split()[1] for row in table("command")]

    assert list(COMMANDS) == list(dict.fromkeys(described))


def test_every_exit_code_has_a_row() -> None:
    """The codes of runs, and the one for runs that never began."""
    described = [row[0] for row in table("exit code", DOCS["administrator.md"]) if row[0].isdecimal()]

    assert sorted([*EXIT_MEANINGS, USAGE_EXIT_CODE]) == [int(code) for code in described]


def test_variables_are_those_of_the_settings() -> None:
    """Each variable that the settings read stands in the table, and no other."""
    described = [names(row[0])[0] for row in table("variable", DOCS["settings.md"])]

    assert sorted([*VARIABLES, *OTHER_VARIABLES]) == sorted(described)


def test_result_columns_are_those_of_the_results() -> None:
    """Each column that the program always writes stands in the table, with the commands that write it."""
    described = {names(row[0])[0]: row[1] for row in table("column", DOCS["sheets.md"]) if "…" not in row[0]}

    of_send = {name: "both" if name in ENRICH_COLUMNS else "`send`" for name in SEND_COLUMNS}
    of_enrich = {name: "`enrich`" for name in ENRICH_COLUMNS if name not in SEND_COLUMNS}
    assert of_send | of_enrich == described


def test_statuses_are_those_of_the_results() -> None:
    """Each status stands in the table, and no other."""
    described = [name for row in table("`hotline_status`", DOCS["sheets.md"]) for name in names(row[0])]

    assert sorted(Status) == sorted(described)


def test_error_codes_are_those_of_the_issues() -> None:
    """The table of the page that the README names is the records, word by word."""
    page = (ROOT / "docs" / "codes.md").read_text("utf-8")
    shown = re.findall(r"^\| `\w+` \|.*\|.*\|.*\|.*\|$", page, re.MULTILINE)

    expected = [
        f"| `{entry.code}` | {entry.meaning} | {entry.delivered} | {entry.again} | {entry.advice} |"
        for entry in RECORDS.values()
    ]
    assert "\n".join(expected) == "\n".join(shown)


def test_it_is_one_page_with_two_pictures() -> None:
    """What it is, how to begin, where to read on; all else has a page of its own. The page, and a result sheet."""
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)

    assert README.count("\n") <= MOST_LINES
    assert ["docs/images/in-doubt.webp", "docs/result-sheet.svg"] == pictures
    assert all((ROOT / picture).is_file() for picture in pictures)


def test_links_lead_somewhere() -> None:
    """Each to a file that is there, and to a heading on its page."""
    for target, _, heading in re.findall(r"\]\(([\w./-]*)(#)?([\w-]*)\)", README):
        assert not target or (ROOT / target).is_file(), target
        assert not heading or heading in headings(DOCS[Path(target).name] if target else README), heading


def test_every_page_can_be_reached() -> None:
    """Whoever begins here finds each page of the documentation."""
    assert {f"docs/{name}" for name in DOCS} - {"docs/index.md"} <= set(re.findall(r"\]\(([\w./-]+)", README))
