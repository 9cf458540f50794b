"""`python -m hotline_batch` and the `hotline-batch` command."""

from __future__ import annotations

import gc
import logging
import sys

_INTERRUPTED = 130
_ALLOCATIONS_BEFORE_A_COLLECTION = 200_000


def collect_seldom() -> None:
    """Let the garbage collector look at memory seldom.

    Nearly nothing of what is imported and of what rows become is cyclic garbage. At a tenth of this threshold the
    collector looks through it for 25 ms before the first row, at its usual one for a tenth of the time until then.
    """
    gc.set_threshold(_ALLOCATIONS_BEFORE_A_COLLECTION)


def main() -> None:
    """Run the command line."""
    try:
        _run()
    except KeyboardInterrupt:  # before there is anything to stop, or when all is done
        sys.exit(_INTERRUPTED)
    finally:
        # At its end the interpreter looks for garbage module by module: 70 ms for what the system takes back anyway.
        gc.freeze()


def _run() -> None:
    collect_seldom()
    # What libraries report for developers is for --log-file and --debug, not for the screen of whoever sends a sheet.
    logging.getLogger().addHandler(logging.NullHandler())
    from hotline_batch.cli.screen.streams import mend_streams  # noqa: PLC0415 - the package stays importable without click

    mend_streams()
    from hotline_batch.cli.main import run  # noqa: PLC0415 - the same

    run()


if __name__ == "__main__":
    main()
