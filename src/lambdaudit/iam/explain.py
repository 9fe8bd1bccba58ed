"""Why a decision came out as it did: what each layer says, with the statement and the element, then the deciding rule."""

from collections.abc import Iterator

import msgspec

from lambdaudit.iam.compiled import Prepared, Rule, compile_policy
from lambdaudit.iam.conditions import Tri, all_of
from lambdaudit.iam.decide import (
    UNLIMITED,
    Attached,
    Layer,
    Layers,
    Outcome,
    Situation,
    Verdict,
    Verdicts,
    granted,
    root_cannot,
    verdicts,
)
from lambdaudit.iam.language import Condition, Entry
from lambdaudit.iam.parsing import show
from lambdaudit.iam.patterns import action_pattern
from lambdaudit.iam.principals import ACCOUNT, DIRECT, ROLE, CallerKind
from lambdaudit.model.unknown import Unknown

MISSES_SHOWN = 5
"""Statements of a layer that are about the action and fail on another element; more would bury the reason."""


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reason.

    `verdict` is ``allow``, ``deny``, ``may allow``, ``may deny``, ``miss``, ``silent``, ``unknown``, ``skipped`` or
    ``decision``. `element` is what matched or failed (``principal``, ``resource``, ``condition`` …), `pointer` its
    place in the document.
    """

    layer: str
    verdict: str
    text: str
    policy: str = ""
    statement: int | None = None
    sid: str = ""
    element: str = ""
    pointer: str = ""


def explain(situation: Situation, layers: Layers, outcome: Outcome) -> tuple[Step, ...]:
    """The steps to an outcome."""
    said = verdicts(situation, layers)
    steps: list[Step] = []
    for name, layer, verdict in _layers(situation, layers, said):
        steps.extend(_layer_steps(name, layer, verdict, situation.prepared))
    steps.append(Step("decision", "decision", _deciding_rule(situation, said, outcome)))
    return tuple(steps)


def _layers(situation: Situation, layers: Layers, said: Verdicts) -> Iterator[tuple[str, Layer, Verdict | str]]:
    """Each layer that exists with its verdict, or with the reason why it does not apply."""
    for name, levels, found, skipped in (
        ("scp", layers.scp, said.scp, _why_no_scp(situation)),
        ("rcp", layers.rcp, said.rcp, "Resource control policies do not cover this request."),
    ):
        if isinstance(levels, Unknown):
            yield name, levels, found[0] if found else skipped
            continue
        for i, level in enumerate(levels):
            yield f"{name} level {i}", level, found[i] if found else skipped
    if layers.endpoint:
        yield "endpoint", layers.endpoint, said.endpoint
    if layers.resource is not None:
        yield "resource", (layers.resource,), said.resource
    elif situation.needs_resource_policy:
        yield "resource", Unknown("the policy of the key or role was not given, and there always is one"), said.resource
    caller = situation.caller
    if not caller.account:
        return
    if caller.kind is CallerKind.ROOT:
        yield "identity", (), "The root user is not limited by identity policies, boundaries and session policies."
        return
    yield "identity", layers.identity, said.identity
    if layers.boundary:
        yield "boundary", layers.boundary, said.boundary
    if layers.session:
        yield "session", layers.session, said.session
    elif caller.kind is CallerKind.FEDERATED_USER:
        yield "session", (), "Without a session policy a federated user has only what resource policies give him."


def _why_no_scp(situation: Situation) -> str:
    if situation.caller.service_linked:
        return "Service control policies do not apply to service-linked roles."
    return "Service control policies apply only to principals of member accounts."


def _layer_steps(name: str, layer: Layer, verdict: Verdict | str, request: Prepared) -> Iterator[Step]:
    if isinstance(verdict, str):
        yield Step(name, "skipped", verdict)
        return
    if isinstance(layer, Unknown):
        yield Step(name, "unknown", _unknown_text(layer))
        return
    misses: list[Step] = []
    said = False
    for member in layer:
        if isinstance(member, Unknown):
            said = True
            yield Step(name, "unknown", _unknown_text(member))
            continue
        for step in _policy_steps(name, member, request):
            if step.verdict == "miss":
                misses.append(step)
            else:
                said = True
                yield step
    if not said:
        text = f"No statement allows or denies {show(request.written_action)} here."
        yield Step(name, "silent", text if layer else "There is no policy here.")
    yield from misses[:MISSES_SHOWN]


def _unknown_text(unknown: Unknown) -> str:
    need = f" (needs {unknown.need})" if unknown.need else ""
    return f"Not known: {unknown.reason}{need}."


def _policy_steps(name: str, attached: Attached, request: Prepared) -> Iterator[Step]:
    for rule, about in compile_policy(attached.policy).about(request.action):
        statement = rule.statement
        sure, possible = rule.match(request, about)
        element, text, pointer = _miss(rule, request) if not possible else _hit(rule, request, about, sure)
        word = "deny" if rule.denies and not rule.allows else "allow" if not rule.denies else "allow or deny"
        yield Step(
            layer=name,
            verdict="miss" if not possible else word if sure else f"may {word}",
            text=text if possible else f"Would {word}, but {text}",
            policy=attached.name,
            statement=statement.index,
            sid=statement.sid,
            element=element,
            pointer=pointer or statement.pointer,
        )


def _hit(rule: Rule, request: Prepared, about: Tri, sure: int) -> tuple[str, str, str]:
    """The entries that match, or the element that stays open."""
    statement = rule.statement
    if not sure:
        element, text = _open_element(rule, request, about)
        return element, text, statement.pointer
    matched = [_matching_action(rule, request)]
    if statement.resources is not None:
        matched.append("the resource matches")
    elif statement.not_resources is not None:
        matched.append("the resource is none of NotResource")
    if rule.principals is not None:
        matched.append(_principal_words(rule.principal(request)[0]))
    if rule.checks:
        matched.append("all conditions hold" if len(rule.checks) > 1 else "the condition holds")
    return "action", f"{'; '.join(matched)}.", statement.pointer


def _matching_action(rule: Rule, request: Prepared) -> str:
    statement = rule.statement
    for entry in statement.actions or ():
        if action_pattern(entry.raw)(request.action):
            return f"{show(entry.raw)} covers {show(request.written_action)}"
    return f"{show(request.written_action)} is none of NotAction"


def _principal_words(bits: int) -> str:
    if bits & DIRECT:
        return "the principal is named"
    if bits & ROLE:
        return "the role behind the session is named"
    return "the account of the principal is named"


def _open_element(rule: Rule, request: Prepared, about: Tri) -> tuple[str, str]:
    if about is None:
        return "action", "whether the action matches is open: a part of Action could not be read."
    if rule.resource(request) is None:
        return "resource", "whether the resource matches is open: a part of Resource or a variable in it is not known."
    if not rule.principal(request)[0]:
        return "principal", "whether the principal matches is open."
    for condition, check in zip(rule.conditions, rule.checks, strict=True):
        if check(request.context) is None:
            return "condition", f"whether {_condition_words(condition, request)} holds is open."
    return "statement", "the statement could not be read in full."


def _miss(rule: Rule, request: Prepared) -> tuple[str, str, str]:
    """The first element that fails, in words, and where it stands."""
    statement = rule.statement
    if rule.resource(request) is False:
        entries = statement.resources if statement.resources is not None else statement.not_resources or ()
        word = "not covered by" if statement.resources is not None else "excluded by"
        return "resource", f"{show(request.resource)} is {word} {_listed(entries)}.", _place(entries)
    if not rule.principal(request)[1]:
        named = statement.principals if statement.principals is not None else statement.not_principals or ()
        word = "not among" if statement.principals is not None else "exempt by"
        listed = ", ".join(show(entry.value) for entry in named[:3]) or "nobody"
        return "principal", f"{show(request.caller.text)} is {word} {listed}.", named[0].pointer if named else ""
    for condition, check in zip(rule.conditions, rule.checks, strict=True):
        if check(request.context) is False:
            return "condition", f"{_condition_words(condition, request)} does not hold.", condition.pointer
    return "statement", "it does not match.", ""


def _listed(entries: tuple[Entry, ...]) -> str:
    listed = ", ".join(show(entry.raw) for entry in entries[:3]) or "an empty list"
    return listed if len(entries) <= 3 else f"{listed} and {len(entries) - 3} more"


def _place(entries: tuple[Entry, ...]) -> str:
    return entries[0].pointer if len(entries) == 1 else entries[0].pointer.rpartition("/")[0] if entries else ""


def _condition_words(condition: Condition, request: Prepared) -> str:
    value = request.context.get(condition.key, ())
    if isinstance(value, Unknown):
        found = "is not known"
    elif value == ():
        found = "is absent"
    else:
        found = f"is {show(value if isinstance(value, str) else list(value))}"
    return (
        f"{show(condition.written_operator)} {show(condition.written_key)} {_listed(condition.values)} "
        f"(the key {found} in the request)"
    )


def _deciding_rule(situation: Situation, said: Verdicts, outcome: Outcome) -> str:
    if outcome is Outcome.EXPLICIT_DENY:
        return "An explicit deny overrides every allow."
    if root_cannot(situation):
        return "The root user of an account cannot assume roles."
    if outcome is Outcome.ALLOWED:
        return _why_allowed(situation, said)
    wanted: Tri = False if outcome is Outcome.IMPLICIT_DENY else None
    reasons = [text for result, text in _requirements(situation, said) if result is wanted]
    if outcome is Outcome.UNKNOWN and said.denies is None:
        reasons.append("whether a policy denies the request is not known")
    lead = "Nothing denies it, but it is not allowed: " if wanted is False else "Open: "
    text = lead + "; ".join(reasons) + "."
    return text.replace(" surely", "") if wanted is False else text


def _why_allowed(situation: Situation, said: Verdicts) -> str:
    if not situation.caller.account:
        return "The resource policy allows the caller, who has no account of his own here."
    if situation.same_account is False:
        return "Another account's resource: its policy and the caller's own policies both allow it."
    if said.resource.sure & DIRECT:
        return "The resource policy names the caller himself; in the same account that is enough."
    if said.resource.sure & ROLE and not said.identity.sure:
        return "The resource policy names the role, and neither boundary nor session policy limits it."
    return "The caller's own policies allow it, and nothing limits or denies it."


def _requirements(situation: Situation, said: Verdicts) -> Iterator[tuple[Tri, str]]:
    """Every requirement of the request with what became of it, in words for the case that it is not met."""
    unlimited = msgspec.structs.replace(said, boundary=UNLIMITED, session=UNLIMITED)
    grant, text = _grant_requirement(situation, unlimited)
    yield grant, text
    if situation.caller.account and granted(situation, said) is not grant:
        yield said.boundary.allows, "the permissions boundary does not surely allow it"
        yield said.session.allows, "the session policy does not surely allow it"
    for i, level in enumerate(said.scp):
        yield level.allows, f"the service control policies of level {i} do not surely allow it"
    yield said.endpoint.allows, "the policy of the VPC endpoint does not surely allow it"


def _grant_requirement(situation: Situation, said: Verdicts) -> tuple[Tri, str]:
    grant = granted(situation, said)
    if not situation.caller.account:
        return grant, "only the resource policy counts for this caller, and it does not surely allow him"
    if situation.same_account is None:
        return grant, "which account owns the resource is not known, and that decides"
    if situation.same_account is False:
        missing = [name for name, verdict in (("resource", said.resource), ("identity", said.identity)) if not verdict.allows]
        text = f"another account's resource needs both policies, and missing is: {' and '.join(missing)}"
        return grant, text
    if situation.needs_resource_policy and all_of((said.identity.allows, said.resource.has(ACCOUNT))) is not True:
        return grant, "the key or trust policy neither names the caller nor lets the account's own policies decide"
    return grant, "neither the caller's own policies nor the resource policy surely allow it"
