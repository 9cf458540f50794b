"""What people call the columns, in English, German, Russian and Spanish: data for ``columns``.

Spelt in the form of ``header_form``: letters and digits only, in lower case. Not listed on purpose: ``id`` and
``user`` (as often an order number or a name), customer numbers, ``sender_user_id`` (an operator) and
``frontend_topic_link`` (another group's topic) of Hotline's webhooks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from hotline_batch.language.words import marked
from hotline_batch.model.jobs import Kind
from hotline_batch.model.sheets import header_form, without_own

_USER_ID = """
    telegramid telegramuserid tgid tguserid idtelegram clientid customerid contactid recipientid userids
    useridtelegram telegramuser frontenduserid
    nutzerid benutzerid kundenid telegramnutzerid telegrambenutzerid empfängerid kontaktid idnutzer
    idпользователя пользовательid idпользователей айдипользователя idклиента клиентid idюзера юзерid
    idтелеграм телеграмid idтелеграма idвтелеграм idвтелеграме telegramidпользователя
    idполучателя
    iddeusuario idusuario usuarioid iddelusuario iddecliente idcliente clienteid iddelcliente iddetelegram
    iddeusuariodetelegram
"""
_MESSAGE = """
    messagetext text msg messages
    nachricht nachrichtentext mitteilung textdernachricht nachrichten
    сообщение текст текстсообщения сообщения
    mensaje texto textodelmensaje mensajes
"""
_TOPIC_LINK = """
    topicurl linktotopic linktothetopic topic link url topiclinks threadlink telegramlink
    themenlink themalink linkzumthema topiklink themenurl linkzumtopic
    ссылканатему ссылкатемы ссылка ссылканатопик ссылкатопика ссылкинатемы линк
    enlacedeltema enlacealtema enlacetema enlace enlacedetema vínculo linkdeltema
"""
_GROUP_ID = """
    telegramgroupid supergroupid chatid backendchatid
    gruppenid gruppeid
    idгруппы группаid idчата чатid
    iddegrupo iddelgrupo idgrupo grupoid iddelchat
"""
_TOPIC_ID = """
    threadid messagethreadid backendthreadid topicnumber
    themenid themaid topikid themennummer
    idтемы темаid idтопика топикid номертемы
    iddeltema iddetema idtema temaid númerodetema
"""
_CONNECTION = """
    connectionname hotlineconnection
    verbindung verbindungsname
    подключение соединение
    conexión nombredelaconexión
"""

ALIASES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "user_id": frozenset(_USER_ID.split()),
        "message": frozenset(_MESSAGE.split()),
        "topic_link": frozenset(_TOPIC_LINK.split()),
        "group_id": frozenset(_GROUP_ID.split()),
        "topic_id": frozenset(_TOPIC_ID.split()),
        "connection": frozenset(_CONNECTION.split()),
    }
)
"""Field -> the other names of its column, besides the field's own."""

WORDS: Mapping[str, str] = marked(
    {
        "user_id": "user ids",
        "message": "messages",
        "topic_link": "topic links",
        "group_id": "group ids",
        "topic_id": "topic ids",
        "connection": "connection names",
    }
)
"""Field -> what its column holds, for sentences."""

THREAD_HEADERS = frozenset({"threadid", "backendthreadid"})
"""Hotline heads thread ids so: topic number * 2^20, also where the number is small."""

PHONE_WORDS = ("phone", "telefon", "mobil", "handy", "телефон", "teléfono", "móvil")
"""A column headed so holds phone numbers, which cannot be told from user ids by their size."""

_TELEGRAM_WORDS = ("telegram", "телеграм")
_SHORT_TELEGRAM_WORDS = frozenset({"tgid", "tguserid", "idtg", "useridtg", "тгid", "idтг"})
_NAME_WORDS = (
    "username", "nutzername", "benutzername", "usernick", "nickname", "telegramname", "tgname", "vorname", "nachname",
    "имяпользователя", "имяюзера", "юзернейм", "никнейм", "фамилия",
    "nombredeusuario", "nombreusuario", "apellido",
)  # fmt: skip
_OTHER_NUMBERS = (
    "nummer", "number", "order", "bestell", "auftrag", "rechnung", "invoice", "номер", "заказ", "счет",
    "número", "pedido", "factura",
)  # fmt: skip


def forms_of(field: str) -> frozenset[str]:
    """What the names that the field's column may have look like in ``header_form``."""
    return ALIASES[field] | {header_form(field)}


def names_telegram(header: str) -> bool:
    """Whether a header says itself that its ids are Telegram's: ``Telegram-ID`` beside ``Kunden-ID``."""
    form = header_form(header)
    return form in _SHORT_TELEGRAM_WORDS or any(word in form for word in _TELEGRAM_WORDS)


def names_people(header: str) -> bool:
    """Whether a header speaks of the names of users, which nobody can be reached by."""
    form = header_form(header)
    return form in {"name", "имя", "nombre"} or any(header_form(word) in form for word in _NAME_WORDS)


def names_phones(header: str) -> bool:
    """Whether a header speaks of phone numbers, which have as many digits as user ids."""
    form = header_form(header)
    return any(header_form(word) in form for word in PHONE_WORDS)


def is_named_otherwise(field: str, header: str) -> bool:
    """Whether a header says that its column is something else than this field, whatever its cells look like."""
    if field != "user_id":
        return False
    form = header_form(header)
    return names_people(header) or names_phones(header) or any(header_form(word) in form for word in _OTHER_NUMBERS)


def purpose_of(header: Sequence[str], mapped: Iterable[str], *, has_template: bool) -> Kind:
    """Messages to users, if the sheet holds both or ``has_template``; look-ups, if it names topics instead.

    ``mapped`` are fields that a person gave a column. Where the columns say nothing, it is a send: its errors say what
    is missing.
    """
    forms = {header_form(name) for name in without_own(header) if name}
    forms |= {header_form(field) for field in mapped}
    named = {field for field in ALIASES if forms & forms_of(field)}
    if "message" in named or (has_template and "user_id" in named):
        return Kind.SEND
    names_topics = "topic_link" in named or {"group_id", "topic_id"} <= named
    return Kind.ENRICH if names_topics else Kind.SEND
