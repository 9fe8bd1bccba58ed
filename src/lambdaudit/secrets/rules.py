"""Decide by name: what a value is under a name that promises a secret, a name about one, or any other name."""

import re
from typing import NamedTuple

from . import shapes, vocabulary
from .connections import user_and_password
from .lazily import lazy
from .names import SECRET_ROLES, Name, Role
from .randomness import distinct, is_alphabet, surprise
from .verdict import Confidence, Context, Shape
from .vocabulary import word_set


class Verdict(NamedTuple):
    """A verdict on one value, before its references and its publicity are worked out."""

    kind: str | None
    confidence: Confidence
    reason: str
    shape: Shape


_WORDS = lazy(r"[A-Za-z]+(?:[ _.-][A-Za-z]+){0,12}")
_NAMELIKE = lazy(r"[A-Za-z0-9]+(?:[-_.:][A-Za-z0-9]+){0,15}")
_ENVIRONMENT_NAME = lazy(r"[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){1,10}")
_SECRET_WORD = lazy(r"secret|token|passw|passphrase|pwd|credential|s3cr|key", re.I)
_STAGE_WORD = lazy(
    r"(?:^|[-_./])(?:prod|prd|production|dev|development|stage|staging|stg|test|qa|uat|shared|common)(?:$|[-_./])", re.I
)
_STORE_WORD = lazy(r"(?:^|[-_./])(?:secrets?|creds?|credentials?|db|database|rds|ssm|params?|config|api|app)(?:$|[-_./])", re.I)
_LETTER_DIGIT = lazy(r"(?=.*[A-Za-z]).*[0-9].{0,200}")
# Signs, escapes and conversions only; or the name of an IAM action.
_FORMAT = lazy(r"(?:%[sdrvx]|\{\w{0,40}\}|\\[nrtb0]|[^A-Za-z0-9]){1,200}|[a-z0-9-]{2,40}:[A-Z][A-Za-z]{3,80}")
_BREAKS = lazy(r"[^A-Za-z0-9]+")
# Secrets Manager names the secrets that services own with their prefix.
_MANAGED = lazy(
    r"(?:rds|redshift|ecs-sc|events|appflow|sqlworkbench|opsworks-cm|datasync|directconnect|databrew|marketplacedeployment)![\w-]{1,200}"
)
_SINGLE = lazy(r"[A-Za-z0-9+/_.~\-]{24,512}={0,2}")
_AWS_SECRET = lazy(r"[A-Za-z0-9/+]{40}")
_HEX = lazy(r"[0-9a-f]{16,256}|[0-9A-F]{16,256}")
_COMMON = word_set(
    "password passw0rd pass passwd secret admin administrator root toor guest user test tester testing changeme changeit "
    "letmein welcome qwerty qwertz abc123 abcdef abcd1234 master postgres mysql oracle redis rabbitmq mongo elastic sa "
    "hunter2 default foobar foo bar temp dev develop monkey dragon iloveyou 123456 12345678 123456789 1234567890 111111 "
    "1q2w3e4r example supersecret mysecret mypassword topsecret secret123 password1 password123 pass123 admin123 root123 "
    "test123"
)
_LABEL = lazy(
    r"(?:enter|your|the|new|old|current|confirm|repeat|re-?enter|forgot|reset|change|invalid|wrong|missing|incorrect|show|hide|is|must|or|and|for|username|user|email|password|passwort|token|secret|key|api|access|auth|required|field|value|string|text|name|type|id|input|number|object|none|str|int|bool|any|optional|undefined|self|this|data|param|params|header|query|body|bearer|basic)s?(?:$|[\s:?!.*,_-]+)",
    re.I,
)
_FILE = lazy(r"/(?:var|etc|opt|tmp|run|home|usr|mnt|proc|dev|lib|root|srv|app)/|.*\.(?:pem|key|json|txt|jks|p12|crt)$")
_FREE = frozenset((Context.SOURCE, Context.METADATA))


def is_label(value: str) -> bool:
    """Whether a text consists only of words that label or describe a secret, as in forms and error messages."""
    at = 0
    while at < len(value):
        match = _LABEL.match(value, at)
        if match is None:
            return False
        at = match.end()
    return True


def _none(reason: str, shape: Shape, confidence: Confidence = "high") -> Verdict:
    return Verdict(None, confidence, reason, shape)


