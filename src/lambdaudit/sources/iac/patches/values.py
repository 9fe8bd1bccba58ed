"""What a mend sets, where, and how it is written in each format."""

import json
import re
from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """The account that a template is deployed to, in each format's own words."""


OWN_ACCOUNT: Final = OwnAccount()
Value = str | int | bool | OwnAccount
Nested: TypeAlias = "Value | dict[str, Nested]"
"""A value, or an object of values by name."""
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_WORDS: Final = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))


@dataclass(frozen=True, slots=True)
class Put:
    """Set what stands at `path` to `value`; of an object every member, and others are left as they are.

    A step ``*`` of the path means every item of a list. With `present` nothing is added, only a value that stands there is
    changed. With `beside`, a name and a value, an item is only changed where that stands beside the last step.
    """

    path: tuple[str, ...]
    value: Nested
    present: bool = False
    beside: tuple[str, str] | None = None


def text_of(value: Value) -> str:
    """A value as the text of a scalar."""
    if isinstance(value, OwnAccount):
        return "AWS::AccountId"
    return str(value).lower() if isinstance(value, bool) else str(value)


def in_yaml(value: Value, *, flow: bool = False) -> str:
    """A value as YAML."""
    text = text_of(value)
    if isinstance(value, OwnAccount):
        return f'!Ref "{text}"' if flow else f"!Ref {text}"
    if isinstance(value, str) and (not _PLAIN.fullmatch(text) or text.lower() in _WORDS):
        return json.dumps(text)
    return text


def in_json(value: Value) -> str:
    """A value as JSON."""
    return f'{{"Ref": "{text_of(value)}"}}' if isinstance(value, OwnAccount) else json.dumps(value)


def in_hcl(value: Value, account: str = "") -> str:
    """A value as HCL; `account` is the expression for the account."""
    if isinstance(value, OwnAccount):
        return account
    return json.dumps(value)
