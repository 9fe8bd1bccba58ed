"""Unknown: a value that could not be read, as a value in the type of a field."""

from typing import TypeAlias, TypeVar

import msgspec

T = TypeVar("T")


class Unknown(msgspec.Struct, frozen=True, tag="unknown"):
    """A fact that was not established: the read was denied, failed, unsupported, or an expression did not resolve.

    `reason` says why in words for a person, `need` names the missing IAM action (``lambda:GetPolicy``) where one is known.
    """

    reason: str
    need: str = ""

    @property
    def left_out(self) -> bool:
        """Whether nobody asked, on purpose: with other flags, or another choice of functions, it would be read."""
        return self.reason.startswith("not asked")


Maybe: TypeAlias = T | Unknown
"""A field that a source may have failed to read."""


class NotKnown(Exception):
    """Raised by :func:`known` on an Unknown; only the engine catches it, and turns it into an UNKNOWN verdict."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


def known(value: T | Unknown) -> T:
    """Open a field that may be Unknown.

    Returns the value itself. Raises NotKnown when it is Unknown, so that a rule can never take silence for safety.
    """
    if isinstance(value, Unknown):
        raise NotKnown(value)
    return value


def is_known(value: object) -> bool:
    """Whether a field was read. For reports and indexes only; a rule that decides on it must say what it leaves open."""
    return not isinstance(value, Unknown)
