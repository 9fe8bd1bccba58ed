"""Previews and states of stacks: what ``pulumi preview --json``, ``pulumi stack export`` and ``sst state export`` print.

Shapes: ``display.PreviewDigest`` (steps with the new state of each resource), ``apitype.DeploymentV3`` in an export
(``deployment``), in a checkpoint file (``checkpoint.latest``) and in what SST prints (``latest``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.iac.documents import DocumentError, OtherDocument, read_file
from lambdaudit.sources.iac.json_text import NotJson, parse_json
from lambdaudit.sources.iac.values import List, Map, Span, Value, span_of

MAX_RESOURCES: Final = 20_000
"""Resources of one stack that are read."""
_URN: Final = re.compile(
    r"urn:pulumi:(?P<stack>[^:]{1,200})::(?P<project>[^:]{1,200})::(?P<types>\S{1,2000}?)::(?P<name>.{1,500})"
)
_GONE: Final = ("delete", "discard", "remove")
"""How the operations begin after which a resource is not there."""


@dataclass(slots=True)
class Row:
    """One resource of a stack as Pulumi has it. `made` says that it is there already, so that its names and ids are real."""

    urn: str
    token: str
    name: str
    inputs: Map
    outputs: Map
    at: Span
    id: str = ""
    parent: str = ""
    provider: str = ""
    position: str = ""
    custom: bool = True
    made: bool = True
    dependencies: tuple[str, ...] = ()
    by_property: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Stack:
    """A preview or the state of a stack.

    `key` is stack and project; `time` the one of a state's manifest; `region` the configured one. `gone` are resources that a
    preview deletes, `left_out` counts those that it does not show because they do not change.
    """

    path: Path
    label: str
    key: tuple[str, str]
    preview: bool
    rows: dict[str, Row]
    gone: set[str] = field(default_factory=set)
    left_out: int = 0
    time: str = ""
    region: str = ""
    notes: list[str] = field(default_factory=list)


def read_stack(path: Path, label: str) -> Stack:
    """The stack in a file. Raises DocumentError with one line when it is malformed, OtherDocument when it is something else."""
    try:
        value = parse_json(read_file(path, label), label).value
    except NotJson as error:
        raise DocumentError(label, error.line, f"is not JSON: {error}") from None
    if isinstance(value, Map) and isinstance(value.get("steps"), List):
        return _preview(value, path, label)
    deployment = _deployment(value)
    if deployment is None:
        raise OtherDocument(
            label, 1, "is neither a preview nor a state of Pulumi: give what pulumi preview --json or pulumi stack export prints"
        )
    return _state(deployment, path, label)


def _deployment(value: Value) -> Map | None:
    """The deployment in any of its wrappings."""
    for name in ("checkpoint", "deployment", "latest"):
        inner = value.get(name) if isinstance(value, Map) else None
        value = inner if isinstance(inner, Map) else value
    found = isinstance(value, Map) and (isinstance(value.get("resources"), List) or isinstance(value.get("manifest"), Map))
    return value if found else None


def _state(deployment: Map, path: Path, label: str) -> Stack:
    stack = Stack(path, label, ("", ""), False, {})
    manifest = deployment.get("manifest")
    stack.time = _text(manifest, "time") if isinstance(manifest, Map) else ""
    for one in _maps(deployment.get("resources"), stack):
        if one.get("delete") is True or one.get("external") is True or one.get("pendingReplacement") is True:
            continue
        _keep(stack, _row(one, label, made=True))
    return stack


def _preview(digest: Map, path: Path, label: str) -> Stack:
    stack = Stack(path, label, ("", ""), True, {})
    config = digest.get("config")
    stack.region = _text(config, "aws:region") if isinstance(config, Map) else ""
    same = unreadable = 0
    for step in _maps(digest.get("steps"), stack):
        operation = _text(step, "op")
        same += operation == "same"
        state = step.get("newState")
        if operation.startswith(_GONE):
            stack.gone.add(_text(step, "urn"))
        elif operation.startswith("read"):
            continue
        elif isinstance(state, Map):
            if state.get("external") is not True:
                _keep(stack, _row(state, label, made=operation in ("same", "update", "refresh", "import")))
        else:
            unreadable += 1
    stack.gone -= set(stack.rows)
    summary = digest.get("changeSummary")
    counted = summary.get("same") if isinstance(summary, Map) else 0
    stack.left_out = max(0, counted - same) if isinstance(counted, int) else 0
    if unreadable:
        stack.notes.append(f"{label}: shows no state of {unreadable} resources, which are not judged")
    return stack


def _keep(stack: Stack, row: Row | None) -> None:
    if row is None:
        return
    found = _URN.fullmatch(row.urn)
    if found and not stack.key[0]:
        stack.key = (found["stack"], found["project"])
    stack.rows[row.urn] = row


def _row(one: Map, label: str, *, made: bool) -> Row | None:
    urn, token = _text(one, "urn"), _text(one, "type")
    found = _URN.fullmatch(urn)
    if found is None:
        return None
    inputs, outputs, by_property = one.get("inputs"), one.get("outputs"), one.get("propertyDependencies")
    return Row(
        urn=urn,
        token=token or found["types"].rpartition("$")[2],
        name=found["name"],
        inputs=inputs if isinstance(inputs, Map) else Map((), one.span),
        outputs=outputs if isinstance(outputs, Map) else Map((), one.span),
        at=span_of(one.get("urn")) or one.span or Span(label, 1),
        id=_text(one, "id"),
        parent=_text(one, "parent"),
        provider=_text(one, "provider"),
        position=_text(one, "sourcePosition"),
        custom=one.get("custom") is not False,
        made=made,
        dependencies=_texts(one.get("dependencies")),
        by_property={n: _texts(u) for n, u in by_property.items()} if isinstance(by_property, Map) else {},
    )


def _maps(value: Value, stack: Stack) -> Iterator[Map]:
    rows = value if isinstance(value, List) else []
    if len(rows) > MAX_RESOURCES:
        stack.notes.append(f"{stack.label}: holds more than {MAX_RESOURCES:,} resources, the rest is not judged")
    yield from (one for one in rows[:MAX_RESOURCES] if isinstance(one, Map))


def _text(value: Map, name: str) -> str:
    found = value.get(name)
    return clean(str(found)) if isinstance(found, str) else ""


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(clean(str(one)) for one in value if isinstance(one, str)) if isinstance(value, list) else ()
