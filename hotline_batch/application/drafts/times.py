"""When a draft is to be sent, as a form says it -> choices of the draft, and what stands in the form's fields again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hotline_batch.application.drafts.choices import NotAChoice
from hotline_batch.application.drafts.draft import Draft
from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.opening_hours.wall_clock import kept, on_the_wall, start_of
from hotline_batch.settings.model import Settings

DAYS: Final = ("", "mon-fri", "mon-sat", "mon-sun")
"""The days of the week that can be chosen; nothing leaves it to the settings."""

_AT, _OPENS, _CLOSES, _DAYS = "at", "opens", "closes", "days"


@dataclass(frozen=True, slots=True)
class TimeFields:
    """What stands in the fields: a date and time, two times of the day, days of the week; all may be empty."""

    at: str
    opens: str
    closes: str
    days: str

    @property
    def is_any(self) -> bool:
        """Whether any of them says something."""
        return bool(self.at or self.opens or self.days)


def with_times(said: Mapping[str, str], settings: Settings, now: float) -> Mapping[str, str]:
    """What was sent, its times as choices of a draft. NotAChoice for times that cannot be."""
    chosen = {name: text for name, text in said.items() if name not in (_OPENS, _CLOSES)}
    if text := said.get(_AT, "").strip():
        try:
            chosen[_AT] = kept(start_of(text, now, settings.timezone))
        except SettingsError:
            raise NotAChoice(words("The time at which it is to begin has passed, or is none.")) from None
    if _OPENS in said or _CLOSES in said:
        opens, closes = said.get(_OPENS, "").strip(), said.get(_CLOSES, "").strip()
        if bool(opens) != bool(closes) or (opens and opens == closes):
            raise NotAChoice(words("Say both, from when and until when it may be sent, or neither."))
        chosen["between"] = f"{opens}-{closes}" if opens else ""
    if said.get(_DAYS, "") not in DAYS:
        raise NotAChoice(words("These are no days on which it could be sent."))
    return chosen


def times_of(draft: Draft, settings: Settings, now: float) -> TimeFields:
    """What stands in the fields of a draft; a start that has passed means at once."""
    limits = draft.options.limits
    opens, _, closes = (limits.between or "").partition("-")
    begins = start_of(limits.at, now, settings.timezone) if limits.at else 0.0
    at = f"{on_the_wall(begins, settings.timezone):%Y-%m-%dT%H:%M}" if begins > now else ""
    return TimeFields(at, opens, closes, limits.days or "")
