"""What the name of a variable promises: a secret, something about a secret, or neither.

A name is read like a compound noun: its last telling word is the head. ``DB_PASSWORD_SSM_PATH`` is a path, ``TOKEN_TTL`` a
duration, ``PROD_DB_PASSWORD_2`` a password.
"""

import enum
import functools
import re
import unicodedata
from typing import NamedTuple

from . import vocabulary


class Role(enum.Enum):
    """What a value under the name would be."""

    PASSWORD = "password"
    SECRET = "secret"
    VAULT = "vault"
    CREDENTIALS = "credentials"
    TOKEN = "token"
    KEY = "key"
    WEAK = "weak"
    ABOUT = "about"
    PUBLIC = "public"
    NEUTRAL = "neutral"


SECRET_ROLES = frozenset({Role.PASSWORD, Role.SECRET, Role.VAULT, Role.CREDENTIALS, Role.TOKEN, Role.KEY})
"""Roles under which a value is a secret unless something speaks against it."""


class Name(NamedTuple):
    """A read name: its words in lower case, its role, the kind of secret that it promises, and whether it names identifiers."""

    words: tuple[str, ...]
    role: Role
    kind: str
    identifier: bool


# Written without a break: the tail tells.
_TAILS = (
    ("privatekey", ("private", "key")),
    ("encryptionkey", ("encryption", "key")),
    ("signingkey", ("signing", "key")),
    ("masterkey", ("master", "key")),
    ("accountkey", ("account", "key")),
    ("secretkey", ("secret", "key")),
    ("accesskey", ("access", "key")),
    ("authkey", ("auth", "key")),
    ("apikeys", ("api", "keys")),
    ("apikey", ("api", "key")),
    ("clientsecret", ("client", "secret")),
    ("apisecret", ("api", "secret")),
    ("passphrase", ("passphrase",)),
    ("password", ("password",)),
    ("passwort", ("password",)),
    ("passwd", ("password",)),
    ("credentials", ("credentials",)),
    ("connectionstring", ("connection", "string")),
    ("secret", ("secret",)),
    ("token", ("token",)),
    ("pwd", ("password",)),
)
_SHORT_PASS = re.compile(
    r"(?:db|sql|my|pg|user|admin|root|redis|mail|smtp|ftp|ldap|login|key|store|cert|imap|sa|jdbc|ora)(?:pass|pw)"
)
_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_MOST = 200


def _split(name: str) -> list[str]:
    words: list[str] = []
    plain = name[:_MOST]
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    for match in _WORD.finditer(plain):
        word = match[0].lower()
        if word not in vocabulary.WITH_DIGITS and not word.isdigit():
            word = word.rstrip("0123456789")
        tail = next((t for t in _TAILS if word.endswith(t[0]) and (word != t[0] or len(t[1]) > 1)), None)
        if tail:
            words += [word[: -len(tail[0])], *tail[1]]
        elif _SHORT_PASS.fullmatch(word):
            words += ["password"]
        else:
            words.append(word)
    return words


def _head(words: list[str]) -> tuple[int, str]:
    """Position and text of the last word that says what the value is."""
    for i in range(len(words) - 1, -1, -1):
        word = words[i]
        if not word.isdigit() and (word not in vocabulary.FILLERS or (i == 0)) and len(word) > 1:
            return i, word
    return -1, ""


def _key_role(words: list[str], at: int) -> tuple[Role, str]:
    before = words[at - 1] if at else ""
    earlier = set(words[:at])
    if before == "secret" or (at + 1 < len(words) and "secret" in earlier):
        return Role.SECRET, "secret-key"
    if before in vocabulary.STRONG_KEYS:
        return Role.KEY, vocabulary.STRONG_KEYS[before]
    if before in vocabulary.PLAIN_KEYS or not before:
        return (Role.WEAK if not before else Role.ABOUT), "api-key"
    if "aws" in earlier or "api" in earlier:
        return Role.KEY, "api-key"
    return Role.WEAK, "api-key"


def _secret_role(words: list[str], at: int) -> tuple[Role, str]:
    before = words[at - 1] if at else ""
    if before == "client" or "client" in words[max(0, at - 2) : at]:
        return Role.SECRET, "client-secret"
    if "key" in words[max(0, at - 2) : at] or before in vocabulary.VALUE_SECRETS:
        return Role.SECRET, "secret-key"
    return Role.VAULT, "secret-key"


def _role(words: list[str]) -> tuple[Role, str]:
    at, head = _head(words)
    earlier = set(words[:at]) if at > 0 else set()
    if words[-2:] == ["secret", "id"] and ("vault" in words or "approle" in words):
        return Role.VAULT, "secret-key"
    if vocabulary.PUBLIC & set(words):
        return Role.PUBLIC, ""
    if words and words[0] in vocabulary.LEADING_ABOUT:
        return Role.ABOUT, ""
    if head in vocabulary.PASSWORDS:
        return Role.PASSWORD, "password"
    if head in {"secret", "secrets"}:
        return _secret_role(words, at)
    if head in vocabulary.SALTS:
        return Role.SECRET, "secret-key"
    if head in vocabulary.TOKENS and at and words[at - 1] in vocabulary.PLAIN_TOKENS:
        return Role.ABOUT, ""
    if head in vocabulary.TOKENS:
        return Role.TOKEN, "token"
    if head in vocabulary.KEY_WORDS:
        return _key_role(words, at)
    if head in vocabulary.CREDENTIALS:
        return Role.CREDENTIALS, "credentials"
    if head in vocabulary.ABOUT and not vocabulary.SEALED & set(words):
        return Role.ABOUT, ""
    if head in vocabulary.WEAK:
        return Role.WEAK, "token" if head in {"auth", "cookie", "session", "sid"} else "api-key"
    told = earlier & (vocabulary.PASSWORDS | vocabulary.TOKENS | {"secret", "secrets", "apikey"} | vocabulary.CREDENTIALS)
    if told or ("key" in earlier and earlier & set(vocabulary.STRONG_KEYS)):
        return Role.WEAK, "password" if told & vocabulary.PASSWORDS else "token"
    return Role.NEUTRAL, ""


@functools.lru_cache(maxsize=4096)
def read(name: str) -> Name:
    """Read a variable's name in any spelling: UPPER_SNAKE, camelCase, kebab-case, dotted or written in one.

    Never fails; only the first 200 characters count.
    """
    words = _split(name)
    role, kind = _role(words)
    place = "token" in words and not vocabulary.PLAIN_TOKENS.isdisjoint(words)
    return Name(tuple(words), role, kind, place or not vocabulary.IDENTIFIERS.isdisjoint(words))
