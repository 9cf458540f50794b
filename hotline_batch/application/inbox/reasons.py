"""Why a file of the inbox waits, fails or is left alone -> sentences for the person."""

from __future__ import annotations

from pathlib import Path

from hotline_batch.language.words import marked, words
from hotline_batch.model import RunSummary
from hotline_batch.next_step import Advised, NextStep, Told, advised, step

NOT_A_SHEET = marked("By its name it is no sheet (.csv, .tsv, .txt, .xlsx, .xlsm, .xls, .xlsb, .ods).")


def folder_not_read(error: OSError) -> str:
    """A network drive may be away for a while."""
    return words("The folder cannot be read: {reason}.", reason=error.strerror or error)


def served_already(folder: Path) -> str:
    """One process serves a folder."""
    return words("Another process serves {folder} already. Wait until it ends, or stop it.", folder=folder)


def not_served(folder: Path, error: Exception) -> str:
    """The folder cannot be locked, or files cannot be moved in it."""
    said = getattr(error, "strerror", None) or words("no file locks there")
    return words("{folder} cannot be served: {said}. Files are moved within it.", folder=folder, said=said)


def not_read_or_moved(path: Path, error: OSError) -> str:
    """It is tried again."""
    return words("{path} cannot be read or moved: {reason}.", path=path.name, reason=error.strerror or error)


def not_moved(path: Path, error: OSError, why: Told) -> str:
    """It could not be used, and lies where it was."""
    reason = error.strerror or error
    return words("{path} cannot be moved: {reason}. {why}", path=path.name, reason=reason, why=str(why))


def own_error(error: Exception) -> str:
    """Only the kind: the text of a foreign exception may hold a key or a customer's name."""
    return words("The program met an error of its own ({kind}).", kind=type(error).__name__)


def changed_meanwhile(path: Path) -> str:
    """What was sent is the file as it was."""
    return words("{path} was changed meanwhile, so it is served again as a new file.", path=path.name)


def beside(note: str, reason: Advised | None) -> Told:
    """A note with what a person has to do besides."""
    return advised(f"{note} {reason.text}".strip(), *reason.steps) if reason else note


def needs_a_person(summary: RunSummary) -> Advised:
    """A run that stopped for a reason that does not pass by itself."""
    said = words(
        "Run {run} was stopped: {stop_reason} Look at it, then go on with:",
        run=summary.run,
        stop_reason=summary.stop_reason,
    )
    return advised(said, step(NextStep.RESUME, run=summary.run))
