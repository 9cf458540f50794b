"""What a person chooses on the page, one name and one text each -> a changed draft.

Whether a choice fits the sheet is seen when the draft is looked at; here it is only read.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.request import OpenSheets, request_of
from hotline_batch.application.templates import offered_names, template_names
from hotline_batch.errors import HotlineBatchError, SettingsError, SheetError, SheetQuestion
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.opening_hours.holidays import Holidays
from hotline_batch.opening_hours.wall_clock import kept, on_the_wall, start_of
from hotline_batch.plan.columns.names import ALIASES
from hotline_batch.plan.message.written_forms import DATE_FORMS, NUMBER_FORMS
from hotline_batch.run_options import Reading, RunOptions
from hotline_batch.settings.model import Settings

LONGEST_TEXT: Final = 20_000
MOST_TRIAL_ROWS: Final = 1_000
SENDS_AGAIN: Final = "0"
"""The window of the guard against sending twice, where a person wants to send once more what was sent before."""
_MAP = "map."
_LAST_ROW = 1_048_576
_DELIMITERS = frozenset({";", ",", "tab", "|"})

DAYS: Final = ("", "mon-fri", "mon-sat", "mon-sun")
"""The days of the week that can be chosen; nothing leaves it to the settings."""

_AT, _OPENS, _CLOSES, _DAYS, _HOLIDAYS = "at", "opens", "closes", "days", "holidays"


class Source(StrEnum):
    """Where messages come from."""

    COLUMN = "column"
    TEMPLATE = "template"
    TEXT = "text"


class NotAChoice(HotlineBatchError):
    """What was sent is none of the answers."""


def with_choices(draft: Draft, said: Mapping[str, str]) -> Draft:
    """The draft with what was chosen. NotAChoice for what cannot be; names that are not known are not read."""
    for name, text in said.items():
        draft = _with_one(draft, name, text)
    return draft


def source_of(draft: Draft) -> Source:
    """Where the draft's messages come from."""
    if draft.options.template is not None:
        return Source.TEMPLATE
    return Source.COLUMN if draft.options.message is None else Source.TEXT


def sends_again(draft: Draft) -> bool:
    """Whether what was sent before is sent once more, on purpose."""
    return draft.options.limits.duplicate_window == SENDS_AGAIN


def fitted_to_its_sheet(draft: Draft, settings: Settings, sheets: OpenSheets) -> Draft:
    """The draft without what was said of another sheet in its place: of columns that this one does not have, and of how
    it is read, where this one cannot be read so.
    """
    try:
        with sheets.lend(request_of(draft, settings)) as opened:
            header = set(opened.sheet.header)
    except SheetQuestion:
        return draft
    except SheetError:
        anew = _as_found(draft)
        return anew if anew != draft and _can_be_read(anew, settings, sheets) else draft
    kept = {field: column for field, column in draft.options.column_map.items() if column in header}
    return _with_options(draft, column_map=kept)


def _as_found(draft: Draft) -> Draft:
    return _with_options(draft, reading=Reading(), column_map={})


def _can_be_read(draft: Draft, settings: Settings, sheets: OpenSheets) -> bool:
    """Whether it can, though a question may be answered first."""
    try:
        with sheets.lend(request_of(draft, settings)):
            return True
    except SheetQuestion:
        return True
    except SheetError:
        return False


def _with_one(draft: Draft, name: str, text: str) -> Draft:  # noqa: PLR0911, C901, PLR0912 - one line for each choice
    options, selection = draft.options, draft.options.selection
    match name:
        case "kind":
            return replace(draft, kind=Kind(text) if text in set(Kind) else None)
        case "worksheet":
            # Its columns are others, and named in another row.
            return _with_options(_as_found(draft), reading=Reading(worksheet=text or None))
        case "header_row":
            row = _number(text, _LAST_ROW) if text else None
            return _with_options(draft, reading=replace(options.reading, header_row=row), column_map={})
        case "encoding":
            return _with_options(draft, reading=replace(options.reading, encoding=text or None))
        case "delimiter":
            chosen = text if text in _DELIMITERS else None
            return _with_options(draft, reading=replace(options.reading, delimiter=chosen), column_map={})
        case "hidden_rows":
            hidden = text if text in {"skip", "include"} else None
            return _with_options(draft, selection=replace(selection, hidden_rows=hidden))
        case "connection":
            return _with_options(draft, connection=text or None)
        case "dates":
            return _with_options(draft, dates=text if text in DATE_FORMS else None)
        case "numbers":
            return _with_options(draft, numbers=text if text in NUMBER_FORMS else None)
        case "source":
            return _with_source(draft, text)
        case "template":
            if text not in template_names():
                raise NotAChoice(words("There is no such template any more. Choose another one."))
            return _with_options(draft, template=text, message=None)
        case "own_text":
            return _with_own_text(draft, text)
        case "whole":
            return replace(draft, trial_rows=None)
        case "trial_rows":
            return replace(draft, trial_rows=_rows_to_try(text))
        case "sent_before":
            window = SENDS_AGAIN if text == "again" else None
            return _with_options(draft, limits=replace(options.limits, duplicate_window=window))
        case "at" | "between" | "days" | "holidays":
            return _with_options(draft, limits=replace(options.limits, **{name: text or None}))  # type: ignore[arg-type]  # texts, all four
        case "leave_out":
            return replace(draft, leaves_out_faulty=text == "yes")
        case _ if name.startswith(_MAP) and name.removeprefix(_MAP) in ALIASES:
            return _with_column(draft, name.removeprefix(_MAP), text)
        case _:
            return draft


