"""What principals can do with all their policies together: grants, who can, what can, dead statements."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from lambdaudit.iam.actions import rcp_services
from lambdaudit.iam.automaton import DIGIT, STAR, STAR_BUT_COLON, Language, arn_glob_of
from lambdaudit.iam.callers import Match, encoded, role_globs
from lambdaudit.iam.classes import spread
from lambdaudit.iam.decide import Attached, Layer, Layers, Request
from lambdaudit.iam.exposure import NO_FACTS, Facts, as_pins, with_variable_keys
from lambdaudit.iam.formula import (
    FALSE,
    PRINCIPAL,
    RESOURCE,
    SESSION,
    TRUE,
    Node,
    conj,
    disj,
    holds,
    neg,
    open_question,
)
from lambdaudit.iam.patterns import parse_template
from lambdaudit.iam.principals import Caller, CallerKind, read_caller
from lambdaudit.iam.query import Found, Query
from lambdaudit.iam.replay import SAMPLES, allowed, allowing_statements, delegating, request_of
from lambdaudit.iam.shapes import partition_of
from lambdaudit.iam.space import Space, is_later, phrase, split
from lambdaudit.iam.symbolic import Placed, formula_of
from lambdaudit.iam.verdicts import Proved, Verdict, Violated, Witness
from lambdaudit.iam.zones import universal
from lambdaudit.model.unknown import Unknown

EXAMPLE: Final = "arn:aws:iam::111122223333:role/example"
NOT_KNOWN: Final = "a policy that counts could not be read"
NOT_KNOWN_DENY: Final = "a policy that may deny could not be read"
"""Apart from the other: what an unread policy allows and what it denies are two open questions, not one and its opposite."""


class Stack:
    """The layers of one principal as formulas, following the evaluation logic of the user guide."""

    def __init__(self, layers: Layers, space: Space, caller: Caller, *, owner: str, delegated: bool) -> None:
        self.layers, self.space, self.caller, self.owner = layers, space, caller, owner
        self.delegated = delegated
        self._placed: dict[int, Placed] = {}

    def masks(self) -> Iterator[int]:
        """The masks of every statement of every layer."""
        for attached in members(self.layers):
            yield from self._at(attached).masks

    def _at(self, attached: Attached) -> Placed:
        found = self._placed.get(id(attached.policy))
        if found is None:
            found = self._placed[id(attached.policy)] = Placed(formula_of(attached.policy), self.space)
        return found

    def _allow(self, layer: Layer, action: int) -> Node:
        if isinstance(layer, Unknown):
            return open_question(NOT_KNOWN)
        return disj(
            open_question(NOT_KNOWN) if isinstance(member, Unknown) else disj(self._at(member).allows(action)) for member in layer
        )

    def _deny(self, layer: Layer, action: int) -> Node:
        if isinstance(layer, Unknown):
            return open_question(NOT_KNOWN_DENY)
        return disj(
            open_question(NOT_KNOWN_DENY) if isinstance(member, Unknown) else disj(self._at(member).denies(action))
            for member in layer
        )

    def _denies(self, member: Attached, action: int) -> list[Node]:
        boundary = self.layers.boundary
        return self._at(member).denies(action, bounded=None if isinstance(boundary, Unknown) else bool(boundary))

    def _limit(self, layer: Layer, action: int) -> Node:
        return self._allow(layer, action) if layer else TRUE

    def _resource(self, match: Match, action: int) -> Node:
        resource = self.layers.resource
        if isinstance(resource, Attached):
            return self._at(resource).allows_by(action, match)
        if isinstance(resource, Unknown):
            return open_question(NOT_KNOWN)
        if not self._needs_resource_policy(action):
            return FALSE
        if self.delegated:
            return TRUE if match is Match.ACCOUNT else FALSE
        return open_question(NOT_KNOWN)

    def _needs_resource_policy(self, action: int) -> bool:
        """Keys and roles always have a policy of their own."""
        return self.space.name(action.bit_length() - 1).partition(":")[0] in ("kms", "sts")

    def _bound(self, action: int) -> Node:
        return holds(RESOURCE, _OWN_POLICY) if self._needs_resource_policy(action) else FALSE

    def allow(self, action: int) -> Node:
        """When the layers together allow the class of an action (one bit)."""
        root = self.caller.kind is CallerKind.ROOT
        layers = self.layers
        identity = TRUE if root else self._allow(layers.identity, action)
        within = TRUE
        if self.caller.account and not root:
            session = self._limit(layers.session, action)
            if layers.session == () and self.caller.kind is CallerKind.FEDERATED_USER:
                session = FALSE
            within = conj([self._limit(layers.boundary, action), session])
        direct, role, account = (self._resource(match, action) for match in (Match.DIRECT, Match.ROLE, Match.ACCOUNT))
        anyhow = disj([direct, role, account])
        if not self.caller.account:
            granted = anyhow
        else:
            bound = self._bound(action)
            through = disj([conj([identity, disj([neg(bound), account])]), role])
            own = disj([direct, conj([within, through])])
            across = conj([anyhow, identity, within])
            granted = self._by_owner(own, across)
        return conj([granted, self._organisation(action), neg(self._denied(action)), self._limit(layers.endpoint, action)])

    def _by_owner(self, own: Node, across: Node) -> Node:
        if self.owner:
            return own if self.owner == self.caller.account else across
        mine = disj([holds(RESOURCE, (_of_account(self.caller.account),)), neg(holds(RESOURCE, _WITH_ACCOUNT))])
        return disj([conj([mine, own]), conj([neg(mine), across])])

    def _organisation(self, action: int) -> Node:
        if not self.caller.in_account or self.caller.service_linked:
            return TRUE
        if isinstance(self.layers.scp, Unknown):
            return open_question(NOT_KNOWN)
        return conj(self._limit(level, action) for level in self.layers.scp)

    def _denied(self, action: int) -> Node:
        layers = self.layers
        parts = [self._deny(layers.endpoint, action)]
        if self.caller.account and self.caller.kind is not CallerKind.ROOT:
            parts.extend(self._deny(layer, action) for layer in (layers.identity, layers.boundary, layers.session))
        if isinstance(layers.resource, Attached):
            parts.extend(self._denies(layers.resource, action))
        elif isinstance(layers.resource, Unknown):
            parts.append(open_question(NOT_KNOWN_DENY))
        if self.caller.in_account and not self.caller.service_linked:
            scp = layers.scp
            parts.extend([open_question(NOT_KNOWN_DENY)] if isinstance(scp, Unknown) else (self._deny(lv, action) for lv in scp))
        service = self.space.name(action.bit_length() - 1).partition(":")[0].lower()
        if not self.caller.service_linked and service in rcp_services():
            rcp = layers.rcp
            parts.extend([open_question(NOT_KNOWN_DENY)] if isinstance(rcp, Unknown) else (self._deny(lv, action) for lv in rcp))
        return disj(parts)


def _of_account(account: str) -> tuple[str, ...]:
    nc = STAR_BUT_COLON
    return (*"arn:", nc, ":", nc, ":", nc, ":", *account, ":", STAR)


_OF_CALLERS: Final = ("aws:principal", "aws:user", "kms:caller")
_NC: Final = STAR_BUT_COLON
_WITH_ACCOUNT: Final[Language] = ((*"arn:", _NC, ":", _NC, ":", _NC, ":", *(DIGIT,) * 12, ":", STAR),)
_OWN_POLICY: Final[Language] = (
    (*"arn:", _NC, *":kms:", _NC, ":", _NC, *":key/", STAR),
    (*"arn:", _NC, *":iam:", _NC, ":", _NC, *":role/", STAR),
)


def members(layers: Layers) -> Iterator[Attached]:
    """Every policy of the layers that is known."""
    groups: list[Layer] = [
        layers.identity,
        layers.boundary,
        layers.session,
        layers.endpoint,
        (layers.resource,) if layers.resource else (),
    ]
    for levels in (layers.scp, layers.rcp):
        groups.extend(() if isinstance(levels, Unknown) else levels)
    for group in groups:
        if not isinstance(group, Unknown):
            yield from (member for member in group if isinstance(member, Attached))


class Access(msgspec.Struct, frozen=True):
    """Actions that are open in the same way, a confirmed request, and the statements and resources that allow them."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditional: bool
    witness: Witness


