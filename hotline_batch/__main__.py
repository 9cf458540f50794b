"""`python -m hotline_batch` and the `hotline-batch` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from hotline_batch.cli.main import run  # noqa: PLC0415 - the package stays importable without click

    run()


if __name__ == "__main__":
    main()
