"""The public holidays of a country, or of a region of it, as the package `holidays` (an extra) knows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words

if TYPE_CHECKING:
    from holidays import HolidayBase

_FORM = re.compile(r"([A-Za-z]{2,3})(?:[-/ ]([\w .'-]{1,40}))?")
_NONE = "none"

# The package adds a year when it is asked for first, and for a moment the year seems to have no holidays.
_one_at_a_time = Lock()


@dataclass(frozen=True, slots=True)
class Holidays:
    """Those of a country such as ``DE``, of its region such as ``BY``; without a country there are none."""

    country: str = ""
    region: str = ""

    @classmethod
    def parse(cls, text: str, where: str = "holidays") -> Holidays:
        """Read ``DE``, ``DE-BY`` or ``none``. SettingsError for another form; whether it is known is seen in use."""
        word = text.strip()
        if word.lower() == _NONE:
            return cls()
        match = _FORM.fullmatch(word)
        if match is None:
            raise SettingsError(
                words(
                    "{where}: {text} is no country. Write its two letters, with its region where holidays differ, such "
                    "as DE or DE-BY; or none.",
                    where=where,
                    text=repr(text),
                )
            )
        return cls(match[1].upper(), _region(match[2] or ""))

    def check(self, where: str = "holidays") -> None:
        """SettingsError where the package is not installed, or does not know the country or the region."""
        if not self.country:
            return
        try:
            _calendar(self.country, self.region)
        except ImportError:
            raise SettingsError(
                words(
                    "{where}: to know the holidays of {region} the program needs an extra: install "
                    "hotline-batch[holidays].",
                    where=where,
                    region=str(self),
                )
            ) from None
        except NotImplementedError:
            told = {"where": where, "region": str(self)}
            if regions := _regions(self.country):
                raise SettingsError(
                    words(
                        "{where}: the holidays of {region} are not known. Known regions: {regions}.",
                        regions=", ".join(regions),
                        **told,
                    )
                ) from None
            raise SettingsError(words("{where}: the holidays of {region} are not known.", **told)) from None

    def name_of(self, day: date) -> str:
        """What is celebrated on a day; empty where nothing is. SettingsError as of ``check``."""
        if not self.country:
            return ""
        self.check()
        with _one_at_a_time:
            return str(_calendar(self.country, self.region).get(day) or "")

    def __contains__(self, day: date) -> bool:
        """Whether a day is a holiday."""
        return bool(self.name_of(day))

    def __str__(self) -> str:
        return "-".join(filter(None, (self.country, self.region))) or _NONE


def _region(text: str) -> str:
    """Codes are capitals; a name, such as Bayern, stays as it is."""
    return text.upper() if len(text) <= 3 else text


@cache
def _calendar(country: str, region: str) -> HolidayBase:
    import holidays  # noqa: PLC0415 - an extra, and half a second that only those wait who have holidays

    return holidays.country_holidays(country, subdiv=region or None)


def _regions(country: str) -> list[str]:
    with suppress(ImportError):
        import holidays  # noqa: PLC0415 - see above

        known: Mapping[str, list[str]] = holidays.list_supported_countries()
        return list(known.get(country, []))
    return []