class Reach(msgspec.Struct, frozen=True):
    """What a principal can do; `open` says why there may be more."""

    access: tuple[Access, ...]
    open: tuple[str, ...]


class PrincipalQuestion:
    """All layers of one principal, asked about actions and resources."""

    def __init__(
        self,
        layers: Layers,
        *,
        principal: str,
        actions: Collection[str] = ("*",),
        resources: Collection[str] = ("*",),
        resource_account: str = "",
        delegated: bool = True,
        context: Facts = NO_FACTS,
        query: Query | None = None,
    ) -> None:
        self.principal, self.owner = principal, resource_account
        self.caller = read_caller(principal)
        self.space = Space([*(p for a in members(layers) for p in formula_of(a.policy).patterns()), *actions])
        self.mask = self.space.union(actions)
        own = self.caller.text.split(":", 2)
        self.partition = own[1] if own[0] == "arn" else partition_of(a.policy for a in members(layers))
        self.stack = Stack(layers, self.space, self.caller, owner=resource_account, delegated=delegated)
        self.layers = layers
        self.query = query or Query(as_pins(context), SAMPLES)
        self.open: list[str] = []
        wanted = [arn_glob_of(parse_template(text, variables=False).parts) for text in resources]
        self.where = TRUE if (STAR,) in wanted else holds(RESOURCE, tuple(wanted))

    def witnesses(self) -> Iterator[Witness]:
        """A witness for each class of actions that the layers allow."""
        account = self.owner or self.caller.account or "111122223333"
        for part in split(self.mask, list(self.stack.masks())):
            node = conj([self.stack.allow(part & -part), self.where])
            if node is FALSE:
                continue
            names = self.space.every_name(part)
            for group, found, text in spread(self.query, node, names, self._within, partition=self.partition, account=account):
                witness = self._witness(group, found, text)
                if witness is not None:
                    yield witness

    def _within(self, node: Node) -> Node:
        used = with_variable_keys(node)
        if any(atom.dim in (PRINCIPAL, SESSION) or atom.dim.name.startswith(_OF_CALLERS) for atom in used):
            node = conj([node, _is(self.caller)])
        return conj([node, universal(with_variable_keys(node), self.query.pins)])

    def _witness(self, names: list[str], found: Found, text: str) -> Witness | None:
        for values in found.candidates:
            request = request_of(
                {**values, RESOURCE: text} if text else values,
                action=names[0],
                principal=self.principal,
                resource="*",
                resource_account=self.owner,
                pins=self.query.pins,
            )
            layers = delegating(self.layers, self.caller.account, request) if self.stack.delegated else self.layers
            if allowed(request, layers):
                return self._told(request, names)
        self.open.append(found.reason or f"whether {self.principal} may call {phrase(names[:1])} was not confirmed")
        return None

    def _told(self, request: Request, names: list[str]) -> Witness:
        named = [(a.name, allowing_statements(a.policy, request)) for a in members(self.layers)]
        said = [(name, found) for name, found in named if found]
        why = f", allowed by {said[0][0]} statement {said[0][1][0]}" if said else ""
        text = f"{self.principal} may call {phrase(names[:1])} on {request.resource}{why}"
        known = tuple(name for name in names if not is_later(name))
        return Witness(request, said[0][1] if said else (), text, known, caller=self.principal)


