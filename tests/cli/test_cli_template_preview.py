"""`template preview` with a text of one's own, and `template filters`."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from hotline_batch.cli.main import main


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.output


def test_text_is_tried_out_on_a_row(tmp_path: Path) -> None:
    sheet = tmp_path / "list.csv"
    sheet.write_text("user_id,Fällig am\n1001,2026-12-01\n1002,2026-12-02\n", "utf-8")

    code, said = run("template", "preview", "-m", "Due on {{ Fällig am|date('long', 'de') }}", str(sheet), "--row", "3")

    assert 0 == code, said
    assert "Due on 2. Dezember 2026" in said


def test_a_name_and_a_text_are_one_too_many(tmp_path: Path) -> None:
    sheet = tmp_path / "list.csv"
    sheet.write_text("user_id\n1001\n", "utf-8")

    for words in (("status_update", str(sheet), "-m", "Hi"), ("status_update",), ("-m", "Hi")):
        code, said = run("template", "preview", *words)
        assert 2 == code, said


def test_filters_are_listed() -> None:
    code, said = run("template", "filters")

    assert 0 == code
    assert "{{ Amount|euro }}" in said
