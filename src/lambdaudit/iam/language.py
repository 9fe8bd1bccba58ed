"""The policy language as types. `parse` reads every legal shape and reports illegal pieces without losing the rest.

Sources: IAM user guide, "Grammar of the IAM JSON policy language" and the pages of the single elements.

What could not be read is never dropped in silence: the element is named in `Statement.gaps`, and everything that
decides on such a statement has to count with both readings (it could match, it could not). A document that cannot be
read at all gives one statement in which every element, the effect included, is such a gap.
"""

import enum
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from lambdaudit.iam.patterns import Template


class PolicyKind(enum.Enum):
    """Where a policy is attached; decides which elements it may have."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    TRUST = "trust"
    SCP = "scp"
    RCP = "rcp"
    BOUNDARY = "boundary"
    SESSION = "session"
    ENDPOINT = "endpoint"

    @property
    def names_principals(self) -> bool:
        """Whether statements of this kind must say whom they are about."""
        return self in (PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.RCP, PolicyKind.ENDPOINT)

    @property
    def needs_resource(self) -> bool:
        """Whether statements must name resources. Some resource policies (repositories) leave theirs out."""
        return self not in (PolicyKind.RESOURCE, PolicyKind.TRUST)


class Effect(enum.Enum):
    """What a matching statement does."""

    ALLOW = "Allow"
    DENY = "Deny"


class PrincipalKind(enum.Enum):
    """What an entry of a Principal element stands for."""

    EVERYONE = "everyone"
    ACCOUNT = "account"
    USER = "user"
    ROLE = "role"
    SESSION = "session"
    """One session of an assumed role, ``arn:aws:sts::1…:assumed-role/Role/session``."""
    FEDERATED_USER = "federated user"
    """A session of GetFederationToken, ``arn:aws:sts::1…:federated-user/name``."""
    UNIQUE_ID = "unique id"
    """What is left of a deleted user or role: ``AIDA…``, ``AROA…``."""
    PATTERN = "pattern"
    """An ARN with wildcards. IAM does not take it; it is read as a pattern all the same."""
    SERVICE = "service"
    FEDERATED = "federated"
    CANONICAL = "canonical user"
    OTHER = "other"
    """Anything else, such as the origin access identity of a CDN; compared as text."""


class Qualifier(enum.Enum):
    """Set operator before a condition operator."""

    ANY = "ForAnyValue"
    ALL = "ForAllValues"


class Operator(enum.Enum):
    """The 27 condition operators."""

    STRING_EQUALS = "StringEquals"
    STRING_NOT_EQUALS = "StringNotEquals"
    STRING_EQUALS_IGNORE_CASE = "StringEqualsIgnoreCase"
    STRING_NOT_EQUALS_IGNORE_CASE = "StringNotEqualsIgnoreCase"
    STRING_LIKE = "StringLike"
    STRING_NOT_LIKE = "StringNotLike"
    NUMERIC_EQUALS = "NumericEquals"
    NUMERIC_NOT_EQUALS = "NumericNotEquals"
    NUMERIC_LESS_THAN = "NumericLessThan"
    NUMERIC_LESS_THAN_EQUALS = "NumericLessThanEquals"
    NUMERIC_GREATER_THAN = "NumericGreaterThan"
    NUMERIC_GREATER_THAN_EQUALS = "NumericGreaterThanEquals"
    DATE_EQUALS = "DateEquals"
    DATE_NOT_EQUALS = "DateNotEquals"
    DATE_LESS_THAN = "DateLessThan"
    DATE_LESS_THAN_EQUALS = "DateLessThanEquals"
    DATE_GREATER_THAN = "DateGreaterThan"
    DATE_GREATER_THAN_EQUALS = "DateGreaterThanEquals"
    BOOL = "Bool"
    BINARY_EQUALS = "BinaryEquals"
    IP_ADDRESS = "IpAddress"
    NOT_IP_ADDRESS = "NotIpAddress"
    ARN_EQUALS = "ArnEquals"
    ARN_NOT_EQUALS = "ArnNotEquals"
    ARN_LIKE = "ArnLike"
    ARN_NOT_LIKE = "ArnNotLike"
    NULL = "Null"

    @property
    def negated(self) -> bool:
        """Whether the operator is the negation of another one."""
        return "Not" in self.value

    @property
    def positive(self) -> "Operator":
        """The operator without its negation."""
        return Operator(self.value.replace("Not", "")) if self.negated else self

    @property
    def takes_wildcards(self) -> bool:
        """Whether ``*`` and ``?`` in the values are wildcards."""
        return self.value.endswith("Like") or self.value.startswith("Arn")

    @property
    def takes_variables(self) -> bool:
        """Whether ``${key}`` in the values is replaced.

        The guide says so for the string and ARN operators; on Bool its pages contradict each other, and a variable
        that is left as text could never be a truth value.
        """
        return self.value.startswith(("String", "Arn")) or self is Operator.BOOL


class Problem(msgspec.Struct, frozen=True):
    """A piece of a document that is not as the grammar wants it: a stable code, one sentence, a JSON pointer."""

    code: str
    text: str
    pointer: str


class Entry(msgspec.Struct, frozen=True):
    """One text of an element: its parts and where it stands."""

    template: Template
    pointer: str

    @property
    def raw(self) -> str:
        """The text as written."""
        return self.template.raw


class Principal(msgspec.Struct, frozen=True):
    """One entry of a Principal or NotPrincipal element.

    `element` is the name it stands under (``AWS``, ``Service``, ``Federated``, ``CanonicalUser`` or ``*``), `value` the
    text, `account` the account id in it, if there is one.
    """

    kind: PrincipalKind
    element: str
    value: str
    account: str
    pointer: str


class Condition(msgspec.Struct, frozen=True):
    """One operator applied to one key: all conditions of a statement must hold, one of the values is enough.

    `operator` is None for one that does not exist. `gap` says that the operator, the key or one of the values could not
    be read, so that the outcome stays open unless another value already decides it.
    """

    operator: Operator | None
    qualifier: Qualifier | None
    if_exists: bool
    key: str
    values: tuple[Entry, ...]
    written_operator: str
    written_key: str
    pointer: str
    gap: bool = False


class Statement(msgspec.Struct, frozen=True):
    """One statement. An element that is absent is None, an empty list is an empty tuple.

    `gaps` names the elements that were not understood in full: ``effect``, ``principal``, ``action``, ``resource``,
    ``condition``, ``other``. What was readable in them is still listed: a match with a readable entry is a match, and
    everything else is open.
    """

    index: int
    pointer: str
    sid: str = ""
    effect: Effect | None = None
    principals: tuple[Principal, ...] | None = None
    not_principals: tuple[Principal, ...] | None = None
    actions: tuple[Entry, ...] | None = None
    not_actions: tuple[Entry, ...] | None = None
    resources: tuple[Entry, ...] | None = None
    not_resources: tuple[Entry, ...] | None = None
    conditions: tuple[Condition, ...] = ()
    gaps: frozenset[str] = frozenset()


ALL_GAPS: Final = frozenset({"effect", "principal", "action", "resource", "condition", "other"})


class Policy(msgspec.Struct, frozen=True, eq=False):
    """A parsed document. Equal and hashed by `digest` (hash of the text) and kind.

    `version` is the one written (empty when there is none, which means 2008-10-17); `variables` says whether ``${…}``
    means anything in this document.
    """

    kind: PolicyKind
    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...]
    version: str
    variables: bool
    id: str
    digest: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and self.digest == other.digest and self.kind is other.kind

    def __hash__(self) -> int:
        return hash(self.digest)


def parse(document: str | bytes | Mapping[str, Any], kind: PolicyKind = PolicyKind.IDENTITY) -> Policy:
    """Read a policy document, given as JSON text or as a mapping.

    Never raises on a bad document: illegal pieces become `Policy.problems` and gaps. Mappings may hold Unknown values
    where a template left something open. Results are kept by the hash of the document.
    """
    from lambdaudit.iam.parsing import parse_document

    return parse_document(document, kind)
