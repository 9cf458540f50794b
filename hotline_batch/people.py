"""Who does something with the program, and what that person may do."""

from __future__ import annotations

import getpass
import os
import socket
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody may do. Whoever has any of them may look."""

    LOOK = "look"
    """See runs, rows and results."""
    PREPARE = "prepare"
    """Plan runs, start what needs no approval, stop, go on, settle rows in doubt, change templates."""
    APPROVE = "approve"
    """Approve, or reject, what somebody else prepared."""
    ADMINISTER = "administer"
    """Accounts, and who did what."""


ALL_ROLES: Final = frozenset(Role)


class PersonKind(StrEnum):
    """How somebody is known."""

    SYSTEM = "system"
    """As a user of the operating system: on the command line, and on a page of one's own machine."""
    ACCOUNT = "account"
    """By an account of the office, signed in on its page."""
    NOBODY = "nobody"
    """Not at all."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, by ``name``: ``user@machine`` of the system, or the name of an account.

    ``display_name`` is how an account is called in sentences.
    """

    name: str
    kind: PersonKind
    roles: frozenset[Role] = frozenset()
    display_name: str = ""

    @property
    def called(self) -> str:
        """What others call that person."""
        return self.display_name or self.name

    def may(self, role: Role) -> bool:
        """Whether somebody may do what takes this role."""
        return role in self.roles or (role == Role.LOOK and bool(self.roles))

    def is_same_as(self, other: Person) -> bool:
        """Whether both may be one human being: then they are not two pairs of eyes.

        A user of the system is the same on every machine, and the same as an account of that name, whatever stands
        behind its @. Nobody is the same as everybody.
        """
        if PersonKind.NOBODY in {self.kind, other.kind}:
            return True
        if self.kind is other.kind is PersonKind.ACCOUNT:
            return self.name.casefold() == other.name.casefold()
        return _user_of(self.name) == _user_of(other.name)


NOBODY: Final = Person("nobody", PersonKind.NOBODY)
"""Who is not known, and may do nothing."""


def user_of_the_system() -> Person:
    """Who runs this program: the user whose process it is, whatever variables call it. May do everything."""
    return Person(f"{_user_name()}@{socket.gethostname()}", PersonKind.SYSTEM, ALL_ROLES)


def _user_name() -> str:
    try:
        if os.name == "nt":
            return getpass.getuser()
        # Variables such as LOGNAME are whatever somebody sets them to.
        import pwd  # noqa: PLC0415 - not there on Windows

        return pwd.getpwuid(os.getuid()).pw_name
    except (KeyError, OSError):  # no entry for this user id, as in some containers
        return f"uid-{os.getuid()}" if os.name != "nt" else "unknown"


def _user_of(name: str) -> str:
    return name.partition("@")[0].casefold()
