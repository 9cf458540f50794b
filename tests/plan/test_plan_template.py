"""Templates: fitted to the sheet before any row, and harmless whatever they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from hotline_batch.errors import TemplateError
from hotline_batch.language.languages import languages, reading_in
from hotline_batch.plan.message import template_files
from hotline_batch.plan.message.template import MessageTemplate
from hotline_batch.plan.message.template_files import load_template, offered_names, template_names

HEADER = ("Kunden-ID", "Vor Name", "Status", "Betrag", "row", "a.b")
CELLS = ("987", "Änne", "ok", "12.5", "seven", "dotted")


def rendered(source: str) -> str:
    return MessageTemplate(source, HEADER).render(CELLS)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Status: {{ Status }}", "Status: ok"),
        ("{{ status }} {{STATUS}}", "ok ok"),
        ("{{ kunden_id }} {{ Kunden-ID }}", "987 987"),
        ("{{ Vor Name }} {{ vor name }} {{ VorName }}", "Änne Änne Änne"),
        ('{{ row["Vor Name"] }} {{ row.Status }}', "Änne ok"),
        ("{{ row }} {{ a.b }}", "seven dotted"),
        ("no placeholder, 100 % {braces} $5", "no placeholder, 100 % {braces} $5"),
        ("{# Needs: Status #}\nHello\n", "Hello"),
        ("a\n{% if Status == 'ok' %}\nyes\n{% else %}\nno\n{% endif %}\nz", "a\nyes\nz"),
        ("{{ Status|upper }} {{ Status.upper() }}", "OK OK"),
        ("{{ Betrag|float * 2 }}", "25.0"),
        ("{{ Status ~ '!' ~ Betrag }}", "ok!12.5"),
        ("{% for part in row['Vor Name'].split('n') %}{{ loop.index }}{{ part }};{% endfor %}", "1Ä;2;3e;"),
        ("{{ [Status, Betrag]|join(', ') }}", "ok, 12.5"),
        ("{{ Status[0] }}{{ Status[1:] }}", "ok"),
        ("{{ Status|replace('o', 'O')|truncate(10) }}", "Ok"),
        ("{% set word = Status ~ Status %}{{ word }}", "okok"),
        ("{% raw %}{{ Vor Name }}{% endraw %}", "{{ Vor Name }}"),
        ("{{ Status is defined }}", "True"),
        ("{% set Status = Status|upper %}{{ Status }}", "OK"),
        ("one\r\ntwo {{ Status }}\r", "one\ntwo ok"),
    ],
)
def test_placeholders_conditions_and_filters_are_filled_in(source: str, text: str) -> None:
    """What a person would write works, with the column's name however it is spelt."""
    assert text == rendered(source)


WORDS = ("range", "none", "True", "not", "self", "Order No", "Total", "Tax", "Total Tax", "Net-Sum", "A-B", "A", "B")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ range }} {{ none }} {{ True }} {{ not }} {{ self }}", "range none True not self".upper()),
        ("{{- range -}}{{ True|lower }}", "RANGEtrue"),
        ("{{ true }}", "TRUE"),
        ("{% for i in range(2) %}{{ i }}{% endfor %}{{ range }}", "01RANGE"),
        ("{{ false }}{% if True %}!{% endif %}", "False!"),
        ("{{ Order No }} {{ order-no }} {{- Order No }}", "ORDER NO ORDER NOORDER NO"),
        ("{{ Total Tax }} {{ total tax }} {{ Total_Tax }}", "TOTAL TAX TOTAL TAX TOTAL TAX"),
        ("{{ net-sum }} {{ Net - Sum }} {{ Net Sum }}", "NET-SUM NET-SUM NET-SUM"),
        ("{{ A-B }} {{ A }}", "A-B A"),
    ],
)
def test_columns_are_read_that_are_called_like_words_of_the_language(source: str, text: str) -> None:
    """A placeholder that is a column's name means the column; names with a hyphen are names still."""
    assert text == MessageTemplate(source, WORDS).render([name.upper() for name in WORDS])


@pytest.mark.parametrize("source", ["{{ Total - Tax }}", "{{ Total-Tax }}", "{{ total -tax|trim }}", "{{ A - B }}"])
def test_minus_between_columns_is_a_minus(source: str) -> None:
    """Though a column is called by both their names; what cannot be subtracted is told with what helps."""
    with pytest.raises(TemplateError, match="make a number of the cell first"):
        MessageTemplate(source, WORDS)

    assert "4.0" == MessageTemplate("{{ Total|float - Tax|float }}", WORDS).render(["7"] * 7 + ["3"] * 6)


