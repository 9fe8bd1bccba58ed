"""The form of a row of the call table: which API call, what right it needs, how it pages, and when it is asked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from lambdaudit.model.arn import Arn, parse_arn
from lambdaudit.sources.aws.identity import Roles
from lambdaudit.sources.aws.raw import NOT_ASKED, PENDING, Answer, Raw, Seen
from lambdaudit.sources.aws.refs import Grants, exact

START: Final = "start"
"""Once per account, at the beginning."""
FUNCTION: Final = "function"
"""For each chosen function, with its configuration."""
VERSION: Final = "version"
"""For each published version of a chosen function, with its configuration."""
INHABITED: Final = "inhabited"
"""Once per region in which a chosen function was found."""
SETTLED: Final = "settled"
"""Once per inhabited region, when its functions and the account's roles have all been read or given up."""

METRICS: Final = "metrics"
"""The feature of the calls that cost money, which only ``--metrics`` makes."""


class Want(NamedTuple):
    """A question to ask. `region` defaults to that of the event.

    With `inferred` it is not asked: other answers settle that the answer is empty, for that reason.
    With `later` it is not asked either and stays Unknown, for that reason.
    """

    subject: str = ""
    region: str | None = None
    inferred: str = ""
    later: str = ""
    given: dict[str, Any] | None = None
    """The request, where it does not follow from the subject alone."""


class Scene:
    """One account in a run: what the functions of the table may look at when they decide what to ask next."""

    def __init__(
        self, raw: Raw, account: str, partition: str, *, thorough: bool = False, metrics: bool = False, versions: int = 1
    ) -> None:
        self.raw = raw
        self.account = account
        self.partition = partition
        self.thorough = thorough
        self.metrics = metrics
        self.versions = versions
        """How many of the newest published versions have their own policy read without ``--thorough``."""
        self.regions: set[str] = set()
        """The regions that are covered."""
        self.listed: set[str] = set()
        """Those of them whose functions are listed; in the others only named functions are read."""
        self.bulk_identity = True
        """Whether IAM is read as a whole; False when only named functions are read, and their roles one by one."""
        self.patterns: dict[tuple[str, str], set[str]] = {}
        """By region and service (or row): the sources that function policies have named so far, the things that a list has."""
        self.awaited: dict[str, set[str]] = {}
        """By region: the functions that run an image and have not told which."""
        self._roles: Roles | None = None
        self._buckets: dict[str, str] | None = None

    def wants(self, call: "Call") -> bool:
        """Whether the run was asked for what this row reads."""
        return (self.thorough or not call.thorough) and (self.metrics or call.feature != METRICS)

    @property
    def roles(self) -> Roles:
        """The account's roles, indexed on first use; meant for :data:`SETTLED` and later."""
        if self._roles is None:
            self._roles = Roles(self.raw, self.account)
        return self._roles

    @property
    def buckets(self) -> dict[str, str] | None:
        """The account's buckets by name, with their regions where the list tells; None when the list is not all there."""
        if self._buckets is None:
            listed = self.raw.ask("s3", "ListBuckets", self.account)
            if isinstance(listed, Answer) and listed.rest is None:
                records = [b for b in listed.items("Buckets") if isinstance(b, dict) and isinstance(b.get("Name"), str)]
                self._buckets = {b["Name"]: str(b.get("BucketRegion") or "") for b in records}
        return self._buckets

    def bucket_region(self, name: str) -> str:
        """Where a bucket is: as the list of buckets says, else as GetBucketLocation did; empty when neither is known."""
        listed = (self.buckets or {}).get(name, "")
        located = self.raw.ask("s3", "GetBucketLocation", self.account, subject=name)
        if listed or not isinstance(located, Answer) or located.absent:
            return listed
        place = located.data.get("LocationConstraint")
        return {"EU": "eu-west-1", "US": "us-east-1"}.get(str(place), str(place or "us-east-1"))

    def is_answered(self, service: str, operation: str) -> bool:
        """Whether an account-wide question has come to its end, with an answer or without."""
        found = self.raw.ask(service, operation, self.account)
        return found is not NOT_ASKED and not (isinstance(found, Answer) and found.rest is PENDING)

    def functions(self, region: str) -> list[Seen]:
        """The chosen functions of a region."""
        return [f for f in self.raw.functions.values() if f.account == self.account and f.region == region]

    def own(self, text: str, service: str) -> Arn | None:
        """The ARN when it names one thing of `service` in this account and in a covered region, else None."""
        arn = parse_arn(text)
        if arn is None or arn.service != service or arn.account != self.account or not exact(text):
            return None
        return arn if arn.region in self.regions else None

    def note(self, region: str, service: str, patterns: Iterable[str]) -> set[str]:
        """Remember sources that a policy names, or what a list has; those that are new come back."""
        seen = self.patterns.setdefault((region, service), set())
        new = set(patterns) - seen
        seen |= new
        return new


