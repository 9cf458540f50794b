"""Columns: recognised in four languages, asked about where two fit, never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_examples import rows_of

from hotline_batch.errors import SheetError
from hotline_batch.model.jobs import Kind
from hotline_batch.model.sheets import Row, header_form
from hotline_batch.next_step import NextStep, step
from hotline_batch.plan.columns.names import ALIASES
from hotline_batch.plan.columns.recognition import has_topics_but_no_users, recognise_columns
from hotline_batch.sheets.cells.cell import column_name


def names(*header: str, kind: Kind = Kind.SEND, **chosen: str) -> dict[str, str]:
    return recognise_columns(header, kind, chosen).names(header)


@pytest.mark.parametrize(
    ("user", "message"),
    [
        ("user_id", "message"),
        ("User ID", "Message"),
        ("USER-ID", "Message text"),
        ("\ufeffuser\u00a0id ", " text"),
        ("Kunden-ID", "Nachricht"),
        ("Nutzer-ID", "Nachrichtentext"),
        ("Benutzer_ID", "NACHRICHT"),
        ("Telegram-ID", "Text"),
        ("ID пользователя", "Сообщение"),
        ("id клиента", "Текст"),
        ("ID de usuario", "Mensaje"),
        ("ID de cliente", "Texto"),
    ],
)
def test_headers_are_recognised_in_four_languages(user: str, message: str) -> None:
    """Case, blanks, hyphens, no-break spaces and byte order marks make no difference."""
    assert {"user_id": user, "message": message} == names("Name", user, message)


@pytest.mark.parametrize(
    "link", ["topic_link", "Topic link", "Themenlink", "Link zum Thema", "ссылка на тему", "Enlace del tema", "Link"]
)
def test_topic_links_are_recognised(link: str) -> None:
    """For a lookup nothing else is needed."""
    assert {"topic_link": link} == names("Name", link, kind=Kind.ENRICH)


def test_the_two_ids_do_where_there_is_no_link() -> None:
    """Also under the names of Hotline's webhooks."""
    assert {"group_id": "Group ID", "topic_id": "Topic ID"} == names("Topic ID", "Group ID", kind=Kind.ENRICH)
    columns = recognise_columns(("chat_id", "thread_id"), Kind.ENRICH, {})
    assert {"group_id": 0, "topic_id": 1} == columns.fields
    assert columns.topic_is_thread


def test_the_fields_own_name_beside_another_name_is_a_question_too() -> None:
    """Two candidate columns are never a guess, even where one of them is named exactly like the field."""
    with pytest.raises(SheetError, match=r"'Telegram ID'.*'user_id'.*Say which one\."):
        recognise_columns(("Telegram ID", "user_id", "message"), Kind.SEND, {})


def test_two_candidates_are_a_question() -> None:
    """The person sees both and where they stand; each face can offer them."""
    with pytest.raises(SheetError, match=r"'Kunden-ID' \(column A\) and 'Contact ID' \(column C\)") as refused:
        names("Kunden-ID", "Nachricht", "Contact ID")

    choose = step(NextStep.CHOOSE_COLUMN, field="user_id", columns=("Kunden-ID", "Contact ID"))
    assert (choose,) == refused.value.steps


def test_a_column_that_names_telegram_is_preferred() -> None:
    """A customer's number beside it is no candidate; the field's own name is one."""
    assert "Telegram-ID" == names("Kunden-ID", "Nachricht", "Telegram-ID")["user_id"]
    assert "ID телеграм" == names("ID клиента", "сообщение", "ID телеграм")["user_id"]
    with pytest.raises(SheetError, match="Say which one"):
        names("user_id", "message", "Telegram-ID")


@pytest.mark.parametrize(
    ("header", "word"), [("Telegram-Username", "Username"), ("Benutzername", "Benutzername"), ("Telefon", "Name one")]
)
def test_columns_of_names_and_phones_are_never_suggested(header: str, word: str) -> None:
    """What they hold is no id, however like one it is written or looks."""
    with pytest.raises(SheetError, match=word) as refusal:
        recognise_columns((header, "message"), Kind.SEND, {}, [Row(2, ("4915112345678", "Hello"))])

    assert NextStep.MAP_COLUMN not in [each.action for each in refusal.value.steps]


def test_a_used_name_that_occurs_twice_is_refused() -> None:
    """No option can tell two columns of one name apart."""
    with pytest.raises(SheetError, match="Rename"):
        names("user_id", "user_id", "message")
    with pytest.raises(SheetError, match="Rename"):
        names("Nr", "Nr", "message", user_id="Nr")


def test_unused_columns_may_be_called_anything() -> None:
    """Names that occur twice or are blank only matter where they are used."""
    assert {"user_id": "user_id", "message": "message"} == names("user_id", "x", "x", "", "message", "Link", "URL")


def test_a_mapped_column_is_taken_and_the_other_candidate_is_no_longer_one() -> None:
    """Mapping answers the question."""
    chosen = names("Kunden-ID", "Nachricht", "Telegram-ID", user_id="telegram id")

    assert "Telegram-ID" == chosen["user_id"]


def test_columns_of_an_earlier_result_are_only_used_when_mapped() -> None:
    """A result sheet as input again does not feed on its own columns."""
    header = ("hotline_user_id", "message")
    with pytest.raises(SheetError, match="hotline_user_id"):
        names(*header)

    assert "hotline_user_id" == names(*header, user_id="hotline_user_id")["user_id"]