def _is(caller: Caller) -> Node:
    """The principal is this caller; a session ARN does not tell the path of its role."""
    text, session = encoded(caller)
    if session is None:
        return holds(PRINCIPAL, (tuple(text),))
    return conj([holds(PRINCIPAL, role_globs(caller.account, caller.name)), holds(SESSION, (tuple(session),))])


def grants(
    layers: Layers,
    *,
    actions: Collection[str],
    resources: Collection[str],
    principal: str = EXAMPLE,
    resource_account: str = "",
    delegated: bool = True,
    context: Facts = NO_FACTS,
) -> Verdict:
    """Whether any of the actions on any of the resources (ARN patterns) is allowed to the principal.

    Violated means: it is, with a witness for each class of actions. `delegated` says that the policies of keys and
    roles leave the decision to the account when `layers.resource` is None; without it such questions stay open.
    """
    question = PrincipalQuestion(
        layers,
        principal=principal,
        actions=actions,
        resources=resources,
        resource_account=resource_account,
        delegated=delegated,
        context=context,
    )
    found = tuple(question.witnesses())
    if found:
        return Violated(found)
    return (
        Unknown(question.open[0]) if question.open else Proved("no statement allows any of the actions on any of the resources")
    )


def who_can(
    principals: Mapping[str, Layers],
    action: str,
    resource: str,
    *,
    resource_account: str = "",
    delegated: bool = True,
    context: Facts = NO_FACTS,
) -> tuple[tuple[str, Verdict], ...]:
    """Which of the principals may call the action on the resource: Violated with a witness, or Unknown.

    `principals` maps ARNs to the layers that apply to each. Those who provably cannot are left out.
    """
    query = Query(as_pins(context), SAMPLES)
    found: list[tuple[str, Verdict]] = []
    for principal, layers in principals.items():
        if not _may_name(layers, action):
            continue
        question = PrincipalQuestion(
            layers,
            principal=principal,
            actions=(action,),
            resources=(resource,),
            resource_account=resource_account,
            delegated=delegated,
            query=query,
        )
        witnesses = tuple(question.witnesses())
        if witnesses:
            found.append((principal, Violated(witnesses)))
        elif question.open:
            found.append((principal, Unknown(question.open[0])))
    return tuple(found)


