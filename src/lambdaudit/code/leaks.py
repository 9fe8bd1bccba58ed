"""Secrets and things of development in a function's own files; libraries are not looked into. No value is kept."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lambdaudit.model.code import CodeIssue, CodeSecret
from lambdaudit.model.where import Where
from lambdaudit.secrets import fingerprint, scan_text
from lambdaudit.secrets.scan import LIMIT

from .filesystem import FileSystem
from .vendored import Vendored

_TEXT = re.compile(
    r"(?:^|/)(?:\.env[\w.-]*|\.npmrc|\.pypirc|\.netrc|\.pgpass|\.dockercfg|\.git-credentials|\.s3cfg|\.boto|credentials|config"
    r"|id_(?:rsa|dsa|ecdsa|ed25519)|Dockerfile[\w.-]*|Makefile|bootstrap|[^/]+\.(?:py|pyw|js|mjs|cjs|ts|tsx|jsx|rb|php|go|java|kt"
    r"|scala|groovy|cs|fs|vb|rs|pl|lua|sh|bash|zsh|ps1|bat|env|ini|cfg|conf|config|properties|ya?ml|toml|json|json5|tfvars|tf|hcl"
    r"|tfstate|tfstate\.backup|xml|plist|pem|key|pkcs8|ppk|txt|csv|ipynb|envrc|sql|html?|erb|twig|tpl|ovpn|kubeconfig|md|rst))$",
    re.IGNORECASE,
)
_KEY_FILE = re.compile(r"\.(?:p12|pfx|jks|keystore|kdbx|ppk)$|/id_(?:rsa|dsa|ecdsa|ed25519)$", re.IGNORECASE)
_HEADER = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )?PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File")
_DEVELOPMENT = (
    (re.compile(r"/\.(?:git|svn|hg)/"), "a version control folder, with the whole history in it"),
    (re.compile(r"\.tfstate(?:\.backup)?$"), "a Terraform state, which holds every attribute in plain text"),
    (re.compile(r"/\.env(?:\.[\w-]+)?$"), "a file of environment variables of a developer"),
    (re.compile(r"/\.(?:npmrc|pypirc|netrc|git-credentials|pgpass)$"), "settings of a developer's tools"),
    (re.compile(r"/\.(?:aws|docker|ssh|kube)/"), "settings of a developer's tools"),
    (re.compile(r"\.(?:sql|dump|sqlite3?|bak|kdbx)$|/dump\.rdb$"), "a database or a copy of one"),
    (re.compile(r"/\.(?:idea|vscode)/|/\.DS_Store$|\.sw[op]$|~$"), "files of an editor or desktop"),
    (re.compile(r"/(?:tests?|__tests__|spec|coverage|\.nyc_output|\.pytest_cache)/"), "tests"),
    (re.compile(r"\.test\.[jt]s$|/(?:conftest|test_\w+)\.py$"), "tests"),
    (re.compile(r"\.ipynb$"), "a notebook"),
)  # fmt: skip
_HARMLESS = ("/var/task/.env.example", "/var/task/.env.sample", "/var/task/.env.template")
_MOST_FILES = 3000
_MOST_BYTES = 8 * 1024**2
_BUNDLE = 200_000
_MOST_SECRETS = 300


@dataclass(slots=True)
class Leaks:
    """What was found: secrets, issues (``private-key-file``, ``development-files``), and what was not looked at."""

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
    leaks.issues += _development(files, own)
    texts = [p for p in own if _TEXT.search(p) or _KEY_FILE.search(p)]
    for count, path in enumerate(sorted(texts, key=lambda p: (p.count("/"), p))):
        size = files.size(path)
        if count >= _MOST_FILES or left < size:
            leaks.limits.append(f"secrets were looked for in the first {count} of {len(texts)} own files")
            break
        data = files.read(path)
        if data is None:
            continue
        left -= len(data)
        _one(files, path, data, key, leaks)
        if len(leaks.secrets) >= _MOST_SECRETS:
            leaks.limits.append(f"only the first {_MOST_SECRETS} secrets are told")
            break
    return leaks


def _one(files: FileSystem, path: str, data: bytes, key: bytes, leaks: Leaks) -> None:
    origin = files.origin(path)
    if _KEY_FILE.search(path) or _HEADER.search(data, 0, 4096):
        if _key_that_counts(path, data):
            text = "a key store" if _KEY_FILE.search(path) and not _HEADER.search(data) else "a private key"
            leaks.issues.append(CodeIssue(kind="private-key-file", where=Where(path, subject=origin, line=1), text=text))
        if b"\0" in data[:1024]:
            return
    text = data.decode("utf-8", "replace")
    if len(text) > LIMIT:
        leaks.limits.append(f"secrets were looked for in the first {LIMIT} characters of {path} only")
    bundle = len(text) > _BUNDLE
    for hit in scan_text(text, path=path):
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


def _key_that_counts(path: str, data: bytes) -> bool:
    """Whether a file that is named or begins like a key is one: enough bytes, and not part of a test or documentation."""
    if re.search(r"/(?:tests?|docs?|examples?|fixtures?)/|\.(?:md|rst|py|js|ts|java|go|rb|php|cs)$", path):
        return False
    return len(data) > 100


def _development(files: FileSystem, own: Sequence[str]) -> Iterator[CodeIssue]:
    """One issue for each sort of thing that does not belong into a package, at the first file of it."""
    told = set()
    for path in own:
        if path in _HARMLESS or not path.startswith("/var/task/"):
            continue
        for pattern, text in _DEVELOPMENT:
            if text not in told and pattern.search(path):
                told.add(text)
                confidence = "low" if text in ("tests", "a notebook") or "editor" in text else "high"
                where = Where(path, subject=files.origin(path))
                yield CodeIssue(kind="development-files", where=where, text=text, confidence=confidence)


__all__ = ["Leaks", "leaks_of"]
