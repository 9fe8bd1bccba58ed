"""Plans and states as ``terraform show -json`` prints them, and raw state files.

A plan leaves out what is known after apply. What an attribute refers to stands in the plan's configuration, so that a function
still finds its role; with the directory at hand, unknown attributes are filled from the evaluated configuration.
"""

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.documents import DocumentError, read_file
from lambdaudit.sources.iac.hidden import Hidden
from lambdaudit.sources.iac.json_text import NotJson, parse_json
from lambdaudit.sources.iac.lift.estate import Settings
from lambdaudit.sources.iac.values import List, Map, Ref, Span, Value

from .collect import Collector, Source, own_name
from .known import Known, place_of
from .plan_references import PlanReferences

MAX_DEPTH = 80
_HIDDEN = Hidden("a sensitive value, which is not read")


class ShowError(Exception):
    """A file that is no plan and no state; the text is one line."""


@dataclass(slots=True)
class Row:
    """One resource of a plan or state. `unknown` and `sensitive` mark parts of its values."""

    address: str
    module: str
    type: str
    name: str
    values: Map
    at: Span
    unknown: Any = None
    sensitive: Any = None


def read_rows(path: Path, label: str) -> tuple[list[Row], Map]:
    """The managed resources of a plan or state, and the whole document. Raises ShowError."""
    try:
        document = parse_json(read_file(path, label), label).value
    except NotJson as error:
        raise ShowError(f"{label}:{error.line}: no JSON: {error}; give what terraform show -json prints") from error
    except DocumentError as error:
        raise ShowError(f"{error}; give what terraform show -json prints") from error
    if not isinstance(document, Map):
        raise ShowError(f"{label}: neither a Terraform plan nor a state")
    if isinstance(document.get("planned_values"), Map):
        return list(_planned(document, label)), document
    if isinstance(document.get("values"), Map) and "terraform_version" in document:
        return list(_tree(document["values"].get("root_module"), label, 0)), document
    if isinstance(document.get("resources"), list) and document.get("version") == 4:
        return list(_raw(document["resources"], label)), document
    if "terraform_version" in document or "format_version" in document:
        return [], document
    raise ShowError(f"{label}: neither a Terraform plan nor a state: give what terraform show -json prints")


def _planned(document: Map, label: str) -> Iterator[Row]:
    changes = {}
    for change in _maps(document.get("resource_changes")):
        inner = change.get("change")
        if isinstance(inner, Map) and isinstance(change.get("address"), str):
            changes[str(change["address"])] = inner
    for row in _tree(document["planned_values"].get("root_module"), label, 0):
        made = changes.get(row.address)
        if made is not None:
            row.unknown = made.get("after_unknown")
            row.sensitive = made.get("after_sensitive") or row.sensitive
        yield row


def _tree(module: Value, label: str, depth: int) -> Iterator[Row]:
    if not isinstance(module, Map) or depth > MAX_DEPTH:
        return
    for one in _maps(module.get("resources")):
        address, kind, name = one.get("address"), one.get("type"), one.get("name")
        values = one.get("values")
        if one.get("mode") != "managed" or not isinstance(address, str) or not isinstance(kind, str) or not isinstance(name, str):
            continue
        at = getattr(address, "span", None) or Span(label, 1)
        owner = str(module.get("address", ""))
        made = values if isinstance(values, Map) else Map()
        yield Row(str(address), owner, str(kind), str(name), made, at, sensitive=one.get("sensitive_values"))
    for child in _maps(module.get("child_modules")):
        yield from _tree(child, label, depth + 1)


def _raw(resources: Value, label: str) -> Iterator[Row]:
    """The resources of a state file, format 4."""
    for one in _maps(resources):
        kind, name = one.get("type"), one.get("name")
        if one.get("mode") != "managed" or not isinstance(kind, str) or not isinstance(name, str):
            continue
        module = one.get("module")
        prefix = f"{module}." if isinstance(module, str) and module else ""
        for instance in _maps(one.get("instances")):
            key = instance.get("index_key")
            index = "" if key is None else f'["{key}"]' if isinstance(key, str) else f"[{key}]"
            values = instance.get("attributes")
            at = getattr(instance, "span", None) or Span(label, 1)
            row = Row(f"{prefix}{kind}.{name}{index}", str(module or ""), str(kind), str(name), Map(), at)
            row.values = values if isinstance(values, Map) else Map()
            row.sensitive = _paths(instance.get("sensitive_attributes"))
            yield row


def _paths(marked: Value) -> Any:
    """Paths of sensitive attributes as a tree of marks; the first step decides."""
    found: dict[str, bool] = {}
    for path in marked if isinstance(marked, list) else []:
        first = path[0] if isinstance(path, list) and path else None
        name = first.get("value") if isinstance(first, Map) else None
        if isinstance(name, str):
            found[str(name)] = True
    return found


def _maps(value: Value) -> list[Map]:
    return [one for one in value if isinstance(one, Map)] if isinstance(value, list) else []


