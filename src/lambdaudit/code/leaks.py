"""Secrets in a function's own files; libraries are not looked into. No value is kept."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lambdaudit.model.code import CodeIssue, CodeSecret
from lambdaudit.model.where import Where
from lambdaudit.secrets import fingerprint, scan_text
from lambdaudit.secrets.scan import LIMIT
from lambdaudit.secrets.verdict import Hit

from .filesystem import Content, FileSystem
from .remembered import Remembered
from .vendored import Vendored, is_library_folder

_TEXT = re.compile(
    r"(?:^|/)(?:\.env[\w.-]*|\.npmrc|\.pypirc|\.netrc|\.pgpass|\.dockercfg|\.git-credentials|\.s3cfg|\.boto|credentials|config"
    r"|id_(?:rsa|dsa|ecdsa|ed25519)|Dockerfile[\w.-]*|Makefile|bootstrap|[^/]+\.(?:py|pyw|js|mjs|cjs|ts|tsx|jsx|rb|php|go|java|kt"
    r"|scala|groovy|cs|fs|vb|rs|pl|lua|sh|bash|zsh|ps1|bat|env|ini|cfg|conf|config|properties|ya?ml|toml|json|json5|tfvars|tf|hcl"
    r"|tfstate|tfstate\.backup|xml|plist|pem|key|pkcs8|ppk|txt|csv|ipynb|envrc|sql|html?|erb|twig|tpl|ovpn|kubeconfig|md|rst))$",
    re.IGNORECASE,
)
_KEY_FILE = re.compile(r"\.(?:p12|pfx|jks|keystore|kdbx|ppk)$|/id_(?:rsa|dsa|ecdsa|ed25519)$", re.IGNORECASE)
_COPIES = (
    (re.compile(r"\.(?:sql|dump|sqlite3?|bak|kdbx)$|/dump\.rdb$"), "database or copy of one", "medium"),
    (re.compile(r"\.ipynb$"), "notebook", "low"),
)
_MOST_FILES = 3000
_MOST_BYTES = 8 * 1024**2
_BUNDLE = 200_000
_MOST_SECRETS = 300
_hits: Remembered[tuple[Hit, ...]] = Remembered(64 * 1024**2)


@dataclass(slots=True)
class Leaks:
    """What was found: secrets, issues (``development-files``: copies of data), and what was not looked at."""

    secrets: list[CodeSecret] = field(default_factory=list)
    issues: list[CodeIssue] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)


def leaks_of(files: FileSystem, vendored: Vendored, key: bytes, *, foreign: Sequence[str] = ()) -> Leaks:
    """Secrets in the own source and configuration of a function; `key` is for fingerprints.

    `foreign` are origins (layers of other publishers) whose files are not the function's own.
    """
    leaks = Leaks()
    left = _MOST_BYTES
    own = [p for p in vendored.own(files.files()) if files.origin(p) not in foreign]
    leaks.issues += _copies(files, own)
    texts = [p for p in own if _TEXT.search(p) or _KEY_FILE.search(p)]
    large: list[str] = []
    for count, path in enumerate(sorted(texts, key=lambda p: (p.count("/"), p))):
        size = files.size(path)
        if count >= _MOST_FILES:
            leaks.limits.append(f"secrets were looked for in the first {count} of {len(texts)} own files")
            break
        if left < size:
            large.append(path)
            continue
        data = files.read(path)
        if data is None:
            continue
        left -= len(data)
        _one(files, path, data, key, leaks)
        if len(leaks.secrets) >= _MOST_SECRETS:
            leaks.limits.append(f"only the first {_MOST_SECRETS} secrets are told")
            break
    if large:
        named = ", ".join(large[:3]) + (f" and {len(large) - 3} more" if len(large) > 3 else "")
        leaks.limits.append(f"secrets were not looked for in {named}: too large, or too much before it")
    return leaks


def leaks_of_gone(gone: Sequence[tuple[str, Content]], subject: str, key: bytes) -> Iterator[CodeSecret]:
    """Secrets in contents of an image that a later layer deletes or replaces; those of installed libraries are left out."""
    told: set[tuple[str, str]] = set()
    for path, content in gone:
        if not _TEXT.search(path) or is_library_folder(path):
            continue
        text = (content.data() or b"").decode("utf-8", "replace")
        for hit in scan_text(text, path=path):
            mark = fingerprint(text[hit.start : hit.end], key)
            if (path, mark) in told or len(told) >= _MOST_SECRETS:
                continue
            told.add((path, mark))
            yield CodeSecret(
                where=Where(path, subject=subject, line=hit.line, column=hit.column),
                kind=hit.kind,
                name=hit.name,
                confidence=hit.confidence,
                reason=f"{hit.reason}; a later layer hides the file, the image still holds it",
                fingerprint=mark,
            )


def _one(files: FileSystem, path: str, data: bytes, key: bytes, leaks: Leaks) -> None:
    origin = files.origin(path)
    if _KEY_FILE.search(path) and b"\0" in data[:1024]:
        return
    text = data.decode("utf-8", "replace")
    if len(text) > LIMIT:
        leaks.limits.append(f"secrets were looked for in the first {LIMIT} characters of {path} only")
    bundle = len(text) > _BUNDLE
    for hit in _hits.of(path, data, lambda path, _: tuple(scan_text(text, path=path))):
        if (bundle and hit.confidence != "high") or len(leaks.secrets) >= _MOST_SECRETS:
            continue
        leaks.secrets.append(
            CodeSecret(
                where=Where(path, subject=origin, line=hit.line, column=hit.column),
                kind=hit.kind,
                name=hit.name,
                confidence=hit.confidence,
                reason=hit.reason,
                fingerprint=fingerprint(text[hit.start : hit.end], key),
            )
        )


def _copies(files: FileSystem, own: Sequence[str]) -> Iterator[CodeIssue]:
    """One issue for each sort of copied data, at the first file of it."""
    for pattern, text, confidence in _COPIES:
        path = next((p for p in own if pattern.search(p)), "")
        if path:
            yield CodeIssue(
                kind="development-files",
                where=Where(path, subject=files.origin(path)),
                text=f"{text}: {path}",
                confidence=confidence,
            )


__all__ = ["Leaks", "leaks_of", "leaks_of_gone"]
