"""The documentation is true: its commands run, its quotes are the program's own words, its generated pages are new."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po

from hotline_batch.cli.main import main as hotline_batch
from hotline_batch.cli.main import run as run_program
from hotline_batch.language.languages import catalogue_file
from hotline_batch.sandbox.server import Sandbox
from hotline_batch.settings.file.schema import ConnectionEntry, Document
from hotline_batch.settings.load import load_settings
from reference.__main__ import PAGES
from reference.commands import commands as commands_of_the_program
from tests.docs import pages
from tests.docs.messages import is_said
from tests.support.processes.journey import read_sheet

IN_DOUBT = (17, 44, 51)  # rows of the sheet that the pages speak of
REFUSED = 9
ROWS = 60
STRANGER = 700_000_123  # nobody in the sandbox
WAITS_FOR_A_PERSON = {"sandbox", "connections add", "ui"}
ASKS = {"send", "correct", "resume", "retry", "resolve", "runs prune", "runs delete"}
ENDED = {0, 1, 3, 4}  # as a batch or a look ends; 2 is a refusal
SECONDS_TOLD = re.compile(r"\(\d+ s, ")


@dataclass(frozen=True, slots=True)
class Desk:
    """A machine where somebody follows a page: a folder with sheets, and two runs that need a person.

    ``finished`` has rows that failed and rows in doubt; ``stopped`` has rows that were never tried.
    """

    folder: Path
    finished: str
    stopped: str

    @property
    def state(self) -> Path:
        """Where the ledger lies."""
        return self.folder / "state"


def words_of(line: str) -> list[str]:
    """A command line as the program gets it; what a shell would redirect is left out."""
    return shlex.split(line.partition(" > ")[0], comments=True)[1:]


def command_of(words: list[str]) -> str:
    """The command's own words, such as ``runs list``."""
    found: click.Command | None = hotline_batch
    count = 0
    while isinstance(found, click.Group):
        found = found.get_command(click.Context(found), words[count])
        count += 1
    return " ".join(words[:count])


def parsed(words: list[str]) -> click.Context:
    """A command line as the program reads it, without running it. Raises click's errors for what it refuses."""
    known = dict(commands_of_the_program())
    name = command_of(words)
    return known[name].make_context(name, words[len(name.split()) :])


