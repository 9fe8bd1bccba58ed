"""The symbolic engine asked about one request: a check against the concrete evaluator, with which it must agree."""

from lambdaudit.iam.access import Stack, members
from lambdaudit.iam.automaton import literal_glob
from lambdaudit.iam.callers import encoded
from lambdaudit.iam.decide import Layers, Request, Situation
from lambdaudit.iam.formula import PRINCIPAL, RESOURCE, SESSION, Node, conj, holds, neg, present
from lambdaudit.iam.language import Policy
from lambdaudit.iam.principals import Caller
from lambdaudit.iam.query import Query, certain
from lambdaudit.iam.space import Space
from lambdaudit.iam.symbolic import Placed, formula_of


def says(policy: Policy, request: Request) -> bool | None:
    """Whether the policy alone allows the request: True, False, or None when that is open.

    Raises BadPrincipal when the principal of the request cannot make requests.
    """
    formula = formula_of(policy)
    space = Space([*formula.patterns(), request.action])
    node = Placed(formula, space).allow(space.mask(request.action))
    return _answer(node, Situation(request, Layers()))


def layers_say(layers: Layers, request: Request) -> bool | None:
    """Whether all layers together allow the request, by the formulas that `grants` and `who_can` use.

    Raises BadPrincipal when the principal of the request cannot make requests.
    """
    situation = Situation(request, layers)
    owner = situation.owner if isinstance(situation.owner, str) else ""
    patterns = [text for attached in members(layers) for text in formula_of(attached.policy).patterns()]
    space = Space([*patterns, request.action])
    stack = Stack(layers, space, situation.caller, owner=owner, delegated=False)
    return _answer(stack.allow(space.mask(request.action)), situation)


def _answer(node: Node, situation: Situation) -> bool | None:
    pins: dict[str, tuple[str, ...]] = {}
    for key, value in situation.prepared.context.items():
        if isinstance(value, (str, tuple)):
            pins[key] = (value,) if isinstance(value, str) else value
    query = Query(pins, all_pinned=True)
    here = _here(situation.caller, situation.request.resource or "*")
    if query.ask(conj([node, here])).proved:
        return False
    return True if not query.ask(conj([certain(node), here])).proved else None


def _here(caller: Caller, resource: str) -> Node:
    principal, session = encoded(caller)
    at = neg(present(SESSION)) if session is None else holds(SESSION, (literal_glob(session),))
    return conj([holds(PRINCIPAL, (literal_glob(principal),)), at, holds(RESOURCE, (literal_glob(resource),))])
