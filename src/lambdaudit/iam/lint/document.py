"""A policy as the checks see it: statements with their actions expanded, and small questions about them."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import Final

from lambdaudit.iam import actions as catalogue
from lambdaudit.iam.language import Condition, Effect, Entry, Policy, PolicyKind, Principal, PrincipalKind, Statement
from lambdaudit.iam.patterns import arn_segments

_EVERY_ONE: Final = re.compile(r"\*+|[a-z-]+[/:]\*+([:/]\*+)?")
_EVERY_BUCKET: Final = re.compile(r"\*+(/\*+)?")
MAX_WIDE: Final = 20
MAX_ENTRIES: Final = 3_000
"""Entries of one element that the checks look at; more cannot be in a policy that AWS stores."""


class Line:
    """One statement with what the checks ask of it again and again."""

    def __init__(self, statement: Statement, policy: Policy) -> None:
        self.statement = statement
        self.policy = policy
        self.pointer = statement.pointer

    @property
    def allows(self) -> bool:
        """Whether the statement surely is an Allow."""
        return self.statement.effect is Effect.ALLOW

    @property
    def denies(self) -> bool:
        """Whether the statement surely is a Deny."""
        return self.statement.effect is Effect.DENY

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions."""
        return self.statement.conditions

    @cached_property
    def action_entries(self) -> Sequence[Entry]:
        """The entries of Action or NotAction."""
        statement = self.statement
        entries = statement.actions if statement.actions is not None else statement.not_actions
        return (entries or ())[:MAX_ENTRIES]

    @cached_property
    def resource_entries(self) -> Sequence[Entry]:
        """The entries of Resource or NotResource."""
        statement = self.statement
        entries = statement.resources if statement.resources is not None else statement.not_resources
        return (entries or ())[:MAX_ENTRIES]

    @cached_property
    def principal_entries(self) -> Sequence[Principal]:
        """The entries of Principal or NotPrincipal."""
        statement = self.statement
        entries = statement.principals if statement.principals is not None else statement.not_principals
        return (entries or ())[:MAX_ENTRIES]

    @cached_property
    def actions(self) -> frozenset[str]:
        """The known actions that the statement is about (the complement under NotAction)."""
        # A pattern without a service is compared with every action; a legal policy has very few of them.
        raws = [entry.raw for entry in self.action_entries]
        wide = [bool({"*", "?"} & set(raw.partition(":")[0])) for raw in raws]
        prefixed = [raw for raw, is_wide in zip(raws, wide, strict=True) if not is_wide]
        listed = catalogue.expand([*prefixed, *[raw for raw, is_wide in zip(raws, wide, strict=True) if is_wide][:MAX_WIDE]])
        return listed if self.statement.actions is not None else catalogue.all_actions() - listed

    def covers(self, *names: str) -> bool:
        """Whether the statement is about all of these actions."""
        return all(name in self.actions for name in names)

    @cached_property
    def on_everything(self) -> bool:
        """Whether a bare star stands among the resources, or NotResource leaves nearly everything."""
        statement = self.statement
        if statement.resources is None:
            return statement.not_resources is not None
        return any(_is_everything(entry) for entry in statement.resources)

    @cached_property
    def on_all_of_service(self) -> bool:
        """Whether a resource reaches all of its kind in the account, such as ``arn:aws:iam::*:role/*``."""
        if self.on_everything:
            return True
        for entry in self.resource_entries:
            segments = arn_segments(entry.raw)
            every = _EVERY_BUCKET if segments[2:3] == ("s3",) else _EVERY_ONE
            if len(segments) < 6 or every.fullmatch(segments[5]):
                return True
        return False

    @property
    def for_everyone(self) -> bool:
        """Whether the Principal element names everyone."""
        return any(entry.kind is PrincipalKind.EVERYONE for entry in self.statement.principals or ())

    def has_key(self, *keys: str) -> bool:
        """Whether a condition tests one of these keys (lower case)."""
        return any(condition.key in keys for condition in self.conditions)


def _is_everything(entry: Entry) -> bool:
    pieces = entry.raw.split(":")
    return entry.template.matches_all or (len(pieces) <= 6 and pieces[0] == "arn" and not "".join(pieces[1:]).strip("*"))


class Document:
    """A parsed policy together with the text it came from."""

    def __init__(self, policy: Policy, text: str, today: date | None) -> None:
        self.policy = policy
        self.text = text
        self.today = today
        self.lines = [Line(statement, policy) for statement in policy.statements[:MAX_ENTRIES]]

    @property
    def kind(self) -> PolicyKind:
        """Where the policy is attached."""
        return self.policy.kind

    @property
    def is_identity(self) -> bool:
        """Whether the policy belongs to a principal: identity, boundary or session policy."""
        return self.kind in (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION)

    @property
    def grants(self) -> bool:
        """Whether the policy's Allow statements grant something by themselves."""
        return self.kind in (PolicyKind.IDENTITY, PolicyKind.RESOURCE, PolicyKind.TRUST)

    def conditions(self, *starts: str) -> Iterator[tuple[Line, Condition]]:
        """All conditions, or those whose operator begins in one of these ways."""
        for line in self.lines:
            for condition in line.conditions:
                if not starts or (condition.operator is not None and condition.operator.value.startswith(starts)):
                    yield line, condition

    def allowing(self) -> Iterator[Line]:
        """The Allow statements."""
        return (line for line in self.lines if line.allows)

    def denying(self) -> Iterator[Line]:
        """The Deny statements."""
        return (line for line in self.lines if line.denies)
