"""What a live account answered: the contract between the run that asks (`gather`) and the assembler that types it.

The store lives in memory only and is never written: it holds environment variable values until the assembler reduces
them.

How a question ends, and what the store then holds under its :class:`Key`:

* answered: an :class:`Answer`, the pages already merged into one dict
* "there is none" (no resource policy, no URL, no encryption settings …): an :class:`Answer` with ``absent=True`` and
  empty data
* not asked because other answers settle it: an :class:`Answer` with ``inferred`` saying why, and empty data
* denied, failed, throttled for too long, unsupported, interrupted, or left to ``--thorough``: an
  :class:`~lambdaudit.model.unknown.Unknown` whose `need` is the missing IAM action
* a list that broke off on a later page: an :class:`Answer` with what came, and ``rest`` an Unknown for what did not

Subjects, by call: Lambda functions are their unqualified ARN; versions and aliases the ARN with ``:qualifier``; queues,
topics, tables, streams, keys, secrets, rules, event buses, repositories, layer versions and state machines their ARN;
buckets, roles, log groups, parameters their name; APIs their id; account-wide and region-wide lists ``""``.
Global services (IAM, Organizations, STS, the account's S3 settings) and all reads of a bucket have ``region=""``.
A question about a subject whose listing call does not exist has ``subject=""`` when it is asked for the whole region.

Values are as the SDK parses them, except that times are ISO 8601 text, and that Lambda's function records are the service's
own JSON, so that members which the SDK does not know yet are there too. Nothing is validated: any value may have any type.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from lambdaudit.model.unknown import Unknown


class Key(NamedTuple):
    """Which question: `service` and `operation` as botocore spells them (``lambda``, ``GetPolicy``)."""

    service: str
    operation: str
    account: str
    region: str = ""
    subject: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What came back.

    `data` is the response without ``ResponseMetadata``, page tokens and fields that must not be kept; list fields of
    all pages are concatenated in order. `absent`: the service says there is none. `inferred`: not asked, and why the
    answer is settled anyway. `rest`: what is missing after the pages that came.
    """

    data: dict[str, Any]
    absent: bool = False
    inferred: str = ""
    rest: Unknown | None = None

    def items(self, field: str) -> list[Any]:
        """The list under `field`; an empty list when it is missing or not a list."""
        value = self.data.get(field)
        return value if isinstance(value, list) else []


NOT_ASKED = Unknown("not asked")
"""What :meth:`Raw.ask` gives for a question that was never put: nothing pointed at it."""

CUT_SHORT = Unknown("interrupted before it was asked")
"""The same after an interrupted run."""

PENDING = Unknown("more pages to come")
"""The `rest` of a list while its pages are still coming; never there when the run has ended."""


class Tally(msgspec.Struct):
    """One line of the coverage ledger: what became of the questions to one operation in one region of one account.

    `asked` counts subjects, not HTTP requests; it is the sum of the outcomes below it. `skipped` were left to
    ``--thorough`` and are not in `asked`. `message` is the first error, redacted. `need` is the IAM action to grant.
    """

    service: str
    operation: str
    account: str
    region: str
    need: str
    asked: int = 0
    answered: int = 0
    absent: int = 0
    denied: int = 0
    failed: int = 0
    throttled: int = 0
    unsupported: int = 0
    interrupted: int = 0
    skipped: int = 0
    message: str = ""

    @property
    def complete(self) -> bool:
        """Whether every question was answered."""
        return self.asked == self.answered + self.absent and not self.skipped


class Note(NamedTuple):
    """What the coverage must say and no single call tells: a region left out, an odd record, a lost target.

    `kind` is one of ``region``, ``record``, ``target``, ``account``; `region` and `subject` may be empty.
    """

    kind: str
    account: str
    region: str
    subject: str
    message: str


class AccountFacts(msgspec.Struct, frozen=True):
    """An account as the run saw it: `regions` are those that were asked, `caller` the ARN that asked."""

    id: str
    partition: str
    caller: str
    regions: tuple[str, ...]
    name: str = ""


class Seen(NamedTuple):
    """A function as the lists show it. `arn` is unqualified. `versions` are the published ones, in the order they came.

    `configuration` is the ``$LATEST`` record, or Unknown when the function is known to exist but could not be read.
    """

    account: str
    region: str
    arn: str
    configuration: dict[str, Any] | Unknown
    versions: list[dict[str, Any]]


class Raw(Mapping[Key, "Answer | Unknown"]):
    """Every answer of a run, by :class:`Key`. Written by `gather` only."""

    def __init__(self) -> None:
        self.accounts: dict[str, AccountFacts] = {}
        self.notes: list[Note] = []
        self.interrupted = False
        self.functions: dict[str, Seen] = {}
        """The chosen functions by unqualified ARN; listed but not chosen ones are in the ListFunctions answers only."""
        self.calls = 0
        """HTTP requests sent, retries and pages included."""
        self._answers: dict[Key, Answer | Unknown] = {}
        self._by_operation: dict[tuple[str, str], list[Key]] = {}
        self._ledger: dict[tuple[str, str, str, str], Tally] = {}

    def __getitem__(self, key: Key) -> Answer | Unknown:
        return self._answers[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._answers)

    def __len__(self) -> int:
        return len(self._answers)

    def ask(self, service: str, operation: str, account: str, region: str = "", subject: str = "") -> Answer | Unknown:
        """The answer to one question. Never raises.

        A question that was never put gives ``Unknown("not asked")``; after an interrupted run nobody can tell whether it
        would have been, and the Unknown says that instead.
        """
        found = self._answers.get(Key(service, operation, account, region, subject))
        if found is not None:
            return found
        return CUT_SHORT if self.interrupted else NOT_ASKED

    def each(self, service: str, operation: str) -> Iterator[tuple[Key, Answer | Unknown]]:
        """All answers to one operation, in the order in which they were asked."""
        for key in self._by_operation.get((service, operation), ()):
            yield key, self._answers[key]

    def records(self, service: str, operation: str, field: str) -> Iterator[tuple[Key, Any]]:
        """Every element of the list `field` over all answers to one operation, as it came: nobody has checked it."""
        for key, answer in self.each(service, operation):
            if isinstance(answer, Answer):
                for item in answer.items(field):
                    yield key, item

    def gaps(self, service: str, operation: str) -> Iterator[tuple[Key, Unknown]]:
        """What is not known of one operation: unanswered questions and lists that broke off."""
        for key, answer in self.each(service, operation):
            if isinstance(answer, Unknown):
                yield key, answer
            elif answer.rest is not None:
                yield key, answer.rest

    def ledger(self) -> list[Tally]:
        """The coverage ledger, sorted by service, operation, account, region."""
        return [self._ledger[k] for k in sorted(self._ledger)]

    def tally(self, key: Key, need: str) -> Tally:
        """The ledger line that a question belongs to; made on first use."""
        line = (key.service, key.operation, key.account, key.region)
        found = self._ledger.get(line)
        if found is None:
            found = self._ledger[line] = Tally(*line, need)
        return found

    def put(self, key: Key, value: Answer | Unknown) -> None:
        """Store an answer; a second answer to the same question replaces the first."""
        if key not in self._answers:
            self._by_operation.setdefault((key.service, key.operation), []).append(key)
        self._answers[key] = value
