"""A connection -> what one harmless look-up says of its keys, its address and the way there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hotline_batch.application.office.acting import needs
from hotline_batch.application.service import client_of
from hotline_batch.client.answers.known_words import About, speaks_of
from hotline_batch.errors import (
    ApiError,
    CredentialsRefused,
    EndpointMissing,
    NotReached,
    RateLimited,
    Redirected,
    Refused,
    SettingsError,
    TurnedAway,
)
from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import GetTopicInfo
from hotline_batch.next_step import NextStep, Told, advised, step
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings

# No group has this number, so no topic can be found: the answer tells of the keys alone, and nothing is changed.
_NOBODYS_TOPIC = GetTopicInfo(1, 2_147_483_647)

_CURES: Mapping[str, Told] = marked(
    {
        "unreachable": "Check the network and the address (setting endpoint), and the setting proxy.",
        "certificate_refused": "Check the address (setting endpoint); for a certificate, ask your administrator about "
        "the company's (setting ca_file).",
        "proxy_refused": "Ask your administrator about the setting proxy.",
        "credentials_refused": advised(
            (
                "Check the owner's token, and the instance and key of the connection. If they are right: n8n "
                "answers the same to a User-Agent that it takes for a bot (its option 'Ignore Bots'), see the "
                "setting user_agent."
            ),
            step(NextStep.WHERE_KEYS_COME_FROM),
        ),
        "endpoint_missing": "Compare the address (setting endpoint) with what Hotline told you; during maintenance try "
        "again in some minutes.",
        "redirected": "Check the address (setting endpoint). Redirects are never followed: they would carry both keys "
        "to a stranger.",
        "bot_check": "Ask Hotline support, or whoever runs the service, to let this program pass; another setting "
        "user_agent may help.",
        "firewall_refused": "Tell Hotline support, or whoever runs the service, what it says, and from which network "
        "you ask.",
        "quota_used_up": "Ask whoever pays for the service.",
        "rate_limited": "Try again in a minute.",
        "service_not_ready": "Try again in a minute.",
    }
)
_LOOK_AT_A_TOPIC = advised("", step(NextStep.LOOK_UP_ONE))


class Verdict(StrEnum):
    """What the answer says of the keys."""

    ACCEPTED = marked("accepted")
    REFUSED = marked("refused")
    NOT_PROVEN = marked("not proven")
    NOT_REACHED = marked("not reached")
    NOT_SET = marked("not set")


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test of a connection found. ``code`` is one of ``issues``, empty where all is well."""

    connection: str
    verdict: Verdict
    meaning: str
    code: str = ""
    cure: Told = ""


@needs(Role.PREPARE)
def try_connection(settings: Settings, name: str) -> Tested:
    """Look up a topic that cannot exist. Never raises for what the service or the keys are like."""
    connection = settings.connection(name)
    try:
        client = client_of(settings, connection.name, settings.timeout)
    except SettingsError as error:
        return Tested(name, Verdict.NOT_SET, str(error), cure=words("Set the key, then test again."))
    with client:
        try:
            client.perform(_NOBODYS_TOPIC)
        except ApiError as error:
            return _meaning_of(name, error)
    return Tested(name, Verdict.ACCEPTED, words("The service accepts the keys."))


def _meaning_of(name: str, error: ApiError) -> Tested:
    reason = error.reason
    match error:
        case Refused(code="api_refused") if About.KEYS not in speaks_of(reason, status=error.http_status or 0):
            said = words(
                "The service accepts the keys; as expected it does not know the made-up topic ({reason}).",
                reason=reason,
            )
            return Tested(name, Verdict.ACCEPTED, said)
        case NotReached():
            verdict, said = Verdict.NOT_REACHED, reason
        case CredentialsRefused():
            verdict = Verdict.REFUSED
            said = words("The service is reached, but it refuses the keys: {reason}", reason=reason)
        case TurnedAway():
            verdict = Verdict.NOT_REACHED
            said = words("Something in front of the service lets nobody through: {reason}", reason=reason)
        case EndpointMissing() | Redirected():
            verdict = Verdict.NOT_REACHED
            said = words("The address answers, but it is not that of the service: {reason}", reason=reason)
        case RateLimited():
            verdict = Verdict.NOT_PROVEN
            said = words(
                "The service is reached, but asks to come back later, so the keys were not looked at: {reason}",
                reason=reason,
            )
        case _:
            verdict = Verdict.NOT_PROVEN
            said = words("The service is reached, but its answer tells nothing of the keys: {reason}", reason=reason)
    return Tested(name, verdict, said, error.code, cure_for(error.code))


def cure_for(code: str) -> Told:
    """What to do about the code of an error that a connection met."""
    return _CURES.get(code, _LOOK_AT_A_TOPIC)
