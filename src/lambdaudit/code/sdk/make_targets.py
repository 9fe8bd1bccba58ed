"""Part of ``make_index.py``: which parameters of an operation name the resources that an action is about."""

import re
from collections.abc import Iterator
from typing import Any

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_ENDS = re.compile(r"(name|id|arn|identifier|url|key|withoutleadingslash)$")
_FIXED = {"Partition": "$p", "Region": "$r", "Account": "$a"}
_WHOLE = ("resourcearn", "arn", "resource", "resourceidentifier")
"""Parameters that are the ARN of any resource (tagging)."""


def targets(operation: str, parameters: dict[str, str], action: dict[str, Any], types: dict[str, Any]) -> list[str]:
    """Templates (``arn:$p:dynamodb:$r:$a:table/{TableName}``) of an operation; empty where none of them can be told.

    `parameters` are the operation's top-level inputs with their types; `action` and `types` rows of the service reference.
    """
    singles = {name.lower(): name for name, kind in parameters.items() if kind == "string"}
    lists = {name.lower(): f"{name}[]" for name, kind in parameters.items() if kind == "strings"}
    known = {**{key.removesuffix("s"): path for key, path in lists.items()}, **singles}
    found: list[str] = []
    for used in sorted(action["resourceTypes"], key=lambda row: not row["required"]):
        row = types.get(used["name"].lower()) or types.get(used["name"])
        if row is None:
            continue
        for arn in row["arn"].split(", "):
            found.extend(_fill(arn, row["key"], operation, known))
    best = list(dict.fromkeys(found))
    if not best and (whole := next((known[name] for name in _WHOLE if name in known), "")):
        return ["{" + whole + ":arn}"]
    return best


def _fill(arn: str, kind: str, operation: str, known: dict[str, str]) -> Iterator[str]:
    """The template of one resource type when every variable of its ARN is a parameter, or one parameter is the whole ARN."""
    variables = [name for name in _VARIABLE.findall(arn) if name not in _FIXED]
    if not variables:
        yield _VARIABLE.sub(lambda m: _FIXED[m[1]], arn)
        return
    places: dict[str, str] = {}
    for name in variables:
        path = _parameter(name, kind if name == variables[-1] else "", operation, known)
        taken = path and _or_arn(path, known) in places.values()
        places[name] = "*" if taken and name == variables[-1] else _or_arn(path, known)
    if all(places.values()):
        yield _VARIABLE.sub(lambda m: _FIXED.get(m[1]) or ("{" + places[m[1]] + "}").replace("{*}", "*"), arn)
        return
    stems = {_stem(kind), _stem(variables[-1].lower())}
    for name, path in known.items():
        if name.endswith("arn") and _stem(name) in stems and _stem(name):
            yield "{" + path + ":arn}"


def _or_arn(path: str, known: dict[str, str]) -> str:
    """Both parameters where a resource is named by its name or by its ARN."""
    stem = _stem(path.removesuffix("[]"))
    others = (p for n, p in known.items() if path and p != path and n.endswith("arn") and _stem(n) == stem)
    other = next(others, "")
    return f"{path}|{other}" if other and not other.endswith("[]") else path


def _stem(name: str) -> str:
    plain = name.lower().replace("-", "").replace(" ", "")
    while (cut := _ENDS.sub("", plain)) != plain and cut:
        plain = cut
    return plain.removeprefix("db") if len(plain) > 4 else plain


def _parameter(variable: str, kind: str, operation: str, known: dict[str, str]) -> str:
    """The parameter that a variable stands for: the same name, the same stem, or a bare ``Name``/``Id`` of the thing itself."""
    low = variable.lower()
    if low in known:
        return known[low]
    stems = [_stem(variable)] + ([_stem(kind)] if kind else [])
    for stem in stems:
        for name, path in known.items():
            if stem and _stem(name) == stem:
                return path
    ends = ("name", "id", "identifier", "arn") if low.endswith("name") else ("id", "identifier", "name", "arn")
    if any(stem and operation.lower().rstrip("s").endswith(stem.rstrip("s")) for stem in stems):
        return next((known[end] for end in ends if end in known), "")
    return ""