def _may_name(layers: Layers, action: str) -> bool:
    """Whether any allow statement of the layers that grant can be about the action; a cheap filter."""
    groups: Iterable[Layer] = (layers.identity, (layers.resource,) if layers.resource is not None else ())
    for group in groups:
        if isinstance(group, Unknown):
            return True
        for member in group:
            if isinstance(member, Unknown):
                return True
            formula = formula_of(member.policy)
            space = Space([*formula.patterns(), action])
            mask = space.mask(action)
            for statement in formula.statements:
                if statement.allow is not FALSE and (statement.open_actions is not None or statement.mask(space) & mask):
                    return True
    return False


def what_can(layers: Layers, *, principal: str = EXAMPLE, actions: Collection[str] = ("*",), context: Facts = NO_FACTS) -> Reach:
    """Everything that the layers allow to the principal, by classes of actions, each with a confirmed request."""
    question = PrincipalQuestion(layers, principal=principal, actions=actions, context=context)
    access: list[Access] = []
    for witness in question.witnesses():
        resources: dict[str, None] = {}
        conditional = True
        for attached in members(layers):
            indexes = allowing_statements(attached.policy, witness.request)
            for statement in attached.policy.statements:
                if statement.index in indexes:
                    entries = statement.resources or ()
                    resources.update((entry.raw, None) for entry in entries)
                    resources.update((f"not {entry.raw}", None) for entry in statement.not_resources or ())
                    conditional = conditional and bool(statement.conditions)
        access.append(Access(witness.actions, tuple(resources), conditional, witness))
    return Reach(tuple(access), tuple(dict.fromkeys(question.open)))
