"""The words that the secret detector answers with. None of them can hold a value that may be a secret."""

import enum
from typing import Literal

import msgspec

Confidence = Literal["high", "medium", "low"]
_RANK: dict[Confidence, int] = {"high": 0, "medium": 1, "low": 2}


class Context(enum.StrEnum):
    """Where a value stands: it decides how much a name alone is worth.

    ENVIRONMENT: a variable of a deployed function. SOURCE: program text. CONFIG: a configuration file. IMAGE: the configuration
    of a container image. TEMPLATE: infrastructure as code. METADATA: descriptions, tags, messages: free text.
    """

    ENVIRONMENT = "environment"
    SOURCE = "source"
    CONFIG = "config"
    IMAGE = "image"
    TEMPLATE = "template"
    METADATA = "metadata"


class Shape(enum.StrEnum):
    """What a value looks like, so coarsely that it tells nothing of its content."""

    EMPTY = "empty"
    BOOLEAN = "boolean"
    NUMBER = "number"
    REGION = "region"
    ARN = "arn"
    LOG_LEVEL = "log-level"
    ENUM = "enumeration"
    HOOK = "hook-path"
    PATH = "path"
    PARAMETER_PATH = "parameter-path"
    SECRET_NAME = "secret-name"
    URL = "url"
    HOST = "host"
    EMAIL = "email"
    UUID = "uuid"
    IDENTIFIER = "identifier"
    HASH = "hash"
    TIME = "time"
    VERSION = "version"
    PLACEHOLDER = "placeholder"
    EXAMPLE = "documentation-example"
    TEMPLATE_REFERENCE = "template-reference"
    CIPHERTEXT = "ciphertext"
    KMS_CIPHERTEXT = "kms-ciphertext"
    PUBLIC_KEY = "public-key"
    PLATFORM_CREDENTIAL = "platform-credential"
    BINARY = "binary"
    JSON = "json"
    LIST = "list"
    WORDS = "words"
    TOKEN = "token"
    TEXT = "text"


class Reference(msgspec.Struct, frozen=True, order=True):
    """Something that a value points at: `kind` and the name, ARN, host or path itself. Never a credential.

    `kind`: ``arn``, ``account``, ``bucket``, ``queue``, ``table``, ``topic``, ``stream``, ``bus``, ``function``,
    ``state-machine``, ``user-pool``, ``key``, ``secret``, ``parameter``, ``repository``, ``host``.
    """

    kind: str
    value: str

    def __str__(self) -> str:
        """``kind:value``, as snapshots keep it."""
        return f"{self.kind}:{self.value}"


class Judgement(msgspec.Struct, frozen=True):
    """What the detector says about one value, without the value.

    `kind` names the format or the sort of secret (``aws-access-key``, ``database-url-password``, ``password`` …); None: no
    secret. `confidence` is how sure the verdict is. `reason` is one of a fixed set of sentences. `length` counts characters.
    `public` is True only where the value itself is certainly harmless and of use to a reader; all other values are never shown.
    """

    kind: str | None
    confidence: Confidence
    reason: str
    length: int
    shape: Shape
    public: bool = False
    references: tuple[Reference, ...] = ()


class Hit(msgspec.Struct, frozen=True):
    """A secret in a text: where, what and how sure, without the value.

    `line` and `column` count from 1. ``text[start:end]`` is the secret's span, for :func:`fingerprint` only. `name` is the
    variable or key that it is assigned to, if any.
    """

    path: str
    line: int
    column: int
    kind: str
    confidence: Confidence
    reason: str
    start: int
    end: int
    name: str = ""

    @property
    def length(self) -> int:
        """Length of the secret in characters."""
        return self.end - self.start


def stronger(first: Confidence, second: Confidence) -> bool:
    """Whether the first confidence is higher than the second."""
    return _RANK[first] < _RANK[second]


def weaker_of(first: Confidence, second: Confidence) -> Confidence:
    """The lower one of two confidences."""
    return second if stronger(first, second) else first
