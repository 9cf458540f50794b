"""The Topics API as a Python object: `send_message`, `get_topic_info`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.metadata import version
from operator import index
from types import TracebackType
from typing import SupportsIndex

from hotline_batch.client.answers.classify import classify_answer
from hotline_batch.client.network.evidence import unconditionally
from hotline_batch.client.network.failures import classify_failure
from hotline_batch.client.network.transport import Transport, TransportFailure
from hotline_batch.client.redaction import Redactor
from hotline_batch.client.wire import encode_request
from hotline_batch.language.words import words
from hotline_batch.model.jobs import GetTopicInfo, MessageSent, Reply, Request, SendMessage, TopicInfo
from hotline_batch.settings.addresses import DEFAULT_ENDPOINT, check_endpoint, proxy_toward
from hotline_batch.settings.secrets import Secret

_log = logging.getLogger(__name__)

# n8n's "Ignore Bots" answers a misleading 403 to a name alone and to a name with an address; in this form it lets it
# pass (measured).
DEFAULT_USER_AGENT = f"Mozilla/5.0 (compatible; hotline-batch/{version('hotline-batch')})"


class TopicsClient:
    """One Hotline connection. May be shared by threads, which take turns with the connections that are open.

    Every call is one HTTP request: nothing is ever sent again by itself. A call returns the API's confirmation, or
    raises ``ApiError``, whose ``delivery`` says whether the message may have been posted all the same. The making
    raises SettingsError for keys and files of certificates that cannot be used, and for an endpoint to which the keys
    must not travel: ``http://`` leads to this machine alone, and through no proxy elsewhere.
    """

    def __init__(
        self,
        x_api_key: Secret | str,
        instance: str | SupportsIndex,
        api_key: Secret | str,
        *,
        endpoint: str = DEFAULT_ENDPOINT,
        timeout_seconds: float = 30.0,
        ca_file: str | None = None,
        proxy: str | None = None,
        user_agent: str = DEFAULT_USER_AGENT,
    ) -> None:
        self._x_api_key = x_api_key if isinstance(x_api_key, Secret) else Secret(x_api_key, "The X-API-KEY")
        self._api_key = api_key if isinstance(api_key, Secret) else Secret(api_key, "The api_key")
        # As text whatever it came as: as a number it would lose digits on the way.
        self._instance = instance if isinstance(instance, str) else str(_whole_number("instance", instance))
        check_endpoint(endpoint.partition("?")[0])  # what is asked for behind it is the caller's
        self._redactor = Redactor([self._x_api_key.reveal(), self._api_key.reveal()])
        self._transport = Transport(
            endpoint,
            {
                "X-API-KEY": self._x_api_key.reveal(),
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": user_agent,
                # A cache on the way would answer one row with another's confirmation.
                "Cache-Control": "no-store",
                "Pragma": "no-cache",
            },
            timeout_seconds=timeout_seconds,
            ca_file=ca_file,
            proxy=proxy_toward(endpoint, proxy),
        )

    def send_message(self, user_id: int, message: str) -> MessageSent:
        """Post ``message`` for the operators into the topic of ``user_id``, once. Raises ApiError.

        TypeError, before any request, for what is no whole number or no text.
        """
        if not isinstance(message, str):
            raise TypeError(words("message: a text is needed, not {message}.", message=repr(message)))
        reply = self.perform(SendMessage(_whole_number("user_id", user_id), message))
        assert isinstance(reply, MessageSent)  # noqa: S101 - decode_reply pairs request and reply
        return reply

    def get_topic_info(self, group_id: int, topic_id: int) -> TopicInfo:
        """Look one topic up. Raises ApiError; TypeError, before any request, for what is no whole number."""
        group_id, topic_id = _whole_number("group_id", group_id), _whole_number("topic_id", topic_id)
        reply = self.perform(GetTopicInfo(group_id, topic_id))
        assert isinstance(reply, TopicInfo)  # noqa: S101 - decode_reply pairs request and reply
        return reply

    def perform(self, request: Request, before_it_leaves: Callable[[], None] = unconditionally) -> Reply:
        """One request, one typed reply. Raises ApiError.

        ``before_it_leaves`` is called when the way is free and nothing has left yet. It may raise Withheld, which is
        raised from here: then nothing was posted.
        """
        body = encode_request(request, self._instance, self._api_key.reveal())
        try:
            answer = self._transport.post(body, before_it_leaves)
        except TransportFailure as failure:
            told = {"stage": failure.exchange.stage.value, "kind": type(failure.cause).__name__}
            _log.debug("no whole answer", extra=told)
            raise classify_failure(failure) from None
        return classify_answer(answer, request, self._redactor)

    def close(self) -> None:
        """Close all connections. The client stays usable."""
        self._transport.close()

    def __enter__(self) -> TopicsClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _whole_number(name: str, value: SupportsIndex) -> int:
    try:
        return index(value)
    except TypeError:
        raise TypeError(words("{name}: a whole number is needed, not {value}.", name=name, value=repr(value))) from None