# ── a desk ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def settle_in(folder: Path, endpoint: str, patch: pytest.MonkeyPatch) -> None:
    """A clean home, the sandbox's keys, a settings file that lets tests hurry, and the sheets of the pages."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        place = folder / name.removeprefix("XDG_").removesuffix("_HOME").lower()
        place.mkdir(exist_ok=True)
        patch.setenv(name, str(place))
    for name in ("HOTLINE_BATCH_LEDGER", "HOTLINE_BATCH_CONFIG"):
        patch.delenv(name, raising=False)
    patch.setenv("HOTLINE_ENDPOINT", endpoint)
    patch.setenv("HOTLINE_X_API_KEY", Sandbox.x_api_key)
    patch.setenv("SUPPORT_KEY", Sandbox.api_key)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    patch.chdir(work)
    (work / "hotline-batch.toml").write_text(
        'send_rate = "1000/s"\nenrich_rate = "1000/s"\nconcurrency = 1\n'
        f'[connections.support_bot]\ninstance = "{Sandbox.instance}"\napi_key = "env:SUPPORT_KEY"\n',
        "utf-8",
    )
    for name in ("sample_data", "templates"):
        if not (work / name).exists():
            (work / name).symlink_to(pages.ROOT / name)


def write_contacts(path: Path, people: list[int]) -> None:
    """A sheet in which row REFUSED is a stranger."""
    rows = [f"{STRANGER if row == REFUSED else people[row]},Message {row}" for row in range(2, ROWS + 2)]
    path.write_text("\n".join(["user_id,message", *rows, ""]), "utf-8")


def run(line: str, capfd: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run a command line within this process; its exit code and everything it said."""
    words = words_of(line)
    if command_of(words) in ASKS and "--yes" not in words and words[:1] != ["--help"]:
        words.append("--yes")  # the person at the terminal says yes
    patch.setattr(sys, "argv", ["hotline-batch", *words])
    with pytest.raises(SystemExit) as ended:
        run_program()
    said = capfd.readouterr()
    return int(ended.value.code or 0), said.out + said.err


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """The service behind every page."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Desk:
    """A desk at which a sheet was sent, with a stranger and three lost answers in it, and another one was begun."""
    settle_in(tmp_path, sandbox.url, monkeypatch)
    people = [person.user_id for person in sandbox.world.people]
    contacts = tmp_path / "work" / "contacts.csv"
    write_contacts(contacts, people)
    for row in IN_DOUBT:
        sandbox.faults.lose_reply(user_id=people[row])
    finished, _ = run("hotline-batch send contacts.csv -o first.csv", capfd, monkeypatch)
    sandbox.faults.lose_reply(user_id=people[2])
    stopped, _ = run("hotline-batch send contacts.csv --duplicate-window 0 --canary 1 -o two.csv", capfd, monkeypatch)
    assert (3, 4) == (finished, stopped)
    runs = [read_sheet(tmp_path / "work" / name)[0]["hotline_run"] for name in ("first.csv", "two.csv")]
    shutil.copytree(tmp_path / "state", tmp_path / "state-at-first")
    sandbox.export(tmp_path / "work" / "result.json")
    return Desk(tmp_path, *runs)


def with_run(line: str, desk: Desk) -> str:
    """The command line with a run of this desk; what it needs is as it was at first."""
    if not (pages.RUN_ID.search(line) or command_of(words_of(line)) == "resume"):
        return line
    shutil.rmtree(desk.state)
    shutil.copytree(desk.folder / "state-at-first", desk.state)
    return pages.RUN_ID.sub(desk.stopped if " resume " in line else desk.finished, line)


def is_run(line: str) -> bool:
    """Whether a test can run the command: those that serve or ask for a key until a person ends them cannot be."""
    name = command_of(words_of(line))
    return name not in WAITS_FOR_A_PERSON and (name != "watch" or "--once" in line)


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", [name for name in pages.names() if pages.commands(name)])
def test_commands_of_a_page_run_one_after_the_other(
    page: str, desk: Desk, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is refused, and every file that one names is there afterwards; quotes are the program's own words."""
    shutil.copy(pages.ROOT / "sample_data" / "status_updates.xlsx", "contacts.xlsx")
    Path("customers.csv").write_text("Kundennummer;Text\n987654321;Hallo\n", "utf-8")
    Path("inbox").mkdir()
    said, refused, missing = "", [], []

    for line in filter(is_run, pages.commands(page)):
        code, words = run(with_run(line, desk), capfd, monkeypatch)
        said += words
        if code not in ENDED:
            refused.append(f"{line}\n{words}")
        output = re.search(r"-o (\w[\w.]*\.\w+)", line)
        if output and not Path(output[1]).is_file():
            missing.append(line)

    assert [] == refused
    assert [] == missing
    heard = {SECONDS_TOLD.sub("(N s, ", spoken.strip()) for spoken in said.splitlines()}
    assert [] == [
        quote for quote in pages.quotes(page) if not is_said(quote) and SECONDS_TOLD.sub("(N s, ", quote) not in heard
    ]


@pytest.mark.parametrize("page", pages.names())
def test_every_command_line_of_a_page_is_one_that_the_program_takes(page: str, tmp_path: Path) -> None:
    """Commands, options and their values exist as they are written, also in schedules and within sentences."""
    for line in [*pages.commands(page), *pages.commands_elsewhere(page)]:
        words = words_of(line)
        if words[0] == "watch":
            words[1] = str(tmp_path)  # which has to be there

        context = parsed(words)

        assert command_of(words) == context.info_name


def test_a_quote_that_the_program_does_not_say_is_found() -> None:
    """Invented words, and a real sentence followed by invented ones."""
    assert is_said("The message is empty.")
    assert is_said("Error: There is no file contacts.xlsx. Check the name and the folder.")
    assert not is_said("The sheet is sad today.")
    assert not is_said("The message is empty. The sheet is sad today.")


# What is said with emphasis, and what a row of the table of things to do begins with, stands on the page itself.
EMPHASIS = re.compile(r"(?<![*\w])\*([^*\n]+)\*(?!\*)")
COUNTED = re.compile(r"\{\w+:([^{}|]*(?:\|[^{}|]*)+)\}")
NUMBER = re.compile(r"\{[^{}]*\}|%\(\w+\)s|\d+")


def sentences_of(language: str) -> set[str]:
    """Everything that the program says in a language, in each of its forms; an N stands for numbers."""
    with catalogue_file(language).open("rb") as file:
        told = [message.string for message in read_po(file, locale=language) if message.id]
    texts = [text for each in told for text in ((each,) if isinstance(each, str) else each)]
    forms = []
    for text in texts:
        counted = COUNTED.findall(text)
        forms += [COUNTED.sub(lambda found, at=at: f"N {found[1].split('|')[at]}", text)
                  for at in range(min((len(each.split("|")) for each in counted), default=1))]  # fmt: skip
    return {NUMBER.sub("N", text).strip(" ….") for text in forms}


