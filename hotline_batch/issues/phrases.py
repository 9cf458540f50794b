"""What stands in the parameters of an issue as a part of its sentence -> the same in the reader's language.

A ledger keeps phrases in English, as results of older versions do, and why a template cannot be filled in as data.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hotline_batch.language.words import filled, marked, translated, words

OF_PROXY = marked("the proxy")
WITHIN_QUOTES = marked("the whole line stands in quotation marks")
NO_CONNECTION = marked("no connection")
CONNECTION_REFUSED = marked("connection refused")
CONNECTION_RESET = marked("the connection was reset")
NOT_IN_TIME = marked("no connection in time")
NOT_SECURED = marked("the secure connection could not be set up")
NAME_NOT_FOUND = marked("the name of the service was not found")

_PHRASES = frozenset(
    (
        OF_PROXY,
        WITHIN_QUOTES,
        NO_CONNECTION,
        CONNECTION_REFUSED,
        CONNECTION_RESET,
        NOT_IN_TIME,
        NOT_SECURED,
        NAME_NOT_FOUND,
        # As the system and OpenSSL word why there is no connection.
        *marked(
            (
                "network is unreachable",
                "no route to host",
                "host is unreachable",
                "certificate has expired",
                "certificate is not yet valid",
                "self-signed certificate",
                "self-signed certificate in certificate chain",
                "unable to get local issuer certificate",
                "unable to get issuer certificate",
            )
        ),
    )
)
_HOLDING = frozenset({"why", "whose", "because"})


def with_phrases(parameters: Mapping[str, object]) -> dict[str, object]:
    """The parameters, those phrases in them in the reader's language; what else people or services said as it is."""
    return {
        name: words(value) if name in _HOLDING and isinstance(value, str) and value in _PHRASES else value
        for name, value in parameters.items()
    }


REASON = "reason"
"""Which of the reasons is meant; the other parameters are those of its words."""

REASONS: Mapping[str, str] = MappingProxyType(
    marked(
        {
            "text_too_long": "it makes a text of more than {most:,} characters",
            "too_many_steps": "its loops take more than {most:,} steps",
            "power_too_large": "the power is too large",
            "product_too_large": "the product is too large",
            "too_many_places": "round takes at most {most:place|places}",
            "percent_of_text": "the sign % only works between numbers; put texts together with ~",
            "list": "a placeholder holds a list; take one entry of it, or put them together with join(', ')",
            "text_for_number": "a text stands where a number is needed ({said}); make a number of the cell first, as "
            "in {{{{ Amount|float }}}}, or put texts together with ~",
            "filter_unusable": "the filter '{filter}' cannot be used here ({said})",
            "filter_unusable_with_text": "the filter '{filter}' cannot be used here ({said}); make a number of the "
            "cell first: {{{{ Amount|float|{filter} }}}}",
            "no_number": "the filter '{filter}' needs a number, and '{cell}' is not a number; mend the cell",
            "no_number_to_convert": "the filter '{filter}' needs a number, and '{cell}' is not a number; mend the "
            "cell, or write {filter}(0)",
            "ambiguous_number": "the filter '{filter}' cannot tell whether '{cell}' has thousands or decimals; write "
            "it with two decimals, or without a sign between the thousands",
            "too_many_decimals": "the filter 'number' takes 0 to {most:place|places}",
            "unknown_length": "the filter 'date' knows the lengths {lengths}, not '{length}'",
            "no_date": "the filter 'date' needs a date such as 2026-12-01 or 01.12.2026, and '{cell}' is none; mend "
            "the cell",
            "ambiguous_date": "the filter 'date' needs a date such as 2026-12-01 or 01.12.2026, and '{cell}' is none "
            "(day and month could be the other way round); mend the cell",
            "no_such_day": "the filter 'date' needs a date, and there is no day '{cell}'; mend the cell",
            "unknown_language": "there is no language '{language}'; write it as de, ru, es or en",
        }
    )
)


def words_of_reason(parameters: Mapping[str, object]) -> str:
    """The reason in the reader's language; empty for one that is not known. KeyError where a parameter is missing."""
    reason = REASONS.get(str(parameters.get(REASON, "")), "")
    return filled(translated(reason), parameters)