def test_an_unknown_column_or_field_names_the_nearest_one() -> None:
    """Slips of the pen in a mapping."""
    with pytest.raises(SheetError, match=r"no column 'Kundenid2'\. Did you mean 'Kunden-ID'\? Columns: 'Kunden-ID'"):
        names("Kunden-ID", "message", user_id="Kundenid2")
    with pytest.raises(SheetError, match=r"no field 'userid2'\. Did you mean 'user_id'\?"):
        names("Kunden-ID", "message", userid2="Kunden-ID")


def test_a_missing_column_is_told_with_those_found_and_a_likely_one() -> None:
    """The misspelt column is suggested, not used."""
    with pytest.raises(
        SheetError,
        match=r"no column with user ids\. Columns found: 'usr_id', 'message'.*'usr_id' is meant; map 'user_id' to it",
    ):
        names("usr_id", "message")


def test_a_missing_column_is_suggested_by_its_cells() -> None:
    """Where no name is alike, the only column that holds ids is the likely one."""
    rows = rows_of(["Ann", "987654321", "hi"], ["Bob", "987654322", "hi"])
    with pytest.raises(SheetError, match="'Nr' is meant; map 'user_id' to it"):
        recognise_columns(("Name", "Nr", "message"), Kind.SEND, {}, rows)


def test_a_sheet_without_messages_points_to_templates() -> None:
    """The message need not be a column."""
    with pytest.raises(SheetError, match="or give a template"):
        names("user_id", "Name")

    assert {"user_id": 0} == recognise_columns(("user_id", "Name"), Kind.SEND, {}, message_from_template=True).fields


@pytest.mark.parametrize("header", [("987654321", "Hello"), ("https://t.me/c/2101424779/5343",)])
@pytest.mark.parametrize("kind", list(Kind))
def test_a_recipient_is_never_swallowed_as_a_header(header: tuple[str, ...], kind: Kind) -> None:
    """A sheet that begins with data is refused with the way out."""
    with pytest.raises(SheetError, match="Row 1 looks like data, not like a header"):
        recognise_columns(header, kind, {})


def test_a_title_above_the_header_is_told() -> None:
    """The row that names the columns is suggested as the header row."""
    rows = rows_of(["", ""], ["Kunden-ID", "Nachricht"])
    with pytest.raises(SheetError, match="Row 3 looks like the header"):
        recognise_columns(("Kampagne Mai", ""), Kind.SEND, {}, rows)


def test_a_header_without_messages_is_found_under_a_title() -> None:
    """The text may come from a template; a row with both comes first, and one of messages alone is no header."""
    users = rows_of(["", ""], ["Kunden-ID", "Status"], ["1", "ok"])
    both = rows_of(["Kunden-ID", "Status"], ["Kunden-ID", "Nachricht"])

    with pytest.raises(SheetError, match="Row 3 looks like the header"):
        recognise_columns(("Kampagne Mai", ""), Kind.SEND, {}, users)
    with pytest.raises(SheetError, match="Row 3 looks like the header"):
        recognise_columns(("Kampagne Mai", ""), Kind.SEND, {}, both)
    with pytest.raises(SheetError, match="Name one column"):
        recognise_columns(("Kampagne Mai", ""), Kind.SEND, {}, rows_of(["Status", "Nachricht"]))


def test_the_connection_column_is_optional() -> None:
    """It is used wherever it is there."""
    assert "Verbindung" == names("user_id", "message", "Verbindung")["connection"]


def test_topics_without_users_are_noticed() -> None:
    """Such a send has to look its users up first."""
    assert has_topics_but_no_users(("Themenlink", "message"), {})
    assert not has_topics_but_no_users(("Themenlink", "user_id"), {})
    assert not has_topics_but_no_users(("Name", "message"), {})
    fields = recognise_columns(("Themenlink", "message"), Kind.SEND, {}, users_by_topic=True).fields
    assert {"topic_link": 0, "message": 1} == fields


def test_no_name_stands_for_two_fields() -> None:
    """The alias tables do not overlap, and are spelt as they are compared."""
    forms = [form for field, aliases in ALIASES.items() for form in (header_form(field), *aliases)]

    assert len(forms) == len(set(forms))
    assert forms == [header_form(form) for form in forms]


@given(st.lists(st.text(max_size=12), max_size=6), st.sampled_from(Kind))
def test_any_header_gives_columns_or_a_sheet_error(header: list[str], kind: Kind) -> None:
    """Nothing else is ever raised, and every column found is one of the header's."""
    try:
        columns = recognise_columns(header, kind, {})
    except SheetError:
        return
    assert set(columns.fields.values()) <= set(range(len(header)))


@pytest.mark.parametrize(("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_as_the_spreadsheet_program_names_them(index: int, letters: str) -> None:
    """So that the person finds them."""
    assert letters == column_name(index)


def test_a_delimiter_within_a_name_is_pointed_out() -> None:
    """The header may be divided by another one than was found."""
    with pytest.raises(
        SheetError, match=r"'message;de' has a ';' in its name.*choose it as the delimiter.*map 'message' to 'mess"
    ):
        names("user_id", "message;de")


@pytest.mark.parametrize("line", ["user_id,message", "Kunden-ID;Nachricht", "user_id\tmessage"])
def test_the_header_below_a_title_without_delimiters_is_found(line: str) -> None:
    """Each row is one cell then."""
    with pytest.raises(SheetError, match="Row 3 looks like the header: use it as the header row"):
        recognise_columns(("Report 2026",), Kind.SEND, {}, rows_of(["of May"], [line], ["1,Hello"]))


def test_one_field_has_one_column() -> None:
    """Two spellings of the field are still one."""
    with pytest.raises(SheetError, match="'user_id' is mapped twice: 'A' and 'B'"):
        names("A", "B", "message", **{"user_id": "A", "User-ID": "B"})
