"""Who can put an event into a function: through its URL, a route, its own policy, or something that feeds it."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lambdaudit.facts import buckets
from lambdaudit.facts.audit import Audit
from lambdaudit.facts.routes import open_to_all, title
from lambdaudit.model.apis import Route
from lambdaudit.model.functions import Alias, Function
from lambdaudit.model.invokers import Invoker
from lambdaudit.model.resources import Bucket, Bus, EventRule, EventSourceMapping, Queue, Stream, Topic
from lambdaudit.model.unknown import NotKnown, Unknown, known


class Entrance(NamedTuple):
    """A way in. `text` names it ("the public route GET /orders"), `public` tells whether strangers can use it."""

    kind: str
    text: str
    public: bool


class Ways(NamedTuple):
    """All ways into a function, public ones first, and why there may be more or more open ones (None: there are not)."""

    entrances: tuple[Entrance, ...]
    unread: Unknown | None

    @property
    def public(self) -> Entrance | None:
        """The first way that is open to strangers."""
        return next((entrance for entrance in self.entrances if entrance.public), None)


_Try = Callable[[], Iterator[Entrance]]


def ways_into(fn: Function, audit: Audit) -> Ways:
    """Every known way into a function, its aliases included. Raises nothing: what was not read is told in the result."""
    return audit.once(("ways into", fn.id), lambda: _ways(fn, audit))


def _ways(fn: Function, audit: Audit) -> Ways:
    found: list[Entrance] = []
    unread: Unknown | None = None
    for search in _searches(fn, audit):
        try:
            found += search()
        except NotKnown as error:
            unread = unread or error.unknown
    return Ways(tuple(sorted(set(found), key=lambda e: (not e.public, e.kind, e.text))), unread)


def _searches(fn: Function, audit: Audit) -> Iterator[_Try]:
    ends: list[Function | Alias] = [fn]
    if not isinstance(fn.aliases, Unknown):
        ends += [alias for name in fn.aliases if isinstance(alias := audit.inventory.get(name), Alias)]
    for end in ends:
        yield lambda end=end: _url(end, audit)  # type: ignore[misc]
        yield lambda end=end: _policy(end, audit)  # type: ignore[misc]
        for edge in audit.inventory.to(end.id):
            if edge.relation == "triggers":
                yield lambda edge=edge: _fed(edge.via, edge.source, audit)  # type: ignore[misc]


def _url(end: Function | Alias, audit: Audit) -> Iterator[Entrance]:
    url = known(end.url)
    if url is None:
        return
    if audit.open_url(end) is not None:
        yield Entrance("function-url", "its public function URL", True)
    else:
        yield Entrance("function-url", "its function URL, for signed requests", False)


def _policy(end: Function | Alias, audit: Audit) -> Iterator[Entrance]:
    policy = known(end.policy)
    if policy is None:
        return
    if audit.public(policy, end.id, end.account, ("lambda:InvokeFunction",)):
        yield Entrance("invoke", "its resource-based policy, which lets anyone invoke it", True)
    elif audit.outside(policy, end.id, end.account):
        yield Entrance("invoke", "its resource-based policy, which lets another account in", False)


def _fed(via: str, source: str, audit: Audit) -> Iterator[Entrance]:
    asset = audit.inventory.get(via)
    if isinstance(asset, Route):
        is_open = open_to_all(asset, audit)
        yield Entrance("route", f"the {'public ' if is_open else ''}route {title(asset)}", is_open)
    elif isinstance(asset, EventRule):
        if asset.schedule:
            yield Entrance("schedule", f"the schedule {asset.name}", False)
        else:
            bus = audit.inventory.get(asset.bus)
            yield from _source(asset.bus, audit) if bus else (Entrance("event rule", f"events of the rule {asset.name}", False),)
    elif isinstance(asset, EventSourceMapping):
        yield from _source(asset.source, audit)
    elif isinstance(asset, Invoker):
        yield from _invoker(asset, audit)
    else:
        yield from _source(source, audit)


def _invoker(asset: Invoker, audit: Audit) -> Iterator[Entrance]:
    if asset.source and asset.service == "pipes":
        yield from _source(asset.source, audit)
    elif asset.schedule:
        yield Entrance("schedule", f"the schedule {asset.name}", False)
    else:
        yield Entrance(asset.kind, f"the {asset.kind} {asset.name}", False)
    if asset.outside and not asset.disabled:
        raise NotKnown(Unknown(f"{asset.kind} {asset.name}: {asset.outside}"))


def _source(source: str, audit: Audit) -> Iterator[Entrance]:
    asset = audit.inventory.get(source)
    if isinstance(asset, Bucket):
        writable = any(exposure.writes for exposure in buckets.exposures(asset, audit))
        yield Entrance("bucket", f"objects in the {'publicly writable ' if writable else ''}bucket {asset.name}", writable)
    elif isinstance(asset, Queue | Topic | Bus | Stream):
        noun, action = _SENDS[type(asset)]
        is_open = bool(audit.public(known(asset.policy), asset.id, asset.account, (action,)))
        yield Entrance(noun, f"the {'public ' if is_open else ''}{noun} {asset.name}", is_open)
    elif source:
        yield Entrance("source", f"events of {source.rpartition(':')[2] or source}", False)


_SENDS: dict[type, tuple[str, str]] = {
    Queue: ("queue", "sqs:SendMessage"),
    Topic: ("topic", "sns:Publish"),
    Bus: ("event bus", "events:PutEvents"),
    Stream: ("stream", "kinesis:PutRecord"),
}
