"""Terraform's functions, with arguments that may be partly unknown.

Three kinds: those that understand open values themselves, those that want plain ones (and give Unknown otherwise), and those
that read files of the tree. Functions of providers are Unknown.
"""

from collections.abc import Callable
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import OneOf, Span, Value

from ..partial import Invalid, Lazy, Wildcard, reason, spread
from .collections import PARTIAL as _COLLECTIONS
from .collections import PLAIN as _PLAIN_COLLECTIONS
from .encoding import PARTIAL as _ENCODING
from .encoding import PLAIN as _PLAIN_ENCODING
from .files import FILES, Tree
from .network import PLAIN as _NETWORK
from .numbers import PLAIN as _NUMBERS
from .texts import PARTIAL as _TEXTS
from .texts import PLAIN as _PLAIN_TEXTS

_PARTIAL: dict[str, Callable[[list[Value], Span], Value]] = {**_COLLECTIONS, **_TEXTS, **_ENCODING}
_PLAIN: dict[str, Callable[..., Any]] = {**_PLAIN_COLLECTIONS, **_PLAIN_TEXTS, **_PLAIN_ENCODING, **_NETWORK, **_NUMBERS}
_LATER = {
    "timestamp": "the time of the run",
    "plantimestamp": "the time of the run",
    "uuid": "a random value",
    "bcrypt": "a random value",
    "rsadecrypt": "a decrypted value",
    "timeadd": "a time",
    "formatdate": "a time",
    "timecmp": "a time",
}

NAMES = frozenset((*_PARTIAL, *_PLAIN, *FILES, *_LATER, "try", "can"))
"""Every function that is known."""


def call(name: str, arguments: list[Value], at: Span, tree: Tree) -> Value:
    """The result of a function. Raises Invalid as Terraform would refuse the call."""
    if name in FILES:
        return spread(arguments, lambda values: FILES[name](values, at, tree))
    if name in _PARTIAL:
        wanted = _PARTIAL[name]
        if any(isinstance(a, OneOf) for a in arguments):
            return spread(arguments, lambda values: _partial(wanted, values, at))
        return _partial(wanted, arguments, at)
    if name in _PLAIN:
        return spread(arguments, lambda values: _plain(name, values))
    if name in _LATER:
        return Unknown(f"{name}() gives {_LATER[name]}")
    if "::" in name:
        return Unknown(f"{name}() is a function of a provider")
    raise Invalid(f"there is no function {name}()")


def _partial(wanted: Callable[[list[Value], Span], Value], values: list[Value], at: Span) -> Value:
    try:
        return wanted(values, at)
    except (IndexError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise Invalid(f"arguments that do not fit: {error}") from error


def _plain(name: str, values: list[Value]) -> Value:
    for value in values:
        if isinstance(value, Lazy | Wildcard):
            return Unknown(f"{name}() of something that is known after apply")
        if why := reason(value):
            return why
    try:
        return _PLAIN[name](*values)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, ArithmeticError) as error:
        raise Invalid(f"{name}(): arguments that do not fit: {error}") from error


__all__ = ["NAMES", "Tree", "call"]
