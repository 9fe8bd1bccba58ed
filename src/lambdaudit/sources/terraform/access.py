"""Attributes and members of values of which a part may be unknown."""

from collections.abc import Callable

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import Map, OneOf, Ref, Text, Value, one_of

from . import partial
from .partial import Invalid, Lazy, SetList, Wildcard


def get_attribute(value: Value, name: str) -> Value:
    """``value.name``."""
    if isinstance(value, Map | dict):
        if name in value:
            return value[name]
        if rest := getattr(value, "rest", None):
            return rest
        raise Invalid(f"there is no attribute {name!r}")
    if isinstance(value, Lazy):
        return value.attribute(name)
    if isinstance(value, Unknown):
        return value
    if isinstance(value, OneOf):
        return each_option(value, lambda one: get_attribute(one, name))
    if isinstance(value, Wildcard):
        return get_attribute(value.instance, name) if not isinstance(value.instance, Unknown) else value.instance
    if isinstance(value, Ref | Text):
        return Unknown(f"{name} of something that is known after apply")
    raise Invalid(f"{'null' if value is None else 'this value'} has no attribute {name!r}")


def each_option(value: OneOf, work: Callable[[Value], Value]) -> Value:
    """Work on every option; an option that Terraform would refuse cannot be the one, unless all are."""
    found: list[tuple[str, Value]] = []
    failure: Invalid | None = None
    for label, option in value.options:
        try:
            found.append((label, work(option)))
        except Invalid as error:
            failure = error
    if not found and failure:
        raise failure
    return one_of(found, value.span)


def get_index(value: Value, key: Value, label: str = "") -> Value:
    """``value[key]``. `label` is what to call the key when it is not known."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, OneOf):
        return each_option(value, lambda one: get_index(one, key, label))
    if isinstance(value, Wildcard):
        return value.instance
    if isinstance(key, OneOf):
        return each_option(key, lambda one: get_index(value, one, label))
    if partial.is_open(key):
        return _any_member(value, partial.reason(key), label)
    if isinstance(value, dict):
        return get_attribute(value, str(partial.to_text(key)))
    if isinstance(value, SetList):
        raise Invalid("a set has no indices")
    if isinstance(value, list):
        number = partial.to_number(key)
        if not isinstance(number, int) or isinstance(number, bool):
            raise Invalid("an index must be a whole number")
        if 0 <= number < len(value):
            return value[number]
        if rest := getattr(value, "rest", None):
            return rest
        raise Invalid(f"there is no member {number}")
    if isinstance(value, Lazy) and isinstance(key, str):
        return value.attribute(key)
    raise Invalid("this value has no indices")


def _any_member(value: Value, why: Unknown | None, label: str) -> Value:
    """A member by a key that is not known: one of them, when there are few."""
    if isinstance(value, dict | list) and not getattr(value, "rest", None) and 0 < len(value) <= partial.MAX_CHOICES:
        return one_of([(f"{label or 'the key'} = {key}", member) for key, member in partial.members(value)])
    return why or Unknown("an index that is not known")
