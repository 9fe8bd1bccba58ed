"""Find secrets in the text of source and configuration files, without keeping them."""

import bisect
import re
from collections.abc import Iterator
from typing import NamedTuple

from . import connections, formats, keys
from .judge import Budget, decide
from .names import SECRET_ROLES, Name, Role, read
from .pairs import Pair, lines, pairs, telling
from .verdict import Confidence, Context, Hit

LIMIT = 1_000_000
"""Characters of one text that are looked at."""
MOST_HITS = 200
"""Hits reported for one text; a file with more is generated data."""
_MOST_DECISIONS = 5_000

_CONFIG = re.compile(
    r"(?:^|/)(?:\.env(?:\.[\w.-]+)?|\.npmrc|\.pypirc|\.netrc|\.pgpass|credentials|\.dockercfg|\.git-credentials|\.s3cfg|\.boto|id_[a-z0-9]+"
    r"|Dockerfile[\w.-]*|[^/]*\.(?:env|ini|cfg|conf|config|properties|ya?ml|toml|json|tfvars|tf|hcl|xml|plist|pem|key|txt|csv|ipynb|sh|bash|envrc))$",
    re.I,
)
_TEMPLATE = re.compile(
    r"(?:^|/)(?:[^/]*template[^/]*\.(?:ya?ml|json)|serverless\.(?:ya?ml|json|ts|js)|[^/]*\.(?:tf|tfvars|hcl))$", re.I
)
_PROSE = re.compile(r"\.(?:md|rst|adoc|txt)$", re.I)
# Generated lists of packages and hashes: names in them mean nothing.
_LISTS = re.compile(
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|uv\.lock|Pipfile\.lock|Gemfile\.lock"
    r"|composer\.lock|Cargo\.lock|go\.sum|[^/]*\.deps\.json|[^/]*\.runtimeconfig\.json|RECORD|[^/]*\.(?:map|snap|svg|po|pot))$",
    re.I,
)
_TRIAL = re.compile(r"(?:^|[/._-])(?:tests?|specs?|fixtures?|mocks?|examples?|samples?|demos?|docs?)(?:[/._-]|$)", re.I)
_LOWER: dict[Confidence, Confidence] = {"high": "medium", "medium": "low", "low": "low"}
_DRAWN = re.compile(r"[A-Za-z0-9+/_~\-]{24,512}={0,2}")
# What stands in place of a value in code: calls, members, interpolations.
_EXPRESSION = re.compile(r"[\w.\]]{1,80}\(|\w{1,80}(?:\.\w{1,80}){1,8}$|\$\w|[A-Za-z_]\w{0,80}\[")


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


def by_form(text: str) -> Iterator[_Span]:
    """Spans whose form alone gives them away: key blocks, provider tokens, URLs and headers with credentials."""
    for token in (*keys.private_keys(text), *formats.tokens(text), *connections.find_all(text)):
        if token.kind:
            yield _Span(token.start, token.end, token.kind, token.confidence, "the form of a credential", "")


def _worth(pair: Pair, name: Name, context: Context) -> bool:
    if name.role in SECRET_ROLES or name.role is Role.WEAK:
        if context is Context.SOURCE:
            return pair.quoted and not (pair.sep == "," and pair.value.isalpha())
        return pair.quoted or not _EXPRESSION.match(pair.value)
    return context is Context.CONFIG and len(pair.value) >= 24 and _DRAWN.fullmatch(pair.value) is not None


def _judged(pair: Pair, offset: int, context: Context, budget: Budget) -> _Span | None:
    if not telling(pair.key) and len(pair.value) < 24:
        return None
    name = read(pair.key)
    if not _worth(pair, name, context):
        return None
    prose = pair.sep == " " and not pair.quoted
    verdict = decide(name, pair.value, Context.METADATA if prose else context, budget)
    if verdict.kind is None:
        return None
    return _Span(offset + pair.start, offset + pair.end, verdict.kind, verdict.confidence, verdict.reason, pair.key)


def by_name(text: str, context: Context) -> Iterator[_Span]:
    """Spans that are given to a name which promises a secret, also inside quoted strings (connection strings, commands)."""
    budget = Budget(_MOST_DECISIONS, 2)
    whole_lines = lines(text) if context in {Context.CONFIG, Context.TEMPLATE} else ()
    for pair in (*whole_lines, *pairs(text)):
        if budget.decisions <= 0:
            return
        span = _judged(pair, 0, context, budget)
        if span:
            yield span
        elif pair.quoted and len(pair.value) > 8 and telling(pair.value):
            inside = Context.METADATA if context is Context.METADATA else Context.CONFIG
            for inner in pairs(pair.value):
                if telling(inner.key):
                    span = _judged(inner, pair.start, inside, budget)
                    if span:
                        yield span


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
    spans = list(by_form(text))
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
