"""What is to be done, in the words of the command line and in those that hold everywhere."""

from __future__ import annotations

import pickle
import re
from string import Formatter

import pytest

from hotline_batch.cli.main import COMMANDS
from hotline_batch.cli.screen.next_step_words import command_for, error_words, on_terminal, step_words
from hotline_batch.errors import HotlineBatchError, OpenQuestions, SheetQuestion
from hotline_batch.next_step import NextStep, advised, step

# What any step may be filled in with.
VALUES = {
    "run": "r1", "name": "Mai", "row": 3, "title": 1, "field": "user_id", "column": "Kunden-ID", "others": "",
    "columns": ("A", "B"), "delimiter": ";", "encoding": "cp1252", "ending": ".csv", "kind": "send",
}  # fmt: skip
OPTION_WORDS = re.compile(rf"(?<![\w-])--?[a-z]|hotline-batch ({'|'.join(COMMANDS)})\b")


@pytest.mark.parametrize("action", NextStep)
def test_every_step_has_words_for_every_face(action: NextStep) -> None:
    """Neutral words name no option and no command; those of the command line are filled in whole."""
    to_do = step(action, **VALUES)

    assert str(to_do)
    assert not OPTION_WORDS.search(str(to_do))
    assert not [name for _, name, _, _ in Formatter().parse(str(to_do) + step_words(to_do)) if name]
    assert step_words(to_do)


def test_an_error_says_what_is_wrong_and_each_face_how_it_is_mended() -> None:
    """A Python caller, a log and a page need no words of the command line."""
    error = HotlineBatchError("out.csv exists already.", step(NextStep.CHOOSE_OUTPUT_OR_REPLACE))

    assert "out.csv exists already. Choose another file, or allow that it is replaced (force)." == str(error)
    assert "out.csv exists already. Choose another -o FILE, or pass --force to replace it." == error_words(error)


def test_an_error_travels_between_processes() -> None:
    """Callers of the Python functions may run them in a pool."""
    error = HotlineBatchError("There is no run.", step(NextStep.SHOW_RUN, run="r1"))

    there = pickle.loads(pickle.dumps(error))  # noqa: S301 - its own

    assert (error.steps, str(error)) == (there.steps, str(there))


def test_texts_of_customers_are_no_templates() -> None:
    """A column may be called anything."""
    choose = step(NextStep.CHOOSE_COLUMN, field="user_id", columns=("{run}", "Contact ID"))
    told = advised("Two columns {could} hold it.", choose)

    assert "Two columns {could} hold it. Say which one: --map 'user_id={run}' or --map 'user_id=Contact ID'." == (
        on_terminal(told)
    )


def test_several_questions_are_told_together_with_their_options() -> None:
    """Numbered, and what stands in the way beyond them last."""
    hidden = SheetQuestion("1 row is hidden.", step(NextStep.CHOOSE_HIDDEN_ROWS))
    header = SheetQuestion("No header.", step(NextStep.USE_HEADER_ROW, row=2))
    beyond = HotlineBatchError("Too long.", step(NextStep.NAME_ENCODING))

    questions = OpenQuestions([hidden, header], beyond)
    told = error_words(questions).splitlines()

    assert (*hidden.steps, *header.steps, *beyond.steps) == questions.steps
    assert "3 things stand in the way of this sheet." == told[0]
    assert ["--hidden-rows skip" in told[1], "--header-row 2" in told[2]] == [True, True]
    assert told[3].startswith("  3. Beyond that: Too long. Pass another --encoding")
    assert error_words(OpenQuestions([header])) == "No header. Row 2 looks like the header: use --header-row 2."


def test_a_run_that_is_not_known_yet_is_told_by_a_placeholder() -> None:
    """As `explain` does."""
    assert "hotline-batch retry RUN" == command_for(NextStep.RETRY)
    assert "hotline-batch resume r1 --ledger x" == step_words(step(NextStep.RESUME, run="r1"), " --ledger x")
    assert "" == command_for(NextStep.MEND_ROW) == command_for(None)
