"""Find secrets in the text of source and configuration files, without keeping them."""

import bisect
import re
from collections.abc import Iterator
from typing import NamedTuple

from . import connections, formats, keys
from .judge import Budget, decide
from .lazily import lazy
from .names import SECRET_ROLES, Name, Role, read
from .pairs import Pair, drawn, in_string, lines, pairs, prose, telling
from .randomness import surprise
from .verdict import Confidence, Context, Hit

LIMIT = 1_000_000
"""Characters of one text that are looked at."""
MOST_HITS = 200
"""Hits reported for one text; a file with more is generated data."""
_MOST_DECISIONS = 5_000

_CONFIG = lazy(
    r"(?:^|/)(?:\.env(?:\.[\w.-]+)?|\.npmrc|\.pypirc|\.netrc|\.pgpass|credentials|\.dockercfg|\.git-credentials|\.s3cfg|\.boto|id_[a-z0-9]+"
    r"|Dockerfile[\w.-]*|[^/]*\.(?:env|ini|cfg|conf|config|properties|ya?ml|toml|json|tfvars|tf|hcl|xml|plist|pem|key|txt|csv|ipynb|sh|bash|envrc))$",
    re.I,
)
_TEMPLATE = lazy(
    r"(?:^|/)(?:[^/]*template[^/]*\.(?:ya?ml|json)|serverless\.(?:ya?ml|json|ts|js)|[^/]*\.(?:tf|tfvars|hcl))$", re.I
)
_PROSE = lazy(r"\.(?:md|rst|adoc|txt)$", re.I)
# Generated lists of packages and hashes: names in them mean nothing.
_LISTS = lazy(
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|uv\.lock|Pipfile\.lock|Gemfile\.lock"
    r"|composer\.lock|Cargo\.lock|go\.sum|[^/]*\.deps\.json|[^/]*\.runtimeconfig\.json|RECORD|[^/]*\.(?:map|snap|svg|po|pot))$",
    re.I,
)
# Passwords that documentation writes into URLs.
_SPOKEN = frozenset(("password", "passwd", "pass", "pwd", "pw", "secret", "passw", "token", "auth"))
_URL_KINDS = frozenset(("basic-auth-url", "database-url-password"))
_TRIAL = lazy(r"(?:^|[/._-])(?:tests?|specs?|fixtures?|mocks?|examples?|samples?|demos?|docs?)(?:[/._-]|$)", re.I)
_LOWER: dict[Confidence, Confidence] = {"high": "medium", "medium": "low", "low": "low"}
# What stands in place of a value in code: calls, members, interpolations.
_EXPRESSION = lazy(r"[\w.\]]{1,80}\(|\w{1,80}(?:\.\w{1,80}){1,8}$|\$\w|[A-Za-z_]\w{0,80}\[")
# In settings a value with dots and digits is a text, unless it begins like a reference.
_DOTTED = lazy(r"(?=[^.]*\.)[\w.]*\d[\w.]*")
_ROOTS = frozenset(
    (
        *("env", "var", "vars", "local", "locals", "params", "parameters", "self", "this", "config", "data", "module", "each"),
        *("secrets", "secret", "steps", "inputs", "github", "context", "process", "os", "settings", "values", "outputs", "props"),
    )
)


class _Span(NamedTuple):
    start: int
    end: int
    kind: str
    confidence: Confidence
    reason: str
    name: str


def context_of(path: str) -> Context:
    """The context that a file's path stands for: infrastructure templates, configuration, prose, else source."""
    if _TEMPLATE.search(path):
        return Context.TEMPLATE
    if _PROSE.search(path):
        return Context.METADATA
    return Context.CONFIG if _CONFIG.search(path) else Context.SOURCE


def by_form(text: str, context: Context) -> Iterator[_Span]:
    """Spans whose form alone gives them away: key blocks, provider tokens, URLs and headers with credentials."""
    free = context in {Context.SOURCE, Context.METADATA}
    for token in (*keys.private_keys(text), *formats.tokens(text), *connections.find_all(text)):
        told = free and token.kind in _URL_KINDS and text[token.start : token.end].lower() in _SPOKEN
        if token.kind and not told:
            yield _Span(token.start, token.end, token.kind, token.confidence, "the form of a credential", "")


