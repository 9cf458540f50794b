"""What a template does with a value that cannot be done with it: data, made into words where it is shown."""

from __future__ import annotations

from jinja2.exceptions import SecurityError

from hotline_batch.issues.template_reasons import REASON, words_of_reason


class Misfit(SecurityError):
    """A cell does not go with the template; ``parameters`` say why, see ``issues.template_reasons``."""

    def __init__(self, reason: str, /, **parameters: str | int) -> None:
        self.parameters = {REASON: reason, **parameters}
        super().__init__(words_of_reason(self.parameters))


class TooMuch(Misfit):
    """A template asked for more text, larger numbers or more steps than any message needs."""


class Misused(Misfit):
    """A template does with a value what cannot be done with any value of its kind."""
