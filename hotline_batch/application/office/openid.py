"""OpenID Connect: a browser is sent to the office's provider, and who comes back -> whom the provider vouches for.

The authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9207). The only place
with authlib and joserfc.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from hotline_batch.client.network.transport import trust_as_set
from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.ledger.oversight.sessions import ForeignSignIn
from hotline_batch.settings.addresses import is_loopback
from hotline_batch.settings.model import Settings
from hotline_batch.settings.office import OpenIdSettings

try:
    from authlib.integrations.requests_client import OAuth2Session
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.jwk import KeySet
except ImportError:  # the extra 'office' is not installed
    OAuth2Session = None

_TIMEOUT_SECONDS = 10.0
_CLOCKS_DIFFER_SECONDS = 60
_RANDOM_BYTES = 32
# Signed by the provider's own key, which nobody else has: a token that our secret signs could be made by us.
_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]


class NotTrusted(Exception):
    """The provider could not be asked, or what it says cannot be believed; the words hold no token."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A browser that is to be sent away: where to, and what only that browser and we know."""

    address: str = field(repr=False)
    state: str = field(repr=False)
    browser: str = field(repr=False)
    agreed: ForeignSignIn = field(repr=False)


@dataclass(frozen=True, slots=True)
class CameBack:
    """What a browser brought from the provider; empty where it brought no such thing."""

    state: str = field(repr=False)
    code: str = field(repr=False)
    issuer: str = ""
    error: str = ""


def begin(settings: Settings, openid: OpenIdSettings, redirect_address: str) -> Begun:
    """Where to send a browser. SettingsError where the provider cannot be asked where it signs people in."""
    agreed = ForeignSignIn(secrets.token_urlsafe(_RANDOM_BYTES), secrets.token_urlsafe(_RANDOM_BYTES))
    state = secrets.token_urlsafe(_RANDOM_BYTES)
    try:
        with _session(settings, openid, redirect_address) as session:
            place = _address(_discovered(session, openid), "authorization_endpoint")
            address, _ = session.create_authorization_url(
                place, state=state, nonce=agreed.nonce, code_verifier=agreed.verifier
            )
    except NotTrusted as error:
        raise SettingsError(
            words("The provider of the office's accounts cannot be used: {error}", error=error)
        ) from None
    return Begun(address, state, secrets.token_urlsafe(_RANDOM_BYTES), agreed)


def who_came_back(
    settings: Settings, openid: OpenIdSettings, redirect_address: str, back: CameBack, agreed: ForeignSignIn
) -> str:
    """The provider's own name for whoever comes back. NotTrusted where that is not beyond doubt."""
    if back.error or not back.code:
        raise NotTrusted(words("it signed nobody in"))
    if back.issuer and back.issuer != openid.issuer:
        raise NotTrusted(words("another issuer answered"))
    with _session(settings, openid, redirect_address) as session:
        told = _discovered(session, openid)
        with _doing(words("it did not take the code")):
            token = session.fetch_token(
                _address(told, "token_endpoint"),
                grant_type="authorization_code",
                code=back.code,
                code_verifier=agreed.verifier,
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        keys: Any = _json(session, _address(told, "jwks_uri"))
    return _vouched_for(openid, token, keys, agreed)


def _vouched_for(openid: OpenIdSettings, token: Mapping[str, Any], keys: Any, agreed: ForeignSignIn) -> str:
    with _doing(words("its token cannot be believed")):
        opened = jwt.decode(str(token["id_token"]), KeySet.import_key_set(keys), algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            opened.claims,
            opened.header,
            options={
                "iss": {"essential": True, "value": openid.issuer},
                "aud": {"essential": True, "value": openid.client_id},
                "sub": {"essential": True},
            },
            params={"nonce": agreed.nonce, "client_id": openid.client_id, "access_token": token.get("access_token")},
        )
        claims.validate(leeway=_CLOCKS_DIFFER_SECONDS)
        subject = claims["sub"]
    if not isinstance(subject, str) or not subject:
        raise NotTrusted(words("its token names nobody"))
    return subject


@contextmanager
def _session(settings: Settings, openid: OpenIdSettings, redirect_address: str) -> Iterator[Any]:
    if OAuth2Session is None:
        raise SettingsError(
            words("OpenID Connect needs the extra 'office'. Ask whoever installed the program to add it.")
        )
    secret = openid.client_secret
    session = OAuth2Session(
        openid.client_id,
        secret.reveal() if secret else None,
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
        scope="openid",
        redirect_uri=redirect_address,
        code_challenge_method="S256",
    )
    trust_as_set(session, ca_file=settings.ca_file, proxy=None if is_loopback(openid.issuer) else settings.proxy)
    with session:
        yield session


def _discovered(session: Any, openid: OpenIdSettings) -> Mapping[str, Any]:
    """What the provider says of itself (OpenID Connect Discovery 1.0, section 4)."""
    told = _json(session, f"{openid.issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != openid.issuer:
        raise NotTrusted(words("it calls itself another issuer than the settings"))
    return told


def _address(told: Mapping[str, Any], name: str) -> str:
    """An address of the provider; what travels there is a secret."""
    address = told.get(name)
    if not isinstance(address, str) or not _is_safe(address):
        raise NotTrusted(words("it names no {name} with https://", name=name))
    return address


def _is_safe(address: str) -> bool:
    try:
        return urlsplit(address).scheme == "https" or is_loopback(address)
    except ValueError:
        return False


def _json(session: Any, address: str) -> Mapping[str, Any]:
    with _doing(words("it cannot be reached, or does not say what it should")):
        # Without a token: these are open to everybody.
        answer = session.request("GET", address, withhold_token=True, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    if not isinstance(found, dict):
        raise NotTrusted(words("it does not say what it should"))
    return found


@contextmanager
def _doing(failed: str) -> Iterator[None]:
    """Whatever the libraries raise becomes NotTrusted, by its kind alone: their words may hold a code or a token."""
    try:
        yield
    except NotTrusted:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody is signed in
        raise NotTrusted(f"{failed} ({type(error).__name__})") from None
