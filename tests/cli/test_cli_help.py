"""Help is read from above: everyday matters first, whole sentences; an error says first what is wrong."""

from __future__ import annotations

import re
import sys

import click
import pytest
from click.testing import CliRunner

from hotline_batch.cli.help.command import Group
from hotline_batch.cli.main import COMMAND_GROUPS, main, run

SECTION = re.compile(r"^(\w[\w -]*):$", re.MULTILINE)


def help_of(*words: str) -> str:
    """What ``--help`` shows."""
    return CliRunner().invoke(main, [*words, "--help"], terminal_width=100).output


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """What the program says where it refuses these words."""
    monkeypatch.setattr(sys, "argv", ["hotline-batch", *words])
    with pytest.raises(SystemExit) as ended:
        run()
    assert 2 == ended.value.code
    return capsys.readouterr().err.splitlines()


def test_commands_come_in_groups_with_three_examples() -> None:
    """Everyday ones first."""
    text = help_of()

    assert ["Options", *COMMAND_GROUPS, "Examples"] == SECTION.findall(text)
    assert 3 == len(re.findall(r"^  hotline-batch ", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["send", "enrich"])
def test_options_come_in_groups(name: str) -> None:
    """What everybody needs is not looked for among forty options."""
    text = help_of(name)

    assert ["Everyday", "Reading the sheet", "Results", "Pace and limits", "Expert", "Examples"] == SECTION.findall(
        text
    )
    everyday, _, expert = text.partition("Everyday:")[2].partition("Reading the sheet:")
    assert {"-o", "-y", "--sandbox"} <= set(re.findall(r"^  (-[\w-]+)", everyday, re.MULTILINE))
    assert "--debug" in expert


def test_yes_says_what_it_is_a_yes_to() -> None:
    """Nothing is sent by look-ups, and nobody is asked by the inbox."""
    assert "Do not ask before sending." in help_of("send")
    assert "before sending" not in help_of("enrich").partition("Everyday:")[2]
    assert "Nothing is asked before sending, with or without it." in help_of("watch")


def test_every_option_stands_in_the_help_once() -> None:
    """No section loses one."""
    for name in ("send", "check", "watch", "resolve"):
        command = main.get_command(click.Context(main), name)
        assert command is not None

        shown = re.findall(r"^  (?:-\w, )?(--[\w-]+)", help_of(name), re.MULTILINE)

        assert sorted(o.opts[-1] for o in command.params if isinstance(o, click.Option)) == sorted(
            set(shown) - {"--help"}
        )
        assert len(shown) == len(set(shown))


@pytest.mark.parametrize(
    "words", [("watch",), ("sandbox",), ("send",), ("runs", "list"), ("template", "preview"), ("check",)]
)
def test_no_range_is_written_as_mathematicians_do(words: tuple[str, ...]) -> None:
    """Nor is a type of the program named."""
    assert not re.search(r"x>=|<=x|INTEGER|FLOAT|RANGE", help_of(*words))


@pytest.mark.parametrize("name", ["runs", "template", "connections"])
def test_lines_of_commands_are_whole_sentences(name: str) -> None:
    """None is cut, and they stand in the order in which they are defined."""
    group = main.get_command(click.Context(main), name)
    assert isinstance(group, Group)

    lines = help_of(name).partition("Commands:")[2]

    assert not re.search(r"\.\.\.|…", lines)
    assert list(group.commands) == re.findall(r"^  (\w+)  ", lines, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "first", "second"),
    [
        (["sned"], "Error: There is no command 'sned'. Did you mean 'send'?", "'hotline-batch --help'"),
        (["runs", "sho"], "Error: There is no command 'sho'. Did you mean 'show'?", "'hotline-batch runs --help'"),
        (["send", "a.csv", "--rowz", "2"], "Error: No such option '--rowz'", "'hotline-batch send --help'"),
        (["runs", "show"], "Error: Missing argument 'RUN'.", "'hotline-batch runs show --help'"),
    ],
)
def test_error_says_what_is_wrong_before_how_to_see_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], first: str, second: str
) -> None:
    """Two lines; nobody has to read past a usage line to find them."""
    said = refused(monkeypatch, capsys, *words)

    assert said[0].startswith(first)
    assert said[1].startswith(second)
    assert 2 == len(said)
