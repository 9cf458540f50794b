"""What a caller wrote for an option -> a value of the option's kind, or a SettingsError that shows how it is written.

A number stands for its text where a text is wanted, and a text for its number; nothing else is guessed. An empty text
says nothing, and is no way to leave an option out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from math import isfinite
from numbers import Integral, Real
from os import PathLike, fspath
from types import MappingProxyType
from typing import Final

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import marked, translated, words

_LONGEST_SHOWN: Final = 60

_SHAPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "worksheet": '"Customers"',
        "delimiter": '";"',
        "encoding": '"cp1252"',
        "header_row": "3",
        "rows": '"2-50,77"',
        "limit": "10",
        "where": '"Status=open"',
        "hidden_rows": marked('"skip" or "include"'),
        "rate": '"18/min"',
        "concurrency": "4",
        "timeout": "30",
        "attempts": "3",
        "max_errors": '"5%"',
        "duplicate_window": '"24h"',
        "at": '"09:00"',
        "between": '"09:00-18:00"',
        "days": '"mon-fri"',
        "holidays": '"DE-BY"',
        "only": '"changed"',
        "columns": '["Kunden-ID", "topic_status"]',
        "leave_out": '["personal_data", "Telefon"]',
        "column_map": '{"user_id": "Kunden-ID"}',
        "dates": '"DD.MM.YYYY"',
        "numbers": '"1.234,50"',
        "sandbox": "True",
        "mishaps": '["lost_reply"]',
        "max_age": '"1d"',
        "output": '"result.xlsx"',
        "message": '"Hello {{ Name }}"',
        "template": '"status_update"',
    }
)
_ANY_TEXT: Final = '"…"'

RANGES: Final[Mapping[str, tuple[int, int | None]]] = MappingProxyType(
    {"header_row": (0, None), "concurrency": (1, 256), "attempts": (1, 100)}
)
"""The least and the most that an option can be; None: no most."""


def value_for(option: str, kind: str, given: object) -> object:
    """The value of an option whose field has this annotation, such as ``int | None``."""
    if given is None and kind.endswith("| None"):
        return None
    match kind.partition(" ")[0].partition("[")[0]:
        case "str":
            return _text(option, given)
        case "int":
            return _whole_number(option, given)
        case "float":
            return _number(option, given)
        case "tuple":
            return _texts(option, given)
        case "Mapping":
            return _mapping(option, given)
        case _:
            return _yes_or_no(option, given)


def _text(option: str, given: object) -> str:
    match given:
        case "":
            raise unusable(option, given)
        case str():
            return given
        case PathLike():
            return str(fspath(given))
        case bool():
            raise unusable(option, given)
        case Integral():
            return str(int(given))
        case Real():
            number = float(given)
            return str(int(number) if number.is_integer() else number)
        case _:
            raise unusable(option, given)


def _whole_number(option: str, given: object) -> int:
    number = _number(option, given)
    least, most = RANGES.get(option, (None, None))
    is_within = (least is None or number >= least) and (most is None or number <= most)
    if not number.is_integer() or not is_within:
        raise unusable(option, given)
    return int(number)


def _number(option: str, given: object) -> float:
    if isinstance(given, bool):
        raise unusable(option, given)
    if isinstance(given, str | Real):
        with suppress(ValueError, OverflowError):
            number = float(given)
            if isfinite(number):
                return number
    raise unusable(option, given)


def _texts(option: str, given: object) -> tuple[str, ...]:
    match given:
        case None:
            return ()
        case str():
            return (_text(option, given),)
        case Iterable() if not isinstance(given, Mapping | bytes):
            return tuple(_text(option, each) for each in given)
        case _:
            raise unusable(option, given)


def _mapping(option: str, given: object) -> Mapping[str, str]:
    match given:
        case None:
            return {}
        case Mapping():
            return {_text(option, key): _text(option, value) for key, value in given.items()}
        case _:
            raise unusable(option, given)


def _yes_or_no(option: str, given: object) -> bool:
    if given is None or isinstance(given, bool):
        return bool(given)
    raise unusable(option, given)


def unusable(option: str, given: object) -> SettingsError:
    """What is said of a value that cannot be meant, with one that can."""
    shown = repr(given)
    return SettingsError(
        words(
            "{option} = {given} cannot be used. Write it like {option} = {shape}.",
            option=option,
            given=shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…",
            shape=translated(_SHAPES.get(option, _ANY_TEXT)),
        )
    )
