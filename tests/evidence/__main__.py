"""`python -m tests.evidence --worlds 100000`: search for a world in which a sure verdict is false."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

import click

from tests.evidence.trial import try_worlds
from tests.evidence.worlds import Odds

_WORLDS_A_TURN = 500


def main() -> int:
    """Try the worlds, say what was found; 1 where a verdict was false."""
    parser = argparse.ArgumentParser(prog="python -m tests.evidence", description=__doc__)
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first world")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--deleted", type=float, help="plain worlds, with this share of messages deleted")
    asked = parser.parse_args()
    odds = None if asked.deleted is None else Odds(deleted=asked.deleted)
    firsts = range(asked.first, asked.first + asked.worlds, _WORLDS_A_TURN)
    score: Counter[str] = Counter()
    wrong: list[str] = []
    with ProcessPoolExecutor(asked.processes) as processes:
        for found, counted in processes.map(try_worlds, firsts, repeat(_WORLDS_A_TURN), repeat(odds)):
            wrong += found
            score += counted
    click.echo("\n".join(wrong[:20]))
    click.echo(f"{asked.worlds} worlds: {len(wrong)} false verdicts")
    for kind in ("untouched", "untouched, looked up,", "changed", "changed, looked up,"):
        asked_rows = score[f"{kind} in doubt"]
        click.echo(f"{kind}: {score[f'{kind} settled']} of {asked_rows} rows in doubt settled")
        for name, count in score.most_common():
            if name.startswith(f"{kind} "):
                click.echo(f"   {name} {count}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
