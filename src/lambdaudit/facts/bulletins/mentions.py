"""What a text names of an estate: packages, runtimes, AWS services and features. That proves nothing about versions."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from lambdaudit.facts import runtimes
from lambdaudit.facts.dependencies import Use
from lambdaudit.model.functions import Function

from .estate import Estate, spoken

SOON: Final = dt.timedelta(days=180)
"""A notice about the end of a runtime is about those that end within this time, or ended."""
_TOKEN: Final = re.compile(r"[@A-Za-z0-9][A-Za-z0-9@._/+:-]{0,213}")
_VERSION: Final = re.compile(r"v?\d+(?:\.\d+)+[a-z0-9.-]*")
_COMPARING: Final = frozenset(("version", "versions", "before", "prior", "through", "below"))
_KINDS: Final = frozenset((
    "package", "packages", "library", "libraries", "module", "modules", "npm", "pypi", "pip", "maven", "gem", "gems", "rubygems",
    "nuget", "crate", "dependency", "dependencies", "sdk",
))  # fmt: skip
_END: Final = re.compile(
    r"(?i)\bend[ -]of[ -](?:standard[ -])?(?:support|life)\b|\bdeprecat|\bno longer (?:be )?(?:supported|patched|receive|apply)"
    r"|\bretir(?:e|ing|ement)|\bEOL\b|\bend(?:s|ing)? support\b"
)
_SENTENCE: Final = re.compile(r"(?<=[.!?;:])\s+|\n")
_RUNTIME_ID: Final = re.compile(
    r"(?<![\w.-])(nodejs\d{1,2}(?:\.\d{1,2})?\.x|nodejs\d\.\d{1,2}(?:-edge)?|nodejs|python\d\.\d{1,2}|java\d{1,2}(?:\.al2)?"
    r"|dotnet(?:core)?\d{1,2}(?:\.\d)?|ruby\d\.\d|go1\.x|provided\.al\d{1,4})(?![\w-])"
)
_LANGUAGE: Final = re.compile(
    r"(?i)(?<![\w.])(Node\.?js|Python|Java|Ruby|\.NET(?: Core)?|Go)\s+(\d{1,2}(?:\.(?:\d{1,2}|x))?(?:\.x)?)(?![\w])"
)
_SHORT: Final[dict[str, tuple[str, ...]]] = {
    "s3": ("Simple Storage Service",), "sqs": ("Simple Queue Service",), "sns": ("Simple Notification Service",),
    "kms": ("KMS",), "ecr": ("ECR",), "elasticfilesystem": ("EFS",), "cognito-idp": ("Cognito",),
    "cognito-identity": ("Cognito",),
    "kinesis": ("Kinesis",), "events": ("EventBridge", "CloudWatch Events"), "logs": ("CloudWatch",), "ssm": ("SSM",),
    "execute-api": ("API Gateway",), "apigateway": ("API Gateway",), "vpc": ("VPC", "Virtual Private Cloud"),
    "rds": ("Relational Database Service",), "sts": ("STS",), "iam": ("IAM", "Identity and Access Management"),
    "elasticloadbalancing": ("Elastic Load Balancing", "Application Load Balancer"), "es": ("OpenSearch Service",),
}  # fmt: skip
"""What services are called besides the name in the catalogue of actions."""


class Mention(NamedTuple):
    """Something that a text names: `sure` when more than the text says that it is about these functions."""

    subject: str
    functions: tuple[str, ...]
    text: str
    sure: bool = False


class _Feature(NamedTuple):
    name: str
    pattern: re.Pattern[str]
    used: Callable[[Function], bool]


_FEATURES: Final = (  # what could not be read counts as used: a text is no proof of anything either way
    _Feature("Lambda SnapStart", re.compile(r"(?i)\bSnapStart\b"), lambda fn: fn.snap_start not in ("None", "Off", "")),
    _Feature("function URLs", re.compile(r"(?i)\bfunction URLs?\b"), lambda fn: fn.url is not None),
    _Feature("Lambda layers", re.compile(r"(?i)\bLambda layers?\b"), lambda fn: fn.layers != ()),
    _Feature(
        "Lambda container images",
        re.compile(r"(?i)\bLambda (?:function )?(?:container|base) images?\b"),
        lambda fn: fn.package_type == "Image",
    ),
)


def packages_in(title: str, text: str, estate: Estate) -> Iterator[tuple[Use, str]]:
    """Components that a text (which begins with its title) names, with the word.

    A name that is an ordinary word, or may be one, only counts in quotes, beside a word for packages, before a version, and in
    a title where distributions put it (``ALAS2-2026-1 (important): openssl``, ``openssl security update``).
    """
    tokens = [(match[0].rstrip(".:-/"), match.start()) for match in _TOKEN.finditer(text)]
    seen: set[str] = set()
    for at, (token, start) in enumerate(tokens):
        word = spoken(token)
        scope, rest = (word[0], word[1:]) if word.startswith("@") else ("", word)
        name, _, version = rest.partition("@")
        name = scope + name
        if len(name) < 2 or name not in estate.by_name:
            continue
        ordinary = re.fullmatch(r"[a-z]+", name) and not version
        if ordinary and not _is_meant(text, tokens, at, start) and not _is_heading(title, tokens, at, start):
            continue
        for use in estate.by_name[name]:
            if use.component.purl not in seen:
                seen.add(use.component.purl)
                yield use, token


def _is_meant(text: str, tokens: list[tuple[str, int]], at: int, start: int) -> bool:
    quoted = text[max(start - 1, 0) : start] in ("`", '"', "'", "“") and text[start + len(tokens[at][0]) :][:1] in tuple("`\"'”")
    if quoted:
        return True
    around = [word.lower() for word, _ in (*tokens[max(at - 2, 0) : at], *tokens[at + 1 : at + 3])]
    following = [word.lower() for word, _ in tokens[at + 1 : at + 4]]
    versioned = bool(following) and (
        bool(_VERSION.fullmatch(following[0]))
        or (following[0] in _COMPARING and any(_VERSION.fullmatch(word) for word in following))
    )
    return versioned or bool(_KINDS & set(around))


def _is_heading(title: str, tokens: list[tuple[str, int]], at: int, start: int) -> bool:
    token = tokens[at][0]
    if start + len(token) > len(title):
        return False
    following = [word.lower() for word, _ in tokens[at + 1 : at + 3]]
    announced = following[:1] in (["vulnerability"], ["vulnerabilities"]) or following == ["security", "update"]
    return announced or title.rpartition(": ")[2].strip() == token


def runtimes_in(title: str, text: str, estate: Estate) -> Iterator[Mention]:
    """Runtimes that a text names. One whose end the text and the table of life cycles both tell is certain.

    A text tells the end of those that stand in one sentence with words for it, or of all where its title has them.
    """
    about_lambda = "lambda" in text.lower()
    named = _runtimes(text, about_lambda)
    sentences = [text] if _END.search(title) else [part for part in _SENTENCE.split(text) if _END.search(part)]
    ended = {name for part in sentences for name in _runtimes(part, about_lambda)}
    for name in sorted(named & estate.runtimes.keys()):
        life = runtimes.lifecycle(name)
        day = life.deprecated if life else None
        if name in ended and day and day <= estate.audit.today + SOON:
            tense = "is without support since" if day <= estate.audit.today else "loses support on"
            yield Mention(name, estate.runtimes[name], f"the text tells of its end, and it {tense} {day}", sure=True)
        else:
            yield Mention(name, estate.runtimes[name], f"the text names {name}")


def _runtimes(text: str, about_lambda: bool) -> set[str]:
    """Ids of runtimes in a text, whether anything here uses them or not; versions of languages count in texts about Lambda."""
    named = {match[1] for match in _RUNTIME_ID.finditer(text)}
    if about_lambda:
        named |= {name for match in _LANGUAGE.finditer(text) for name in _ids_of(match[1].lower(), match[2].lower())}
    return named


def _ids_of(language: str, version: str) -> tuple[str, ...]:
    """The runtime ids that a language and its version may mean."""
    number = version.removesuffix(".x")
    if language.startswith("node"):
        return (f"nodejs{number}.x", f"nodejs{number}")
    if language.startswith(".net"):
        return (f"dotnet{number}", f"dotnetcore{number}")
    if language == "go":
        return ("go1.x",) if number == "1" else ()
    return (f"{language}{number}", f"{language}{number}.al2")


def services_in(title: str, text: str, estate: Estate) -> Iterator[Mention]:
    """AWS services and features of Lambda that a text names and functions use: those of the title, if it names any.

    Lambda itself, which all functions use, only counts where the text names no runtime and its title no feature.
    """
    special = bool(_runtimes(text, "lambda" in text.lower())) or any(feature.pattern.search(title) for feature in _FEATURES)
    found = list(_named(title, estate))
    for mention in found or list(_named(text, estate)):
        if mention.subject != "lambda" or not special:
            yield mention


def _named(text: str, estate: Estate) -> Iterator[Mention]:
    for feature in _FEATURES:
        ids = tuple(fn.id for fn in estate.functions if feature.used(fn)) if feature.pattern.search(text) else ()
        if ids:
            yield Mention(feature.name, ids, f"the text names {feature.name}")
    for service, ids in estate.services.items():
        pattern = _pattern(service)
        if ids and pattern and (found := pattern.search(text)):
            yield Mention(service, ids, f"the text names {' '.join(found[0].split())}")


@lru_cache(maxsize=1024)
def _pattern(service: str) -> re.Pattern[str] | None:
    """How texts name a service: with AWS or Amazon in front, whichever it is."""
    from lambdaudit.iam import actions

    listed = actions.services().get(service, "")
    core = re.sub(r"\s*\(.*\)$", "", re.sub(r"^(?:AWS|Amazon)\s+", "", listed))
    names = [name for name in (core, *_SHORT.get(service, ())) if name]
    if not names:
        return None
    words = "|".join(r"\s+".join(map(re.escape, name.split())) for name in names)
    return re.compile(rf"\b(?:AWS|Amazon)\s+(?:{words})(?![\w@-])", re.IGNORECASE)
