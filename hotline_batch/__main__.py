"""`python -m hotline_batch` and the `hotline-batch` command."""

from __future__ import annotations

import gc

_ALLOCATIONS_BEFORE_A_COLLECTION = 200_000


def collect_seldom() -> None:
    """Let the garbage collector look at memory seldom.

    Nearly nothing of what is imported and of what rows become is cyclic garbage. At a tenth of this threshold the
    collector looks through it for 25 ms before the first row, at its usual one for a tenth of the time until then.
    """
    gc.set_threshold(_ALLOCATIONS_BEFORE_A_COLLECTION)


def main() -> None:
    """Run the command line."""
    collect_seldom()
    from hotline_batch.cli.streams import mend_streams  # noqa: PLC0415 - the package stays importable without click

    mend_streams()
    from hotline_batch.cli.main import run  # noqa: PLC0415 - the same

    try:
        run()
    finally:
        # At its end the interpreter looks for garbage module by module: 70 ms for what the system takes back anyway.
        gc.freeze()


if __name__ == "__main__":
    main()
