"""What is to be done, in the words of the page: no command, no option, and a link where it is done elsewhere."""

from __future__ import annotations

import re

import pytest

from hotline_batch.cli.main import COMMANDS
from hotline_batch.next_step import NextStep, advised, step
from hotline_batch.web.next_steps import PageStep, page_step, told_parts

COMMAND_WORDS = re.compile(rf"hotline-batch|--\w|\((?:{'|'.join(COMMANDS)})[);,]|hotline-batch\.toml|HOTLINE_")

UNTOLD = re.compile(r"\b[A-Z_]{3,}\b")
FORMATS = {"CSV", "JSON", "UTF", "XLSX"}


@pytest.mark.parametrize("action", NextStep)
def test_every_step_has_words_and_none_is_a_command(action: NextStep) -> None:
    """Whatever lower rooms say is to be done."""
    told = page_step(step(action, run="20261122-180412-k3f9"))

    assert told.words
    assert not COMMAND_WORDS.search(told.words)
    assert "{" not in told.address


@pytest.mark.parametrize("action", NextStep)
def test_words_of_a_step_ask_for_nothing_that_lower_rooms_do_not_tell(action: NextStep) -> None:
    """What a step is not told stands there in capitals, by its name."""
    neutral, here = str(step(action)), page_step(step(action)).words

    assert set(UNTOLD.findall(here)) <= {*UNTOLD.findall(neutral), *FORMATS}


def test_step_about_a_run_leads_to_it() -> None:
    """To the place on its page where that is done."""
    assert PageStep("Go on with the run", "/runs/k3f9#go-on") == page_step(step(NextStep.RESUME, run="k3f9"))


def test_step_about_some_run_leads_to_the_list() -> None:
    """A link that holds a placeholder would lead nowhere."""
    assert "/runs" == page_step(step(NextStep.RESUME)).address


def test_sentence_comes_before_its_steps() -> None:
    """As the words of a sentence do."""
    said = advised("No connection is set up.", step(NextStep.TRY_IN_SANDBOX))

    assert ["No connection is set up.", "/practice"] == [told_parts(said)[0].words, told_parts(said)[1].address]
    assert [PageStep("All is well.")] == told_parts("All is well.")
