"""From an operation and its parameters to the IAM actions that it needs, and on which resources."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lambdaudit.code.sdk.filters import FILTERS
from lambdaudit.code.sdk.index import Needed, service
from lambdaudit.code.sdk.values import LIMIT, NOTHING, Parameters, World, texts
from lambdaudit.model.unknown import Maybe, Unknown

_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_OPEN: Final = Unknown("not decided in the code")
MAYBE: Final = Unknown("whether the call needs it is not decided in the code")
"""The resource of an action that a call may not need: a transaction whose contents are open."""
_VERBS: Final = {"SELECT": "PartiQLSelect", "INSERT": "PartiQLInsert", "UPDATE": "PartiQLUpdate", "DELETE": "PartiQLDelete"}
_PARTIQL: Final = re.compile(
    r"\s*(?:(SELECT)\b.*?\bFROM|(INSERT)\s+INTO|(UPDATE)|(DELETE)\s+FROM)\s+\"?([\w.*-]+)\"?(?:\s*\.\s*\"?([\w.*-]+)\"?)?",
    re.IGNORECASE | re.DOTALL,
)
_VERB: Final = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


class Need(NamedTuple):
    """Actions that a call needs on any of the resources: ARNs or patterns, ``*``, or Unknown for what the code leaves open."""

    actions: tuple[str, ...]
    resources: tuple[Maybe[str], ...]


def actions_of(service_name: str, operation: str, parameters: Parameters, world: World) -> tuple[Need, ...]:
    """What IAM asks for an operation of a service (botocore's names) with these parameters.

    Empty for operations that need no credentials, and for an operation or service that the index does not know. An action
    that may or may not be needed (a transaction whose contents are open) is told with MAYBE as its resource.
    """
    found = service(service_name)
    row = found.operation(operation) if found else None
    if row is None:
        return ()
    if not parameters.open and any(name not in parameters.fields for name in row.required):
        parameters = parameters._replace(open=True)
    needs: dict[tuple[str, ...], list[Maybe[str]]] = {}
    for needed in row.needs:
        for actions, resources in _answer(needed, parameters, world):
            needs.setdefault(actions, []).extend(resources)
    return tuple(Need(actions, tuple(dict.fromkeys(resources))) for actions, resources in needs.items())


def _answer(needed: Needed, parameters: Parameters, world: World) -> Iterator[tuple[tuple[str, ...], list[Maybe[str]]]]:
    if needed.actions == ("@partiql",):
        yield from _partiql(needed.targets[0], parameters, world)
        return
    holds = [_holds(condition, parameters, world) for condition in needed.conditions]
    if False in holds:
        return
    if None in holds:
        yield needed.actions, [MAYBE]
        return
    if resources := list(_resources(needed.targets, parameters, world)):
        yield needed.actions, resources


def _holds(condition: str, parameters: Parameters, world: World) -> bool | None:
    """Whether a condition holds. Options that may be among parameters that are not seen count as not given."""
    wanted = not condition.startswith(("!", "~"))
    path, _, value = condition.lstrip("!~").partition("=")
    given = parameters.given(path)
    if condition.startswith("~"):
        return given is not True
    if given is None and "." not in path:
        given = False
    if given and value:
        said = [text for argument in parameters.at(path) for text in texts(argument, world)]
        given = True if value in said else None if any(isinstance(text, Unknown) for text in said) else False
    return given if given is None else given is wanted


def _resources(targets: tuple[str, ...], parameters: Parameters, world: World) -> Iterator[Maybe[str]]:
    """The resources of every template whose parameters are given; otherwise what the last word says."""
    some = False
    for target in targets:
        if target == "any":
            if not some:
                yield "*"
        elif target == "maybe":
            yield MAYBE
        elif target == "unknown":
            if not some:
                yield _OPEN
        elif len(targets) == 1 or _applies(target, parameters):
            some = True
            yield from fill(target, parameters, world)
    if not some and targets[-1] not in ("any", "maybe", "unknown"):
        yield _OPEN


def _applies(template: str, parameters: Parameters) -> bool:
    """Whether everything that a template names is given, or has a default."""
    return all("=" in path or ":bus" in path or parameters.given(_path(path)[0]) for path in _VARIABLE.findall(template))


def _path(variable: str) -> tuple[str, str, str]:
    """Path, default and filter of a variable."""
    head, _, kind = variable.partition(":")
    path, _, default = head.partition("=")
    return path, default, kind


def fill(template: str, parameters: Parameters, world: World) -> list[Maybe[str]]:
    """The ARNs of a template; bounded. Unknown where the first thing that it names is open, ``*`` where a later one is."""
    variables = _VARIABLE.findall(template)
    head = template.partition("{")[0].replace("$p", world.partition).replace("$r", world.region).replace("$a", world.account)
    done: list[Maybe[str]] = [head]
    rest = template[template.find("{") :] if variables else ""
    for number, variable in enumerate(variables):
        values = list(dict.fromkeys(_values(variable, parameters, world)))[:LIMIT]
        rest = rest[len(variable) + 2 :]
        tail, _, _ = rest.partition("{")
        rest = rest[len(tail) :]
        done = [_joined(before, value, tail, number) for before in done for value in values][:LIMIT]
    return done


def _joined(before: Maybe[str], value: Maybe[str], tail: str, number: int) -> Maybe[str]:
    if isinstance(before, Unknown):
        return before
    if number == 0 and (isinstance(value, Unknown) or value == "*" or (value.startswith("*") and not value.strip("*"))):
        return value if isinstance(value, Unknown) else _OPEN
    if isinstance(value, Unknown):
        value = "*"
    if value.startswith("arn:"):
        if number and not before.endswith(("/", ":")):
            return before
        if tail[1:] == "*":
            tail = ""
        return value + ("/object" if ":accesspoint/" in value and tail == "/" else "") + tail
    if before.endswith("*") and value == "*":
        value = ""
    return before + value + tail


def _values(variable: str, parameters: Parameters, world: World) -> Iterator[Maybe[str]]:
    head, default, kind = _path(variable)
    paths = head.split(",")
    if len(paths) > 1:
        first = parameters.at(paths[0]) or (NOTHING,)
        second = parameters.at(paths[1]) if parameters.given(paths[1]) else ()
        for argument in first:
            yield from FILTERS[kind]((argument, *(second or (NOTHING,))), world)
        return
    found = parameters.at(head)
    if default and (parameters.given(head) is not True or "[]" in head):
        yield from _with_default(head, default, parameters, world)
        return
    for argument in found or (NOTHING,):
        yield from FILTERS[kind]((argument,), world)


def _with_default(head: str, default: str, parameters: Parameters, world: World) -> Iterator[Maybe[str]]:
    """A value that the service fills in where it is not given, in each element of a list."""
    outer, _, inner = head.rpartition("[].")
    if not outer:
        yield default if parameters.given(head) is not True else _OPEN
        return
    for element in parameters.at(f"{outer}[]") or (NOTHING,):
        own = element.field(inner)
        if own is not None:
            yield from texts(own, world)
        else:
            yield default if element.fields else _OPEN


def _partiql(path: str, parameters: Parameters, world: World) -> Iterator[tuple[tuple[str, ...], list[Maybe[str]]]]:
    """The actions of PartiQL statements by their verbs, with table or index."""
    for argument in parameters.at(path) or (NOTHING,):
        for text in texts(argument, world):
            found = _PARTIQL.match(text) if isinstance(text, str) else None
            if isinstance(text, str) and found:
                verb = next(word for word in found.groups()[:4] if word).upper()
                table = _table(found[5], found[6], world)
                yield (f"dynamodb:{_VERBS[verb]}",), [table]
            elif isinstance(text, str) and (verb_only := _VERB.match(text)):
                yield (f"dynamodb:{_VERBS[verb_only[1].upper()]}",), [_OPEN]
            else:
                for action in _VERBS.values():
                    yield (f"dynamodb:{action}",), [MAYBE]


def _table(name: str, index: str | None, world: World) -> Maybe[str]:
    if name.startswith("*"):
        return _OPEN
    base = f"arn:{world.partition}:dynamodb:{world.region}:{world.account}:table/{name}"
    return f"{base}/index/{index}" if index else base
