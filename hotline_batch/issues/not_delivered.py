"""Codes of rows that were tried and certainly not delivered."""

from __future__ import annotations

from hotline_batch.issues.issue import ANSWERED, CAUSE, refused
from hotline_batch.next_step import NextStep

NO_HTTPS = "no_https"
NAME_AND_PASSWORD, TUNNEL_REFUSED, PROXY_WITHOUT_SERVICE = (
    "name_and_password",
    "tunnel_refused",
    "proxy_without_service",
)
"""Cases of what a certificate or a proxy is told as."""

_MEND = "after mending the settings"

NOT_DELIVERED = (
    refused(
        "unreachable",
        "The Hotline service could not be reached.",
        "yes",
        "Check the network, then continue the run (resume).",
        NextStep.RESUME,
        {
            "": "The service could not be reached ({why}).",
            PROXY_WITHOUT_SERVICE: "The proxy could not reach the service ({status}).",
        },
    ),
    refused(
        "certificate_refused",
        "The service cannot be trusted: its certificate is not accepted, or it speaks no HTTPS under this address.",
        _MEND,
        "Check the address (setting endpoint); for a certificate, ask your administrator about the company's "
        "(setting ca_file). Then continue the run (resume).",
        NextStep.CHECK_SETTINGS,
        {
            "": "The certificate of the service is not trusted: {why}.",
            NO_HTTPS: "The service does not speak HTTPS under this address.",
        },
    ),
    refused(
        "proxy_refused",
        "The proxy did not let the request through.",
        _MEND,
        "Ask your administrator about the proxy settings, then continue the run (resume).",
        NextStep.CHECK_SETTINGS,
        {
            **ANSWERED,
            NAME_AND_PASSWORD: "The proxy wants a user name and password (407): write them into the setting proxy.",
            TUNNEL_REFUSED: "The proxy refused the connection ({status}).",
        },
    ),
    refused(
        "connection_cut_while_sending",
        "The connection broke before the request had left completely.",
        "yes",
        "Nothing was delivered; try the failed rows again (retry).",
        NextStep.RETRY,
    ),
    refused(
        "credentials_refused",
        "The service refused the keys.",
        _MEND,
        "Check the owner's token, and the instance and key of the connection; a check of the program (doctor) says "
        "where they come from. n8n answers the same to a User-Agent that it takes for a bot (its option 'Ignore "
        "Bots'): if the keys are right, change the setting user_agent. Then continue the run (resume).",
        NextStep.CHECK_SETTINGS,
    ),
    refused(
        "bot_check",
        "A check for bots (Cloudflare) stands in front of the service and lets nobody through.",
        _MEND,
        "Ask Hotline support, or whoever runs the service, to let this program pass; another setting user_agent may "
        "help. Then continue the run (resume).",
        NextStep.CHECK_SETTINGS,
    ),
    refused(
        "firewall_refused",
        "A firewall in front of the service lets nobody from this network through.",
        _MEND,
        "Tell Hotline support, or whoever runs the service, what the reason says, and from which network you send. "
        "Then continue the run (resume).",
        NextStep.RESUME,
    ),
    refused(
        "quota_used_up",
        "A quota of the service is used up, or it is not paid for.",
        "yes",
        "Read the reason; ask whoever pays for the service. When there is room again, continue the run (resume).",
        NextStep.RESUME,
    ),
    refused(
        "endpoint_missing",
        "Nothing answers under this address of the service.",
        _MEND,
        "Check the endpoint; during maintenance wait some minutes, then continue the run (resume).",
        NextStep.CHECK_SETTINGS,
    ),
    refused(
        "rate_limited",
        "The service asked to slow down, and the row's attempts were used up.",
        "yes",
        "Lower the rate, then try the failed rows again (retry).",
        NextStep.RETRY,
    ),
    refused(
        "service_not_ready",
        "The service had not begun to work yet, or had no room, and the row's attempts were used up.",
        "yes",
        "Wait some minutes, then try the failed rows again (retry).",
        NextStep.RETRY,
    ),
    refused(
        "rate_limited_too_long",
        "The service asked for a longer pause than ten minutes.",
        "yes",
        "Continue the run (resume) after the time that is named.",
        NextStep.RESUME,
        {CAUSE: "{cause} (asks for a pause of {minutes:time})"},
    ),
    refused(
        "claim_expired",
        "The program slept before this row left, so that nothing was sent.",
        "yes",
        "Continue the run (resume).",
        NextStep.RESUME,
    ),
    refused(
        "outside_hours",
        "It is outside of the hours in which messages or look-ups of this run may leave.",
        "yes",
        "Wait: the run goes on by itself when they begin again. If it was stopped, continue it (resume).",
        NextStep.RESUME,
    ),
    refused(
        "api_refused",
        "The service refused this row.",
        "after mending the row",
        "Read the reason; often the user or topic does not exist. Then mend the row and send it again.",
        NextStep.MEND_ROW,
    ),
    refused(
        "request_refused",
        "The service could not read the request.",
        "after mending the row",
        "Check the row for unusual characters; if all rows are refused, check the endpoint.",
        NextStep.MEND_ROW,
    ),
)
