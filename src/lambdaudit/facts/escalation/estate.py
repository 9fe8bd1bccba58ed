"""What there is to be won in an account: every role, user and function with its strength, each worked out once for an audit."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

import msgspec

from lambdaudit.facts.audit import Audit
from lambdaudit.facts.context import keys_of, of_caller
from lambdaudit.facts.escalation.technique import EVERYTHING
from lambdaudit.facts.strength import CHANGES_RIGHTS, Strength, strength_of
from lambdaudit.model.base import Asset, Policy
from lambdaudit.model.finding import Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Group, Principal, Role, User
from lambdaudit.model.unknown import NotKnown, Unknown, known

if TYPE_CHECKING:
    from lambdaudit.iam.decide import Attached, Layers

A = TypeVar("A", bound=Asset)
P = TypeVar("P", bound=Principal)

MOST_TARGETS = 2_000
"""Roles, users or functions that are tried as targets of one technique, the strongest first."""

_RESERVED = ("/aws-service-role/", "/aws-reserved/")
"""Paths of roles that only AWS services may change."""


class Gain:
    """What becoming somebody else brings: how bad it is, and the new abilities in words."""

    __slots__ = ("severity", "words")

    def __init__(self, severity: Severity, words: str) -> None:
        self.severity, self.words = severity, words


class Estate:
    """One account as an attacker sees it. Get it by :func:`estate_of`."""

    def __init__(self, audit: Audit, account: str) -> None:
        self.audit, self.account = audit, account
        self.region = next(iter(audit.inventory.coverage.regions), "us-east-1")
        self._strengths: dict[object, Strength | Unknown] = {}
        self._trusted: dict[str, list[Role]] | None = None
        self.unread_trust: Unknown | None = None

    def every(self, kind: type[A]) -> tuple[A, ...]:
        """All assets of a kind in the account. Raises NotKnown when they could not be listed."""
        return self.audit.every(kind, account=self.account)

    def strength(self, principal: Principal, *, mfa: bool = False) -> Strength:
        """How strong a principal is. Raises NotKnown when that was not read."""
        found = self._strengths.get((principal.id, mfa))
        if found is None:
            try:
                layers = self.audit.layers(principal)
                found = strength_of(
                    layers, principal.id, region=self.region, context=of_caller(principal, keys_of(layers), mfa=mfa)
                )
                found = self._with_rise(principal, found)
            except NotKnown as error:
                found = error.unknown
            self._strengths[(principal.id, mfa)] = found
        return known(found)

    def _with_rise(self, principal: Principal, strength: Strength) -> Strength:
        """The strength, with the knowledge whether the principal can make itself administrator."""
        from lambdaudit.facts.escalation import itself

        if strength.administrator or CHANGES_RIGHTS not in strength.abilities:
            return strength
        self._strengths[(principal.id, False)] = strength  # what the search below compares with
        rises = any(way.severity is Severity.CRITICAL for way in itself.own_policies(principal, self))
        return strength._replace(rises=rises)

    def altered(self, principal: Principal, layers: "Layers", key: str) -> Strength:
        """How strong a principal would be with other layers; `key` names the change."""
        known_as = (principal.id, key)
        if known_as not in self._strengths:
            context = of_caller(principal, keys_of(layers))
            try:
                self._strengths[known_as] = strength_of(layers, principal.id, region=self.region, context=context)
            except NotKnown as error:
                self._strengths[known_as] = error.unknown
        return known(self._strengths[known_as])

    def raised(self, principal: Principal, document: str = EVERYTHING) -> Strength:
        """How strong a principal is after a policy was added to its own; boundary and guardrails stay."""
        if (principal.id, document) in self._strengths:
            return known(self._strengths[(principal.id, document)])
        layers = self.audit.layers(principal)
        identity = () if isinstance(layers.identity, Unknown) else layers.identity
        return self.altered(principal, msgspec.structs.replace(layers, identity=(*identity, attached(document))), document)

    def gain(self, me: Principal, reached: Strength) -> Gain | None:
        """What a principal wins with a strength that it can reach; None when that is nothing sensitive."""
        own = self.strength(me)
        if own.administrator:
            return None
        if reached.administrator:
            return Gain(Severity.CRITICAL, "administrator of the account")
        if reached.rises and not own.rises:
            return Gain(Severity.CRITICAL, "able to make itself administrator")
        new = reached.beyond(own)
        return Gain(Severity.HIGH, f"able to {_listed(new)}") if new else None

    def promising(self, me: Principal, principals: "Callable[[], Iterable[P]]", kind: str) -> "list[P]":
        """Those of some principals that are worth becoming for `me`, or whose strength was not read; `kind` names the list."""

        def work() -> "list[P]":
            found = []
            for other in principals():
                try:
                    worth = other.id != me.id and self.gain(me, self.strength(other)) is not None
                except NotKnown:
                    worth = True
                if worth:
                    found.append(other)
            return found

        return self.audit.once(("promising", kind, me.id), work)

    def strongest(self, principals: "tuple[A, ...] | list[A]") -> "list[A]":
        """Principals, the strongest first; those whose rights were not read last."""

        def rank(principal: A) -> tuple[object, ...]:
            assert isinstance(principal, Principal)
            try:
                return (*self.strength(principal).rank, principal.id)
            except NotKnown:
                return (True, True, 0, principal.id)

        return sorted(principals, key=rank)[:MOST_TARGETS]

    def roles(self) -> list[Role]:
        """The roles of the account, the strongest first."""
        return self.audit.once(("strongest roles", self.account), lambda: self.strongest(self.every(Role)))

    def changeable_roles(self) -> list[Role]:
        """The roles that principals of the account can change at all."""
        return [role for role in self.roles() if not role.path.startswith(_RESERVED)]

    def users(self) -> list[User]:
        """The users of the account, the strongest first."""
        return self.audit.once(("strongest users", self.account), lambda: self.strongest(self.every(User)))

    def groups_of(self, user: User) -> list[Group]:
        """The groups that a user is in."""
        found = [self.audit.find(Group, group) for group in known(user.groups)]
        return [group for group in found if group is not None]

    def functions(self) -> list[tuple[Function, Role]]:
        """Every function with its role, those with the strongest roles first."""
        return self.audit.once(("strongest functions", self.account), self._functions)

    def _functions(self) -> list[tuple[Function, Role]]:
        by_role: dict[str, list[Function]] = {}
        for fn in self.every(Function):
            if not isinstance(fn.role, Unknown) and fn.role:
                by_role.setdefault(fn.role, []).append(fn)
        roles = [role for role in self.roles() if role.id in by_role]
        return [(fn, role) for role in roles for fn in by_role[role.id]][:MOST_TARGETS]

    def trusted_by(self, service: str) -> list[Role]:
        """The roles that a service may take for a resource of this account, the strongest first."""
        if self._trusted is None:
            self._trusted = self._trust_index()
        return self._trusted.get(service, [])

    def _trust_index(self) -> dict[str, list[Role]]:
        from lambdaudit.iam.language import Effect, PrincipalKind

        index: dict[str, list[Role]] = {}
        for role in self.roles():
            if isinstance(role.trust, Unknown):
                self.unread_trust = role.trust
                continue
            if role.trust is None:
                continue
            document = self.audit.document(role.trust)
            named = {
                principal.value
                for statement in document.statements
                if statement.effect is Effect.ALLOW
                for principal in statement.principals or ()
                if principal.kind is PrincipalKind.SERVICE
            }
            for service in named:
                if _takes(document, service, role):
                    index.setdefault(service, []).append(role)
        return index


def _takes(document: object, service: str, role: Role) -> bool:
    """Whether a trust policy lets a service, acting for the role's own account, take the role."""
    from lambdaudit.iam.decide import Layers, Outcome, Request, decide
    from lambdaudit.iam.questions import Violated, grants

    layers = Layers(resource=attached(document))
    facts = {"aws:sourceaccount": role.account}
    request = Request(principal=service, action="sts:AssumeRole", resource=role.id, resource_account=role.account, context=facts)
    if decide(request, layers).outcome is Outcome.ALLOWED:
        return True
    if not keys_of(layers):
        return False
    answer = grants(
        layers, actions=("sts:AssumeRole",), resources=(role.id,), principal=service, resource_account=role.account, context=facts
    )
    return isinstance(answer, Violated)


def attached(document: object, name: str = "the attacker's policy") -> "Attached":
    """A policy document as a member of a layer."""
    from lambdaudit.iam.decide import Attached
    from lambdaudit.iam.language import Policy as Parsed
    from lambdaudit.iam.language import parse

    return Attached(name, document if isinstance(document, Parsed) else parse(document))  # type: ignore[arg-type]


def customer_policies(principal: Principal) -> Iterator[Policy]:
    """The customer managed policies that are attached to a principal itself."""
    for policy in known(principal.policies):
        if policy.kind == "customer-managed" and policy.arn:
            yield policy


def estate_of(audit: Audit, account: str) -> Estate:
    """The estate of an account, made once for an audit."""
    return audit.once(("estate", account), lambda: Estate(audit, account))


def _listed(words: tuple[str, ...]) -> str:
    if len(words) <= 3:
        return ", ".join(words)
    return f"{', '.join(words[:2])} and {len(words) - 2} more things"
