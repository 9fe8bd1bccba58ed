"""What a program can be seen to use without running it: interfaces of Lambda, secrets, hosts, its language.

Texts of a program are looked for in its bytes, piece by piece, so a file of any size costs a few hundred KiB. What is found says
that the program can do something, not that it does.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_OVERLAP = 512
_MOST_HOSTS = 40
_WORDS: dict[str, tuple[bytes, ...]] = {
    "logs": (b"/2020-08-15/logs",),
    "telemetry": (b"/2022-07-01/telemetry",),
    "extensions-api": (b"/2020-01-01/extension", b"extension/register"),
    "runtime-api": (b"/2018-06-01/runtime", b"runtime/invocation/next"),
    "secrets": (b"GetSecretValue", b"get_secret_value", b"getSecretValue", b"get-secret-value", b"GetParameter",
                b"get_parameter", b"get-parameter", b"getParameter"),
    "listener": (b"ListenAndServe", b"HTTPServer", b"http.server", b"createServer(", b"TcpListener", b"WEBrick", b".listen("),
    "guard": (b"X-Aws-Parameters-Secrets-Token", b"x-aws-parameters-secrets-token"),
    "runtime-api-set": (b"AWS_LAMBDA_RUNTIME_API=",),
    "temporary": (b"/tmp/",),
    "writes": (b"writeFile", b".write(", b"os.WriteFile", b"ioutil.WriteFile", b"> /tmp", b">/tmp", b"json.dump("),
    "credentials": (b"AWS_SECRET_ACCESS_KEY", b"AWS_SESSION_TOKEN"),
    "go": (b"Go build ID:", b"\xff Go buildinf:"),
    "rust": (b"/rustc/", b"rust_begin_unwind"),
}  # fmt: skip
_ANY = re.compile(b"|".join(re.escape(word) for words in _WORDS.values() for word in words))
_MEANS = {word: use for use, words in _WORDS.items() for word in words}
_HOST = re.compile(rb"https?://([A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,6}[A-Za-z]{2,24})(?=[/:?#\"'`\s\x00]|$)")
_NOISE = re.compile(
    r"(?:^|\.)(?:github\.com|githubusercontent\.com|golang\.org|go\.dev|goo\.gl|w3\.org|example\.(?:com|org|net)|apache\.org"
    r"|python\.org|pypi\.org|readthedocs\.io|nodejs\.org|npmjs\.com|mozilla\.org|json-schema\.org|ietf\.org|rfc-editor\.org"
    r"|wikipedia\.org|stackoverflow\.com|docs\.aws\.amazon\.com|aws\.amazon\.com|google\.com|xmlsoap\.org|openssl\.org|gnu\.org"
    r"|opensource\.org|docs\.rs|rust-lang\.org|bugzilla\.[a-z.]+|localhost)$"
)
"""Hosts that stand in documentation and error texts of libraries."""
_INTERPRETERS = (
    (rb"python", "python"), (rb"node", "node"), (rb"ruby", "ruby"), (rb"perl", "perl"), (rb"php", "php"),
    (rb"\b(?:ba|da|z|k|a)?sh\b", "shell"),
)  # fmt: skip
_SUFFIXES = {
    ".py": "python", ".js": "node", ".mjs": "node", ".cjs": "node", ".sh": "shell", ".bash": "shell", ".rb": "ruby",
    ".jar": "java", ".so": "native", ".dll": "dotnet", ".php": "php", ".pl": "perl",
}  # fmt: skip
SCRIPTS = frozenset(("shell", "python", "node", "ruby", "perl", "php"))


@dataclass(slots=True)
class Seen:
    """What was found in one or several files: `words` by meaning, hosts, and the first bytes."""

    words: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    head: bytes = b""

    def join(self, other: "Seen") -> None:
        """Add what was found in another file."""
        self.words |= other.words
        self.hosts |= other.hosts


def look(chunks: Iterable[bytes]) -> Seen:
    """Look through the content of one file."""
    seen = Seen()
    rest = b""
    for chunk in chunks:
        if len(seen.head) < 256:
            seen.head = (seen.head + chunk)[:256]
        text = rest + chunk
        seen.words |= {_MEANS[m[0]] for m in _ANY.finditer(text)}
        if len(seen.hosts) < _MOST_HOSTS:
            seen.hosts |= {h for m in _HOST.finditer(text) if not _NOISE.search(h := m[1].decode().lower())}
        rest = text[-_OVERLAP:]
    seen.hosts = set(sorted(seen.hosts)[:_MOST_HOSTS])
    return seen


def language_of(path: str, seen: Seen) -> str:
    """``go``, ``rust``, ``native``, ``shell``, ``python``, ``node``, ``java``, ``dotnet`` … or an empty text."""
    if seen.head.startswith(b"\x7fELF"):
        return "go" if "go" in seen.words else "rust" if "rust" in seen.words else "native"
    if seen.head.startswith(b"#!"):
        first = seen.head.split(b"\n", 1)[0]
        return next((language for word, language in _INTERPRETERS if re.search(word, first)), "")
    return next((language for suffix, language in _SUFFIXES.items() if path.endswith(suffix)), "")


def uses_of(seen: Seen, language: str) -> tuple[str, ...]:
    """What the texts in a program mean, sorted: see `Extension.uses`.

    ``secrets-port``: it fetches secrets and listens, and nothing shows that it asks callers for a token. ``secrets-on-disk``: a
    script that fetches secrets and writes below /tmp. ``runtime-proxy``: it puts itself between Lambda and the runtime.
    """
    words = seen.words
    uses = words & {"logs", "telemetry", "extensions-api", "runtime-api", "secrets"}
    if {"secrets", "listener"} <= words:
        uses.add("secrets-port-with-token" if "guard" in words else "secrets-port")
    if {"secrets", "temporary", "writes"} <= words and language in SCRIPTS:
        uses.add("secrets-on-disk")
    if "runtime-api-set" in words:
        uses.add("runtime-proxy")
    if "credentials" in words and language in SCRIPTS:
        uses.add("credentials")
    return tuple(sorted(uses))
