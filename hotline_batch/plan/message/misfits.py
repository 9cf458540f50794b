"""What a template does with a value that cannot be done with it: data, made into words where it is shown."""

from __future__ import annotations

from jinja2.exceptions import SecurityError

from hotline_batch.issues.issue import Parameters
from hotline_batch.issues.template_reasons import REASON, words_of_reason
from hotline_batch.plan.visible_text import shown


class Misfit(SecurityError):
    """A cell does not go with the template; ``parameters`` say why, see ``issues.template_reasons``."""

    def __init__(self, reason: str, /, **parameters: str | int) -> None:
        self.parameters = {REASON: reason, **parameters}
        super().__init__(words_of_reason(self.parameters))


class TooMuch(Misfit):
    """A template asked for more text, larger numbers or more steps than any message needs."""


class Misused(Misfit):
    """A template does with a value what cannot be done with any value of its kind."""


def reason_of(error: Exception) -> Parameters:
    """Why an expression failed, with what helps; in Jinja2's words where ours do not know it."""
    match error:
        case Misfit(parameters=parameters):
            return parameters
        case TypeError():
            return {REASON: "text_for_number", "said": shown(str(error), 100)}
        case _:
            return {"why": shown(str(error).split("\n", 1)[0].rstrip(".") or type(error).__name__, 200)}


def why(error: Exception) -> str:
    """The same as the end of a sentence."""
    found = reason_of(error)
    return words_of_reason(found) or str(found["why"])
