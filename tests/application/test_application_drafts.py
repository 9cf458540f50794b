"""An uploaded sheet and what was said about it: kept whole, private, and removed when its time has come."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotline_batch.application.drafts import request
from hotline_batch.application.drafts.become_run import Agreement, ChangedSince, become_run, started_run
from hotline_batch.application.drafts.choices import MOST_TRIAL_ROWS, NotAChoice, Source, source_of, with_choices
from hotline_batch.application.drafts.draft import (
    OLD_AFTER_SECONDS,
    Draft,
    DraftBusy,
    DraftMissing,
    NoDraft,
    change_draft,
    draft_as_json,
    draft_folder,
    draft_from_json,
    drafts_folder,
    forget_old_drafts,
    is_draft_id,
    name_to_show,
    read_draft,
    sheet_file,
    starting,
)
from hotline_batch.application.drafts.look import look_at
from hotline_batch.application.drafts.request import OpenSheets, digest_of
from hotline_batch.application.drafts.seen import placeholder
from hotline_batch.application.drafts.upload import Incoming, UploadTooLarge, use_again
from hotline_batch.errors import SheetError
from hotline_batch.model.jobs import Kind
from hotline_batch.plan.message.template import MessageTemplate
from hotline_batch.run_options import Limits, Reading, RunOptions, Selection
from hotline_batch.settings.ledger_address import default_ledger
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings

SHEET = b"user_id,message\n987654321,Hallo\n"


def all_drafts(settings: Settings) -> Iterator[Draft]:
    """Every draft that can be read, the newest first."""
    names = sorted((path.name for path in drafts_folder(settings).iterdir()), reverse=True)
    for name in filter(is_draft_id, names):
        with suppress(DraftMissing):
            yield read_draft(settings, name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A fresh ledger, which is not there yet."""
    return load_settings(
        environ={"HOTLINE_BATCH_LEDGER": f"sqlite:///{tmp_path / 'mine.sqlite'}"}, working_folder=tmp_path
    )


def uploaded(settings: Settings, content: bytes = SHEET, name: str = "list.csv") -> Draft:
    """A sheet that was handed in for practice."""
    with Incoming(settings, name) as incoming:
        incoming.write(content)
        return incoming.keep(Kind.SEND, practice=True)


_texts = st.text(max_size=30)
_drafts = st.builds(
    Draft,
    id=st.just("20261126-120000-abcd1234"),
    name=_texts,
    size=st.integers(0, 10**9),
    fingerprint=st.text("0123456789abcdef", min_size=64, max_size=64),
    kind=st.sampled_from([None, *Kind]),
    options=st.builds(
        RunOptions,
        reading=st.builds(
            Reading, st.none() | _texts, st.none() | _texts, st.none() | _texts, st.none() | st.integers(0, 99)
        ),
        column_map=st.dictionaries(_texts, _texts, max_size=3),
        selection=st.builds(Selection, hidden_rows=st.sampled_from([None, "skip", "include"])),
        message=st.none() | _texts,
        template=st.none() | _texts,
        dates=st.none() | _texts,
        numbers=st.none() | _texts,
        connection=st.none() | _texts,
        sandbox=st.booleans(),
        limits=st.builds(Limits, rate=st.none() | _texts),
    ),
    own_text=_texts,
    leaves_out_faulty=st.booleans(),
    trial_rows=st.none() | st.integers(1, 1000),
    run=_texts,
)


@given(_drafts)
def test_draft_is_read_back_as_it_was_kept(draft: Draft) -> None:
    """Whatever a person wrote into it."""
    assert draft == draft_from_json(draft_as_json(draft))


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"id": 1}', '{"id": "x", "kind": "delete"}'])
def test_what_is_no_draft_is_refused(text: str) -> None:
    """As after a disk that lost something."""
    with pytest.raises(NoDraft):
        draft_from_json(text)


