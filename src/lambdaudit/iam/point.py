"""The symbolic engine asked about one request: must agree with the concrete evaluator, and is tested to do so."""

from lambdaudit.iam.automaton import literal_glob
from lambdaudit.iam.callers import encoded
from lambdaudit.iam.decide import Request
from lambdaudit.iam.formula import PRINCIPAL, RESOURCE, SESSION, Node, conj, holds, neg, present
from lambdaudit.iam.language import Policy
from lambdaudit.iam.principals import Caller
from lambdaudit.iam.query import Query, certain
from lambdaudit.iam.replay import prepared
from lambdaudit.iam.space import Space
from lambdaudit.iam.symbolic import Placed, formula_of


def says(policy: Policy, request: Request) -> bool | None:
    """Whether the policy alone allows the request: True, False, or None when that is open.

    Raises ValueError when the principal of the request cannot make requests.
    """
    ready = prepared(request)
    if ready is None:
        raise ValueError(f"{request.principal} cannot make requests")
    formula = formula_of(policy)
    space = Space([*formula.patterns(), request.action])
    node = Placed(formula, space).allow(space.mask(request.action))
    pins: dict[str, tuple[str, ...]] = {}
    for key, value in ready.context.items():
        if isinstance(value, (str, tuple)):
            pins[key] = (value,) if isinstance(value, str) else value
    query = Query(pins, all_pinned=True)
    here = _here(ready.caller, request.resource or "*")
    if query.ask(conj([node, here])).proved:
        return False
    return True if not query.ask(conj([certain(node), here])).proved else None


def _here(caller: Caller, resource: str) -> Node:
    principal, session = encoded(caller)
    at = neg(present(SESSION)) if session is None else holds(SESSION, (literal_glob(session),))
    return conj([holds(PRINCIPAL, (literal_glob(principal),)), at, holds(RESOURCE, (literal_glob(resource),))])