class Sight:
    """What just came in: the event that a row's function looks at."""

    def __init__(self, scene: Scene, region: str, subject: str, page: dict[str, Any] | None) -> None:
        self.scene = scene
        self.region = region
        self.subject = subject
        self.page = page
        """The response page or the function's record; None when the question was not answered."""
        self._found: dict[object, list[str]] = {}

    def once(self, find: "Callable[[Sight], Iterable[str]]") -> list[str]:
        """What `find` gives for this event; all rows that follow the event share it."""
        if find not in self._found:
            self._found[find] = list(find(self))
        return self._found[find]

    def items(self, name: str) -> list[dict[str, Any]]:
        """The mappings in the list `name` of the page."""
        value = None if self.page is None else self.page.get(name)
        return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []

    @cached_property
    def grants(self) -> Grants:
        """The resource-based policy in the page, for rows that follow GetPolicy."""
        return Grants.unread() if self.page is None else Grants(self.page.get("Policy"))


Ask = Callable[[Sight], Iterable[Want]]
"""Decides from one event which questions to put."""


@dataclass(frozen=True, slots=True)
class Pages:
    """How a list pages: the request member for the token, the response member that gives it, the lists to join."""

    into: str
    out: str
    lists: tuple[str, ...]
    more: str = ""
    """The flag that says whether another page follows, where the service has one."""


def no_arguments(_subject: str) -> dict[str, Any]:
    """For calls that are asked once and need none."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One row: an API operation and everything the run has to know about it.

    `actions`: the IAM actions it needs; a denial names the first. `group`: its rate budget. `home`: where it is sent,
    the region at hand (``region``), the one global endpoint (``global``) or the bucket's region (``bucket``).
    `when`: from which event which subjects. `absent`: error codes that mean "there is none". `drop`: response fields
    that are never kept, as dotted paths. `inside`: the one member of the response that holds all of it.
    `verbatim`: keep members that the SDK's model does not know.
    `settles`: the read belongs to what :data:`SETTLED` waits for. `feature`: the part of the audit that wants it.
    `detour`: an operation that gives the same answer out of another rate budget. A question takes it when that budget is
    less busy, and comes back to the row's own operation when it gets no answer there.
    """

    service: str
    operation: str
    actions: tuple[str, ...]
    when: Mapping[str, Ask]
    group: str = ""
    home: str = "region"
    arguments: Callable[[str], dict[str, Any]] = no_arguments
    fixed: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    pages: Pages | None = None
    absent: frozenset[str] = frozenset()
    drop: tuple[str, ...] = ()
    inside: str = ""
    verbatim: bool = False
    settles: bool = False
    thorough: bool = False
    detour: "Call | None" = None
    urgency: int = 5
    """Lower goes first among the calls of one rate budget."""
    feature: str = "core"
    resources: tuple[str, ...] = ("*",)
    """ARN patterns for the generated policy, ``{partition}`` open; only where the action is broader than the read."""

    @property
    def name(self) -> str:
        """Service and operation, as events name them."""
        return f"{self.service}:{self.operation}"

    @property
    def budget(self) -> str:
        """The rate group; the service's own unless the row says otherwise."""
        return self.group or self.service


def fixed(**values: Any) -> Mapping[str, Any]:
    """Request members that are the same in every request of a row."""
    return MappingProxyType(values)


def once(_sight: Sight) -> Iterable[Want]:
    """Ask once for the region or account."""
    return (Want(),)


def the_function(sight: Sight) -> Iterable[Want]:
    """Ask for the function (or version) of the event."""
    return (Want(sight.subject),)


def argument(name: str) -> Callable[[str], dict[str, Any]]:
    """The subject goes into the request member `name`."""
    return lambda subject: {name: subject}