@given(st.text())
def test_shown_name_is_one_line_that_leads_nowhere(given_name: str) -> None:
    """Neither a path, nor characters that hide or turn the text round."""
    name = name_to_show(given_name)

    assert 0 < len(name) <= 150
    assert name.isprintable()
    assert not set("/\\") & set(name)
    assert name not in {".", ".."}


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ute\\Kunden.xlsx", "Kunden.xlsx"),
        ("Ku\u0308nden.xlsx", "Künden.xlsx"),
        ("evil\u202excod.xlsx", "evilxcod.xlsx"),
        ("a" * 300 + ".xlsx", "a" * 144 + "….xlsx"),
        ("..", "sheet"),
        ("", "sheet"),
    ],
)
def test_shown_name_is_the_last_part_of_what_the_browser_says(given_name: str, name: str) -> None:
    """As people know their file."""
    assert name == name_to_show(given_name)


@given(st.text())
def test_id_never_leads_out_of_the_folder(text: str) -> None:
    """Only what a draft could be called becomes part of a path."""
    assert not is_draft_id(text) or (text.isascii() and not set("/\\.") & set(text))


@example("kwargs", "")
@given(st.text(min_size=1, max_size=40).filter(lambda text: bool(text.strip())), st.text(max_size=40))
def test_picked_placeholder_stands_for_the_cell_of_its_column(column: str, cell: str) -> None:
    """Whatever the column is called."""
    header = (column, "another column of the sheet")

    assert cell == MessageTemplate(placeholder(column), header).render((cell, "x"))


def test_upload_is_private_and_in_one_piece(settings: Settings) -> None:
    """Folder 0700, files 0600, and nothing under the name that the file had."""
    draft = uploaded(settings, name="../list.csv")

    folder = draft_folder(settings, draft.id)
    assert SHEET == sheet_file(settings, draft).read_bytes()
    assert {0o700} == {path.stat().st_mode & 0o777 for path in (folder, drafts_folder(settings))}
    assert {0o600} == {path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert [draft] == list(all_drafts(settings))


def test_upload_that_ends_early_leaves_nothing(settings: Settings) -> None:
    """As when the browser is closed."""
    with Incoming(settings, "list.csv") as incoming:
        incoming.write(SHEET)

    assert [] == list(drafts_folder(settings).iterdir())


def test_upload_has_a_bound(settings: Settings) -> None:
    """One byte more is refused, with the name and what helps."""
    with Incoming(settings, "list.csv", most_bytes=1024**2) as incoming:
        incoming.write(bytes(1024**2))
        with pytest.raises(UploadTooLarge, match="is larger than 1 MB"):
            incoming.write(b"x")

    assert [] == list(drafts_folder(settings).iterdir())


def test_another_sheet_takes_the_place_of_the_one_before(settings: Settings) -> None:
    """What was said stays; the bytes of the one before do not."""
    draft = uploaded(settings)
    change_draft(settings, draft.id, lambda now: with_choices(now, {"own_text": "Hallo"}))

    with Incoming(settings, "mended.csv") as incoming:
        incoming.write(b"user_id,message\n1,x\n")
        after = incoming.keep_instead(draft.id)

    assert ("mended.csv", "Hallo") == (after.name, after.options.message)
    assert after == read_draft(settings, draft.id)
    assert not sheet_file(settings, draft).exists()
    assert sheet_file(settings, after).exists()


def test_settings_file_says_what_holds_for_every_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for the commands: shown on the page, and changed there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hotline-batch.toml").write_text(
        'ledger = "sqlite:///l.sqlite"\nhidden_rows = "skip"\nmessage = "Hi"\nmap = ["user_id=Nummer"]\n', "utf-8"
    )
    settings = load_settings(environ={}, working_folder=tmp_path)

    draft = uploaded(settings)

    assert "skip" == draft.options.selection.hidden_rows
    assert ("Hi", "Hi") == (draft.options.message, draft.own_text)
    assert {"user_id": "Nummer"} == draft.options.column_map


