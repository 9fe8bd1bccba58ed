"""``aws_iam_policy_document`` as the provider renders it."""

from typing import TYPE_CHECKING

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, OneOf, Span, Value

from .functions.encoding import json_tree
from .partial import Invalid, is_open, json_dumps, reason

if TYPE_CHECKING:
    from .module import Instance

_LISTS = (("actions", "Action"), ("not_actions", "NotAction"), ("resources", "Resource"), ("not_resources", "NotResource"))


def document(instance: "Instance", version_field: str = "version") -> Value:
    """The policy as JSON text with its tree: merged from source documents, its own statements and overrides."""
    settings = instance.settings()
    statements: list[Value] = []
    rest: Unknown | None = None
    version: Value = None
    name: Value = None

    def take(text: Value, *, replace: bool) -> None:
        nonlocal rest, version, name
        tree = _tree(text)
        if tree is None:
            return
        if not isinstance(tree, dict):
            rest = rest or reason(tree) or Unknown("a source document that is not known")
            return
        name = tree.get("Id", name)
        version = tree.get("Version", version)
        rest = rest or getattr(tree, "rest", None)
        inner = tree.get("Statement")
        for one in inner if isinstance(inner, list) else [inner] if inner is not None else []:
            _put(statements, one, replace=replace)
        rest = rest or getattr(inner, "rest", None)

    for text in _texts(settings, "source_policy_documents", "source_json"):
        take(text, replace=False)
    own = settings.get("statement")
    for block in own if isinstance(own, list) else [own] if isinstance(own, Map) else []:
        if isinstance(block, Map):
            _put(statements, statement(block), replace=True)
        elif isinstance(block, OneOf):
            options = tuple((label, statement(v) if isinstance(v, Map) else v) for label, v in block.options)
            statements.append(OneOf(options, block.span))
        else:
            rest = rest or reason(block) or Unknown("a statement that is not known")
    rest = rest or getattr(own, "rest", None) or (own if isinstance(own, Unknown) else None)
    version = settings.get("version") or version or "2012-10-17"
    name = settings.get("policy_id") or name
    for text in _texts(settings, "override_policy_documents", "override_json"):
        take(text, replace=True)
    tree = Map((), instance.at)
    if name is not None:
        tree["Id"] = name
    tree["Statement"] = List(statements, settings.at("statement") or instance.at, rest)
    tree["Version"] = version
    tree.keys_at.update(dict.fromkeys(tree, instance.at))
    return json_dumps(tree, instance.at)


def _texts(settings: Map, many: str, single: str) -> list[Value]:
    found: list[Value] = []
    if (text := settings.get(single)) is not None:
        found.append(text)
    value = settings.get(many)
    if isinstance(value, list):
        found.extend(value)
        if rest := getattr(value, "rest", None):
            found.append(rest)
    elif value is not None:
        found.append(value)
    return found


def _tree(text: Value) -> Value:
    if text is None or (isinstance(text, str) and not text):
        return None
    try:
        return json_tree(text)
    except Invalid as error:
        return Unknown(f"a source document: {error}")


def _put(statements: list[Value], new: Value, *, replace: bool) -> None:
    """Add a statement; one with the same Sid is replaced by it in its place."""
    sid = new.get("Sid") if isinstance(new, dict) else None
    if replace and isinstance(sid, str) and sid:
        for number, old in enumerate(statements):
            if isinstance(old, dict) and old.get("Sid") == sid:
                statements[number] = new
                return
    statements.append(new)


def statement(block: Map) -> Map:
    """A ``statement`` block as a statement."""
    made = Map((), block.span)

    def put(key: str, value: Value, written: str) -> None:
        made[key] = value
        made.keys_at[key] = block.at(written) or block.span or Span("", 0)

    sid = block.get("sid")
    if sid is not None and sid != "":
        put("Sid", sid, "sid")
    effect = block.get("effect")
    put("Effect", "Allow" if effect is None else effect, "effect" if effect is not None else "")
    for written, key in _LISTS:
        value = block.get(written)
        if value is not None and not (isinstance(value, list) and not value and not getattr(value, "rest", None)):
            put(key, _single(_escaped(value)), written)
    for written, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        value = block.get(written)
        if value is not None:
            put(key, principals(value), written)
    conditions = block.get("condition")
    if conditions is not None:
        put("Condition", _conditions(conditions), "condition")
    return made


