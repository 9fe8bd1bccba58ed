"""Policies made ready for many decisions: one matcher for each element, answers for actions remembered."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from lambdaudit.iam.conditions import (
    Check,
    Context,
    Tri,
    all_of,
    any_of,
    compile_condition,
    open_variables,
    variable_values,
)
from lambdaudit.iam.language import Condition, Effect, Entry, Policy, PolicyKind, Statement
from lambdaudit.iam.patterns import (
    ArnPattern,
    Matcher,
    Template,
    Wild,
    arn_segments,
    glob,
    parse_template,
    substitute,
)
from lambdaudit.iam.principals import (
    DIRECT,
    NOBODY,
    Caller,
    Match,
    PrincipalMatcher,
    match_not_principal,
    match_principal,
)

_REMEMBERED: Final = 1_024
_ANYONE: Final[Match] = (DIRECT, DIRECT)
_PERHAPS: Final[Match] = (0, 7)


class Prepared:
    """A request with everything that does not depend on a policy worked out."""

    __slots__ = ("action", "bounded", "caller", "context", "resource", "segments", "written_action")

    def __init__(self, caller: Caller, action: str, resource: str, context: Context, bounded: Tri) -> None:
        self.caller = caller
        self.written_action = action
        self.action = action.lower()
        self.resource = resource or "*"
        self.segments = arn_segments(self.resource)
        self.context = context
        self.bounded = bounded
        """Whether the caller has a permissions boundary."""


ResourceMatcher: TypeAlias = Callable[[Prepared], Tri]


@lru_cache(maxsize=8192)
def _filled_pattern(parts: tuple[str | Wild, ...]) -> ArnPattern:
    return ArnPattern(parts)


def _resources(entries: Sequence[Entry]) -> ResourceMatcher:
    """Whether one of the entries matches the resource of the request."""
    templates = [_completed(entry.template) for entry in entries]
    fixed = [template for template in templates if not template.variables]
    variable = [template for template in templates if template.variables]
    exact = frozenset(text for template in fixed if (text := template.literal) and text.count(":") >= 5)
    patterns = [ArnPattern(_parts(template)) for template in fixed if template.literal not in exact]
    if any(pattern.matches_all for pattern in patterns):
        return lambda request: True
    prefixes = tuple(pattern.prefix for pattern in patterns if pattern.prefix is not None)
    patterns = [pattern for pattern in patterns if pattern.prefix is None]

    def filled(template: Template, request: Prepared) -> Tri:
        if open_variables(template, request.context):
            return None
        parts = substitute(template, variable_values(request.context))
        return parts is not None and _filled_pattern(parts).matches(request.segments)

    def match(request: Prepared) -> Tri:
        if request.resource in exact or request.resource.startswith(prefixes):
            return True
        for pattern in patterns:
            if pattern.matches(request.segments):
                return True
        return any_of(filled(template, request) for template in variable) if variable else False

    return match


def _completed(template: Template) -> Template:
    """The short form of a web API's own policy (``execute-api:/stage/…``) as the ARN it is stored as."""
    if template.raw.startswith("execute-api:/"):
        return parse_template("arn:*:execute-api:*:*:*" + template.raw.removeprefix("execute-api:"))
    return template


def _parts(template: Template) -> tuple[str | Wild, ...]:
    return substitute(template, lambda key: None) or ()


class _Actions:
    """The entries of an Action element: names to look up, patterns sorted by the service that they are about."""

    __slots__ = ("_by_service", "_names", "_wide")

    def __init__(self, entries: Sequence[Entry]) -> None:
        names: set[str] = set()
        self._by_service: dict[str, list[Matcher]] = {}
        self._wide: list[Matcher] = []
        for entry in entries:
            template = parse_template(entry.raw.lower(), variables=False)
            service, colon, _ = template.raw.partition(":")
            if template.literal is not None:
                names.add(template.raw)
            elif colon and "*" not in service and "?" not in service:
                self._by_service.setdefault(service, []).append(glob(_parts(template)))
            else:
                self._wide.append(glob(_parts(template)))
        self._names = frozenset(names)

    def match(self, action: str) -> bool:
        """Whether one of the entries matches an action, given in lower case."""
        if action in self._names:
            return True
        for match in self._by_service.get(action.partition(":")[0], ()):
            if match(action):
                return True
        return any(match(action) for match in self._wide)