@pytest.mark.parametrize("source", ["{{ -Order No }}", "{{ Order No - }}", "{{ Order - No }}", "{{ Order -- No }}"])
def test_minus_is_never_lost(source: str) -> None:
    """What is neither a column nor an expression over columns is refused before any row."""
    with pytest.raises(TemplateError):
        MessageTemplate(source, WORDS)


def test_cells_are_never_templates() -> None:
    """What a customer typed is text, also where it looks like a placeholder or a pattern."""
    cells = ("{{ Status }}", "{% if %}", "%s %(x)s", "{0.__class__}", "", "")

    for source in (
        "{{ Kunden-ID }}|{{ Vor Name }}|{{ Status }}|{{ Betrag }}",
        "{{ Kunden-ID }}|{{ Vor Name }}|{{ Status }}|{{ Betrag|trim }}",
    ):
        assert "{{ Status }}|{% if %}|%s %(x)s|{0.__class__}" == MessageTemplate(source, HEADER).render(cells)


@given(
    st.lists(st.tuples(st.text(alphabet="ab %{}s\n$", max_size=6), st.sampled_from(["x", "y"])), min_size=1, max_size=5)
)
def test_plain_templates_give_what_jinja_gives(parts: list[tuple[str, str]]) -> None:
    """Text and placeholders have the same result as in Jinja2 without our bounds."""
    source = "".join(text.replace("{", "").replace("}", "") + f"{{{{ {name} }}}}" for text, name in parts)
    cells = ("100 % {{ y }}", "zwei")

    template = MessageTemplate(source, ("x", "y"))

    assert template.is_plain
    expected = Environment(autoescape=False).from_string(source).render(x=cells[0], y=cells[1])  # noqa: S701 - text, not HTML
    assert expected == template.render(cells)


def test_cell_that_is_too_long_for_any_message_is_told_as_a_message_that_is() -> None:
    """A plain template gives what its cells hold; how long a message may be is said of the message."""
    template = MessageTemplate("Hello {{ x }}", ("x",))

    assert len("Hello ") + 200_000 == len(template.render(["a" * 200_000]))


def test_the_columns_that_a_template_needs_are_known_beforehand() -> None:
    """In sheet order, under the sheet's own names."""
    template = MessageTemplate("{% if status %}{{ row['vor name'] }}{% endif %}", HEADER)

    assert ("Vor Name", "Status") == tuple(HEADER[index] for index in template.columns)
    assert (1, 2) == template.columns


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ Missing }}", r"uses 'Missing', but the sheet has no such column.*Columns: 'Kunden-ID'"),
        ("{{ Statuss }}", r"Did you mean \{\{ Status \}\}"),
        ('{{ row["Vor Nahme"] }}', r'Did you mean \{\{ row\["Vor Name"\] \}\}'),
        ("{% if false %}{{ Missing }}{% endif %}", "Missing"),
        ("{{ missing|default('x') }}", "missing"),
        ("{{ Status", "mistake in line 1: unexpected end of template, expected '}}'."),
        ("one\n{{ Sta tus }}", "mistake in line 2"),
        ("{% if Status %}", "mistake in line 1"),
        ("{{ Status|shout }}", "No filter named 'shout'.*upper"),
        ("{{ Status is strange }}", "strange"),
        ("{{ row[Status] }}", "write the column as"),
        ("{% set row = 1 %}", "'row' is taken"),
        (" {# only a comment #}\n", "empty"),
    ],
)
def test_a_template_that_does_not_fit_is_refused_before_any_row(source: str, words: str) -> None:
    """With the line, the nearest column and those there are."""
    with pytest.raises(TemplateError, match=f"(?s){words}"):
        MessageTemplate(source, HEADER)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ Status|uper }}", "No filter named 'uper'. Did you mean 'upper'?"),
        ("{{ Status is numbr }}", "No test named 'numbr'. Did you mean 'number'?"),
        ("{{ Status.lenght }}", "a value has no part 'lenght'"),
        ("{% for each in [1, 2] %}{{ loop.counter }}{% endfor %}", "a loop has no part 'counter', only loop.first"),
        ("{{ Status|round }}", "the filter 'round' cannot be used here"),
        ("{{ Status|round }}", "{{ Amount|float|round }}"),
        ("{{ Status - 1 }}", "make a number of the cell first, as in {{ Amount|float }}"),
        ("{{ Status.split('k') }}", "a placeholder holds a list"),
        ("{{ '%s' % Status }}", "put texts together with ~"),
        ("{{ ('x' ~ Status)|truncate(2) }}", "the filter 'truncate' cannot be used here"),
    ],
)
def test_what_is_wrong_with_every_row_is_told_once_with_its_cure(source: str, words: str) -> None:
    """It stops the sheet, and is no problem of each of its rows."""
    with pytest.raises(TemplateError) as caught:
        MessageTemplate(source, HEADER)

    assert words in str(caught.value)


