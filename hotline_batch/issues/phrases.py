"""What stands in the parameters of an issue as a part of its sentence -> the same in the reader's language.

A ledger keeps these in English, as results of older versions do.
"""

from __future__ import annotations

from collections.abc import Mapping

from hotline_batch.language.words import marked, words

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
