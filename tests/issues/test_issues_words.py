"""Issues are told in whole sentences, whatever they hold."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.errors import Delivery, Refused, Unconfirmed
from hotline_batch.issues.issue import CASE, CAUSE, Issue, because_of
from hotline_batch.issues.words import RECORDS, advice_for, api_error, issue_of, task_words, words_of
from hotline_batch.language.languages import languages, reading_in

ALL_CASES = [(code, case) for code, record in RECORDS.items() for case in record.cases]
COMMAND_WORDS = ("hotline-batch ", "--")


def parameters_of(template: str) -> dict[str, str | int]:
    """One for each name in the template; a number where something is counted."""
    fields = [(name, forms) for _, name, forms, _ in string.Formatter().parse(template) if name]
    return {name: 3 if forms else f"<{name}>" for name, forms in fields}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(("code", "case"), ALL_CASES)
def test_every_sentence_of_every_code_can_be_said(code: str, case: str, language: str) -> None:
    """All of its parameters stand in it, in a sentence without braces, in every language."""
    template = RECORDS[code].cases[case] or RECORDS[code].meaning
    parameters = parameters_of(template)
    chosen = {CAUSE: "reply_lost"} if case == CAUSE else {CASE: case} if case else {}

    with reading_in(language):
        said = words_of(Issue(code, parameters=parameters | chosen))

    assert said
    assert not {"{", "}"} & set(said)
    assert all(str(value) in said for name, value in parameters.items() if name != CAUSE)


@pytest.mark.parametrize("code", RECORDS)
def test_a_code_says_what_to_do_without_the_words_of_one_face(code: str) -> None:
    """A page has no commands: what to do is told in words, and as data."""
    record = RECORDS[code]

    assert record.advice == advice_for(code)
    assert not [word for word in COMMAND_WORDS if word in record.advice + record.meaning]
    assert record.delivered.partition(",")[0] in {"yes", "no", "unknown"}
    assert record.next_step or record.again == "no need"


def test_numbers_agree_with_what_is_counted() -> None:
    one = words_of(Issue("too_many_cells", parameters={CASE: "counted", "found": 1, "columns": 2}))
    several = words_of(Issue("too_many_cells", parameters={CASE: "counted", "found": 5, "columns": 1}))

    assert one.startswith("The row has 1 cell, the header has 2 columns:")
    assert several.startswith("The row has 5 cells, the header has 1 column:")
    assert ["fill in 1 user id", "fill in 2 user ids"] == [
        task_words("fill in {things}", "user_id", count) for count in (1, 2)
    ]


def test_an_issue_that_another_one_caused_tells_of_both() -> None:
    refused = Issue("rate_limited", parameters={CASE: "status", "status": 429, "said": "slow {down}"})

    stopped = because_of("rate_limited_too_long", refused, minutes=601)
    again = because_of("resend_failed", stopped)

    assert "HTTP 429: slow {down} (asks for a pause of 11 hours)" == words_of(stopped)
    assert words_of(stopped) == words_of(again)


def test_a_ready_made_sentence_stays_as_it_is() -> None:
    """Also one with braces, and as the cause of another issue."""
    assert "Refused: {user}" == words_of(Issue.worded("api_refused", "Refused: {user}"))
    assert "No. {x} (asks for a pause of 11 minutes)" == words_of(
        because_of("rate_limited_too_long", Issue.worded("rate_limited", "No. {x}"), minutes=11)
    )
    assert RECORDS["api_refused"].meaning == words_of(Issue.worded("api_refused", ""))


@given(
    st.sampled_from([*RECORDS, "from_a_newer_version", ""]),
    st.dictionaries(
        st.sampled_from(["case", "cause", "text", "said", "status", "found", "columns", "minutes", "x"]),
        st.integers() | st.text(max_size=8) | st.sampled_from(["status", "success", *RECORDS]),
    ),
)
def test_anything_that_a_ledger_holds_is_told_somehow(code: str, parameters: dict[str, str | int]) -> None:
    """A newer version may have written it, or an older one."""
    assert isinstance(words_of(Issue(code, parameters=parameters)), str)


def test_an_error_and_its_issue_say_the_same() -> None:
    issue = Issue("reply_from_cache", parameters={"header": "Age: 7"})
    error = api_error(Unconfirmed, issue, Delivery.MAYBE, 200)
    strange = Refused("api_refused", "As somebody else words it.", delivery=Delivery.NO)

    assert (issue, str(error)) == (issue_of(error), words_of(issue))
    assert "As somebody else words it." == words_of(issue_of(strange))


def test_an_issue_is_told_in_the_language_of_whoever_reads_it() -> None:
    """It is data until then; Russian has three forms of what is counted."""
    issue = Issue("too_few_cells", parameters={CASE: "counted", "found": 2, "columns": 5, "missing": "Text"})

    with reading_in("de"):
        german, advice = words_of(issue), advice_for("too_few_cells")
    with reading_in("ru"):
        russian = words_of(issue)

    assert "Die Zeile hat 2 Zellen, die Kopfzeile 5 Spalten; es fehlt Text." == german
    assert advice.startswith("Vergleichen Sie die Zeile")
    assert "В строке 2 ячейки, в строке заголовков 5 столбцов; не хватает: Text." == russian
