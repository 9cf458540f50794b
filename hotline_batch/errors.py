"""What can go wrong with a run or a request, as types -> an exit code and the person's next step.

HotlineBatchError                     exit 2 unless it says otherwise
├── SheetError                        the input cannot be read or mapped
│   ├── SheetQuestion                 it leaves something open that a person can answer
│   └── OpenQuestions                 all that it leaves open, told together
├── TemplateError                     the message template cannot be used
├── OutputError                       the result sheet cannot be written where it was asked for
│   └── NotWritten                    exit 1: all was done but the writing
├── ExportError                       an export of a chat cannot bear witness
├── SettingsError                     a flag, variable or configuration file cannot be used
├── NotAllowed                        whoever asks for it may not do that
├── LedgerError                       the ledger is damaged, foreign, newer or full
│   ├── ApprovalNeeded                exit 4: a second person has not approved this run (yet)
│   ├── DecidedAlready                somebody has approved or rejected this run before
│   ├── NoSuchRun                     the ledger knows no run, or no row of a run, of that name
│   ├── TakenOver                     another process took over a run that seemed to be left
│   └── RunInProgress                 another process works on this run
└── ApiError                          one request did not end with the API's positive answer
    ├── NotReached                    delivery no: the request never left whole
    │   └── UntrustedEndpoint         the certificate or proxy is refused: the run stops
    ├── Refused                       delivery no: the API said no to this row
    ├── CredentialsRefused            delivery no: the API said no to our keys: the run stops
    ├── TurnedAway                    delivery no: somebody in front lets nobody through, or a bill: the run stops
    ├── EndpointMissing               delivery no: nothing listens under this address: the run pauses, then stops
    ├── RateLimited                   delivery no: asked to slow down, or to come back when it has begun to work
    └── Unconfirmed                   delivery maybe: no positive answer, no proof of the opposite
        └── Redirected                the service points elsewhere: not followed, the run stops
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from hotline_batch.language.languages import SOURCE, reading_in
from hotline_batch.language.words import words
from hotline_batch.next_step import Advised, NextStep, SaysHow, Step, step, with_steps

NO_PARAMETERS: Mapping[str, str | int] = MappingProxyType({})


class Delivery(StrEnum):
    """Whether a message reached its topic, settled where the failure is seen, and only there."""

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


class HotlineBatchError(Exception):
    """Base of every error that a person is shown: what happened and where, and steps that say what to do.

    As a text it has both, in words that hold for every face.
    """

    exit_code = 2

    def __init__(self, problem: str, *steps: Step) -> None:
        super().__init__(problem)
        self.problem = problem
        self.steps = steps

    def __str__(self) -> str:
        return self.told_with(str)

    @property
    def in_english(self) -> str:
        """The text as a log keeps it, whatever language the reader has."""
        with reading_in(SOURCE):
            return str(self)

    @property
    def advised(self) -> Advised:
        """The same as data."""
        return Advised(self.problem, self.steps)

    def told_with(self, say: SaysHow) -> str:
        """The text in the words of a face."""
        return with_steps(self.problem, self.steps, say)


class SheetError(HotlineBatchError):
    """The input sheet cannot be read, or its columns cannot be understood."""


class SheetQuestion(SheetError):
    """The sheet leaves something open: a person at a terminal can be asked, elsewhere the text says what answers it."""


class OpenQuestions(SheetError):
    """All that one sheet leaves open, found by going on with the likeliest answers.

    ``beyond`` is why the sheet could not be used with these answers either; None where it could.
    """

    def __init__(self, questions: Sequence[SheetQuestion], beyond: HotlineBatchError | None = None) -> None:
        told = [*questions, beyond] if beyond else questions
        super().__init__(" ".join(each.problem for each in told), *(only for each in told for only in each.steps))
        self.questions = tuple(questions)
        self.beyond = beyond

    def told_with(self, say: SaysHow) -> str:
        """Every question with its steps, numbered where there are several."""
        texts = [question.told_with(say) for question in self.questions]
        if self.beyond:
            texts.append(words("Beyond that: {said}", said=self.beyond.told_with(say)))
        if len(texts) == 1:
            return texts[0]
        if self.beyond:
            title = words("{count:thing stands|things stand} in the way of this sheet.", count=len(texts))
        else:
            title = words("The sheet leaves {count:thing|things} open.", count=len(texts))
        return "\n".join([title, *(f"  {number}. {text}" for number, text in enumerate(texts, 1))])


class TemplateError(HotlineBatchError):
    """The message template cannot be used with this sheet."""


class OutputError(HotlineBatchError):
    """The result sheet cannot be written where it was asked for."""


class NotWritten(OutputError):
    """What was asked for is known, and could not be written: the disk is full, say, or whoever read it has gone."""

    exit_code = 1


class ExportError(HotlineBatchError):
    """A file that Telegram exported cannot be read, or says nothing of the run."""


class SettingsError(HotlineBatchError):
    """A flag, an environment variable or the configuration file cannot be used."""


class NotAllowed(HotlineBatchError):
    """Whoever asks for it may not do that; somebody else may."""


class LedgerError(HotlineBatchError):
    """The ledger cannot be opened, read or written."""


class NoSuchRun(LedgerError):
    """The ledger has no run of that id, or the run no row of that number."""


class LedgerLost(LedgerError):
    """The ledger failed after messages were sent: what it kept so far is kept, and the run can go on."""

    exit_code = 4

    def __init__(self, reason: str, run_id: str) -> None:
        super().__init__(
            words(
                "{reason} The run was stopped; what was sent is in the ledger. When it can be used again, go on with:",
                reason=reason,
            ),
            step(NextStep.RESUME, run=run_id),
        )


class TakenOver(LedgerError):
    """This process gave no sign of life for so long that another one took its run over."""

    exit_code = 4

    def __init__(self, run_id: str) -> None:
        super().__init__(
            words(
                "Run {run} was taken over by another process, since nothing was heard from this one. What was on its "
                "way from here is kept. Look at the run with:",
                run=run_id,
            ),
            step(NextStep.SHOW_RUN, run=run_id),
        )


class ApprovalNeeded(LedgerError):
    """What a run would send needs a second pair of eyes, and has not got its yes. It is kept, and can go on then."""

    exit_code = 4

    def __init__(self, run_id: str, reason: str) -> None:
        super().__init__(
            words("Run {run} waits: {reason} Nothing was sent.", run=run_id, reason=reason),
            step(NextStep.APPROVE, run=run_id),
        )
        self.run_id = run_id


class DecidedAlready(LedgerError):
    """Somebody has approved or rejected a run before. ``is_own``: whoever asks now did, in the same way."""

    def __init__(self, run_id: str, problem: str, *, is_own: bool) -> None:
        super().__init__(problem, step(NextStep.SHOW_RUN, run=run_id))
        self.is_own = is_own


class RunInProgress(LedgerError):
    """Another process holds this run."""


class ApiError(HotlineBatchError):
    """One request did not end with the API's positive answer.

    ``code`` is one of ``issues.codes``; ``delivery`` says whether the message may have reached its topic;
    ``http_status`` is None where no status line arrived; ``retry_after_seconds`` is what the service asked for;
    ``parameters`` are what the text was made of, see ``issues``. None of them ever holds a secret.
    """

    exit_code = 4

    def __init__(
        self,
        code: str,
        reason: str,
        *,
        delivery: Delivery,
        http_status: int | None = None,
        retry_after_seconds: float | None = None,
        parameters: Mapping[str, str | int] = NO_PARAMETERS,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.delivery = delivery
        self.http_status = http_status
        self.retry_after_seconds = retry_after_seconds
        self.parameters = parameters


class NotReached(ApiError):
    """The request never left this machine whole: certainly not delivered."""


class UntrustedEndpoint(NotReached):
    """The endpoint's certificate or the proxy in between is refused; no row can succeed until that is mended."""


class Refused(ApiError):
    """The API understood the request and said no to this row."""


class CredentialsRefused(ApiError):
    """The API said no to our keys; no row can succeed until they are mended."""


class TurnedAway(ApiError):
    """A check for bots, a firewall or a used-up quota lets no request through; no row can succeed until that ends."""


class EndpointMissing(ApiError):
    """Nothing is registered under this address: a wrong address, a workflow switched off, or a restart."""


class RateLimited(ApiError):
    """The service asked to slow down, or has not begun to work; it did not process the request."""


class Unconfirmed(ApiError):
    """The message may have been delivered: no positive answer arrived, and no proof of the opposite."""


class Redirected(Unconfirmed):
    """The service points to another address; following it would hand both keys to a stranger."""