def _store_name(value: str) -> bool:
    """Whether a value reads like the name or path of a stored secret: ``prod/orders/db``, not drawn characters."""
    segments = shapes.resource_segments(value)
    return segments is not None and all(surprise(s) < 12 or len(s) < 8 for s in segments) and surprise(value) < 12


def says_stored(value: str) -> bool:
    """Whether a value shows by itself that it names something stored: a path, a stage, a word such as ``db``."""
    return "/" in value or bool(_MANAGED.fullmatch(value) or _STAGE_WORD.search(value) or _STORE_WORD.search(value))


def _plain_name(value: str) -> bool:
    return bool(_NAMELIKE.fullmatch(value)) and surprise(value) < 8


def _names(value: str) -> bool:
    """Whether a value is a list of names: fields, secrets, parts."""
    return "," in value and all(_plain_name(part.strip()) for part in value.split(","))


def _drawn(value: str, bits: float, length: int) -> bool:
    return len(value) >= length and surprise(value) >= bits and distinct(value) >= min(7, length)


def _drawn_part(value: str) -> bool:
    return any(_drawn(part, 20, 16) for part in _BREAKS.split(value[:512]))


def _reference_like(name: Name, value: str, shape: Shape | None) -> Verdict | None:
    """Things that are never a secret, even under a secret's name."""
    if shape is Shape.ARN:
        return _none("an ARN points at the secret", shape)
    if shape is Shape.URL:
        return _none("a URL without credentials", shape)
    if shape in {Shape.BOOLEAN, Shape.EMAIL, Shape.TIME, Shape.HASH, Shape.REGION, Shape.IDENTIFIER}:
        return _none("a harmless typed value", shape)
    if shapes.PARAMETER_PATH.fullmatch(value) and value.count("/") > 1 and surprise(value) < 12 and not _FILE.match(value):
        return _none("a parameter path", Shape.PARAMETER_PATH)
    if shape is Shape.PATH and name.words == ("pwd",):
        return _none("a file path", shape)
    if shape is Shape.PATH and (not value.startswith("/") or value.count("/") > 1) and surprise(value) < 20:
        return _none("a file path", shape)
    if _MANAGED.fullmatch(value):
        return _none("the name of a stored secret", Shape.SECRET_NAME)
    if _store_name(value):
        return _none("the name of a stored secret", Shape.SECRET_NAME, "medium")
    return None


def _own_name(name: Name, value: str, context: Context) -> bool:
    """Whether a value merely repeats its name: constants and labels of forms, outside of variables that are set."""
    plain = tuple(word.lower() for word in _BREAKS.split(value) if word)
    if context in _FREE:
        return plain == name.words or (len(plain) == 1 and plain[0] in name.words)
    return context is Context.CONFIG and plain == name.words and value[:1].isupper()


def _password(name: Name, value: str, context: Context) -> Verdict:
    if _own_name(name, value, context):
        return _none("repeats its name", Shape.WORDS, "medium")
    if shapes.is_enum(value) and context in _FREE:
        return _none("a setting's word", Shape.ENUM, "medium")
    if _ENVIRONMENT_NAME.fullmatch(value) and ("_".join(name.words) == value.lower() or context in _FREE):
        return _none("the name of a variable", Shape.WORDS, "medium")
    if context in _FREE and value.lower() not in _COMMON and (is_label(value) or _WORDS.fullmatch(value)):
        return _none("words, not a password", Shape.WORDS, "low")
    if context in _FREE and " " in value and "passphrase" not in name.words:
        return _none("words, not a password", Shape.WORDS, "low")
    if value.lower() in _COMMON or shapes.is_weak_filler(value):
        confidence: Confidence = "medium" if context in _FREE else "high"
        return Verdict("password", confidence, "a common password under a password's name", Shape.TEXT)
    strong = len(value) >= 8 and (surprise(value) > 8 or not value.isalnum())
    return Verdict("password", "high" if strong else "medium", "a value under a password's name", Shape.TEXT)


