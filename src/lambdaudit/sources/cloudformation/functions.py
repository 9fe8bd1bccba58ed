"""The intrinsic functions, apart from Ref, GetAtt and conditions: each takes its arguments as written and an evaluator."""

import base64
import ipaddress
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cloudformation.conditions import FUNCTIONS, Placeholder
from lambdaudit.sources.cloudformation.parameters import as_text
from lambdaudit.sources.cloudformation.texts import each, joined, json_text
from lambdaudit.sources.iac.values import Int, List, Ref, Span, Str, Text, Value, one_of, span_of

if TYPE_CHECKING:
    from lambdaudit.sources.cloudformation.evaluator import Evaluator

_MAX_SUBNETS: Final = 256
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")


def _odd(function: str, arguments: Any) -> Unknown:
    del arguments
    return Unknown(f"{function} has arguments that it does not take")


def sub(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::Sub``: a text, or a text and its own variables."""
    variables: dict[str, Any] = {}
    if isinstance(arguments, list) and len(arguments) == 2 and isinstance(arguments[1], dict):
        arguments, variables = arguments
    if isinstance(arguments, list) and len(arguments) == 1:
        arguments = arguments[0]
    if not isinstance(arguments, str):
        return _odd("Fn::Sub", arguments)
    parts: list[Any] = []
    end = 0
    for match in _VARIABLE.finditer(arguments):
        parts.append(arguments[end : match.start()])
        end = match.end()
        name = match[1].strip()
        if match[1].startswith("!"):
            parts.append(f"${{{match[1][1:]}}}")
        elif name in variables:
            parts.append(e.value(variables[name]))
        elif "." in name and name.partition(".")[0] not in ("AWS::",):
            resource, _, attribute = name.partition(".")
            parts.append(e.attribute(resource, attribute, span))
        else:
            parts.append(e.reference(name, span))
    parts.append(arguments[end:])
    return joined(parts, span_of(arguments) or span)


def join(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::Join``: a delimiter and a list."""
    if not isinstance(arguments, list) or len(arguments) != 2:
        return _odd("Fn::Join", arguments)
    delimiter = e.value(arguments[0])
    if not isinstance(delimiter, str):
        return _odd("Fn::Join", arguments)

    def build(members: Value) -> Value:
        if isinstance(members, Unknown):
            return members
        if not isinstance(members, list):
            return _odd("Fn::Join", arguments)
        parts: list[Any] = []
        for member in members:
            parts += [delimiter, member] if parts else [member]
        rest = getattr(members, "rest", None)
        return joined([*parts, *([rest] if rest else [])], span)

    return each(e.value(arguments[1]), build)


def select(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::Select``: an index and a list."""
    if not isinstance(arguments, list) or len(arguments) != 2:
        return _odd("Fn::Select", arguments)
    index = e.value(arguments[0])
    if isinstance(index, Unknown):
        return index
    if not (isinstance(index, int | str) and as_text(index).isascii() and as_text(index).isdecimal()):
        return _odd("Fn::Select", arguments)
    number = int(as_text(index)[:9])

    def build(members: Value) -> Value:
        if isinstance(members, list):
            if number < len(members):
                return members[number]
            return getattr(members, "rest", None) or Unknown(f"Fn::Select asks for member {number} of {len(members)}")
        return members if isinstance(members, Unknown) else _odd("Fn::Select", arguments)

    return each(e.value(arguments[1]), build)


def split(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::Split``: a delimiter and a text. Parts beyond the first open one are not known."""
    if not isinstance(arguments, list) or len(arguments) != 2 or not isinstance(arguments[0], str) or not arguments[0]:
        return _odd("Fn::Split", arguments)
    delimiter = arguments[0]

    def build(text: Value) -> Value:
        if isinstance(text, str):
            return List([Str(part, span) for part in text.split(delimiter)], span)
        if isinstance(text, Text) and isinstance(text.parts[0], str) and delimiter in text.parts[0]:
            sure = text.parts[0].split(delimiter)[:-1]
            return List([Str(part, span) for part in sure], span, Unknown("a part of a text that is not known"))
        return text if isinstance(text, Unknown) else Unknown("a part of a text that is not known")

    return each(e.value(arguments[1]), build)


def find_in_map(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::FindInMap``, with its default value."""
    if not isinstance(arguments, list) or len(arguments) not in (3, 4):
        return _odd("Fn::FindInMap", arguments)
    options = arguments[3] if len(arguments) == 4 and isinstance(arguments[3], dict) else {}
    mapping = e.mappings.get(as_text(e.value(arguments[0])))
    if not isinstance(mapping, dict):
        return Unknown(f"there is no mapping {as_text(arguments[0])[:80] if isinstance(arguments[0], str) else ''}")

    def missing(what: str) -> Value:
        if "DefaultValue" in options:
            return e.value(options["DefaultValue"])
        return Unknown(f"the mapping {arguments[0]} has no {what}")

    def pick(table: Any, key: Value, then: Callable[[Any], Value]) -> Value:
        if not isinstance(table, dict):
            return missing("object there")
        if isinstance(key, Unknown | Text | Ref | Placeholder):
            choices = [(f"{as_text(arguments[0])} of {name}", then(inner)) for name, inner in table.items()]
            why = "give --account, --region" if isinstance(key, Placeholder) else key.reason if isinstance(key, Unknown) else ""
            return one_of(choices, span, why) if choices else missing("entry")
        text = as_text(key) if not isinstance(key, list | dict) else ""
        return then(table[text]) if text in table else missing(text[:80])

    first, second = e.value(arguments[1]), e.value(arguments[2])
    return each(first, lambda top: pick(mapping, top, lambda row: each(second, lambda key: pick(row, key, e.value))))


def encode(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::Base64``."""

    def build(text: Value) -> Value:
        if isinstance(text, str):
            return Str(base64.b64encode(text.encode("utf-8", "replace")).decode(), span)
        return text if isinstance(text, Unknown) else Unknown("the Base64 of a text that is not known")

    return each(e.value(arguments), build)


def cidr(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::Cidr``: a block, a count, and the bits of each part."""
    values = e.value(arguments)
    if isinstance(values, Unknown):
        return values
    if not isinstance(values, list) or len(values) not in (2, 3):
        return _odd("Fn::Cidr", arguments)
    if any(not isinstance(value, str | int) for value in values):
        return next((v for v in values if isinstance(v, Unknown)), Unknown("Fn::Cidr of a block that is not known"))
    try:
        block = ipaddress.ip_network(as_text(values[0]), strict=False)
        count, bits = int(as_text(values[1])), int(as_text(values[2])) if len(values) == 3 else 8
        prefix = block.max_prefixlen - bits
        if not 0 < count <= _MAX_SUBNETS or prefix < block.prefixlen or 2 ** (prefix - block.prefixlen) < count:
            return _odd("Fn::Cidr", arguments)
    except ValueError:
        return _odd("Fn::Cidr", arguments)
    parts = block.subnets(new_prefix=prefix)
    return List([Str(str(next(parts)), span) for _ in range(count)], span)


def zones(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::GetAZs``: which letters an account has is its own; the first three exist nearly everywhere."""
    region = e.value(arguments)
    if not isinstance(region, str):
        return region if isinstance(region, Unknown) else _odd("Fn::GetAZs", arguments)
    name = region or e.pseudo["AWS::Region"]
    return List([Str(f"{name}{letter}", span) for letter in "abc"], span, Unknown("which zones the account has"))


def import_value(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::ImportValue``: what another stack exports; known when that stack's template is at hand."""
    name = e.value(arguments)
    if isinstance(name, str):
        found = e.imports.get(str(name))
        return found if found is not None else Unknown(f"the export {name[:200]} of another stack")
    return name if isinstance(name, Unknown) else Unknown("the export of another stack, whose name is not known")


def length(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::Length`` of the language extensions."""

    def build(members: Value) -> Value:
        if isinstance(members, list) and not getattr(members, "rest", None):
            return Int(len(members), span)
        return members if isinstance(members, Unknown) else Unknown("the length of a list that is not known")

    return each(e.value(arguments), build)


def to_json(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::ToJsonString`` of the language extensions."""
    return json_text(e.value(arguments), span)


def choose(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::If``: a condition's name and two values."""
    if not isinstance(arguments, list) or len(arguments) != 3:
        return _odd("Fn::If", arguments)
    name = arguments[0]
    outcome = e.conditions.of(name) if isinstance(name, str) else e.conditions.decide(name)
    if isinstance(outcome, bool):
        return e.value(arguments[1] if outcome else arguments[2])
    label = name if isinstance(name, str) else "a condition"
    return one_of([(str(label), e.value(arguments[1])), (f"not {label}", e.value(arguments[2]))], span, outcome.reason)


def condition(function: str) -> "Function":
    """A condition function that stands where a value belongs."""

    def build(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
        return e.conditions.decide({function: arguments})

    return build


def get_att(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::GetAtt``: a resource and its attribute, as a list or with a dot."""
    if isinstance(arguments, str):
        arguments = list(arguments.partition(".")[::2])
    if not isinstance(arguments, list) or len(arguments) < 2:
        return _odd("Fn::GetAtt", arguments)
    # With the language extensions both may be expressions.
    name, *attributes = (e.value(one) for one in arguments)
    if not isinstance(name, str):
        return name if isinstance(name, Unknown) else _odd("Fn::GetAtt", arguments)
    if not all(isinstance(one, str) for one in attributes):
        return next((one for one in attributes if isinstance(one, Unknown)), Unknown("an attribute whose name is not known"))
    return e.attribute(name, ".".join(attributes), span)


def reference(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Ref``."""
    name = arguments if isinstance(arguments, str) else e.value(arguments)
    return e.reference(name, span) if isinstance(name, str) else _odd("Ref", arguments)


def transform(e: "Evaluator", arguments: Any, span: Span | None) -> Value:
    """``Fn::Transform`` as a value of its own."""
    found = e.transformed(arguments)
    if isinstance(found, Unknown):
        return found
    return e.value(found)


Function = Callable[["Evaluator", Any, Span | None], Value]
TABLE: Final[dict[str, Function]] = {
    "Ref": reference,
    "Fn::GetAtt": get_att,
    "Fn::Sub": sub,
    "Fn::Join": join,
    "Fn::Select": select,
    "Fn::Split": split,
    "Fn::If": choose,
    "Fn::FindInMap": find_in_map,
    "Fn::Base64": encode,
    "Fn::Cidr": cidr,
    "Fn::GetAZs": zones,
    "Fn::ImportValue": import_value,
    "Fn::Length": length,
    "Fn::ToJsonString": to_json,
    "Fn::Transform": transform,
    **{name: condition(name) for name in FUNCTIONS if name != "Condition"},
}