def _single(value: Value) -> Value:
    """A list of one known member as that member; others sorted in reverse, as the provider writes sets."""
    if not isinstance(value, list):
        return value
    rest = getattr(value, "rest", None)
    if len(value) == 1 and not rest:
        return value[0]
    found = sorted(value, reverse=True, key=str) if all(isinstance(v, str) for v in value) else list(value)
    return List(found, getattr(value, "span", None), rest)


def _escaped(value: Value) -> Value:
    """``&{…}`` is written for ``${…}`` of IAM."""
    if isinstance(value, str) and "&{" in value:
        from lambdaudit.sources.iac.values import Str, span_of

        return Str(value.replace("&{", "${"), span_of(value))
    if isinstance(value, list):
        return List([_escaped(v) for v in value], getattr(value, "span", None), getattr(value, "rest", None))
    if isinstance(value, OneOf):
        return OneOf(tuple((label, _escaped(v)) for label, v in value.options), value.span)
    if hasattr(value, "parts"):
        from .partial import text

        return text([_escaped(p) if isinstance(p, str) else p for p in value.parts], value.span)
    return value


def principals(value: Value) -> Value:
    """``principals`` blocks as a Principal: by type, ``"*"`` for type and identifier ``*``."""
    blocks = value if isinstance(value, list) else [value]
    if rest := getattr(value, "rest", None):
        return rest
    made = Map((), getattr(value, "span", None))
    for block in blocks:
        if not isinstance(block, Map):
            return reason(block) or Unknown("principals that are not known")
        kind, identifiers = block.get("type"), _escaped(block.get("identifiers"))
        if not isinstance(kind, str):
            return reason(kind) or Unknown("the type of a principal is not known")
        if kind == "*" and isinstance(identifiers, list) and len(identifiers) == 1 and identifiers[0] == "*" and len(blocks) == 1:
            return "*"
        name = "AWS" if kind == "*" else str(kind)
        if name in made and isinstance(identifiers, list):
            present = made[name] if isinstance(made[name], list) else [made[name]]
            identifiers = List([*present, *identifiers], getattr(identifiers, "span", None), getattr(identifiers, "rest", None))
        made[name] = _single(identifiers)
        if block.span:
            made.keys_at[name] = block.at("identifiers") or block.span
    return made


def _conditions(value: Value) -> Value:
    if isinstance(value, Unknown) or is_open(value):
        return value
    made = Map((), getattr(value, "span", None), None, getattr(value, "rest", None))
    for block in value if isinstance(value, list) else [value]:
        if not isinstance(block, Map):
            made.rest = reason(block) or Unknown("a condition that is not known")
            continue
        test, variable, values = block.get("test"), block.get("variable"), _escaped(block.get("values"))
        if not isinstance(test, str) or not isinstance(variable, str):
            made.rest = reason(test) or reason(variable) or Unknown("a condition that is not known")
            continue
        inner = made.setdefault(str(test), Map((), block.span))
        listed = values if isinstance(values, list) else None
        if str(variable) in inner and listed is not None:
            before = inner[str(variable)]
            listed = List(
                [*(before if isinstance(before, list) else [before]), *listed], block.span, getattr(listed, "rest", None)
            )
        inner[str(variable)] = _in_order(listed) if listed is not None else values
        if block.span:
            made.keys_at.setdefault(str(test), block.span)
            inner.keys_at[str(variable)] = block.span
    return made


def _in_order(values: Value) -> Value:
    return values[0] if len(values) == 1 and not getattr(values, "rest", None) else values