def _archives(document: Map) -> dict[str, Map]:
    """What archives are built from, by the path of the archive, where a plan or state read their data sources."""
    prior = document.get("prior_state")
    trees = [prior.get("values") if isinstance(prior, Map) else None, document.get("planned_values"), document.get("values")]
    stack = [(tree.get("root_module"), 0) for tree in trees if isinstance(tree, Map)]
    rows: list[Map] = []
    while stack:
        module, depth = stack.pop()
        if isinstance(module, Map) and depth < MAX_DEPTH:
            rows += _maps(module.get("resources"))
            stack += [(child, depth + 1) for child in _maps(module.get("child_modules"))]
    found: dict[str, Map] = {}
    for row in rows:
        values = row.get("values")
        path = values.get("output_path") if isinstance(values, Map) else None
        if row.get("type") == "archive_file" and isinstance(path, str) and isinstance(values, Map):
            found[posixpath.normpath(str(path))] = values
    return found


def collect_rows(
    rows: list[Row], document: Map, settings: Settings, sources: dict[str, Source], locate: Callable[[str], Path | None]
) -> tuple[Collector, Settings]:
    """Translate rows.

    `sources` are those of the directory by address, whose values fill what a plan does not know; `locate` finds files.
    """
    archives = _archives(document)
    settings = place_of(rows, document, settings)
    known = Known(rows)
    references = PlanReferences(document, {row.address for row in rows}) if "configuration" in document else None
    collector = Collector(settings)
    for row in rows:
        own = sources.get(row.address)
        values = _settings(row, references, own)
        made = known.linked(row, values)
        region, account = known.home(row)
        source = Source(
            address=row.address,
            type=row.type,
            at=own.at if own else row.at,
            settings=made,
            own_name=own_name(row.address, made),
            account=account if account != settings.account else "",
            region=region if region != settings.region else "",
            locate=locate,
            archive=lambda path: archives.get(posixpath.normpath(path)) if isinstance(path, str) else None,
        )
        if own:
            source = replace(source, locate=own.locate, archive=own.archive, object_source=own.object_source)
        collector.take(source)
    collector.finish()
    return collector, settings


def _settings(row: Row, references: PlanReferences | None, own: Source | None) -> Map:
    """The arguments of a resource: those that the configuration sets, without sensitive values, with what is unknown filled."""
    configured = references.arguments(row) if references else None
    made = Map((), row.at)
    unknown = row.unknown if isinstance(row.unknown, dict) else {}
    sensitive = row.sensitive if isinstance(row.sensitive, dict) else {}
    for name in dict.fromkeys((*row.values, *unknown)):
        mark = unknown.get(name)
        if configured is not None and name not in configured and not (own and name in own.settings):
            continue
        value = row.values.get(name)
        if _marked(mark):
            theirs = own.settings.get(name) if own else None
            expression = configured.get(name) if configured else None
            value = _filled(value, mark, theirs, lambda n, e=expression: _refer(references, row, n, e), name, 0)
        value = _without_secrets(value, sensitive.get(name), 0)
        if value is None or (isinstance(value, str) and not value):
            continue
        made[name] = value
        place = (own.settings.at(name) if own else None) or getattr(value, "span", None) or row.values.keys_at.get(name)
        if place:
            made.keys_at[name] = place
    return made


def _marked(mark: Any) -> bool:
    """Whether a tree of marks holds a true one."""
    stack = [mark]
    while stack:
        one = stack.pop()
        if one is True:
            return True
        if isinstance(one, dict | list):
            stack.extend(one.values() if isinstance(one, dict) else one)
    return False


def _refer(references: PlanReferences | None, row: Row, name: str, expression: Any) -> Value:
    found = references.target(row, name, expression) if references else None
    return found if found is not None else Unknown(f"{row.address}.{name} is known after apply")


def _filled(value: Value, mark: Any, theirs: Value, refer: Any, name: str, depth: int) -> Value:
    """A value with its unknown parts filled: from the evaluated configuration, else by what the plan refers to."""
    if depth > MAX_DEPTH:
        return Unknown(f"{name} nests too deep")
    if mark is True:
        return theirs if theirs is not None else refer(name)
    if isinstance(mark, dict) and mark:
        made = value.copy() if isinstance(value, Map) else Map()
        for key, inner in mark.items():
            if _marked(inner):
                other = theirs.get(key) if isinstance(theirs, dict) else None
                made[key] = _filled(made.get(key), inner, other, refer, key, depth + 1)
        return made
    if isinstance(mark, list) and mark:
        members = list(value) if isinstance(value, list) else []
        members += [None] * (len(mark) - len(members))
        others = theirs if isinstance(theirs, list) and len(theirs) == len(mark) else [None] * len(mark)
        for number, inner in enumerate(mark):
            if _marked(inner):
                members[number] = _filled(members[number], inner, others[number], refer, name, depth + 1)
        return List(members, getattr(value, "span", None))
    return value


def _without_secrets(value: Value, mark: Any, depth: int) -> Value:
    """A value without the parts that are marked sensitive."""
    if mark is True and value is not None:
        return _HIDDEN if not isinstance(value, Ref | Unknown) else value
    if depth > MAX_DEPTH or not _marked(mark):
        return value
    if isinstance(value, Map) and isinstance(mark, dict):
        made = value.copy()
        for key, inner in mark.items():
            if key in made:
                made[key] = _without_secrets(made[key], inner, depth + 1)
        return made
    if isinstance(value, List) and isinstance(mark, list):
        marks = [*mark, *([None] * (len(value) - len(mark)))]
        return List([_without_secrets(v, m, depth + 1) for v, m in zip(value, marks, strict=False)], value.span, value.rest)
    return value