def test_old_drafts_go_and_those_with_a_run_stay(settings: Settings) -> None:
    """These go with their run."""
    old, started, young = (uploaded(settings) for _ in range(3))
    change_draft(settings, started.id, lambda now: replace(now, run="20261126-120000-k3f9"))
    long_ago = time.time() - OLD_AFTER_SECONDS - 60
    for draft in (old, started):
        for path in (draft_folder(settings, draft.id), draft_folder(settings, draft.id) / "draft.json"):
            os.utime(path, (long_ago, long_ago))

    forget_old_drafts(settings, time.time())

    assert {started.id, young.id} == {draft.id for draft in all_drafts(settings)}
    with pytest.raises(DraftMissing):
        read_draft(settings, old.id)


def test_what_never_came_whole_goes_when_it_is_old(settings: Settings) -> None:
    """The program was killed while the sheet came in; one that comes at this moment stays."""
    with Incoming(settings, "old.csv"):
        (left,) = drafts_folder(settings).iterdir()
        left.rename(left.with_name(f"{left.name}0"))
        long_ago = time.time() - OLD_AFTER_SECONDS - 60
        os.utime(left.with_name(f"{left.name}0"), (long_ago, long_ago))
        with Incoming(settings, "list.csv"):
            (young,) = (path for path in drafts_folder(settings).iterdir() if path.name != f"{left.name}0")

            forget_old_drafts(settings, time.time())

            assert [young] == list(drafts_folder(settings).iterdir())


def test_damaged_draft_is_told(settings: Settings) -> None:
    """And harms no other."""
    draft, other = uploaded(settings), uploaded(settings)
    (draft_folder(settings, draft.id) / "draft.json").write_text("{", "ascii")

    with pytest.raises(DraftMissing, match="cannot be read"):
        read_draft(settings, draft.id)
    assert [other.id] == [each.id for each in all_drafts(settings)]


def test_draft_is_started_by_one_at_a_time(settings: Settings) -> None:
    """Whoever comes second waits, and is told when that takes too long."""
    draft = uploaded(settings)

    with starting(settings, draft.id, 1), pytest.raises(DraftBusy), starting(settings, draft.id, 0.01):
        pass  # pragma: no cover - it is never reached


def test_start_that_fails_leaves_the_draft_as_it_was(settings: Settings) -> None:
    """It can be mended, and started then."""
    draft = uploaded(settings, b"user_id,message\n\n")
    broken = change_draft(settings, draft.id, lambda now: with_choices(now, {"own_text": "{{ nobody }}"}))

    with pytest.raises(Exception, match="has no such column"):
        become_run(settings, draft.id, Agreement(digest_of(broken, settings), 1))

    assert broken == read_draft(settings, draft.id)
    assert "" == started_run(settings, broken)


@pytest.mark.parametrize("count", [0, 2, -1])
def test_number_that_nobody_agreed_to_starts_nothing(settings: Settings, count: int) -> None:
    """The button names it, and it is counted again at the click."""
    draft = uploaded(settings)

    outcome = become_run(settings, draft.id, Agreement(digest_of(draft, settings), count))

    assert isinstance(outcome, ChangedSince)
    assert "" == read_draft(settings, draft.id).run


def test_sources_of_messages_exclude_each_other(settings: Settings) -> None:
    """And the text that was typed is still there when it is wanted again."""
    draft = with_choices(uploaded(settings), {"own_text": "Hallo {{ user_id }}"})
    assert Source.TEXT is source_of(draft)

    template = with_choices(draft, {"template": "status_update"})
    column = with_choices(template, {"map.message": "message"})
    text = with_choices(column, {"source": "text"})

    assert [Source.TEMPLATE, Source.COLUMN, Source.TEXT] == [source_of(each) for each in (template, column, text)]
    assert "Hallo {{ user_id }}" == text.options.message
    assert text.options.template is None


