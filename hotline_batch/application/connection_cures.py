"""What stands between a connection and the service -> what to do about it, in words of connections, not of rows."""

from __future__ import annotations

_CURES = {
    "unreachable": "Check the network and the address (setting endpoint), and the setting proxy.",
    "certificate_refused": "Check the address (setting endpoint); for a certificate, ask your administrator about the "
    "company's (setting ca_file).",
    "proxy_refused": "Ask your administrator about the setting proxy.",
    "credentials_refused": "Check the owner's token, and the instance and key of the connection; 'hotline-batch "
    "doctor' says where they come from. If they are right: n8n answers the same to a User-Agent that it takes for a "
    "bot (its option 'Ignore Bots'), see the setting user_agent.",
    "endpoint_missing": "Compare the address (setting endpoint) with what Hotline told you; during maintenance try "
    "again in some minutes.",
    "redirected": "Check the address (setting endpoint). Redirects are never followed: they would carry both keys to "
    "a stranger.",
    "bot_check": "Ask Hotline support, or whoever runs the service, to let this program pass; another setting "
    "user_agent may help.",
    "firewall_refused": "Tell Hotline support, or whoever runs the service, what it says, and from which network you "
    "ask.",
    "quota_used_up": "Ask whoever pays for the service.",
    "rate_limited": "Try again in a minute.",
    "service_not_ready": "Try again in a minute.",
}
_LOOK_AT_A_TOPIC = "Try again in a minute, then look a topic up that exists: hotline-batch enrich SHEET --limit 1"


def cure_for(code: str) -> str:
    """What to do about the code of an error that a connection met."""
    return _CURES.get(code, _LOOK_AT_A_TOPIC)
