"""A terminal: what was printed on it -> what a person sees; and a program that a person sits before."""

from __future__ import annotations

import codecs
import io
import os
import pty
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from select import select

_QUESTION = "[y/N]: "


class Terminal(io.StringIO):
    """A terminal that remembers what was printed and knows what is seen."""

    def isatty(self) -> bool:
        """It is one."""
        return True

    def seen(self) -> list[str]:
        """The lines as a person sees them: what is printed at the start of a line covers what stood there."""
        lines: list[list[str]] = [[]]
        column = 0
        for sign in self.getvalue():
            match sign:
                case "\n":
                    lines.append([])
                    column = 0
                case "\r":
                    column = 0
                case _:
                    lines[-1][column : column + 1] = sign
                    column += 1
        return ["".join(line).rstrip() for line in lines]


def said_to_a_person(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    patience_seconds: float,
    answers: Sequence[tuple[str, str | Callable[[], str]]] = (),
) -> str:
    """Run a program on a terminal of 200 columns, say yes to its questions; what is seen at the end.

    ``answers`` are what is said to other questions, each once and in this order: how a question ends, and the answer,
    which may be made when it is asked.
    """
    waiting = list(answers)
    ours, theirs = pty.openpty()
    screen, letters = Terminal(), codecs.getincrementaldecoder("utf-8")()  # what is read may end within a letter
    seen_from = time.monotonic()
    variables = {**environment, "COLUMNS": "200", "LINES": "50", "NO_COLOR": "1", "TERM": "xterm"}
    with (
        subprocess.Popen(
            words, cwd=folder, env=variables, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
        ) as program,
        ExitStack() as stack,
    ):
        os.close(theirs)
        stack.callback(program.kill)
        while time.monotonic() - seen_from < patience_seconds:
            ready, _, _ = select([ours], [], [], 0.1)
            try:
                printed = os.read(ours, 65_536) if ready else b""
            except OSError:  # Linux says so that the other end has closed
                break
            if ready and not printed:
                break
            screen.write(letters.decode(printed).replace("\r\n", "\n"))
            if printed and screen.getvalue().endswith(_QUESTION):
                os.write(ours, b"y\n")
            elif printed and waiting and screen.getvalue().endswith(waiting[0][0]):
                answer = waiting.pop(0)[1]
                os.write(ours, f"{answer() if callable(answer) else answer}\n".encode())
    os.close(ours)
    return "\n".join(screen.seen()).rstrip("\n") + "\n"
