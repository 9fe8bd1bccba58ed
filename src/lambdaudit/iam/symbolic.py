"""Policies as formulas: one for each statement, put together for each class of actions.

A statement is the conjunction of its principal, resource and condition formulas; its actions are a mask. What could not
be read is an open question: an atom that may hold or not.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from lambdaudit.iam.callers import WITH_ARN, Match, by_match, not_principal_formula, principal_formula
from lambdaudit.iam.formula import FALSE, PRINCIPAL, RESOURCE, TRUE, Node, conj, disj, holds, neg, open_question
from lambdaudit.iam.keys import many_valued
from lambdaudit.iam.language import Condition, Effect, Entry, Policy, Statement
from lambdaudit.iam.operators import condition_formula
from lambdaudit.iam.patterns import Template, parse_template
from lambdaudit.iam.space import Space
from lambdaudit.iam.variables import Mode, language_of


class StatementFormula:
    """A statement without its actions.

    `allow` and `deny` say when it allows and denies; both may be open when the effect could not be read. `by_match`
    takes `allow` apart by how the Principal element speaks of the caller; `deny_bounded` is `deny` for callers with a
    permissions boundary. `patterns` are the texts of Action, or of NotAction when `complement`; `open_actions` says that
    more may be meant.
    """

    __slots__ = ("allow", "by_match", "complement", "deny", "deny_bounded", "index", "open_actions", "patterns")

    def __init__(self, statement: Statement, policy: Policy, name: str) -> None:
        self.index = statement.index
        entries = statement.actions if statement.actions is not None else statement.not_actions
        self.patterns: tuple[str, ...] = tuple(entry.raw for entry in entries or ())
        self.complement = statement.actions is None and entries is not None
        self.open_actions: Node | None = None
        if "action" in statement.gaps or entries is None:
            self.open_actions = open_question(f"{name} action")
        what = conj([_resource(statement, name), *_conditions(statement, name)])
        for gap in ("condition", "other"):
            if gap in statement.gaps:
                what = conj([what, open_question(f"{name} {gap}")])
        question = open_question(f"{name} effect")
        self.allow = self.deny = FALSE
        self.by_match: dict[Match, Node] = {}
        if statement.effect is not Effect.DENY:
            sure = TRUE if statement.effect is Effect.ALLOW else question
            self.allow = conj([who(statement, policy, name), what, sure])
            self.by_match = {match: conj([who, what, sure]) for match, who in _who_by_match(statement, policy, name).items()}
        self.deny_bounded = FALSE
        if statement.effect is not Effect.ALLOW:
            sure = TRUE if statement.effect is Effect.DENY else neg(question)
            whom = who(statement, policy, name)
            self.deny = conj([whom, what, sure])
            # Deny with NotPrincipal hits everyone who has a permissions boundary, whoever is listed.
            bounded = FALSE if statement.not_principals is None else holds(PRINCIPAL, WITH_ARN)
            self.deny_bounded = conj([disj([whom, bounded]), what, sure])

    def mask(self, space: Space) -> int:
        """The actions that the statement names."""
        if self.open_actions is not None and not self.patterns:
            return 0
        listed = space.union(self.patterns)
        return space.full & ~listed if self.complement else listed


def who(statement: Statement, policy: Policy, name: str) -> Node:
    """Of whom a statement speaks. `name` identifies what could not be read."""
    question = open_question(f"{name} principal")
    gap = "principal" in statement.gaps
    if not policy.kind.names_principals:
        return question if gap else TRUE
    denies = statement.effect is not Effect.ALLOW
    if statement.not_principals is not None:
        others = not_principal_formula(statement.not_principals, denies=denies)
        return conj([others, question]) if gap else others
    if statement.principals is None:
        return question
    listed = principal_formula(statement.principals, denies=denies)
    return disj([listed, question]) if gap else listed


def _who_by_match(statement: Statement, policy: Policy, name: str) -> dict[Match, Node]:
    """The callers of an Allow by how they are spoken of; what could not be read may speak of them in any way."""
    if not policy.kind.names_principals or "principal" in statement.gaps or statement.principals is None:
        sorts = (Match.DIRECT,) if statement.not_principals is not None else tuple(Match)
        return dict.fromkeys(sorts, who(statement, policy, name))
    return by_match(statement.principals)


def _resource(statement: Statement, name: str) -> Node:
    entries = statement.resources if statement.resources is not None else statement.not_resources
    gap = "resource" in statement.gaps
    if entries is None:
        return open_question(f"{name} resource") if gap else TRUE
    listed = disj(resource_formulas(entries))
    if gap:
        listed = disj([listed, open_question(f"{name} resource")])
    return neg(listed) if statement.resources is None else listed


def resource_formulas(entries: Iterable[Entry]) -> Iterator[Node]:
    """The languages of a Resource element; a bare star makes all of it true."""
    templates = [_completed(entry.template) for entry in entries]
    if any(template.matches_all for template in templates):
        yield TRUE
        return
    for lang in language_of(templates, Mode.ARN):
        yield holds(RESOURCE, lang)


def _completed(template: Template) -> Template:
    """The short form of a web API's own policy (``execute-api:/stage/…``) as the ARN it is stored as."""
    if template.raw.startswith("execute-api:/"):
        return parse_template("arn:*:execute-api:*:*:*" + template.raw.removeprefix("execute-api:"))
    return template


