"""Why the system could not do something, which it says in English -> the same in the reader's language."""

from __future__ import annotations

from hotline_batch.language.words import marked, words

# As the C libraries of Linux, macOS and Windows word their errors.
_SAID = frozenset(
    marked(
        (
            "Address already in use",
            "Bad file descriptor",
            "Broken pipe",
            "Cannot allocate memory",
            "Cannot assign requested address",
            "Connection refused",
            "Connection reset by peer",
            "Device or resource busy",
            "Directory not empty",
            "Disk quota exceeded",
            "File exists",
            "File name too long",
            "File too large",
            "Input/output error",
            "Invalid argument",
            "Is a directory",
            "Name or service not known",
            "No space left on device",
            "No such device or address",
            "No such file or directory",
            "Not a directory",
            "Operation not permitted",
            "Permission denied",
            "Read-only file system",
            "Stale file handle",
            "Text file busy",
            "Too many levels of symbolic links",
            "Too many open files",
        )
    )
)


def reason_of(error: BaseException, otherwise: str = "") -> str:
    """Why an error came about, as the end of a sentence; ``otherwise`` is for one that says no reason of the system."""
    said = getattr(error, "strerror", None)
    if not said:
        return otherwise or str(error)
    return words(said) if said in _SAID else str(said)
