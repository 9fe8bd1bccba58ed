"""Cheap proofs for usual policies, tried before the symbolic engine: each says yes only where the answer follows at once.

"No" from one of these means nothing: the question goes to the engine then.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final

from lambdaudit.iam.compiled import Prepared, Rule, compile_policy
from lambdaudit.iam.decide import Attached, Layer, Layers, Outcome, Request, decide
from lambdaudit.iam.language import Condition, Effect, Operator, Policy, PrincipalKind, Statement
from lambdaudit.iam.patterns import Matcher, action_pattern
from lambdaudit.iam.principals import read_caller
from lambdaudit.iam.replay import delegating
from lambdaudit.iam.shapes import examples_of
from lambdaudit.iam.verdicts import Witness
from lambdaudit.iam.zones import named_accounts
from lambdaudit.model.unknown import Unknown

MOST_SAMPLES: Final = 8
"""Resources of one statement that are tried before the engine is asked."""

_ACCOUNT_ID: Final = re.compile(r"\d{12}", re.ASCII)
_ORGANIZATION_ID: Final = re.compile(r"o-[a-z0-9]{10,32}")
_OF_AN_ACCOUNT: Final = frozenset(
    {PrincipalKind.ACCOUNT, PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.SESSION, PrincipalKind.FEDERATED_USER}
)
_NAMED: Final = _OF_AN_ACCOUNT | {PrincipalKind.SERVICE, PrincipalKind.UNIQUE_ID}
_POSITIVE: Final = frozenset(
    {
        Operator.STRING_EQUALS,
        Operator.STRING_LIKE,
        Operator.STRING_EQUALS_IGNORE_CASE,
        Operator.ARN_EQUALS,
        Operator.ARN_LIKE,
    }
)
_EQUAL: Final = frozenset({Operator.STRING_EQUALS, Operator.STRING_LIKE})
_CALLER_ACCOUNT: Final = frozenset({"aws:principalaccount", "aws:sourceowner", "kms:calleraccount"})
"""Keys that hold the account of the caller, and that nobody can choose."""


def _allows(policy: Policy) -> list[Statement] | None:
    """The Allow statements; None when any statement was not understood, because then nothing follows at once."""
    if any(statement.gaps for statement in policy.statements):
        return None
    return [s for s in policy.statements if s.effect is not Effect.DENY]


def names_everyone_it_lets_in(policy: Policy) -> bool:
    """Proof that no stranger is let in: every Allow statement lists services or principals of named accounts only.

    A condition on the caller's account or organization lists them as well as the Principal element does.
    """
    allows = _allows(policy)
    return allows is not None and all(
        _asks_for_account(s)
        or _asks_for_organization(s)
        or (s.principals is not None and all(p.kind in _NAMED and p.value != "*" for p in s.principals))
        for s in allows
    )


def _asks_for_account(statement: Statement, accounts: Collection[str] | None = None) -> bool:
    """Whether the statement holds for principals of listed accounts only, whoever its Principal is: with `accounts`, of these.

    The default policy of topics lets in everyone in this way. Services and anonymous callers have no account.
    """
    return any(
        condition.key in _CALLER_ACCOUNT
        and _sure(condition, _EQUAL)
        and all(_ACCOUNT_ID.fullmatch(e.raw) and (accounts is None or e.raw in accounts) for e in condition.values)
        for condition in statement.conditions
    )


def _asks_for_organization(statement: Statement) -> bool:
    """Whether the statement holds for principals of listed organizations only. Services and anonymous callers are in none."""
    return any(
        condition.key == "aws:principalorgid"
        and _sure(condition, _EQUAL)
        and all(_ORGANIZATION_ID.fullmatch(entry.raw) for entry in condition.values)
        for condition in statement.conditions
    )


def _sure(condition: Condition, operators: Collection[Operator]) -> bool:
    """Whether a condition is one of a positive comparison that fails for a request without the key, with plain values."""
    if condition.operator not in operators or condition.qualifier is not None or condition.if_exists or condition.gap:
        return False
    return bool(condition.values) and not any(entry.template.variables for entry in condition.values)


def stays_inside(policy: Policy, accounts: Collection[str]) -> bool:
    """Proof that no other account is let in: every Allow names principals of these accounts, or services that act for them.

    Services that act for just anybody are the question of `services_act_for`.
    """
    allows = _allows(policy)
    if allows is None:
        return False
    listing = [s.principals for s in allows if not _asks_for_account(s, accounts)]
    entries = [p for principals in listing for p in principals or ()]
    services = [p.value for p in entries if p.kind is PrincipalKind.SERVICE]
    return (
        None not in listing
        and "*" not in services
        and all(p.kind is PrincipalKind.SERVICE or (p.kind in _OF_AN_ACCOUNT and p.account in accounts) for p in entries)
        and not (services and _names_other(policy, accounts))
    )


def _names_other(policy: Policy, accounts: Collection[str]) -> bool:
    """Whether another account id stands in a condition or principal: also a Deny may leave a service to other accounts."""
    return not named_accounts([policy]) <= frozenset(accounts)


def services_act_for(policy: Policy, account: str) -> bool:
    """Proof that services use the policy for one account only: where one is let in, the source is bound to the account."""
    allows = _allows(policy)
    if allows is None:
        return False
    for statement in allows:
        if _asks_for_account(statement) or _asks_for_organization(statement):
            continue
        if statement.principals is None or any(p.kind not in _NAMED for p in statement.principals):
            return False
        if any(p.kind is PrincipalKind.SERVICE for p in statement.principals) and not any(
            _binds(condition, account) for condition in statement.conditions
        ):
            return False
    return True


def _binds(condition: Condition, account: str) -> bool:
    if not _sure(condition, _POSITIVE):
        return False
    if condition.key == "aws:sourceaccount":
        return all(entry.raw == account for entry in condition.values)
    return condition.key == "aws:sourcearn" and all(_account_segment(entry.raw) == account for entry in condition.values)


def _account_segment(arn: str) -> str:
    segments = arn.split(":", 5)
    return segments[4] if len(segments) == 6 and segments[0] == "arn" else ""


@lru_cache(maxsize=4096)
def _matcher(raws: tuple[str, ...]) -> Matcher:
    """Whether one of the action patterns of a statement matches a name in lower case."""
    names = frozenset(raw.lower() for raw in raws if "*" not in raw and "?" not in raw)
    globs = tuple(action_pattern(raw) for raw in raws if "*" in raw or "?" in raw)
    return lambda name: name in names or any(matches(name) for matches in globs)


_Test = tuple[tuple[str, ...], bool]
"""The action patterns of a statement, and whether they are those that it leaves out."""


@lru_cache(maxsize=1024)
def _known_of(tests: tuple[_Test, ...]) -> dict[str, bool]:
    """What was found for statements with these patterns, by action: roles by the hundred have the same statements."""
    return {}


@lru_cache(maxsize=4096)
def _usual(action: str, account: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Resources of the kinds that an action takes, and the services in their ARNs."""
    usual = examples_of((action,), account)
    return usual, frozenset(sample.split(":", 3)[2] for sample in usual if sample.count(":") > 2)


