"""What sources share about things that invoke functions: who may reach a function through them, definitions of state machines."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from lambdaudit.model.arn import parse_arn
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.text import clean

MAIL: Final = "whoever can send mail to the rule's recipients; whether address filters keep strangers out was not read"
BALANCER: Final = "callers of an internet-facing load balancer; whether its listeners authenticate them was not read"
SIGN_UP: Final = "whoever signs up or signs in at the user pool: it lets people sign themselves up"
EDGE: Final = "viewers of a distribution; whether it asks for signed URLs was not read"
AUTHORIZER: Final = "whoever calls the GraphQL API: its authorizer sees each token first"
GRAPHQL: Final = "callers of a GraphQL API with API keys, which are meant to be known to clients"
MAX_DEFINITION: Final = 2 * 1024 * 1024
"""Longest definition of a state machine that is read, in characters; Step Functions takes one of 1 MB."""
_MAX_DEPTH: Final = 100


def is_function(arn: object) -> bool:
    """Whether a text is the ARN of a function, version or alias."""
    parsed = parse_arn(arn) if isinstance(arn, str) else None
    return parsed is not None and parsed.service == "lambda" and parsed.resource.startswith("function:")


def functions_among(*arns: object) -> tuple[str, ...]:
    """The ARNs of functions among values, each once."""
    return tuple(dict.fromkeys(clean(str(arn)) for arn in arns if is_function(arn)))


def functions_of(definition: str, prefix: str) -> Maybe[tuple[str, ...]]:
    """The functions that a state machine's definition (Amazon States Language) calls; names get `prefix`.

    A function that the input names (``FunctionName.$``, a JSONata expression) is not known, nor one in a text that is no JSON.
    """
    if len(definition) > MAX_DEFINITION:
        return Unknown("its definition is too large")
    try:
        root = json.loads(definition)
    except (ValueError, RecursionError):
        return Unknown("its definition is not JSON")
    return functions_in(root, prefix)


def functions_in(root: object, prefix: str) -> Maybe[tuple[str, ...]]:
    """The same of a definition as a tree, of which a part may be Unknown. What is certain wins over what is open."""
    found: dict[str, None] = {}
    unknown: Unknown | None = root if isinstance(root, Unknown) else None
    for state in objects_in(root):
        unknown = unknown or _open(state)
        resource = state.get("Resource")
        if isinstance(resource, Unknown):
            unknown = unknown or resource
        elif is_function(resource):
            found[clean(str(resource))] = None
        elif isinstance(resource, str) and ":states:" in resource and ":lambda:invoke" in resource:
            given = state.get("Parameters", state.get("Arguments"))
            name = given.get("FunctionName") if isinstance(given, dict) else given
            if isinstance(name, str) and name and not name.startswith(("{%", "$")):
                found[clean(name) if is_function(name) else prefix + clean(name)] = None
            else:
                unknown = unknown or (name if isinstance(name, Unknown) else Unknown("its input decides which function it calls"))
    return tuple(found) if found or unknown is None else unknown


def _open(value: Mapping[str, Any]) -> Unknown | None:
    """Why an object may have more members or states than are known."""
    rest = getattr(value, "rest", None)
    states = value.get("States")
    return rest if isinstance(rest, Unknown) else states if isinstance(states, Unknown) else None


def objects_in(root: object) -> Iterator[dict[str, Any]]:
    """Every object in a tree, so that states in parallel and map states are seen as well."""
    stack = [(root, 0)]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, dict):
            yield value
        if depth < _MAX_DEPTH and isinstance(value, dict | list):
            inner: Iterable[object] = value.values() if isinstance(value, dict) else value
            stack += ((one, depth + 1) for one in inner)


__all__ = [
    "AUTHORIZER", "BALANCER", "EDGE", "GRAPHQL", "MAIL", "MAX_DEFINITION", "SIGN_UP",
    "functions_among", "functions_in", "functions_of", "is_function", "objects_in",
]  # fmt: skip