class Rule:
    """One statement, ready to be asked."""

    __slots__ = (
        "_actions",
        "_not",
        "_resources",
        "allows",
        "checks",
        "conditions",
        "denies",
        "not_principal",
        "principals",
        "resource_elements",
        "statement",
        "unsure",
    )

    def __init__(self, statement: Statement, kind: PolicyKind) -> None:
        self.statement = statement
        self.allows = statement.effect is not Effect.DENY
        self.denies = statement.effect is not Effect.ALLOW
        self.unsure = bool(statement.gaps & {"effect", "other", "condition"})
        actions = statement.actions if statement.actions is not None else statement.not_actions
        self._not = statement.actions is None
        self._actions = None if actions is None else _Actions(actions)
        self._resources = self._resource_matcher(kind)
        self.principals = self._principal_matcher(kind)
        self.not_principal = statement.not_principals is not None and self.denies
        self.conditions: tuple[Condition, ...] = statement.conditions
        self.checks: tuple[Check, ...] = tuple(compile_condition(condition) for condition in statement.conditions)

    def action(self, action: str) -> Tri:
        """Whether the statement is about an action, given in lower case."""
        if self._actions is None:
            return None
        return _with_gap(self._actions.match(action), self._not, "action" in self.statement.gaps)

    def _resource_matcher(self, kind: PolicyKind) -> ResourceMatcher | None:
        statement = self.statement
        entries = statement.resources if statement.resources is not None else statement.not_resources
        gap, negated = "resource" in statement.gaps, statement.resources is None
        if entries is None:
            return (lambda request: None) if gap else None
        listed = _resources(entries)
        if not gap and not negated:
            return listed
        return lambda request: _with_gap(listed(request), negated, gap)

    def resource(self, request: Prepared) -> Tri:
        """Whether the statement is about the resource; one without Resource is about what it is attached to."""
        return True if self._resources is None else self._resources(request)

    def _principal_matcher(self, kind: PolicyKind) -> PrincipalMatcher | None:
        statement = self.statement
        gap = "principal" in statement.gaps
        if not kind.names_principals:
            return (lambda caller, context: _PERHAPS) if gap else None
        if statement.not_principals is not None:
            matcher = match_not_principal(statement.not_principals)
            return (lambda caller, context: (0, matcher(caller, context)[1])) if gap else matcher
        if statement.principals is None:
            return lambda caller, context: _PERHAPS
        sure = match_principal(statement.principals, pattern_is_open=self.denies)
        return (lambda caller, context: (sure(caller, context)[0], 7)) if gap else sure

    def principal(self, request: Prepared) -> Match:
        """How the statement speaks of the caller; a policy without Principal speaks of whom it is attached to."""
        if self.principals is None:
            return _ANYONE
        if self.not_principal and request.bounded is not False and request.caller.account:
            # Deny with NotPrincipal hits everyone who has a permissions boundary, whoever is listed.
            return _ANYONE if request.bounded else (self.principals(request.caller, request.context)[0], DIRECT)
        return self.principals(request.caller, request.context)

    def condition(self, context: Context) -> Tri:
        """Whether all conditions hold."""
        return all_of(check(context) for check in self.checks)

    def match(self, request: Prepared, about_action: Tri) -> Match:
        """How the statement matches a request whose action has been looked at already."""
        about_resource = True if self._resources is None else self._resources(request)
        if about_resource is False:
            return NOBODY
        sure, possible = self.principal(request)
        if not possible:
            return NOBODY
        held: Tri = True
        for check in self.checks:
            result = check(request.context)
            if result is False:
                return NOBODY
            if result is None:
                held = None
        if held is None or about_resource is None or about_action is None or self.unsure:
            sure = 0
        return sure, possible


def _with_gap(listed: Tri, negated: bool, gap: bool) -> Tri:
    """An entry that could not be read may match, too: then nothing but a match is sure."""
    if gap and listed is False:
        listed = None
    return listed if not negated else None if listed is None else not listed


class CompiledPolicy:
    """A policy, ready to be asked. `silent` is the answer of a policy that says nothing."""

    __slots__ = ("_by_action", "policy", "rules")

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.rules = tuple(Rule(statement, policy.kind) for statement in policy.statements)
        self._by_action: dict[str, tuple[tuple[Rule, Tri], ...]] = {}

    def about(self, action: str) -> tuple[tuple[Rule, Tri], ...]:
        """The statements that are, or may be, about an action (lower case)."""
        found = self._by_action.get(action)
        if found is None:
            if len(self._by_action) >= _REMEMBERED:
                self._by_action.clear()
            found = tuple((rule, about) for rule in self.rules if (about := rule.action(action)) is not False)
            self._by_action[action] = found
        return found

    def evaluate(self, request: Prepared) -> tuple[int, int, Tri]:
        """What the policy says: bits of a sure allow, bits of a possible allow, and whether it denies."""
        sure = possible = 0
        denies: Tri = False
        for rule, about_action in self.about(request.action):
            hit, perhaps = rule.match(request, about_action)
            if not perhaps:
                continue
            if rule.denies:
                if hit:
                    denies = True
                elif denies is False:
                    denies = None
            if rule.allows:
                sure |= hit
                possible |= perhaps
        return sure, possible, denies


@lru_cache(maxsize=16_384)
def compile_policy(policy: Policy) -> CompiledPolicy:
    """The compiled form of a policy, remembered by the hash of its document."""
    return CompiledPolicy(policy)