def _with_column(draft: Draft, field: str, column: str) -> Draft:
    others = {each: name for each, name in draft.options.column_map.items() if each != field and name != column}
    draft = _with_options(draft, column_map=others | ({field: column} if column else {}))
    is_message = field == "message" and column
    return _with_source(draft, Source.COLUMN) if is_message else draft


def _with_source(draft: Draft, source: str) -> Draft:
    match source:
        case Source.COLUMN:
            return _with_options(draft, message=None, template=None)
        case Source.TEXT:
            return _with_options(draft, message=draft.own_text, template=None)
        case Source.TEMPLATE:
            first = next(iter(offered_names()), None)
            return _with_options(draft, message=None, template=draft.options.template or first)
        case _:
            raise NotAChoice(words("A message comes from a column, a template, or is a text of your own."))


def _with_own_text(draft: Draft, text: str) -> Draft:
    text = text.replace("\r\n", "\n")
    if len(text) > LONGEST_TEXT:
        raise NotAChoice(
            words("The text has more than {most:,} characters. A message has 4,096 at most.", most=LONGEST_TEXT)
        )
    draft = replace(draft, own_text=text)
    return _with_options(draft, message=text, template=None)


def _with_options(draft: Draft, **changed: object) -> Draft:
    options: RunOptions = replace(draft.options, **changed)  # type: ignore[arg-type]  # fields by name, each typed above
    return replace(draft, options=options)


def _rows_to_try(text: str) -> int:
    """How many rows go alone. A field that somebody emptied says nothing, least of all that every row may go."""
    with suppress(NotAChoice):
        if rows := _number(text, MOST_TRIAL_ROWS):
            return rows
    raise NotAChoice(words("Say how many of the first rows are to be tried, from 1 to {most:,}.", most=MOST_TRIAL_ROWS))


def _number(text: str, most: int) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > len(str(most)) or int(digits) > most:
        raise NotAChoice(words("'{digits}' is not a number from 0 to {most:,}.", digits=digits[:20], most=most))
    return int(digits)


@dataclass(frozen=True, slots=True)
class TimeFields:
    """What stands in the fields: a date and time, two times of the day, days of the week, the country whose holidays
    are left out; all may be empty.
    """

    at: str = ""
    opens: str = ""
    closes: str = ""
    days: str = ""
    holidays: str = ""

    @property
    def is_any(self) -> bool:
        """Whether any of them says something."""
        return bool(self.at or self.opens or self.closes or self.days or self.holidays)


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
    if text := said.get(_HOLIDAYS, "").strip():
        chosen[_HOLIDAYS] = _known_holidays(text)
    return chosen


def said_times(said: Mapping[str, str]) -> TimeFields | None:
    """What was sent of times, which stands in the fields again where it cannot be; None where nothing was."""
    fields = {name: said[name] for name in (_AT, _OPENS, _CLOSES, _DAYS, _HOLIDAYS) if name in said}
    return TimeFields(**fields) if fields else None


def _known_holidays(text: str) -> str:
    label = words("Not on holidays of")
    try:
        holidays = Holidays.parse(text, label)
        holidays.check(label)
    except SettingsError as error:
        raise NotAChoice(str(error)) from None
    return str(holidays)


def times_of(draft: Draft, settings: Settings, now: float) -> TimeFields:
    """What stands in the fields of a draft; a start that has passed means at once."""
    limits = draft.options.limits
    opens, _, closes = (limits.between or "").partition("-")
    begins = start_of(limits.at, now, settings.timezone) if limits.at else 0.0
    at = f"{on_the_wall(begins, settings.timezone):%Y-%m-%dT%H:%M}" if begins > now else ""
    return TimeFields(at, opens, closes, limits.days or "", limits.holidays or "")