def _worth(text: str, pair: Pair, name: Name, context: Context) -> bool:
    """Whether a pair can hold a secret: in source only strings do, and anywhere only what is no expression."""
    if name.role not in SECRET_ROLES and name.role is not Role.WEAK:
        return context is Context.CONFIG
    if context is Context.SOURCE:
        return (pair.quoted and not (pair.sep == "," and pair.value.isalpha())) or in_string(text, pair.start)
    if context is Context.CONFIG and _DOTTED.fullmatch(pair.value):
        return pair.quoted or pair.value.partition(".")[0].lower() not in _ROOTS
    return pair.quoted or not _EXPRESSION.match(pair.value)


def _told(key: str) -> str:
    """A name as it may be reported: not where it looks drawn, because then it may be a piece of a secret."""
    return key if len(key) <= 64 and surprise(key) < 15 else ""


def by_name(text: str, context: Context) -> Iterator[_Span]:
    """Spans that are given to a name which promises a secret, also inside strings (connection strings, commands)."""
    budget = Budget(_MOST_DECISIONS, 2)
    filed = context in {Context.CONFIG, Context.TEMPLATE}
    candidates = (
        *(lines(text) if filed else ()),
        *pairs(text),
        *(drawn(text) if context is Context.CONFIG else ()),
        *(prose(text) if context is Context.METADATA else ()),
    )
    for pair in candidates:
        if budget.decisions <= 0:
            return
        name = read(pair.key)
        if (telling(pair.key) or len(pair.value) >= 24) and _worth(text, pair, name, context):
            loose = not pair.quoted and (pair.sep == " " or context is Context.SOURCE)
            verdict = decide(name, pair.value, Context.METADATA if loose else context, budget)
            if verdict.kind:
                yield _Span(pair.start, pair.end, verdict.kind, verdict.confidence, verdict.reason, _told(pair.key))


def _accepted(spans: list[_Span]) -> list[_Span]:
    """Spans without those that overlap an earlier accepted one, in the order of the text; forms go before names."""
    taken: list[tuple[int, int]] = []
    kept = []
    for span in spans:
        at = bisect.bisect_left(taken, (span.start, span.end))
        before = taken[at - 1] if at else (-1, -1)
        after = taken[at] if at < len(taken) else (span.end, span.end)
        if before[1] <= span.start and span.end <= after[0]:
            taken.insert(at, (span.start, span.end))
            kept.append(span)
    return sorted(kept)


def found(text: str, context: Context, *, names: bool = True) -> list[_Span]:
    """All secrets of a text as spans, those found by form first; spans may overlap. Time is linear in the text."""
    spans = list(by_form(text, context))
    if names and telling(text):
        spans += by_name(text, context)
    return spans


def scan_text(
    text: str,
    *,
    path: str,
    context: Context | None = None,
    limit: int = LIMIT,
    most: int = MOST_HITS,
) -> Iterator[Hit]:
    """Secrets in the text of one file, in the order of the text; never the values.

    `path` is reported, and decides how names are read (source: only quoted strings) unless `context` says it; hits in tests and
    examples are one step less sure. Looks at `limit` characters and yields `most` hits at the most; what lies behind is not seen,
    so a caller that must say so compares ``len(text)`` with `limit`. Give it own source and configuration, never vendored code.
    Never raises.
    """
    text = text[:limit]
    where = context or context_of(path)
    lines = [m.end() for m in re.finditer("\n", text)]
    trial = _TRIAL.search(path) is not None
    for span in _accepted(found(text, where, names=not _LISTS.search(path)))[:most]:
        line = bisect.bisect_right(lines, span.start)
        column = span.start - (lines[line - 1] if line else 0) + 1
        confidence = _LOWER[span.confidence] if trial else span.confidence
        yield Hit(path, line + 1, column, span.kind, confidence, span.reason, span.start, span.end, span.name)
