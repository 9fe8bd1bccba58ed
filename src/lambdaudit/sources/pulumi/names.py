"""Pulumi's types and properties in the words of Terraform and CloudFormation.

The classic provider (``aws:lambda/function:Function``) bridges Terraform's: its names are Terraform's in camel case, with the
exceptions of the table. AWS Native (``aws-native:lambda:Function``) has the names of CloudFormation's registry. Source of the
table: data/make_pulumi.py.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from lambdaudit.sources.iac.values import List, Map, Value


class Names(NamedTuple):
    """What a token means: the type, whether it is CloudFormation's, and the properties with names or members of their own."""

    type: str
    native: bool
    tree: Mapping[str, Any]


def names_of(token: str) -> Names | None:
    """What a type token means; None for a type that is not modelled.

    Also the short form of programs in YAML (``aws:lambda:Function``) is taken.
    """
    classic, native, short = _tables()
    token = short.get(token, token)
    if found := classic.get(token):
        return Names(found[0], False, found[1])
    if found := native.get(token):
        return Names(found[0], True, found[1])
    return None


def renamed(names: Names, properties: Map) -> Map:
    """Properties by the names of the other language. Keys of free objects (tags, variables, documents) stay as they are."""
    return _renamed(properties, names.tree, _upper if names.native else snake)


def snake(name: str) -> str:
    """``memorySize`` as ``memory_size``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]


def _renamed(properties: Map, tree: Mapping[str, Any], other: Callable[[str], str]) -> Map:
    made = Map((), properties.span, None, properties.rest)
    for name, value in properties.items():
        known = tree.get(name)
        if isinstance(known, list):
            wanted, value = str(known[0]), _inner(value, known[1], other)
        else:
            wanted = known if isinstance(known, str) else other(name)
        made[wanted] = value
        if place := properties.keys_at.get(name):
            made.keys_at[wanted] = place
    return made


def _inner(value: Value, tree: Mapping[str, Any], other: Callable[[str], str]) -> Value:
    if isinstance(value, Map):
        return _renamed(value, tree, other)
    if isinstance(value, List):
        return List([_inner(one, tree, other) for one in value], value.span, value.rest)
    return value


@cache
def _tables() -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    import gzip
    from importlib.resources import files

    data = files("lambdaudit.data").joinpath("pulumi_names.json.gz").read_bytes()
    table = json.loads(gzip.decompress(data))
    classic: dict[str, Any] = table["aws"]
    short = {re.sub(r"/\w+:", ":", token): token for token in classic}
    return classic, table["aws-native"], short
