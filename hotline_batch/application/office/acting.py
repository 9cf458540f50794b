"""Who asks for what is done now, and whether that person may: the one place where that is decided, for every face."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from hotline_batch.errors import NotAllowed
from hotline_batch.language.words import marked, words
from hotline_batch.people import Person, PersonKind, Role, user_of_the_system

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")

_acting: ContextVar[Person | None] = ContextVar("acting", default=None)
# Of the whole process on purpose: what serves several people must never do anything in the name of its own user, in
# whatever thread it is asked for.
_serves_several = False

_REFUSED = marked(
    {
        Role.LOOK: "{who} may not see this, so nothing was done. Ask an administrator of this office.",
        Role.PREPARE: "{who} may not prepare, start, stop or settle runs, so nothing was done. Ask an administrator of "
        "this office.",
        Role.APPROVE: "{who} may not approve or reject what others prepared, so nothing was done. Ask an administrator "
        "of this office.",
        Role.ADMINISTER: "{who} may not look after accounts, or see who did what, so nothing was done. Ask an "
        "administrator of this office.",
    }
)


def acting_person() -> Person:
    """Whoever asks: the person that was named, else the user of the system. NotAllowed where somebody must be named."""
    found = _acting.get()
    if found is not None:
        return found
    if _serves_several:
        raise NotAllowed(words("Nobody is signed in, so nothing was done."))
    return user_of_the_system()


@contextmanager
def acting_as(person: Person) -> Iterator[None]:
    """Within: whatever is asked for is asked for by this person."""
    before = _acting.set(person)
    try:
        yield
    finally:
        _acting.reset(before)


@contextmanager
def serving_several_people() -> Iterator[None]:
    """Within: this process does nothing for anybody who is not named."""
    global _serves_several  # noqa: PLW0603 - see above
    before, _serves_several = _serves_several, True
    try:
        yield
    finally:
        _serves_several = before


def check_may(role: Role) -> Person:
    """Whoever asks. NotAllowed where that person has not this role."""
    person = acting_person()
    if not person.may(role):
        if person.kind is PersonKind.NOBODY:
            raise NotAllowed(words("Nobody is signed in, so nothing was done. Ask an administrator of this office."))
        raise NotAllowed(words(_REFUSED[role], who=person.called))
    return person


def needs(role: Role) -> Callable[[Callable[_Asked, _Answer]], Callable[_Asked, _Answer]]:
    """Marks what a face may ask for with the role that it takes; refused with NotAllowed before anything is done."""

    def mark(asked_for: Callable[_Asked, _Answer]) -> Callable[_Asked, _Answer]:
        @wraps(asked_for)
        def checked(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Answer:
            check_may(role)
            return asked_for(*args, **kwargs)

        checked.needed_role = role  # type: ignore[attr-defined]  # read by the test that no face asks for anything unmarked
        return checked

    return mark