def test_a_row_that_does_not_fit_names_the_filter_and_the_cure() -> None:
    """The same template is right for other rows."""
    template = MessageTemplate("{{ Betrag|float }}", ("Betrag",))

    assert "12.5" == template.render(("12.5",))
    with pytest.raises(TemplateError, match=r"the filter 'float' needs a number, and '12,50' is not a number; mend"):
        template.render(("12,50",))


@pytest.mark.parametrize(
    "source",
    [
        "{{ Status.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ Status['__class__'] }}",
        "{{ Status|attr('__class__') }}",
        "{{ '{0.__class__}'.format(Status) }}",
        "{{ self }}",
        "{{ self.__init__ }}",
        "{{ lipsum() }}",
        "{{ cycler('a') }}",
        "{{ namespace() }}",
        "{{ Status.format_map(row) }}",
        "{{ (1).real }}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% from 'x' import y %}",
        "{% extends 'x' %}",
        "{% block x %}{% endblock %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% call Status() %}{% endcall %}",
        "{% filter upper %}x{% endfilter %}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% set ns.x = 1 %}",
        "{{ 'x' * 10**9 }}",
        "{{ 2 ** (10**9) }}",
        "{{ 10**30 * 10**30 * 10**30 * 10**30 }}",
        "{{ range(10**9)|join }}",
        "{{ range(10**9)|list }}",
        "{{ 'x'|center(10**9) }}",
        "{{ 'x'.ljust(10**9) }}",
        "{{ ('a' * 99999)|replace('a', 'bbbbbbbbbb') }}",
        "{{ 1.5|round(10**9, 'ceil') }}",
        "{% for a in range(4000) %}{% for b in range(4000) %}{% endfor %}{% endfor %}",
        "{% for a in range(4000) %}{{ 'x' * 99999 }}{% endfor %}",
        "{% set a = 'x' * 99999 %}{% set b = a ~ a %}{% set c = b ~ b %}",
        "{% set a = 'x' * 99999 %}{% set b = a + a %}",
        "{% set a = [1, 1] %}{% set a = [a, a] %}{{ a }}",
        "{% for a in [1] %}" * 4 + "{% endfor %}" * 4,
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{{ 1" + "+1" * 5000 + " }}",
        "{{ Status" + "|upper" * 2000 + " }}",
        "{% if Status %}" * 150 + "{% endif %}" * 150,
        "{{ 1" + "0" * 9000 + " }}",
        "x" * 60_000,
    ],
)
def test_what_could_escape_or_run_away_is_refused_before_any_row(source: str) -> None:
    """Attributes, calls, loading, endless loops, huge texts and numbers."""
    with pytest.raises(TemplateError):
        MessageTemplate(source, HEADER)


@pytest.mark.parametrize(
    "source",
    [
        "{{ Status|int }}",
        "{{ Betrag|replace('.', ',')|float }}",
        "{{ Status.split('-')[1] }}",
        "{{ 1 / (Betrag|float - 12.5) }}",
        "{{ Status * (Betrag|float) }}",
        "{% for a in range(Betrag|float * 1000) %}{% endfor %}",
    ],
)
def test_a_row_that_does_not_fit_the_template_fails_alone(source: str) -> None:
    """The template is accepted; the row is not, and says so in one line."""
    template = MessageTemplate(source, HEADER)

    with pytest.raises(TemplateError, match=r"^The template cannot be filled in with this row: .+\.$"):
        template.render((*CELLS[:2], "ok", "12.5", "", ""))


