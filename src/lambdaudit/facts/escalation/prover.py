"""Proves the requests of one principal: allowed on effective permission, with what is known of their context."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from lambdaudit.facts.audit import Audit
from lambdaudit.facts.context import (
    USUAL,
    Context,
    keys_of,
    of_account,
    of_caller,
    of_resource,
    reads_resource_tags,
    unread_of,
    written_keys,
)
from lambdaudit.facts.escalation.technique import Ask, Step, filled
from lambdaudit.facts.strength import allowed_at_all
from lambdaudit.model.base import Asset, Policy
from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Account, Principal, Role, User
from lambdaudit.model.unknown import NotKnown, Unknown, known

if TYPE_CHECKING:
    from lambdaudit.iam.decide import Layers

_TAGGING = {Function: "lambda:TagResource", Role: "iam:TagRole", User: "iam:TagUser"}
_CHOSEN = re.compile(r"<[a-z]+>")
MOST_NAMES = 40
"""Names that are tried for something that the attacker creates and several policies limit."""

Names = Mapping[str, str]


class Prover:
    """Asks about one principal. `may` are the actions that it may call on anything at all."""

    def __init__(self, me: Principal, audit: Audit, actions: frozenset[str]) -> None:
        self.me, self.audit = me, audit
        self.layers = audit.layers(me)
        self.keys = keys_of(self.layers)
        account = audit.inventory.get(f"arn:{me.id.split(':')[1]}:iam::{me.account}:root")
        self.facts = {**of_caller(me, self.keys), **of_account(account if isinstance(account, Account) else None)}
        self.may, self.open = allowed_at_all(self.layers, me.id, sorted(actions), self.facts)
        self._steps: dict[tuple[object, ...], Step | NotKnown | None] = {}
        self._together: dict[tuple[object, ...], tuple[Step, ...]] = {}

    @cached_property
    def unread(self) -> NotKnown:
        """Why a question about the principal stays open."""
        why = self.open or f"what {self.me.name} may do is not known in full"
        return NotKnown(unread_of(self.layers) or Unknown(why))

    def possible(self, actions: frozenset[str]) -> bool:
        """Whether none of the actions is ruled out. Cheap; raises NotKnown when one is only not known to be allowed."""
        if actions <= self.may:
            return True
        if self.open:
            raise self.unread
        return False

    def prove(self, asks: Sequence[Ask], names: Names, assets: Mapping[str, Asset] | None = None) -> tuple[Step, ...]:
        """The requests as steps when all of them are allowed, otherwise nothing.

        `assets` gives the asset behind a template such as ``{role}``, whose tags then count. Raises NotKnown when what was not
        read decides.
        """
        if not self.possible(frozenset(ask.action for ask in asks)):
            return ()
        found: dict[int, Step] = {}
        joint: dict[str, list[int]] = {}
        for place, ask in enumerate(asks):
            chosen = _CHOSEN.search(ask.on)
            if chosen:
                joint.setdefault(chosen[0], []).append(place)
                continue
            steps = self._existing(ask, names, (assets or {}).get(ask.on.strip("{}")))
            if not steps:
                return ()
            found[place] = steps[-1]
            if len(steps) > 1:
                found[place - len(asks)] = steps[0]
        for places in joint.values():
            together = self._same_name([asks[place] for place in places], names)
            if not together:
                return ()
            found.update(zip(places, together, strict=True))
        return tuple(found[place] for place in sorted(found))

    def _existing(self, ask: Ask, names: Names, asset: Asset | None) -> tuple[Step, ...]:
        resource = filled(ask.on, names)
        context = self._context(ask, names)
        if asset is None or not reads_resource_tags(self.keys):
            step = self.allowed(ask.action, resource, context)
            return (step,) if step else ()
        if isinstance(asset.tags, Unknown):
            if self.allowed(ask.action, resource, context):
                raise NotKnown(asset.tags)
            return ()
        tags = of_resource(asset, self.keys)
        if step := self.allowed(ask.action, resource, {**context, **tags}):
            return (step,)
        return self._retagged(ask, resource, context, tags, asset)

    def _retagged(self, ask: Ask, resource: str, context: Context, tags: Context, asset: Asset) -> tuple[Step, ...]:
        """Tags decide, and the principal may write them."""
        tagging = _TAGGING.get(type(asset), "")
        if tagging not in self.may:
            return ()
        retag = self.allowed(tagging, resource, tags)
        step = retag and self.allowed(ask.action, resource, context)
        return (retag, step._replace(sure=False)) if retag and step else ()

    def _context(self, ask: Ask, names: Names) -> Context:
        """The context that a request fixes; a value that comes out empty means that the key is not there."""
        return {key: (filled(value, names) or None) if value else None for key, value in ask.context.items()}

    def allowed(self, action: str, resource: str, context: Context) -> Step | None:
        """The request as a step when it is allowed, as it stands or under context that is not known.

        A `*` in the resource stands for anything. Raises NotKnown when what was not read decides.
        """
        key = (action, resource, tuple(sorted(context.items(), key=str)))
        if key not in self._steps:
            try:
                self._steps[key] = self._asked(action, resource, context, None)
            except NotKnown as error:
                self._steps[key] = error
        step = self._steps[key]
        if isinstance(step, NotKnown):
            raise step
        return step

    def _asked(self, action: str, resource: str, context: Context, layers: "Layers | None") -> Step | None:
        from lambdaudit.iam.decide import Outcome, Request, decide
        from lambdaudit.iam.questions import Violated, grants

        about = layers or self.layers
        facts = {**self.facts, **{key.lower(): value for key, value in context.items()}}
        given = {key: value for key, value in facts.items() if value is not None}
        keys = self.keys if layers is None else keys_of(about)
        told = {key: value for key, value in self.facts.items() if value is not None and key in keys}
        told |= {key: value for key, value in context.items() if value is not None}
        if "*" not in resource:
            request = Request(principal=self.me.id, action=action, resource=resource, context=given)
            outcome = decide(request, about).outcome
            if outcome is Outcome.ALLOWED:
                return Step(action, resource, told)
            if keys:  # with all that is not known left open: often that rules it out, whatever the context
                left = {key: _ANY_VALUE for key in keys if key not in facts and key not in _OWN}
                outcome = decide(msgspec.structs.replace(request, context={**given, **left}), about).outcome
            if outcome in (Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY):
                return None
        answer = grants(about, actions=(action,), resources=(resource,), principal=self.me.id, context=facts)
        if isinstance(answer, Unknown):
            raise self.unread
        if not isinstance(answer, Violated):
            return None
        request = answer.witnesses[0].request
        extra = {k: v for k, v in request.context.items() if k not in USUAL and v and not isinstance(v, Unknown)}
        extra = {k: v for k, v in extra.items() if k not in _DERIVED and facts.get(k) != v}
        spelt = written_keys(about)
        return Step(action, request.resource, {**told, **{spelt.get(k, k): v for k, v in extra.items()}}, sure=not extra)

    def _same_name(self, asks: Sequence[Ask], names: Names) -> tuple[Step, ...]:
        """Several requests about one thing that the attacker names himself, in a region of his choice."""
        key = tuple((ask.action, filled(ask.on, names), str(self._context(ask, names))) for ask in asks)
        if key not in self._together:
            self._together[key] = self._search_name(asks, names)
        return self._together[key]

    def _search_name(self, asks: Sequence[Ask], names: Names) -> tuple[Step, ...]:
        anywhere = {**names, "r": "*"}
        first = [self.allowed(ask.action, self._glob(ask, anywhere), self._context(ask, anywhere)) for ask in asks]
        if not all(first):
            return ()
        regions = [step.resource.split(":")[3] for step in first if step and step.resource.count(":") > 4]
        for region in dict.fromkeys([names["r"], *regions, *self.audit.inventory.coverage.regions]):
            here = {**names, "r": region}
            for chosen in self._candidates(asks, first, here):
                if steps := self._all_on(asks, chosen, here):
                    return steps
        return ()

    def _all_on(self, asks: Sequence[Ask], chosen: str, names: Names) -> tuple[Step, ...]:
        """The requests on the thing of a chosen name, when all of them are allowed."""
        steps = []
        for ask in asks:
            resource = filled(_CHOSEN.sub(lambda _: chosen, ask.on), names)
            step = self.allowed(ask.action, resource, self._context(ask, names))
            if step is None:
                return ()
            steps.append(step)
        return tuple(steps)

    def _glob(self, ask: Ask, names: Names) -> str:
        return filled(_CHOSEN.sub("*", ask.on), names)

    def _candidates(self, asks: Sequence[Ask], steps: "Sequence[Step | None]", names: Names) -> list[str]:
        """Names to try: those of the single proofs, then what two policies have in common."""
        found: dict[str, None] = {"example": None}
        for ask, step in zip(asks, steps, strict=True):
            if step is not None and (name := self._name_in(ask, step.resource, names)):
                found[name] = None
        for ask in asks:
            for other in asks:
                if other is not ask and len(found) < MOST_NAMES:
                    found.update(dict.fromkeys(self._in_common(ask, other, names)))
        return list(found)[:MOST_NAMES]

    def _in_common(self, ask: Ask, other: Ask, names: Names) -> list[str]:
        """Names that a request is allowed for and that patterns of the other request's statements cover."""
        from lambdaudit.iam.questions import what_can

        reach = what_can(self.layers, principal=self.me.id, actions=(other.action,), context=self.facts)
        globs = {self._name_in(other, pattern, names) for access in reach.access for pattern in access.resources}
        found = []
        for glob in sorted(globs - {"", "*"})[:MOST_NAMES]:
            resource = filled(_CHOSEN.sub(lambda _, glob=glob: glob, ask.on), names)  # type: ignore[misc]
            step = self.allowed(ask.action, resource, self._context(ask, names))
            if step is not None:
                found.append(self._name_in(ask, step.resource, names))
        return [name for name in found if name and "*" not in name]

    def _name_in(self, ask: Ask, resource: str, names: Names) -> str:
        """What stands in a resource where the template of the request has the name that the attacker chooses."""
        head, _, tail = _CHOSEN.sub("\0", filled(ask.on, names)).partition("\0")
        start = head.count(":")  # what stands before is partition, service, region and account
        rest = resource.split(":", start)[-1] if resource.count(":") >= start else ""
        prefix = head.rpartition(":")[2]
        if not rest.startswith(prefix) or not rest.endswith(tail):
            return ""
        return rest[len(prefix) : len(rest) - len(tail)]

    def may_assume(self, role: Role) -> Step | None:
        """The request to assume a role, when both the principal's policies and the role's trust policy allow it."""
        from lambdaudit.iam.decide import Attached

        trust = known(role.trust)
        if trust is None or not self._may_trust(role, trust):
            return None
        if not (self._named_in(trust) or self.possible(frozenset(("sts:AssumeRole",)))):
            return None
        layers = msgspec.structs.replace(self.layers, resource=Attached("trust policy", self.audit.document(trust)))
        return self._asked("sts:AssumeRole", role.id, of_resource(role, self.keys), layers)

    def _named_in(self, trust: Policy) -> bool:
        """Whether a trust policy names the principal itself: then it needs no right of its own."""
        entries = (entry for statement in self.audit.document(trust).statements for entry in statement.principals or ())
        return any(entry.value in (self.me.id, "*") for entry in entries)

    def _may_trust(self, role: Role, trust: Policy) -> bool:
        """Whether a trust policy speaks of principals of the own account at all; most speak of services only."""

        def work() -> bool:
            statements = self.audit.document(trust).statements
            entries = (entry for statement in statements for entry in statement.principals or ())
            return any(statement.principals is None for statement in statements) or any(
                entry.value == "*" or entry.account == self.me.account for entry in entries
            )

        return self.audit.once(("may trust", role.id, self.me.account), work)


_ANY_VALUE = Unknown("open")
_OWN = frozenset(
    {"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice", "aws:username", "aws:userid",
     "aws:resourceaccount", "s3:resourceaccount", "kms:calleraccount"}
)  # fmt: skip
"""Keys that the evaluator fills in from the caller and the resource."""
_DERIVED = _OWN | {"aws:currenttime", "aws:epochtime"}
"""Keys that follow from the request itself and need not be told."""
