"""One thing that invokes functions, as an asset.

Only what has a function behind it becomes an asset, or what may have one: a target that is not known stays Unknown. Where one of
several targets is not known, the known ones are given and the rest is told as missing.
"""

from collections.abc import Iterable
from typing import Any

from lambdaudit.model.invokers import Invoker
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.lift.builder import Builder
from lambdaudit.sources.iac.lift.identity import Identity
from lambdaudit.sources.iac.lift.props import Props
from lambdaudit.sources.iac.resources import Resource
from lambdaudit.sources.invoking import functions_among


def add_invoker(
    b: Builder, resource: Resource, identity: Identity, service: str, kind: str, functions: Iterable[object], **more: Any
) -> None:
    """Add one when any of `functions` (values of properties) is a function or is not known.

    `more` are further fields; an Unknown among them is told as missing.
    """
    values = list(functions)
    known = functions_among(*values)
    unread = next((one for one in values if isinstance(one, Unknown)), None)
    if not known and unread is None:
        return
    plain = b.opener(resource, "invoker")
    if known and unread is not None:
        plain(unread, None)
    settled = {name: plain(value, "") for name, value in more.items()}
    b.add(Invoker(**{**b.common(resource, identity), **settled}, service=service, kind=kind, targets=known or unread or ()))


def function_in(value: "Props | Unknown | None", name: str) -> str | Unknown:
    """The text of a property of an object that may be missing or not known."""
    return value.text(name, "") if isinstance(value, Props) else value or ""
