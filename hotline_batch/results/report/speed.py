"""Attempts of a run -> how fast it went, how long answers took, and what had to be tried again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

import pandas as pd

from hotline_batch.ledger.row_pages import AttemptFigures

_MOST_BINS = 48
# Widths that people read easily, in seconds.
_BIN_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
_LONGEST_PAUSE_DRAWN_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a run. ``begins_at`` is seconds of activity since its start; latencies are seconds."""

    begins_at: float
    well: int
    not_well: int
    median: float | None
    slowest_twentieth: float | None


@dataclass(frozen=True, slots=True)
class Speed:
    """What the requests of a run tell. Durations are seconds; ``codes`` counts requests that did not end well.

    ``pauses_cut`` are pauses, of a stopped run for example, that ``moments`` leaves out.
    """

    requests: int
    repeated: int
    rows_repeated: int
    most_tries: int
    median: float
    slowest_twentieth: float
    slowest: float
    longest_gap: float
    codes: Sequence[tuple[str, int]]
    bin_seconds: int
    moments: Sequence[Moment]
    pauses_cut: int


def speed_of(pages: Iterable[Sequence[AttemptFigures]]) -> Speed | None:
    """The figures; None where no request was made."""
    parts = [_frame(page) for page in pages]
    if not parts:
        return None
    codes = sorted({code for part in parts for code in part["error_code"].cat.categories})
    for part in parts:
        part["error_code"] = part["error_code"].cat.set_categories(codes)
    attempts = pd.concat(parts, ignore_index=True).sort_values("started_at", kind="stable", ignore_index=True)
    tries = attempts.groupby("position", sort=False)["number"].size()
    gaps = attempts["started_at"].diff().fillna(0.0)
    pauses = gaps.where(gaps > _LONGEST_PAUSE_DRAWN_SECONDS, 0.0)
    active_at = attempts["started_at"] - attempts["started_at"].iloc[0] - pauses.cumsum()
    duration = attempts["duration_seconds"]
    bin_seconds = _bin_seconds(float(active_at.iloc[-1]))
    counts = attempts.loc[attempts["error_code"] != "", "error_code"].value_counts()
    return Speed(
        requests=len(attempts),
        repeated=int(len(attempts) - len(tries)),
        rows_repeated=int((tries > 1).sum()),
        most_tries=int(tries.max()),
        median=float(duration.median()),
        slowest_twentieth=_slowest_twentieth(duration),
        slowest=float(duration.max()),
        longest_gap=float(gaps.max()),
        codes=[(str(code), int(count)) for code, count in counts.items() if count],
        bin_seconds=bin_seconds,
        moments=_moments(attempts, active_at, bin_seconds),
        pauses_cut=int((pauses > 0).sum()),
    )


def _frame(page: Sequence[AttemptFigures]) -> pd.DataFrame:
    frame = pd.DataFrame(page, columns=list(AttemptFigures._fields))
    return frame.astype({"position": "int32", "number": "int32", "error_code": "category"})


def _bin_seconds(seconds: float) -> int:
    return next((width for width in _BIN_SECONDS if seconds < width * _MOST_BINS), int(seconds / _MOST_BINS) + 1)


def _moments(attempts: pd.DataFrame, active_at: pd.Series[float], bin_seconds: int) -> list[Moment]:
    place = (active_at // bin_seconds).astype("int64").rename("place")
    figures = (
        attempts.assign(is_well=attempts["error_code"] == "")
        .groupby(place)
        .agg(
            well=("is_well", "sum"),
            all=("is_well", "size"),
            median=("duration_seconds", "median"),
            slowest=("duration_seconds", _slowest_twentieth),
        )
        .reindex(range(int(place.iloc[-1]) + 1))
        .fillna({"well": 0, "all": 0})
    )
    return [
        Moment(float(at * bin_seconds), int(well), int(every - well), _or_none(median), _or_none(slowest))
        for at, well, every, median, slowest in figures.itertuples()
    ]


def _slowest_twentieth(durations: pd.Series[float]) -> float:
    return float(durations.quantile(0.95))


def _or_none(value: float) -> float | None:
    return None if isnan(value) else float(value)