def _may_mean(rule: Rule, request: Prepared) -> bool:
    """Whether a statement can be about the resource of a request in any context: what hangs on variables can."""
    entries = rule.statement.resources or rule.statement.not_resources or ()
    return any(entry.template.variables for entry in entries) or rule.resource(request) is not False


class Abilities:
    """What a principal's layers can and cannot come to, without looking at conditions and resources in general."""

    def __init__(self, principal: str, layers: Layers, account: str) -> None:
        self._principal, self._layers, self._account = principal, layers, account
        self._open = layers.resource is not None
        tests: list[_Test] = []
        self._resources: list[tuple[str, ...]] = []
        self._rules: list[Rule] = []
        self._at_once: dict[tuple[str, str, bool], Witness | None] = {}
        for rule in self._allowing(layers.identity):
            statement = rule.statement
            entries = statement.actions if statement.actions is not None else statement.not_actions
            if statement.gaps or entries is None:
                self._open = True
                continue
            tests.append((tuple(e.raw for e in entries), statement.actions is None))
            self._rules.append(rule)
            self._resources.append(tuple(e.raw for e in statement.resources or () if not e.template.variables))
        self._tests: list[tuple[Matcher, bool]] = [(_matcher(raws), inverted) for raws, inverted in tests]
        self._possible = _known_of(tuple(tests))

    def _allowing(self, layer: Layer) -> Iterator[Rule]:
        """The Allow statements of the policies; marks the layer as open when one of them was not read."""
        for member in (layer,) if isinstance(layer, Unknown) else layer:
            if isinstance(member, Attached):
                yield from (rule for rule in compile_policy(member.policy).rules if rule.allows)
            else:
                self._open = True

    def never(self, action: str) -> bool:
        """Proof that no identity policy allows an action (a name without wildcards) on anything."""
        if self._open:
            return False
        possible = self._possible.get(action)
        if possible is None:
            name = action.lower()
            wild = "*" in action or "?" in action
            possible = self._possible[action] = wild or any(matches(name) is not inverted for matches, inverted in self._tests)
        return not possible

    def never_on(self, action: str, resource: str) -> bool:
        """Proof that no identity policy allows an action on a resource, both without wildcards, whatever the context."""
        if self.never(action):
            return True
        if self._open or any(wild in text for wild in "*?" for text in (action, resource)):
            return False
        request = Prepared(read_caller(self._principal), action, resource, {}, None)
        return not any(
            matches(request.action) is not inverted and _may_mean(rule, request)
            for (matches, inverted), rule in zip(self._tests, self._rules, strict=True)
        )

    def at_once(self, action: str, resource: str, *, delegated: bool = False) -> Witness | None:
        """The witness when a request without any context is allowed already.

        Keys and roles also have policies of their own: with `delegated` they leave the decision to those of the account, as
        `questions.grants` takes it, otherwise nothing is said of them.
        """
        key = (action, resource, delegated)
        if key not in self._at_once:
            self._at_once[key] = self._plain(action, resource, delegated)
        return self._at_once[key]

    def _plain(self, action: str, resource: str, delegated: bool) -> Witness | None:
        if "*" in action or "?" in action or (not delegated and action.lower().startswith(("kms:", "sts:"))):
            return None
        if resource == "*":
            samples = dict.fromkeys(s for s in self._samples(action) if "*" not in s and "?" not in s)
            return next((w for sample in samples if (w := self.at_once(action, sample, delegated=delegated))), None)
        if "*" in resource or "?" in resource:
            return None
        request = Request(principal=self._principal, action=action, resource=resource, resource_account=self._account)
        layers = delegating(self._layers, self._account, request) if delegated else self._layers
        if decide(request, layers).outcome is not Outcome.ALLOWED:
            return None
        return Witness(
            request=request, statements=(), text=f"{self._principal} may call {action} on {resource}", actions=(action,)
        )

    def _samples(self, action: str) -> Iterator[str]:
        """Resources to try an action on: one of each shape that the statements about it name, else a usual one."""
        name = action.lower()
        usual, services = _usual(action, self._account)
        for (matches, inverted), resources in zip(self._tests, self._resources, strict=True):
            if matches(name) is inverted:
                continue
            for raw in resources[:MOST_SAMPLES]:
                if raw == "*":
                    yield from usual
                elif (filled := self._filled(raw)).count(":") > 2 and filled.split(":", 3)[2] in services:
                    yield filled

    def _filled(self, raw: str) -> str:
        """An ARN pattern with usual values for its wildcards."""
        segments = raw.split(":", 5)
        if len(segments) == 6:
            for i, usual in ((1, "aws"), (3, "eu-west-1"), (4, self._account)):
                segments[i] = usual if segments[i] == "*" else segments[i]
        return ":".join(segments).replace("*", "example").replace("?", "x")


@lru_cache(maxsize=2048)
def abilities_of(principal: str, layers: Layers, account: str) -> Abilities:
    """The abilities of a principal with these layers, remembered: several parts of an audit ask about the same."""
    return Abilities(principal, layers, account)