def _secret(name: Name, value: str, context: Context) -> Verdict:
    """``…_SECRET`` where the value itself is the secret (client, session, signing secrets)."""
    enum = shapes.is_enum(value) and (value.lower() not in shapes.STAGES or context in _FREE)
    if len(value) < 3 or enum or (value.isdigit() and len(value) < 6) or _names(value):
        return _none("too short or a setting's word", Shape.ENUM, "medium")
    if _drawn(value, 8, 8) or shapes.UUID.fullmatch(value) or _HEX.fullmatch(value):
        return Verdict(name.kind, "high", "drawn characters under a secret's name", Shape.TOKEN)
    if context in _FREE and (is_label(value) or (_WORDS.fullmatch(value) and value.lower() not in _COMMON)):
        return _none("words, not a secret", Shape.WORDS, "low")
    if _ENVIRONMENT_NAME.fullmatch(value):
        return _none("the name of a variable", Shape.WORDS, "medium")
    if shapes.is_weak_filler(value):
        return Verdict(name.kind, "medium", "a guessable value under a secret's name", Shape.TEXT)
    if _NAMELIKE.fullmatch(value) and value.count("-") + value.count("_") + value.count(".") >= 2 and _STAGE_WORD.search(value):
        return _none("the name of a stored secret", Shape.SECRET_NAME, "medium")
    if context is Context.TEMPLATE and _plain_name(value):
        return _none("the name of a resource", Shape.SECRET_NAME, "low")
    return Verdict(name.kind, "medium", "a guessable value under a secret's name", Shape.TEXT)


def _vault(name: Name, value: str, context: Context) -> Verdict:
    """``DB_SECRET``: often the name of a stored secret, sometimes the secret."""
    if context is Context.ENVIRONMENT and value.isalpha() and value.islower() and len(value) > 7 and _SECRET_WORD.search(value):
        return Verdict(name.kind, "low", "a guessable value under a secret's name", Shape.TEXT)
    if name.words[-2:] == ("secret", "id") and shapes.UUID.fullmatch(value):
        return Verdict(name.kind, "medium", "drawn characters under a secret's name", Shape.UUID)
    if _NAMELIKE.fullmatch(value) and surprise(value) / len(value) < 0.9 and not re.search(r"[0-9]", value[:6]):
        return _none("the name of a stored secret", Shape.SECRET_NAME, "medium")
    if _names(value):
        return _none("names of stored secrets", Shape.SECRET_NAME, "medium")
    if _drawn(value, 8, 8) or (len(value) >= 6 and not value.isalpha() and not shapes.UUID.fullmatch(value)):
        return Verdict(name.kind, "medium", "drawn characters under a secret's name", Shape.TOKEN)
    return _none("the name of a stored secret", Shape.SECRET_NAME, "low")


def _token(name: Name, value: str, context: Context) -> Verdict:
    """Tokens and keys of interfaces: drawn characters, or a made-up word that says so itself."""
    if shapes.UUID.fullmatch(value):
        return Verdict(name.kind, "medium", "a UUID under a token's or key's name", Shape.UUID)
    if _drawn(value, 8, 8) or (_HEX.fullmatch(value) and distinct(value) > 5) or _drawn_part(value):
        return Verdict(name.kind, "high", "drawn characters under a token's or key's name", Shape.TOKEN)
    if shapes.is_enum(value) or len(value) < 6 or shapes.is_weak_filler(value):
        return _none("a setting's word", Shape.ENUM, "medium")
    if _ENVIRONMENT_NAME.fullmatch(value) or (context in _FREE and is_label(value)):
        return _none("words, not a token", Shape.WORDS, "medium")
    mixed = bool(re.search(r"\d", value)) and bool(re.search(r"[A-Za-z]", value))
    if " " not in value and value.isalnum() and mixed:
        return Verdict(name.kind, "medium", "a guessable value under a token's or key's name", Shape.TEXT)
    wordy = _SECRET_WORD.search(value) and not _STAGE_WORD.search(value) and not value.isalpha()
    if wordy and context not in _FREE and " " not in value and ("secret" in value.lower() or mixed):
        return Verdict(name.kind, "low", "a guessable value under a token's or key's name", Shape.TEXT)
    if not _NAMELIKE.fullmatch(value) and _drawn(value, 0, 12) and " " not in value:
        return Verdict(name.kind, "medium", "drawn characters under a token's or key's name", Shape.TOKEN)
    return _none("a word or name, not a token", Shape.WORDS, "medium")


def _credentials(name: Name, value: str, context: Context) -> Verdict:
    if user_and_password(value):
        return Verdict("credentials", "high", "user and password in one value", Shape.TEXT)
    if _plain_name(value) or shapes.is_enum(value):
        return _none("the name of stored credentials", Shape.SECRET_NAME, "medium")
    return _token(name, value, context)


