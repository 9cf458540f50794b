"""Who may do what is decided in one place, for whatever a face asks for: nothing that a page can reach goes without."""

from __future__ import annotations

import ast
import importlib
import inspect
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline_batch.application.office.acting import (
    acting_as,
    acting_person,
    check_may,
    needs,
    serving_several_people,
)
from hotline_batch.errors import NotAllowed
from hotline_batch.people import ALL_ROLES, NOBODY, Person, PersonKind, Role, user_of_the_system

WEB = Path(__file__).parents[2] / "hotline_batch" / "web"
# They know no ledger and no settings, or are what decides who somebody is.
NEED_NO_ROLE = {
    *("ledger_kept_open", "acting_as", "acting_person", "serving_several_people", "check_is_shared", "office_settings"),
    *("who_is_signed_in", "sign_in", "sign_out", "begin_sign_in_elsewhere", "end_sign_in_elsewhere"),
    *("with_times", "times_of", "said_times"),  # of the settings only the zone
    *("kept_from_real_by", "check_run_may_be_real"),  # they only refuse
    *("with_choices", "source_of", "fitted_to_its_sheet", "marked_name", "placeholder", "request_of", "sheet_name"),
    *(
        "practice_mishaps",
        "words_about_pruning",
        "connections_to_confirm",
        "started_run",
        "sends_again",
        "sentences",
        "is_there",
    ),
    *("shown_template", "try_out", "listed_templates", "listed_filters", "text_of_template", "make_blank_sheet"),
}
LEA = Person("lea", PersonKind.ACCOUNT, frozenset({Role.LOOK}))


def asked_for() -> Iterator[tuple[str, object]]:
    """Every function of application that a module of the page imports."""
    for path in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hotline_batch.application"):
                module = importlib.import_module(str(node.module))
                found = ((alias.name, getattr(module, alias.name)) for alias in node.names)
                yield from ((name, each) for name, each in found if inspect.isfunction(each))


def test_whatever_a_page_asks_for_takes_a_role() -> None:
    """A new function that a screen imports is marked with `needs`, or named here with reason."""
    unmarked = {name for name, each in asked_for() if not hasattr(each, "needed_role")}

    assert set() == unmarked - NEED_NO_ROLE


def test_no_name_is_left_over() -> None:
    assert {name for name, _ in asked_for()} >= NEED_NO_ROLE


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.LOOK])
def test_role_lets_its_own_things_be_done_and_no_others(role: Role) -> None:
    person = Person("max", PersonKind.ACCOUNT, frozenset({role}))
    for needed in Role:
        is_allowed = needed in {role, Role.LOOK}
        assert is_allowed == person.may(needed)


def test_nothing_is_done_before_the_role_is_known() -> None:
    done: list[str] = []

    @needs(Role.PREPARE)
    def send() -> None:
        done.append("sent")

    with acting_as(LEA), pytest.raises(NotAllowed, match=r"^lea may not prepare, start, stop or settle runs"):
        send()

    assert [] == done
    send()
    assert ["sent"] == done


def test_nobody_may_not_even_look() -> None:
    with acting_as(NOBODY), pytest.raises(NotAllowed, match="Nobody is signed in"):
        check_may(Role.LOOK)


def test_command_line_acts_as_the_user_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may do everything, under the name that the system knows, whatever variables say."""
    before = acting_person()
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "somebody")

    assert before == acting_person()
    assert ALL_ROLES == before.roles
    assert PersonKind.SYSTEM is before.kind


def test_server_of_an_office_does_nothing_in_its_own_name() -> None:
    """Also in a thread that knows nothing of the request that it works for."""
    refused: list[NotAllowed] = []

    def work() -> None:
        try:
            check_may(Role.LOOK)
        except NotAllowed as error:
            refused.append(error)

    with serving_several_people():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        with acting_as(LEA):
            assert LEA == check_may(Role.LOOK)

    assert 1 == len(refused)
    assert user_of_the_system() == acting_person()


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (("anna@desk", "system"), ("anna@laptop", "system"), True),
        (("anna@desk", "system"), ("ben@desk", "system"), False),
        (("anna@desk", "system"), ("anna", "account"), True),
        (("Anna@desk", "system"), ("anna@example.org", "account"), True),
        (("anna@example.org", "account"), ("anna@example.com", "account"), False),
        (("anna", "account"), ("anna", "account"), True),
        (("anna", "account"), ("ben", "account"), False),
        (("nobody", "nobody"), ("ben", "account"), True),
    ],
)
def test_whether_two_names_may_be_one_human_being(one: tuple[str, str], other: tuple[str, str], is_same: bool) -> None:
    """Where it may be so, the two are not two pairs of eyes."""
    first, second = (Person(name, PersonKind(kind)) for name, kind in (one, other))

    assert is_same == first.is_same_as(second) == second.is_same_as(first)
