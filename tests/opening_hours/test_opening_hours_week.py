"""Hours, days and holidays as a person writes them, asked of a clock on the wall."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.errors import SettingsError
from hotline_batch.opening_hours.holidays import Holidays
from hotline_batch.opening_hours.week import ALWAYS, Hours, Week

BERLIN = ZoneInfo("Europe/Berlin")
# With half an hour of summer time, none at all, the other way round, and one that changes at midnight.
ZONES = [BERLIN, *map(ZoneInfo, ("Australia/Lord_Howe", "UTC", "America/St_Johns", "Africa/Cairo"))]
MINUTE = 60.0


def moment(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def shown(seconds: float, zone: ZoneInfo = BERLIN) -> str:
    return datetime.fromtimestamp(seconds, zone).strftime("%a %d %b %H:%M %Z")


def hours(between: str | None = None, days: str | None = None, holidays: str | None = None) -> Hours:
    return Hours(((Week.parse(between, days, holidays), BERLIN),))


def stretches(found: Hours, since: str, until: str) -> list[tuple[str, str]]:
    last = moment(until)
    told = takewhile(lambda each: each[0] < last, found.stretches(moment(since)))
    return [(shown(begin), shown(end)) for begin, end in told]


def test_a_run_before_the_weekend_and_a_holiday_goes_on_after_both() -> None:
    """Christmas Day 2026 is a Friday."""
    found = hours("09:00-18:00", "mon-fri", "DE")

    assert "Thu 24 Dec 17:55 CET" == shown(found.next_open(moment("2026-12-24 17:55")))
    assert "Thu 24 Dec 18:00 CET" == shown(found.closes_at(moment("2026-12-24 17:55")))
    assert "Mon 28 Dec 09:00 CET" == shown(found.next_open(moment("2026-12-24 18:00")))
    assert "Mon 28 Dec 09:07 CET" == shown(found.add_working_time(moment("2026-12-24 17:55"), 12 * MINUTE))


def test_holidays_of_a_region_are_its_own() -> None:
    """Epiphany 2027 is a Wednesday, and one in Bavaria alone."""
    assert "Thu 07 Jan 00:00 CET" == shown(hours(holidays="DE-BY").next_open(moment("2027-01-06 12:00")))
    assert "Wed 06 Jan 12:00 CET" == shown(hours(holidays="de").next_open(moment("2027-01-06 12:00")))


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    """Friday's goes on into Saturday; Sunday's does not exist."""
    found = hours("22:00-06:00", "fri")

    assert [("Fri 27 Nov 22:00 CET", "Sat 28 Nov 06:00 CET")] == stretches(
        found, "2026-11-22 00:00", "2026-11-29 23:00"
    )


def test_on_a_holiday_no_night_begins() -> None:
    """The one before it ends as usual."""
    told = stretches(hours("22:00-06:00", holidays="DE"), "2026-12-31 12:00", "2027-01-03 12:00")

    assert [
        ("Thu 31 Dec 22:00 CET", "Fri 01 Jan 06:00 CET"),
        ("Sat 02 Jan 22:00 CET", "Sun 03 Jan 06:00 CET"),
    ] == told


def test_a_break_at_noon() -> None:
    """Several windows a day, in whatever order they were written."""
    told = stretches(hours("13:00-18:00, 9-12", "mon"), "2026-11-30 00:00", "2026-12-01 00:00")

    assert [("Mon 30 Nov 09:00 CET", "Mon 30 Nov 12:00 CET"), ("Mon 30 Nov 13:00 CET", "Mon 30 Nov 18:00 CET")] == told


def test_windows_that_overlap_are_one() -> None:
    told = stretches(hours("22:00-06:00,05:00-08:00"), "2026-11-23 12:00", "2026-11-24 12:00")

    assert [("Mon 23 Nov 22:00 CET", "Tue 24 Nov 08:00 CET")] == told


@pytest.mark.parametrize(
    ("between", "since", "told"),
    [
        ("22:00-06:00", "2026-03-28 12:00", [("Sat 28 Mar 22:00 CET", "Sun 29 Mar 06:00 CEST")]),
        ("02:15-02:45", "2026-03-29 00:30", []),
        ("02:30-05:00", "2026-03-29 00:30", [("Sun 29 Mar 03:00 CEST", "Sun 29 Mar 05:00 CEST")]),
        ("01:00-02:30", "2026-03-29 00:30", [("Sun 29 Mar 01:00 CET", "Sun 29 Mar 03:00 CEST")]),
    ],
)
def test_an_hour_that_is_skipped_is_not_there(between: str, since: str, told: list[tuple[str, str]]) -> None:
    """Clocks jump from two to three; the night is seven hours long."""
    assert told == stretches(hours(between), since, "2026-03-29 21:00")


@pytest.mark.parametrize(
    ("between", "since", "told"),
    [
        ("22:00-06:00", "2026-10-24 12:00", [("Sat 24 Oct 22:00 CEST", "Sun 25 Oct 06:00 CET")]),
        (
            "02:15-02:45",
            "2026-10-25 00:30",
            [("Sun 25 Oct 02:15 CEST", "Sun 25 Oct 02:45 CEST"), ("Sun 25 Oct 02:15 CET", "Sun 25 Oct 02:45 CET")],
        ),
        (
            "01:00-02:30",
            "2026-10-25 00:30",
            [("Sun 25 Oct 01:00 CEST", "Sun 25 Oct 02:30 CEST"), ("Sun 25 Oct 02:00 CET", "Sun 25 Oct 02:30 CET")],
        ),
        ("01:00-04:00", "2026-10-25 00:30", [("Sun 25 Oct 01:00 CEST", "Sun 25 Oct 04:00 CET")]),
    ],
)
def test_an_hour_that_comes_twice_counts_twice(between: str, since: str, told: list[tuple[str, str]]) -> None:
    """Clocks go back from three to two; whenever they show a time of the window, it is open."""
    assert told == stretches(hours(between), since, "2026-10-25 21:00")


def test_nine_hours_of_work_take_as_long_on_the_night_of_the_change() -> None:
    """From ten in the evening: nine hours, whatever the clock says."""
    found = hours("22:00-06:00")

    assert "Sun 25 Oct 06:00 CET" == shown(found.add_working_time(moment("2026-10-24 22:00"), 9 * 3_600))
    assert "Sun 29 Mar 23:00 CEST" == shown(found.add_working_time(moment("2026-03-28 22:00"), 8 * 3_600))


@given(
    zone=st.sampled_from(ZONES),
    begin=st.integers(0, 1_439),
    length=st.integers(1, 1_440),
    days=st.sets(st.integers(0, 6), min_size=1),
    since=st.integers(29_000_000, 30_500_000),
)
def test_open_is_what_the_clock_on_the_wall_says(
    zone: ZoneInfo, begin: int, length: int, days: set[int], since: int
) -> None:
    """At any minute of two days, in any zone, and on the nights when clocks are changed."""
    end = (begin + length) % 1_440 or 1_440
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    text = f"{begin // 60:02d}:{begin % 60:02d}-{end // 60:02d}:{end % 60:02d}"
    week = Week.parse("00:00-24:00" if length == 1_440 else text, ",".join(names[day] for day in days), None)
    begin, length = (0, 1_440) if length == 1_440 else (begin, length)
    start = since * MINUTE
    open_times = list(takewhile(lambda each: each[0] < start + 172_800, week.stretches(start, zone)))

    for minute in range(0, 1_600, 7):
        wall = datetime.fromtimestamp(start + minute * MINUTE, zone)
        of_day = wall.hour * 60 + wall.minute
        today = begin <= of_day < begin + length and wall.weekday() in days
        yesterday = of_day + 1_440 < begin + length and (wall.weekday() - 1) % 7 in days
        is_open = any(opens <= wall.timestamp() < closes for opens, closes in open_times)
        assert (today or yesterday) == is_open, wall

    for (_, before), (after, _) in pairwise(open_times):
        assert before < after


@given(
    windows=st.sampled_from([("09:00-18:00", "12:00-20:00"), ("22:00-06:00", "05:00-23:00"), (None, "00:00-08:00")]),
    days=st.sampled_from([("mon-fri", "wed-sun"), (None, "sat"), ("mon,thu", None)]),
    since=st.floats(1_780_000_000, 1_830_000_000),
    seconds=st.floats(0, 200_000),
)
def test_the_stricter_of_two_counts(
    windows: tuple[str | None, str], days: tuple[str | None, str | None], since: float, seconds: float
) -> None:
    """It opens when both are open, and work takes as long as both allow."""
    one, other = (Hours(((Week.parse(windows[at], days[at], None), BERLIN),)) for at in (0, 1))
    both = Hours((*one.weeks, *other.weeks))

    opens = both.next_open(since)
    ends = both.add_working_time(since, seconds)

    assert opens == one.next_open(opens) == other.next_open(opens)
    assert both.closes_at(opens) == min(one.closes_at(opens), other.closes_at(opens))
    worked = sum(
        max(0.0, min(end, ends) - max(begin, since))
        for begin, end in takewhile(lambda each: each[0] < ends, both.stretches(since))
    )
    assert abs(worked - seconds) < 0.01


def test_what_can_never_be_open_says_so() -> None:
    found = Hours(((Week.parse(None, "sat", None), BERLIN), (Week.parse(None, "mon-fri", None), BERLIN)))

    assert float("inf") == found.next_open(moment("2026-11-26 12:00"))
    assert float("inf") == found.add_working_time(moment("2026-11-26 12:00"), 1.0)


def test_without_hours_nothing_waits() -> None:
    assert ALWAYS.is_always
    assert hours("00:00-24:00", "mon-sun", "none").is_always
    assert 5.0 == ALWAYS.next_open(5.0)
    assert 7.0 == ALWAYS.add_working_time(5.0, 2.0)


def test_not_before_a_moment() -> None:
    """However long it has been open by then."""
    week = hours("09:00-18:00").weeks
    found = Hours(week, moment("2026-11-27 10:00"))

    assert "Fri 27 Nov 10:00 CET" == shown(found.next_open(moment("2026-11-26 12:00")))
    assert "Fri 27 Nov 10:30 CET" == shown(found.add_working_time(moment("2026-11-26 12:00"), 30 * MINUTE))
    assert "Sat 28 Nov 09:00 CET" == shown(found.next_open(moment("2026-11-27 18:00")))


def test_the_zone_of_this_machine_is_used_where_none_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        found = Hours(((Week.parse("02:15-02:45", None, None), None),))
        told = list(
            takewhile(lambda each: each[0] < moment("2026-10-26 00:00"), found.stretches(moment("2026-10-25 00:30")))
        )
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()

    assert [("Sun 25 Oct 02:15 CEST", "Sun 25 Oct 02:45 CEST"), ("Sun 25 Oct 02:15 CET", "Sun 25 Oct 02:45 CET")] == [
        (shown(begin), shown(end)) for begin, end in told
    ]


@pytest.mark.parametrize(
    ("between", "days", "holidays", "said"),
    [
        ("9", None, None, "between: '9' are no hours"),
        ("09:00-25:00", None, None, "between: '09:00-25:00' are no hours"),
        ("09:60-10:00", None, None, "are no hours"),
        ("9-18,", None, None, "are no hours"),
        ("09:00-09:00", None, None, "begins when it ends"),
        (None, "monday-fryday", None, "days: 'monday-fryday' are no days"),
        (None, "mon,", None, "are no days"),
        (None, "m", None, "are no days"),
        (None, None, "Germany!", "holidays: 'Germany!' is no country"),
    ],
)
def test_what_cannot_be_read_is_told_with_an_example(
    between: str | None, days: str | None, holidays: str | None, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        Week.parse(between, days, holidays)


@pytest.mark.parametrize(
    ("between", "days", "holidays", "told"),
    [
        ("9-18", "Monday - Friday", "de-by", "09:00-18:00 mon-fri without holidays of DE-BY"),
        ("22:00 – 6:00", "fri-mon", None, "22:00-06:00 mon,fri-sun"),
        ("0-24", "mon,wed,sat", "none", "00:00-24:00 mon,wed,sat"),
        (None, None, None, ""),
    ],
)
def test_hours_are_told_as_one_would_write_them(
    between: str | None, days: str | None, holidays: str | None, told: str
) -> None:
    assert told == str(Week.parse(between, days, holidays))


def test_what_is_said_goes_before_what_is_usual() -> None:
    """Field by field; none takes the holidays back."""
    usual = Week.parse("09:00-18:00", "mon-fri", "DE")

    assert "09:00-18:00 sat without holidays of DE" == str(Week.parse(None, "sat", None).over(usual))
    assert "09:00-18:00 mon-fri" == str(Week.parse(None, None, "none").over(usual))


def test_holidays_that_nobody_knows_are_refused_when_they_are_needed() -> None:
    with pytest.raises(SettingsError, match=r"holidays of DE-XX are not known. Known regions: BB, BE, BW"):
        Week.parse(None, None, "DE-XX").check()
    with pytest.raises(SettingsError, match=r"holidays of XX are not known\.$"):
        Holidays.parse("xx").check()
    Holidays.parse("DE-Bayern").check()


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)

    with pytest.raises(SettingsError, match=r"needs an extra: install hotline-batch\[holidays\]"):
        Holidays("AT", "9").check()


def test_many_threads_that_ask_for_a_new_year_at_once_all_hear_of_its_holidays() -> None:
    days = [date(year, 12, 25) for year in range(1990, 2020) for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda day: day in Holidays("SE"), days))

    assert all(found)
