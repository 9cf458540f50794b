"""`check` without `--for` sees from the columns what a sheet is for, and says so."""

from __future__ import annotations

import json

import pytest

from tests.support.processes.journey import Machine


@pytest.mark.parametrize(
    ("sheet", "kind", "other"),
    [
        ("user_id,message\n987654321,Hello\n", "send", "enrich"),
        ("topic_link\nhttps://t.me/c/2101424779/5343\n", "enrich", "send"),
    ],
)
def test_check_says_what_it_took_the_sheet_for(machine: Machine, sheet: str, kind: str, other: str) -> None:
    """And how to say otherwise; the summary for machines has it, too."""
    (machine.folder / "a.csv").write_text(sheet, "utf-8")

    seen = machine.run("check", "a.csv", "--json")

    assert 0 == seen.exit_code, seen.stderr
    assert f"Checked for '{kind}', as its columns say (for '{other}': --for {other})" in seen.stderr
    assert kind == json.loads(seen.stdout)["for"]


def test_what_was_said_counts(machine: Machine) -> None:
    """--for wins over the columns, and so does a message."""
    (machine.folder / "a.csv").write_text("topic_link\nhttps://t.me/c/2101424779/5343\n", "utf-8")

    refused = machine.run("check", "a.csv", "--for", "send")
    sent = machine.run("check", "a.csv", "-m", "Hello", "--json")

    assert 2 == refused.exit_code
    assert "Checked for" not in refused.stderr + sent.stderr
    assert "send" == json.loads(sent.stdout)["for"]