@pytest.mark.parametrize(
    "said",
    [
        {"header_row": "x"},
        {"header_row": "-1"},
        {"header_row": "99999999"},
        {"trial_rows": str(MOST_TRIAL_ROWS + 1)},
        {"template": "../../../etc/passwd"},
        {"template": "nobody"},
        {"source": "elsewhere"},
        {"own_text": "x" * 20_001},
    ],
)
def test_what_is_none_of_the_answers_is_refused(settings: Settings, said: dict[str, str]) -> None:
    """Also what no form of the page sends; a template is one of the list and never a path."""
    with pytest.raises(NotAChoice):
        with_choices(uploaded(settings), said)


def test_what_is_not_known_changes_nothing(settings: Settings) -> None:
    """A field of a newer page, or one that somebody made up."""
    draft = uploaded(settings)

    assert draft == with_choices(draft, {"run": "x", "id": "y", "sandbox": "no", "map.nobody": "a", "rate": "1000/s"})


def test_other_worksheet_has_other_columns(settings: Settings) -> None:
    """What was said of those of the one before is forgotten."""
    draft = with_choices(uploaded(settings), {"map.user_id": "Nummer", "header_row": "3"})

    after = with_choices(draft, {"worksheet": "April"})

    assert Reading(worksheet="April") == after.options.reading
    assert {} == after.options.column_map


def test_same_sheet_again_keeps_every_choice_but_practice(settings: Settings) -> None:
    """The trial is over; what was agreed to is agreed to anew."""
    draft = uploaded(settings)
    draft = change_draft(settings, draft.id, lambda now: with_choices(now, {"own_text": "Hi", "trial_rows": "3"}))

    again = use_again(settings, draft.id, practice=False)

    assert draft.id != again.id
    assert ("Hi", False, None, "") == (again.options.message, again.is_practice, again.trial_rows, again.run)
    assert SHEET == sheet_file(settings, again).read_bytes()


def test_open_sheets_are_lent_and_closed(settings: Settings) -> None:
    """A few stay open; every look sees the same."""
    sheets = OpenSheets(most=2)
    drafts = [uploaded(settings, SHEET + b"%d,x\n" % number) for number in range(1, 5)]

    looks = [look_at(draft, settings, sheets) for draft in drafts * 2]

    assert [2] * 8 == [look.plan.tally.rows if look.plan else 0 for look in looks]
    sheets.close()


def test_sheet_with_a_question_stays_open_for_its_answer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large workbook is parsed once for all questions, not once for each of them."""
    opened: list[str] = []
    open_anew = request.open_anew
    monkeypatch.setattr(request, "open_anew", lambda asked: opened.append(asked.sheet) or open_anew(asked))
    draft, sheets = uploaded(settings, b"Name,Text\nAnna,Hallo\n"), OpenSheets()

    looks = [look_at(draft, settings, sheets) for _ in range(2)]

    assert [None, None] == [look.plan for look in looks]
    assert [str(sheet_file(settings, draft))] == opened
    sheets.close()


def test_sheet_that_cannot_be_read_is_a_look_as_well(settings: Settings) -> None:
    """With the reason; no error is raised."""
    sheets = OpenSheets()

    look = look_at(uploaded(settings, b'user_id,message\n1,"x\n'), settings, sheets)

    assert isinstance(look.problem, SheetError)
    assert look.plan is None
    sheets.close()


def test_drafts_lie_beside_the_ledger_also_where_that_is_on_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There they lie where the ledger's file would; those of each ledger in a folder of their own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def folder(ledger: str) -> Path:
        return drafts_folder(load_settings(environ={"HOTLINE_BATCH_LEDGER": ledger}, working_folder=tmp_path))

    on_a_server = folder("postgresql://me@db.example/hotline")

    assert "mine-uploads" == folder("sqlite:///mine.sqlite").name
    assert "mine.db-uploads" == folder("sqlite:///mine.db").name
    assert on_a_server.is_absolute()
    assert on_a_server.name.endswith("-uploads")
    assert on_a_server == folder("postgresql://me:secret@db.example/hotline")
    others = ("postgresql://me@db.example/other", "postgresql://me@other.example/hotline", default_ledger())
    assert on_a_server not in map(folder, others)
