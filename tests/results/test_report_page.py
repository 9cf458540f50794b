"""The report as a page: self-contained, safe whatever strangers wrote, with the figures of the run."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

from result_examples import ENRICH_RUN, SEND_RUN, ended, enriched, sent

from hotline_batch.issues.words import RECORDS
from hotline_batch.ledger.row_pages import AttemptFigures
from hotline_batch.model.jobs import JobState
from hotline_batch.model.runs import EarlierAnswer, RowRecord, Run, RunState
from hotline_batch.results.report.dialogs import dialogs_of
from hotline_batch.results.report.page import report_page
from hotline_batch.results.report.run_section import RunFigures
from hotline_batch.results.report.speed import speed_of
from hotline_batch.results.report.tasks import NeedyRows
from hotline_batch.results.rows.result_row import result_rows
from hotline_batch.results.summary import summarise

EVIL = '<script src="https://evil.example/x.js"></script><img src=x onerror=alert(1)>{{ 7*7 }}'
MADE_AT = 1_795_400_000.0


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses |= {value or "" for name, value in attrs if name in {"href", "src", "xlink:href", "data"}}

    def handle_data(self, data: str) -> None:
        self.text += data


def figures(run: Run, records: list[RowRecord]) -> RunFigures:
    attempts = [AttemptFigures(at, 1, MADE_AT + at, 0.25, "") for at in range(3)]
    run = replace(run, rows=len(records))
    needy = NeedyRows.of(run)
    dialogs = dialogs_of(needy.noting(result_rows(run, records)))
    shown = dialogs if run.kind.value == "enrich" else None
    return RunFigures(run, summarise(run, records, "2/s"), speed_of([attempts]), shown, needy)


def test_a_page_runs_nothing_and_fetches_nothing():
    """No script, image, font or frame; the only addresses are links to topics and places in the page."""
    records = [
        enriched(2, {"topic_status": "user_answered", "topic_title": EVIL, "user_lang": EVIL, "instance_name": EVIL}),
        enriched(3, {"topic_status": EVIL}),
        ended(4, JobState.FAILED, EVIL, EVIL)._replace(request=None),
    ]
    first = figures(ENRICH_RUN, records)
    second = figures(replace(ENRICH_RUN, id="20261129-180412-aaaa", sheet_path=EVIL, owner=EVIL), records)

    page = _Page(report_page([first, second], MADE_AT))
    raw = report_page([first, second], MADE_AT)

    assert not page.tags & {"script", "img", "link", "iframe", "object", "embed", "foreignobject", "image", "base"}
    assert {"https://t.me/c", "#run"} == {re.sub(r"/\d+/\d+$|-[\w-]+$", "", address) for address in page.addresses}
    assert "onerror" not in re.sub(r"<style.*?</style>", "", raw).replace("&lt;img src=x onerror", "")
    assert not re.search(r"@import|url\(|pygal\.org|kozea|w3\.org", raw, re.IGNORECASE)
    assert "{{ 7*7 }}" in page.text


def test_a_page_says_what_the_summary_says():
    """Counts by status and code, the row numbers, and what to do next."""
    records = [sent(2), ended(3, JobState.FAILED, "api_refused", "no"), ended(4, JobState.UNKNOWN, "reply_lost")]

    page = _Page(report_page([figures(SEND_RUN, records)], MADE_AT))

    text = re.sub(r"\s+", " ", page.text)
    counts = re.findall(r"(sent|failed|unknown) ?1 ?33\.3% ?([A-Z][^.]+\.)", text)
    assert counts == [
        ("sent", "Hotline confirmed the message."),
        ("failed", "Certainly not delivered."),
        ("unknown", "May have arrived; never sent again by itself."),
    ], text
    assert f"settle the unknown rows: resolve {SEND_RUN.id} (delivered, not delivered, or to be sent again)" in text
    assert "api_refused13" in text.replace(" ", "")


def test_no_code_is_cut():
    """Codes are looked up with 'explain': each stands there as a whole, with its count and its row."""
    codes = sorted(RECORDS)
    records = [ended(number, JobState.FAILED, code) for number, code in enumerate(codes, 2)]

    page = report_page([figures(SEND_RUN, records)], MADE_AT)

    told = re.findall(r'<td><code>([^<]+)</code></td><td class="number"[^>]*>(\d+)</td><td[^>]*>(\d+)</td>', page)
    assert [(code, "1", str(number)) for number, code in enumerate(codes, 2)] == sorted(told)


def test_verdict_stands_first_and_tasks_second():
    """What became of it, then what to do, with names and links, then the figures."""
    link = "https://t.me/c/2101424779/5343"
    run = replace(SEND_RUN, header=("Kunden-ID", "Name"), columns={"user_id": "Kunden-ID"})
    records = [
        sent(2, "1001", "Ann Lee"),
        ended(3, JobState.FAILED, "api_refused", "user not found", cells=("1002", "Jürgen Müller")),
        ended(4, JobState.UNKNOWN, "reply_lost", "no answer", cells=("1003", "José Núñez"))._replace(topic_link=link),
        ended(5, JobState.SKIPPED, "duplicate_in_sheet", "as row 2", cells=("1001", "Ann Lee")),
    ]

    raw = report_page([figures(run, records)], MADE_AT)

    page = re.sub(r"\s+", " ", _Page(raw).text)
    order = ["1 of 3 delivered, 2 need a look", "What to do next", "Outcome by status", "How it went"]
    assert order == sorted(order, key=page.index)
    assert re.search(r"Say of 1 message whether it arrived .* 4 ?José Núñez 1003 ?t\.me/c/2101424779/5343", page)
    assert re.search(r"Try 1 row again .* 3 ?Jürgen Müller 1002 ?user not found", page)
    assert f'<a href="{link}" rel="noreferrer">' in raw


def test_a_row_left_out_on_purpose_is_no_problem():
    """It is not among what needs a look, and its reason says that there is nothing to do."""
    records = [sent(2), ended(3, JobState.SKIPPED, "duplicate_in_sheet", "as row 2")]

    page = re.sub(r"\s+", " ", _Page(report_page([figures(SEND_RUN, records)], MADE_AT)).text)

    assert "The message was delivered" in page
    assert "What to do next" not in page
    assert page.index("Nothing to do about") < page.index("duplicate_in_sheet")


def test_only_the_first_rows_of_a_task_are_shown():
    """The page stays a page; the rest is in the result sheet."""
    records = [ended(number, JobState.FAILED, "api_refused", "no") for number in range(2, 102)]

    page = re.sub(r"\s+", " ", _Page(report_page([figures(SEND_RUN, records)], MADE_AT)).text)

    assert "Try 100 rows again" in page
    assert "The first 20 of 100. The result sheet has all of them, on its worksheet Problems." in page


def test_guides_of_few_counts_are_whole_numbers():
    """Not 0, 0, 1, 2, 2 for halves that were rounded."""
    page = report_page([figures(SEND_RUN, [sent(2)])], MADE_AT)

    chart = re.search(r'aria-label="Requests in every.*?</svg>', page)
    assert chart
    assert ["0", "1", "2", "3", "4"] == re.findall(r'text-anchor="end">([^<]+)</text>', chart[0])


def test_outcome_is_a_sentence_of_its_own():
    """Not a half behind another half."""
    records = [sent(2), ended(3, JobState.FAILED, "api_refused", "no")]

    page = _Page(report_page([figures(SEND_RUN, records)], MADE_AT))

    assert re.search(r"to [\d-]+ [\d:]+\. Finished; some rows failed or cannot be used\.", page.text), page.text


def test_folder_of_the_sheet_stays_at_home():
    """The report is handed on; the name of the sheet says enough."""
    for path in ("/home/olga/Kunden/November.xlsx", r"C:\Users\Olga\November.xlsx"):
        text = _Page(report_page([figures(replace(SEND_RUN, sheet_path=path), [sent(2)])], MADE_AT)).text
        assert "November.xlsx; by olga@desk-7" in text
        assert "lga/" not in text
        assert "Users" not in text


def test_several_runs_stand_in_the_order_of_time():
    """The trend reads from left to right, whatever order the runs were named in."""
    newer = replace(ENRICH_RUN, id="20261129-180412-aaaa", created_at=ENRICH_RUN.created_at + 604_800)
    records = [enriched(2, {"topic_status": "closed"})]

    page = report_page([figures(newer, records), figures(ENRICH_RUN, records)], MADE_AT)

    assert page.index(f'id="run-{ENRICH_RUN.id}"') < page.index(f'id="run-{newer.id}"')
    assert "Over time" in page


def test_a_run_without_rows_has_a_page():
    """Nothing to draw is no reason to fail."""
    run = replace(ENRICH_RUN, rows=0)

    page = report_page([RunFigures(run, summarise(run, [], "2/s"), None, dialogs_of([]), NeedyRows.of(run))], MADE_AT)

    assert "No request was made." in page


def test_every_line_of_a_trend_has_its_name_and_its_colour():
    """Five statuses, two of which nobody knows yet: none is lost from the legend, and no two look the same."""
    statuses = ["user_answered", "support_answered", "closed", "snoozed", "brand_new"]
    records = [enriched(number, {"topic_status": status}) for number, status in enumerate(statuses, 2)]
    newer = replace(ENRICH_RUN, id="20261129-180412-aaaa", created_at=ENRICH_RUN.created_at + 604_800)

    page = report_page([figures(ENRICH_RUN, records), figures(newer, records)], MADE_AT)

    card = page[page.index("<h3>Dialogs by status</h3>") :]
    legend = re.findall(r'fill="(#\w+)"/></svg>([^<]+)</li>', card[: card.index("</div>")])
    assert statuses == [word for _, word in legend]
    assert 5 == len({colour for colour, _ in legend})


def test_dialogs_that_wait_come_first_and_once():
    """Right under the key figures; with several runs, only those of the newest look."""
    waits = {"topic_status": "user_answered", "topic_title": "Somebody", "topic_last_date": "2026-11-20 10:00:00"}
    newer = replace(ENRICH_RUN, id="20261129-180412-aaaa", created_at=ENRICH_RUN.created_at + 604_800)

    one = report_page([figures(ENRICH_RUN, [enriched(2, waits)])], MADE_AT)
    two = report_page([figures(newer, [enriched(2, waits)]), figures(ENRICH_RUN, [enriched(2, waits)])], MADE_AT)

    for page in (one, two):
        assert 1 == page.count("<h3>Dialogs that wait for our answer</h3>")
        start = page.index("<h3>Dialogs that wait for our answer</h3>")
        assert page.rindex('class="figures"', 0, start) < start < page.index("<h3>Outcome by status</h3>", start)
    assert two.index(f'id="run-{newer.id}"') < two.index("<h3>Dialogs that wait for our answer</h3>")


def test_headings_do_not_repeat_each_other():
    """One run: the heading is the verdict, above it stands what was done and which run that was, each once."""
    page = report_page([figures(SEND_RUN, [sent(2)])], MADE_AT).partition("<body>")[2]

    headings = [re.sub("<[^>]+>", "", text) for text in re.findall(r"<h[12][^>]*>(.+?)</h[12]>", page)]
    assert ["The message was delivered", "What became of the rows", "How it went"] == headings
    assert 1 == page.count(f"Messages sent, 2026-11-22 18:04 · Run {SEND_RUN.id}")


def test_changed_dialogs_are_a_key_figure():
    """How many dialogs moved since the look-up before is what the weekly look is for."""
    record = enriched(2, {"topic_status": "closed"})
    changed = record._replace(number=3, earlier=EarlierAnswer({"topic_status": "user_answered"}, 1.0, "earlier"))

    page = report_page([figures(ENRICH_RUN, [record, changed])], MADE_AT)

    assert "<b>1</b><span>dialog changed since the look-up before</span>" in page
    assert "changed since" not in report_page([figures(SEND_RUN, [sent(2)])], MADE_AT)


def test_request_that_was_asked_to_slow_down_is_no_row_that_failed():
    """Its row went well at the next request: the page says nothing of used-up attempts, and counts in the singular."""
    run = replace(SEND_RUN, rows=1)
    attempts = [AttemptFigures(0, 1, MADE_AT, 0.1, "rate_limited"), AttemptFigures(0, 2, MADE_AT + 30, 0.1, "")]
    summary = summarise(run, [sent(2)], "18/min")

    text = _text(RunFigures(run, summary, speed_of([attempts]), None, NeedyRows.of(run)))

    assert "rate_limited" in text
    assert "The service asked to slow down." in text
    assert "attempts were used up" not in text
    assert "1row took more than one" in text


def test_run_that_goes_on_is_not_called_stopped():
    """Its rows that are still to come need nobody, nothing is to be gone on with, and its time is not over."""
    rows = [sent(2), ended(3, JobState.PENDING), ended(4, JobState.PENDING)]

    under_way, waiting, stopped = (
        _text(figures(replace(SEND_RUN, state=state), rows))
        for state in (RunState.RUNNING, RunState.PLANNED, RunState.STOPPED)
    )

    assert "Under way when this was written." in under_way
    assert "Not started yet." in waiting
    assert "Stopped early" not in under_way + waiting
    assert "Stopped early; 'resume' goes on." in stopped
    assert "0rows need a person" in under_way
    assert "2rows need a person" in stopped
    assert "2 rows still to go" in under_way
    assert "resume" not in under_way
    assert "time spent" not in under_way
    assert "time spent" in stopped


def test_name_that_is_written_backwards_turns_nothing_around():
    """What stands behind it, such as the user's id, is read as it is."""
    run = replace(SEND_RUN, header=("Kunden-ID", "name"))
    failed = ended(2, JobState.FAILED, "api_refused", cells=["987654321", "\u202eanna"])

    page = report_page([figures(run, [failed])], MADE_AT)

    assert '<bdi class="name">\u202eanna</bdi> <span class="soft">987654321</span>' in page


def _text(shown: RunFigures) -> str:
    return re.sub(r"\s+", " ", _Page(report_page([shown], MADE_AT)).text)
