"""Stand-ins for parameters that have no value: SAM wants some of them at once (AutoPublishAlias), and they come out again."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lambdaudit.sources.iac.values import Map, Str, span_of

_MARK: Final = re.compile("LAMBDAUDIT([A-Za-z0-9]{1,255}?)TIDUADBMAL")
_IN_SUB: Final = re.compile(r"\$\{[^{}]*\}")
_IDS: Final = frozenset(("Ref", "Fn::GetAtt", "DependsOn", "Condition"))
"""Where a text names a resource, whose logical id may be made of a parameter's value."""


def stand_in(parameter: str) -> str:
    """The text that stands for a parameter's value."""
    return f"LAMBDAUDIT{parameter}TIDUADBMAL"


def undecided(template: Mapping[str, Any], given: Mapping[str, str]) -> frozenset[str]:
    """The parameters of a template that have no value: none given and no default. Lists are left out."""
    declared = template.get("Parameters")
    return frozenset(
        name
        for name, about in (declared.items() if isinstance(declared, dict) else ())
        if isinstance(about, dict)
        and name not in given
        and about.get("Default") is None
        and name.isascii()
        and name.isalnum()
        and not str(about.get("Type")).startswith(("List<", "CommaDelimitedList"))
    )


def referred(node: Any, names: frozenset[str]) -> Iterator[str]:
    """Which of the names are referred to anywhere in a tree, by Ref or in the text of a Sub."""
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            if isinstance(one.get("Ref"), str) and one["Ref"] in names:
                yield one["Ref"]
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)
        elif isinstance(one, str) and "${" in one:
            yield from (name for match in _IN_SUB.findall(one) if (name := match[2:-1].strip()) in names)


def plain(text: str) -> str:
    """A text with the names of parameters instead of their stand-ins: a logical id, a message."""
    return _MARK.sub(r"\1", text)


def restored(node: Any, inside: str = "") -> Any:
    """A translated tree with references to the parameters instead of the stand-ins. `inside` is the key that holds it."""
    if isinstance(node, dict):
        made = {plain(key) if isinstance(key, str) else key: restored(value, str(key)) for key, value in node.items()}
        return Map(made, node.span, node.keys_at, node.rest) if isinstance(node, Map) else made
    if isinstance(node, list):
        for number, one in enumerate(node):
            keeps = inside in _IDS or (inside == "Fn::Sub" and number == 0)
            node[number] = restored(one, inside if keeps else "")
        return node
    if not isinstance(node, str) or not _MARK.search(node):
        return node
    span = span_of(node)
    if inside in _IDS:
        return Str(plain(node), span)
    if inside == "Fn::Sub":
        # A mark in the name of a reference is a part of a logical id; everywhere else it stands for the value.
        return Str(_MARK.sub(r"${\1}", _IN_SUB.sub(lambda match: plain(match[0]), node)), span)
    whole = _MARK.fullmatch(node)
    if whole:
        return Map({"Ref": Str(whole[1], span)}, span)
    return Map({"Fn::Sub": Str(_MARK.sub(r"${\1}", node.replace("${", "${!")), span)}, span)