def _conditions(statement: Statement, name: str) -> Iterator[Node]:
    for condition in statement.conditions:
        yield condition_formula(condition, many_valued, _name(condition, name))


def _name(condition: Condition, name: str) -> str:
    """What identifies the open question in a condition: the same text has the same outcome, unless it was not read."""
    if condition.gap:
        return f"{name} {condition.pointer}"
    return " ".join((condition.written_operator.lower(), condition.key, *(entry.raw for entry in condition.values)))


class PolicyFormula:
    """A policy as formulas of its statements."""

    __slots__ = ("policy", "statements")

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        stem = policy.digest[:16] + policy.kind.value
        self.statements = tuple(
            StatementFormula(statement, policy, f"{stem}/{statement.index}") for statement in policy.statements
        )

    def patterns(self) -> Iterator[str]:
        """Every action pattern of the policy."""
        for statement in self.statements:
            yield from statement.patterns


@lru_cache(maxsize=4096)
def formula_of(policy: Policy) -> PolicyFormula:
    """The formulas of a policy, remembered by the hash of its document."""
    return PolicyFormula(policy)


class Placed:
    """A policy within a question: the masks of its statements in the question's space of actions."""

    __slots__ = ("formula", "masks")

    def __init__(self, formula: PolicyFormula, space: Space) -> None:
        self.formula = formula
        self.masks = [statement.mask(space) for statement in formula.statements]

    def _about(self, action: int, side: Callable[[StatementFormula], Node]) -> list[Node]:
        found = []
        for statement, mask in zip(self.formula.statements, self.masks, strict=True):
            node = side(statement)
            if node is FALSE:
                continue
            if mask & action:
                # An entry of NotAction that could not be read may still exclude the action.
                open_ = statement.open_actions if statement.complement else None
                found.append(node if open_ is None else conj([node, open_]))
            elif statement.open_actions is not None and not statement.complement:
                found.append(conj([node, statement.open_actions]))
        return found

    def allows(self, action: int) -> list[Node]:
        """What the statements that allow the class of an action (one bit) say."""
        return self._about(action, lambda statement: statement.allow)

    def denies(self, action: int, *, bounded: bool | None = False) -> list[Node]:
        """What the statements that deny the class of an action say.

        `bounded` says whether the caller has a permissions boundary; None when that is not known.
        """
        if bounded is False:
            return self._about(action, lambda statement: statement.deny)
        if bounded:
            return self._about(action, lambda statement: statement.deny_bounded)
        question = open_question("whether the caller has a permissions boundary")
        return self._about(action, lambda s: disj([s.deny, conj([s.deny_bounded, question])]))

    def allow(self, action: int) -> Node:
        """Some statement allows and none denies."""
        return conj([disj(self.allows(action)), neg(disj(self.denies(action)))])

    def allows_by(self, action: int, match: Match) -> Node:
        """Some statement allows by an entry that speaks of the caller in this way."""
        return disj(self._about(action, lambda statement: statement.by_match.get(match, FALSE)))