def _made_up(value: str) -> bool:
    """Whether a value mixes letters with digits and with a sign that names do not have: the look of passwords."""
    sorts = (re.search(r"[A-Za-z]", value), re.search(r"\d", value), re.search(r"[^A-Za-z0-9_./:\s-]", value))
    return 6 <= len(value) <= 128 and " " not in value and all(sorts)


def _weak(name: Name, value: str) -> Verdict:
    """Names that mention keys or secrets without saying that the value is one."""
    if {"auth", "credentials", "authentication"} & set(name.words) and user_and_password(value):
        return Verdict("credentials", "medium", "user and password in one value", Shape.TEXT)
    sealed = not vocabulary.SEALED.isdisjoint(name.words)
    if (
        name.kind == "password"
        and (_made_up(value) or (value.isalnum() and _LETTER_DIGIT.fullmatch(value)))
        and not shapes.is_enum(value)
    ):
        return Verdict("password", "medium", "a value like a password under a name that mentions one", Shape.TEXT)
    if sealed:
        return _none("encrypted, says its name", Shape.CIPHERTEXT, "low")
    if shapes.UUID.fullmatch(value) or (name.identifier and not _AWS_SECRET.fullmatch(value)):
        return _none("an identifier", Shape.IDENTIFIER, "medium")
    if _drawn(value, 20, 16) and _NAMELIKE.sub("", value).strip("+/=_-~") == "" and surprise(value) / len(value) > 0.8:
        gpg = _HEX.fullmatch(value) and len(value) == 40 and value.isupper()
        if not gpg:
            return Verdict(name.kind, "medium", "drawn characters under a name that mentions a key", Shape.TOKEN)
    return _none("nothing speaks for a secret", Shape.TEXT, "medium")


def _neutral(name: Name, value: str, context: Context) -> Verdict:
    """Any other name: only long drawn tokens of all character classes count."""
    plain = _none("nothing speaks for a secret", Shape.TEXT, "medium")
    if name.identifier or context in _FREE or not _SINGLE.fullmatch(value):
        return plain
    classes = all(re.search(c, value) for c in ("[A-Z]", "[a-z]", "[0-9]"))
    if not classes or surprise(value) < 32 or surprise(value) / len(value) < 1.0 or is_alphabet(value):
        return plain
    confidence: Confidence = "medium" if _AWS_SECRET.fullmatch(value) or len(value) >= 40 else "low"
    return Verdict("high-entropy-token", confidence, "a long run of drawn characters", Shape.TOKEN)


def by_name(name: Name, value: str, shape: Shape | None, context: Context) -> Verdict:
    """The verdict on a plain value whose content has given nothing away, by its name and its looks."""
    if _FORMAT.fullmatch(value) or "(?" in value or "aws4_request" in value or (value.endswith("/") and surprise(value) < 12):
        return _none("a sign, a pattern or a scope", Shape.TEXT, "medium")
    if name.role in SECRET_ROLES:
        harmless = _reference_like(name, value, shape)
        if harmless:
            return harmless
    elif shape is not None:
        return _none("a harmless typed value", shape)
    if shape is Shape.NUMBER and name.role not in {Role.PASSWORD, Role.SECRET}:
        return _none("a number", Shape.NUMBER, "medium")
    aws = "aws" in name.words or {"secret", "access"} <= set(name.words)
    if name.role in SECRET_ROLES and aws and _AWS_SECRET.fullmatch(value) and _drawn(value, 20, 40):
        return Verdict("aws-secret-key", "high", "an AWS secret access key by name and form", Shape.TOKEN)
    if name.role is Role.PASSWORD:
        return _password(name, value, context)
    if name.role is Role.SECRET:
        return _secret(name, value, context)
    if name.role is Role.VAULT:
        return _vault(name, value, context)
    if name.role is Role.CREDENTIALS:
        return _credentials(name, value, context)
    if name.role in {Role.TOKEN, Role.KEY}:
        return _token(name, value, context)
    if name.role is Role.WEAK:
        return _weak(name, value)
    if name.role is Role.PUBLIC:
        return _none("public by its name", Shape.PUBLIC_KEY, "medium")
    return _neutral(name, value, context)
