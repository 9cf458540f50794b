"""Long storms, on demand: ``python -m tests.soak --rows 2000 --seeds 10 --database sqlite``.

Exit code 1 where a row was lost, a message came twice, or a result sheet lies.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.soak.places import OnDisk, Place, on_full_disk, on_server
from tests.soak.storm import Storm
from tests.support.ledgers.postgresql import LEFT_OUT, Cluster, find_programs


def main() -> int:
    """Run the storms that were asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, default=10, help="how many storms")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "tmpfs", "postgresql"], default="sqlite")
    options = parser.parse_args()
    os.environ["OPENPYXL_LXML"] = "False"

    failed = 0
    with ExitStack() as stack:
        cluster = stack.enter_context(_server()) if options.database == "postgresql" else None
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            with (
                tempfile.TemporaryDirectory(prefix="soak-") as folder,
                _place(options.database, Path(folder), cluster) as place,
            ):
                verdict = Storm(seed, options.rows, place, Path(folder)).run()
            sys.stdout.write(f"{verdict}\n")
            sys.stdout.flush()
            failed += bool(verdict.complaints)
    return 1 if failed else 0


@contextmanager
def _server() -> Iterator[Cluster]:
    programs = find_programs()
    if programs is None:
        sys.exit(LEFT_OUT)
    with Cluster(programs) as cluster:
        yield cluster


@contextmanager
def _place(database: str, folder: Path, cluster: Cluster | None) -> Iterator[Place]:
    if cluster:
        with on_server(folder, cluster) as server:
            yield server
    elif database == "tmpfs":
        with on_full_disk(folder) as disk:
            yield disk
    else:
        yield OnDisk(folder)


if __name__ == "__main__":
    sys.exit(main())
