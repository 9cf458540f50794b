"""What a person can practise with: the samples that come along, and the mishaps of the pretend service, those first
that are seen most.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hotline_batch.language.words import marked
from hotline_batch.shipped_files import samples_folder


@dataclass(frozen=True, slots=True)
class PracticeMishap:
    """A mishap, in a person's words: what happens, and what is learnt from it. ``share`` of the requests meet it."""

    name: str
    title: str
    teaches: str
    share: float


_MISHAPS = (
    PracticeMishap(
        "lost_reply",
        marked("Some answers get lost"),
        marked("The message arrives, but nobody hears of it. Such rows are in doubt, and you settle them."),
        0.05,
    ),
    PracticeMishap(
        "rate_limit",
        marked("The service asks to slow down"),
        marked("The run waits and goes on by itself. Nothing is lost, it only takes longer."),
        0.1,
    ),
    PracticeMishap(
        "unavailable",
        marked("The service is away now and then"),
        marked("Messages that did not leave are tried again by themselves."),
        0.1,
    ),
    PracticeMishap(
        "server_error",
        marked("The service breaks while it works"),
        marked("Whether the message arrived is not known. Three of these in a row stop the run."),
        0.03,
    ),
)


def practice_mishaps() -> Sequence[PracticeMishap]:
    """Those that can be chosen."""
    return _MISHAPS


def shares_of(names: Collection[str]) -> Mapping[str, float]:
    """The share of requests that meets each of these mishaps; one that is not known is left out."""
    return {mishap.name: mishap.share for mishap in _MISHAPS if mishap.name in names}


def sample_instead(sheet: str) -> Path | None:
    """The sample behind ``sample_data/NAME`` where the working folder has no such file; None for any other sheet."""
    named = Path(sheet)
    folder = samples_folder()
    if named.parts[:-1] != (folder.name,) or named.exists():
        return None
    sample = folder / named.name
    return sample if sample.is_file() else None