@pytest.mark.parametrize("language", ["de", "ru"])
def test_what_the_help_of_the_page_calls_by_its_name_is_called_so_on_the_page(language: str) -> None:
    """Buttons and headings, in the words of the catalogue."""
    known = sentences_of(language)

    named = EMPHASIS.findall(pages.text_of(f"page.{language}.md"))

    assert len(named) > 10
    # A verdict is put together of two sentences, a link may be a part of one.
    parts = [part for name in named for part in NUMBER.sub("N", name).strip(" ….").split(", N ")]
    assert [] == [part for part in parts if not any(part in sentence for sentence in known)]


# ── settings and links ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", [name for name in pages.names() if pages.blocks(name, "toml")])
def test_settings_files_of_a_page_are_ones_that_the_program_takes(page: str, tmp_path: Path) -> None:
    """Every key exists, and every value is one that the key takes."""
    for number, text in enumerate(pages.blocks(page, "toml")):
        file = tmp_path / f"{number}.toml"
        (tmp_path / "company-ca.pem").touch()
        file.write_text(text, "utf-8")

        settings = load_settings(config=str(file), environ={})

        assert file == settings.config_path


def test_every_key_of_the_settings_stands_in_the_page_about_them(tmp_path: Path) -> None:
    """With a value that the program takes, once its # is taken away."""
    whole = max(pages.blocks("settings.md", "toml"), key=len)
    text = re.sub(r"^# (?=\w+ = |\[)", "", whole, flags=re.MULTILINE)
    file = tmp_path / "hotline-batch.toml"
    file.write_text(text, "utf-8")
    (tmp_path / "company-ca.pem").touch()

    load_settings(config=str(file), environ={})

    written = tomllib.loads(text)
    assert {field.alias or name for name, field in Document.model_fields.items()} == written.keys()
    assert ConnectionEntry.model_fields.keys() == written["connections"]["support_bot"].keys()


def headings(page: str) -> set[str]:
    """What a link can lead to on a page."""
    found = re.findall(r"^#+ (.*)$", pages.text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", pages.names())
def test_links_of_a_page_lead_somewhere(page: str) -> None:
    """To a page that is there, and to a heading on it."""
    for target, _, heading in re.findall(r"\]\(([\w./-]*\.md)?(#)?([\w-]*)\)", pages.text_of(page)):
        assert not target or (pages.DOCS / target).is_file(), target
        assert not heading or heading in headings(target or page), heading


# ── the pages that the program writes, and the site ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", PAGES)
def test_generated_page_is_what_the_program_says_now(page: str) -> None:
    """Where this fails, run: python -m reference"""
    assert PAGES[page]() == pages.text_of(page)


def test_site_is_built_without_network_and_asks_for_nothing_from_elsewhere(tmp_path: Path) -> None:
    """Every page is there and loads its styles and scripts from the site itself."""
    shutil.copytree(pages.DOCS, tmp_path / "docs")
    shutil.copy(pages.ROOT / "zensical.toml", tmp_path)
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}

    built = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=tmp_path,
        env={"PATH": "", "HOME": str(tmp_path), **nowhere},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert 0 == built.returncode, built.stdout + built.stderr
    site = {page.name: page.read_text("utf-8") for page in (tmp_path / "site").glob("*.html")}
    assert {path.with_suffix(".html").name for path in pages.DOCS.glob("*.md")} <= site.keys()
    for text in site.values():
        assert [] == re.findall(r"<(?:link|script|img|iframe|source)\b[^>]*(?:href|src)=\"(?:https?:)?//[^\"]*", text)
    for styles in (tmp_path / "site").rglob("*.css"):
        assert [] == re.findall(r"url\([\"']?(?:https?:)?//[^)]*|@import[^;]*", styles.read_text("utf-8"))


def test_every_page_stands_in_the_navigation() -> None:
    """And the navigation names no other."""
    navigation = tomllib.loads((pages.ROOT / "zensical.toml").read_text("utf-8"))["project"]["nav"]

    listed = [page for entry in navigation for page in entry.values()]
    assert sorted(path.name for path in pages.DOCS.glob("*.md")) == sorted(listed)
