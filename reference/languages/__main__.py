"""`python -m reference.languages`: bring every catalogue up to date, and say what is still to be translated."""

from __future__ import annotations

import sys

from hotline_batch.language.languages import SOURCE, languages
from reference.languages.catalogues import missing, update_all, wrong_parameters


def main() -> None:
    """Write the catalogues anew; one line for each language."""
    update_all()
    for language in languages():
        if language != SOURCE:
            wrong = list(wrong_parameters(language))
            lines = [f"{language}: {len(missing(language))} to translate, {len(wrong)} with wrong parameters", *wrong]
            sys.stdout.write("\n  ".join(lines) + "\n")


if __name__ == "__main__":
    main()