def test_a_number_that_is_none_is_never_printed_as_zero() -> None:
    """Jinja2's own int and float would say 0; here a fallback has to be asked for."""
    assert "7" == rendered("{{ Status|int(7) }}")


def test_default_stands_in_for_a_blank_cell() -> None:
    """A sheet's missing value is a blank cell."""
    assert "Kunde" == MessageTemplate("{{ Name|default('Kunde') }}", ["Name"]).render([" "])


def test_single_braces_around_a_column_are_noticed() -> None:
    """They are sent as written, which is rarely meant."""
    (warning,) = MessageTemplate("Dear {vor name}: {x}", HEADER).warnings

    assert "{vor name}" in warning
    assert [] == MessageTemplate("Dear {{ vor name }}: {x}", HEADER).warnings


def test_two_columns_that_a_placeholder_could_mean_are_a_question() -> None:
    """The exact name still finds its column."""
    header = ("Vor-Name", "vor_name")

    assert "b" == MessageTemplate("{{ vor_name }}", header).render(("a", "b"))
    with pytest.raises(TemplateError, match="could be any of 'Vor-Name' and 'vor_name'"):
        MessageTemplate("{{ VorName }}", header)


@given(st.text(max_size=40), st.text(max_size=10))
def test_any_template_renders_or_is_refused_as_a_template_error(source: str, cell: str) -> None:
    """No template text raises anything else."""
    try:
        text = MessageTemplate(source, ["name"]).render([cell])
    except TemplateError:
        return
    assert isinstance(text, str)


def test_templates_that_come_with_the_program_are_found_by_name() -> None:
    """With or without the ending, whoever reads; each says which columns it needs and uses no others."""
    assert len(template_names()) >= 3 * len(languages())
    for name in template_names():
        source = load_template(name)
        assert source == load_template(f"{name}.txt.j2")
        needed = source.partition(":")[2].partition("(")[0].partition("#}")[0]
        header = [column.strip() for column in needed.split(",")]
        assert set(header) == {header[index] for index in MessageTemplate(source, header).columns}


def test_a_reader_is_offered_templates_in_the_own_language(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And those of the user; where a language has none, the English ones."""
    offered = {}
    for language in languages():
        with reading_in(language):
            offered[language] = set(offered_names())
    monkeypatch.setattr(template_files, "templates_folder", lambda: tmp_path)
    (tmp_path / "plain.txt.j2").write_text("Hello")
    with reading_in("de"):
        without = offered_names()

    assert {"follow_up", "payment_reminder", "status_update"} == offered["en"]
    assert {"Nachfrage", "Statusmeldung", "Zahlungserinnerung"} == offered["de"]
    assert [3] * len(offered) == [len(names) for names in offered.values()]
    assert len(set().union(*offered.values())) == 3 * len(offered)
    assert ("plain",) == without


def test_a_template_that_came_along_says_days_and_amounts_in_its_own_language() -> None:
    """Whoever reads: its text is in one language."""
    source = load_template("Zahlungserinnerung")
    template = MessageTemplate(source, ("Name", "Auftrag", "Betrag", "Fällig"))

    told = template.render(("Anna", "17", "1234.5", "2026-12-01"))

    assert "Die Zahlung für Auftrag 17 von Anna ist am 01.12.2026 fällig." in told
    assert "Offener Betrag: 1.234,50\xa0€" in told


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_template_file_is_read_from_its_path(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with or without a byte order mark, and what Windows calls Unicode."""
    path = tmp_path / "mine.txt"
    path.write_bytes("Grüße, {{ Name }}".encode(encoding))

    assert "Grüße, {{ Name }}" == load_template(str(path))


def test_a_template_that_is_not_there_lists_those_that_are(tmp_path: Path) -> None:
    """Nothing is opened but plain files."""
    for name in ("status_updat", str(tmp_path), "../templates/x", "", "\0", "x" * 5000):
        with pytest.raises(TemplateError, match="status_update"):
            load_template(name)


def test_a_template_in_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    """A wrong guess would be sent to everybody."""
    path = tmp_path / "latin.txt.j2"
    path.write_bytes("Hello\nGrüße".encode("cp1252"))

    with pytest.raises(TemplateError, match=r"not UTF-8 text \(line 2\)"):
        load_template(str(path))
