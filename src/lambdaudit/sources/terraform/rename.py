"""References with a prefix, for several roots in one inventory."""

from lambdaudit.sources.iac.values import List, Map, OneOf, Ref, Text, Value


def renamed(value: Map, prefix: str) -> Map:
    """The same properties with every reference's address behind a prefix."""
    made = _renamed(value, prefix)
    assert isinstance(made, Map)
    return made


def _renamed(value: Value, prefix: str) -> Value:
    if isinstance(value, Map):
        return Map({key: _renamed(inner, prefix) for key, inner in value.items()}, value.span, value.keys_at, value.rest)
    if isinstance(value, List):
        return List([_renamed(inner, prefix) for inner in value], value.span, value.rest)
    if isinstance(value, Ref):
        return Ref(prefix + value.address, value.attribute, value.span)
    if isinstance(value, Text):
        return Text(tuple(_renamed(part, prefix) for part in value.parts), value.span)
    if isinstance(value, OneOf):
        return OneOf(tuple((label, _renamed(inner, prefix)) for label, inner in value.options), value.span)
    return value
