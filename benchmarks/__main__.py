"""``python -m benchmarks``: measure everything side by side, print the table, write the figures to a file."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

from benchmarks import history, job, lanes, memory, pace, page, planning, sheets, starting, takeover
from benchmarks.measure import Circumstances, Figure, LeftOut, Line, Size

PARTS: Mapping[str, Callable[[Circumstances], Iterator[Line]]] = MappingProxyType(
    {
        "start": starting.figures,
        "job": job.figures,
        "pace": pace.figures,
        "lanes": lanes.figures,
        "takeover": takeover.figures,
        "sheets": sheets.figures,
        "planning": planning.figures,
        "memory": memory.figures,
        "history": history.figures,
        "page": page.figures,
    }
)
_ROUNDS = {Size.TINY: 1, Size.QUICK: 3, Size.FULL: 5}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; 0 where every goal that was measured is reached, 1 otherwise."""
    asked = _parser().parse_args(arguments)
    size = Size.QUICK if asked.quick else Size.FULL
    # An installed program finds its modules compiled, as its peers do theirs.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        client, server = _two_cpus()
        around = Circumstances(Path(folder), size, asked.rounds or _ROUNDS[size], client, server)
        print(_pinning(around))
        lines = list(measure(asked.only or list(PARTS), around))
    figures = [line for line in lines if isinstance(line, Figure)]
    left_out = [line for line in lines if isinstance(line, LeftOut)]
    print(table(figures))
    for line in left_out:
        print(f"left out: {line.what}: {line.why}")
    _write(Path(asked.out), around, figures, left_out)
    missed = [figure for figure in figures if figure.is_reached is False]
    measured = sum(figure.limit is not None for figure in figures)
    print(f"{measured - len(missed)} of {measured} limits reached; the figures are in {asked.out}")
    return 1 if missed else 0


def measure(parts: Sequence[str], around: Circumstances) -> Iterator[Line]:
    """The lines of these parts, each part told as it begins; nothing is measured at the same time as anything else."""
    for name in parts:
        started = time.monotonic()
        print(f"measuring: {name} …", end="", file=sys.stderr, flush=True)
        yield from PARTS[name](around)
        print(f" {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of text, those with a goal first."""
    ordered = sorted(figures, key=lambda figure: int(figure.goal or 99))
    width = max((len(figure.what) for figure in ordered), default=0)
    lines = [f"{'goal':>4}  {'what':<{width}}  {'value':>8}  {'limit':>8}  reached"]
    for figure in ordered:
        sign = ">=" if figure.higher_is_better else "<="
        limit = "" if figure.limit is None else f"{sign} {figure.limit:g}"
        reached = {None: "", True: "yes", False: "NO"}[figure.is_reached]
        line = (
            f"{figure.goal:>4}  {figure.what:<{width}}  {figure.value:>8.3f}  {limit:>8}  {reached:<7}  {figure.note}"
        )
        lines.append(line.rstrip())
    return "\n".join(lines)


def as_json(around: Circumstances, figures: Sequence[Figure], left_out: Sequence[LeftOut]) -> dict[str, object]:
    """Everything that was measured, and where."""
    return {
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "pinning": _pinning(around),
        "size": around.size.name.lower(),
        "rounds": around.rounds,
        "figures": [{**asdict(figure), "is_reached": figure.is_reached} for figure in figures],
        "left_out": [asdict(line) for line in left_out],
    }


def _write(path: Path, around: Circumstances, figures: Sequence[Figure], left_out: Sequence[LeftOut]) -> None:
    path.write_text(json.dumps(as_json(around, figures, left_out), indent=2) + "\n", "utf-8")


def _two_cpus() -> tuple[frozenset[int] | None, frozenset[int] | None]:
    """One CPU for the clients, another for the service; None where the system does not pin or has one only."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    cpus = sorted(os.sched_getaffinity(0))
    return (frozenset(cpus[:1]), frozenset(cpus[1:2])) if len(cpus) > 1 else (None, None)


def _pinning(around: Circumstances) -> str:
    if around.client_cpus is None or around.server_cpus is None:
        return "Nothing is pinned: this system cannot, or has one CPU only."
    client, server = min(around.client_cpus), min(around.server_cpus)
    return (
        f"Ours and every peer run on CPU {client} alone, the service on CPU {server}; {around.rounds} pairs, medians."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sheets and fewer pairs: minutes, not an hour")
    parser.add_argument("--only", action="append", choices=list(PARTS), metavar="NAME", help=f"of {', '.join(PARTS)}")
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="how often each is measured, for a median (5, with --quick 3)"
    )
    parser.add_argument("--out", default="benchmarks.json", metavar="FILE", help="where the figures go (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
