"""Who from outside can use a resource through its policy: the public, other accounts, services that act for others."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from lambdaudit.iam.automaton import STAR, Glob, Language, arn_glob_of
from lambdaudit.iam.decide import Attached, Layers, Request
from lambdaudit.iam.formula import FALSE, PRESENT, RESOURCE, Atom, Dim, Node, WithVariables, atoms, conj, holds
from lambdaudit.iam.keys import many_valued
from lambdaudit.iam.language import Policy, PolicyKind, parse
from lambdaudit.iam.patterns import parse_template
from lambdaudit.iam.query import Query
from lambdaudit.iam.replay import SAMPLES, STRANGER, allowed, allowing_statements, request_of
from lambdaudit.iam.space import Space, phrase, split
from lambdaudit.iam.symbolic import Placed, formula_of
from lambdaudit.iam.variables import variables_of
from lambdaudit.iam.verdicts import Proved, Verdict, Violated, Witness
from lambdaudit.iam.zones import Names, universal
from lambdaudit.model.unknown import Unknown

Document: TypeAlias = Policy | Attached | Mapping[str, Any] | str | bytes | Unknown
"""A policy in any form, or the reason why it is not known."""

Facts: TypeAlias = Mapping[str, str | Collection[str] | None]
"""Context keys whose value is known for every request: a text, several texts, or None for "never there"."""

NO_FACTS: Final[Facts] = {}

_EVERYTHING: Final = Attached("identity", parse('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'))
MOST_WITNESSES: Final = 12


def as_policy(document: Document, kind: PolicyKind) -> Policy | Unknown:
    """The policy behind any form of document."""
    if isinstance(document, Attached):
        return document.policy
    return document if isinstance(document, (Policy, Unknown)) else parse(document, kind)


def as_pins(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Facts as pins of a query: keys in lower case, an empty tuple for keys that are never there."""
    pins: dict[str, tuple[str, ...]] = {}
    for key, value in facts.items():
        pins[key.lower()] = () if value is None else (value,) if isinstance(value, str) else tuple(value)
    return pins


def owned(resource: str) -> Language:
    """The resource and what belongs to it: versions, objects, indexes, routes."""
    glob = arn_glob_of(parse_template(resource, variables=False).parts)
    if glob and glob[-1] == STAR:
        return (glob,)
    return (glob, (*glob, ":", STAR), (*glob, "/", STAR))


class Caller:
    """A sort of caller: its zone, how sentences name it, who stands for it by default, the actions that it can sign for."""

    __slots__ = ("actions", "default", "kind", "name", "phrase", "zone")

    def __init__(
        self,
        kind: str,
        zone: Callable[[list[Atom]], Node],
        phrase: str,
        default: str,
        name: str = "",
        *,
        actions: int = -1,
    ) -> None:
        self.kind, self.zone, self.phrase, self.default, self.name = kind, zone, phrase, default, name
        self.actions = actions


