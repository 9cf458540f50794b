"""Templates of one's own: kept where every face finds them, tried out without a sheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline_batch.application.templates import (
    forget_template,
    keep_template,
    listed_templates,
    load_template,
    shown_template,
    try_out,
)
from hotline_batch.errors import TemplateError


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without templates."""
    monkeypatch.setattr(
        "hotline_batch.plan.message.template_files.platformdirs.user_config_path", lambda *_a, **_k: tmp_path
    )
    return tmp_path / "templates"


def test_kept_template_is_found_by_its_name(own_folder: Path) -> None:
    """As those are that came along; the file is the user's alone."""
    keep_template("Auftrag da", "Hallo {{ Name }},\r\nIhr Auftrag ist da.")

    assert "Hallo {{ Name }},\nIhr Auftrag ist da." == load_template("Auftrag da")
    assert ["Auftrag da"] == [head.name for head in listed_templates() if head.is_own]
    shown = shown_template("Auftrag da")
    assert shown
    assert shown.is_own


def test_changed_and_renamed_template_leaves_no_copy() -> None:
    """The old name is gone."""
    keep_template("first", "A {{ Name }}")

    keep_template("second", "B {{ Name }}", before="first")

    assert ["second"] == [head.name for head in listed_templates() if head.is_own]
    assert "B {{ Name }}" == load_template("second")


def test_forgotten_template_is_gone_and_others_stay() -> None:
    """What came with the program cannot be removed."""
    keep_template("mine", "A {{ Name }}")

    forget_template("mine")
    forget_template("status_update")

    assert shown_template("mine") is None
    assert shown_template("status_update")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../evil",
        "a/b",
        "a\\b",
        ".hidden",
        "x" * 61,
        "new",
        "preview",
        "status_update",
        "Status_Update",
        "a.b",
        "con\n",
    ],
)
def test_name_that_cannot_be_is_refused(name: str, own_folder: Path) -> None:
    """Nothing is written anywhere."""
    with pytest.raises(TemplateError):
        keep_template(name, "Hallo")

    assert not own_folder.exists()


def test_name_is_not_taken_twice() -> None:
    """Regardless of case: some file systems tell them apart, some do not."""
    keep_template("Mine", "A")

    with pytest.raises(TemplateError, match="already"):
        keep_template("mine", "B")


@pytest.mark.parametrize("text", ["", "   ", "{{ Name", "{% for x in y %}", "{{ ''.__class__ }}", "x" * 20_001])
def test_text_that_no_sheet_could_use_is_refused(text: str, own_folder: Path) -> None:
    """With what is wrong, not with a traceback."""
    with pytest.raises(TemplateError):
        keep_template("mine", text)
    assert try_out(text, {}).problem


def test_template_is_tried_out_without_a_sheet() -> None:
    """Columns in the order in which they are met; those without a cell are told by their names."""
    tried = try_out('Hallo {{ Vor Name }}, {{ row["Betrag (EUR)"] }} {{ Ort | upper }}', {"Ort": "Köln"})

    assert {"Vor Name", "Betrag (EUR)", "Ort"} == set(tried.columns)
    assert "Hallo ‹Vor Name›, ‹Betrag (EUR)› KÖLN" == tried.message