class ResourceQuestion:
    """One resource policy and one resource, asked about several sorts of callers."""

    def __init__(
        self,
        policy: Policy,
        *,
        resource: str,
        account: str,
        actions: Collection[str] | None,
        facts: Facts,
        accounts: Iterable[str] = (),
        organisations: Iterable[str] = (),
    ) -> None:
        self.policy, self.resource, self.account = policy, resource, account
        own = sorted(organisations)
        near = [account, *accounts, *re.findall(r"(?<!\d)\d{12}(?!\d)", resource)]
        self.names = Names([policy], near, [*own, _OWN_ORGANISATION])
        formula = formula_of(policy)
        self.space = Space([*formula.patterns(), *(actions or ())])
        self.placed = Placed(formula, self.space)
        self.mask = self._actions(actions)
        pins = {"aws:resourceaccount": (account,)} if account else {}
        if "aws:resourceorgid" in keys_of(policy):
            pins["aws:resourceorgid"] = (own[0] if own else _OWN_ORGANISATION,)
        self.query = Query({**pins, **as_pins(facts)}, SAMPLES, wide=WIDE)
        self.open: list[str] = []
        self.layers = Layers(identity=(_EVERYTHING,), session=(_EVERYTHING,), resource=Attached("resource", policy))

    def _actions(self, actions: Collection[str] | None) -> int:
        if actions is not None:
            return self.space.union(actions)
        segments = self.resource.split(":", 5)
        if len(segments) < 3 or "*" in segments[2] or not segments[2]:
            return self.space.full
        service = "sts" if segments[2] == "iam" else segments[2]
        mask = 0
        for prefix in _SERVICE_ACTIONS.get(service, (service,)):
            mask |= self.space.service(prefix)
        return mask or self.space.full

    def witnesses(self, caller: Caller, done: int = 0) -> Iterator[tuple[int, Witness]]:
        """For each class of actions that is open to the caller: the class and its witness. Actions in `done` are left out."""
        for part in split(self.mask & caller.actions & ~done, self.placed.masks):
            node = self.placed.allow(part & -part)
            found = None if node is FALSE else self._witness(node, part, caller)
            if found is not None:
                yield part, found

    def _witness(self, node: Node, part: int, caller: Caller) -> Witness | None:
        formula = self.within(node, caller)
        found = self.query.ask(formula, (self.resource,))
        if found.proved:
            return None
        action = self.space.name((part & -part).bit_length() - 1)
        for values in found.candidates:
            request = request_of(
                values,
                action=action,
                principal=caller.default,
                resource=self.resource,
                resource_account=self.account,
                pins=self.query.pins,
            )
            if allowed(request, self.layers):
                names = tuple(self.space.names(part))
                statements = allowing_statements(self.policy, request)
                text = f"{caller.phrase} may call {phrase(names or (action,))} on {self.resource}"
                return Witness(request, statements, text, names, caller.kind, caller.name)
        self.open.append(found.reason or f"{caller.phrase} may reach {action}, but the evaluator did not confirm it")
        return None

    def within(self, node: Node, caller: Caller) -> Node:
        """A formula for requests of one sort of caller on this resource."""
        asked = conj([node, holds(RESOURCE, owned(self.resource))]) if self.resource else node
        used = with_variable_keys(asked)
        full = conj([asked, caller.zone(used)])
        return conj([full, universal(list(atoms(full)), self.query.pins)])

    def verdict(self, found: list[Witness], callers: Iterable[Caller], why: str, *, explain: bool = True) -> Verdict:
        """The verdict for these witnesses; open points count only when there is none.

        With `explain` a proof says what limits each statement, which takes more questions; else it is `why`.
        """
        if found:
            return Violated(tuple(found[:MOST_WITNESSES]))
        if self.open:
            return Unknown(self.open[0])
        if not explain:
            return Proved(why)
        from lambdaudit.iam.limits import limits_of

        return Proved(limits_of(self, callers, why))


WIDE: Final = frozenset({"aws:sourceip", "aws:vpcsourceip"})
"""Keys of addresses: a limit to a range of at most a /8 is taken as one that a stranger is outside of."""
_OWN_ORGANISATION: Final = "o-ownorganization"
_SERVICE_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "s3": ("s3",),
    "s3-object-lambda": ("s3-object-lambda", "s3"),
    "execute-api": ("execute-api",),
}


def keys_of(policy: Policy) -> set[str]:
    """Every condition key that a policy reads, in conditions and in variables."""
    keys = {condition.key for statement in policy.statements for condition in statement.conditions}
    for statement in policy.statements:
        entries = [*(statement.resources or ()), *(statement.not_resources or ())]
        entries.extend(entry for condition in statement.conditions for entry in condition.values)
        keys.update(variable.key for entry in entries for variable in entry.template.variables)
    return keys


def with_variable_keys(node: Node) -> list[Atom]:
    """The atoms of a formula, and one for each key that a policy variable reads."""
    used = list(atoms(node))
    for atom in list(used):
        if isinstance(atom.lang, WithVariables):
            used.extend(Atom(Dim(variable.key, many=many_valued(variable.key)), PRESENT) for variable in variables_of(atom.lang))
    return used


__all__ = ["NO_FACTS", "STRANGER", "Caller", "Document", "Facts", "Glob", "Request", "ResourceQuestion"]
