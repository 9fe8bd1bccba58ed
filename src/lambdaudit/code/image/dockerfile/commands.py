"""What a build does wrong besides secrets: code from the network that nobody checks, private files in the image."""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from lambdaudit.model.code import CodeIssue
from lambdaudit.model.where import Where

from .context import FOLDERS, PRIVATE, Context
from .stages import Copied, Plan
from .syntax import Instruction

_MOST = 100
_REMOTE = re.compile(r"(?:https?|ftp|git|ssh)://|git@[\w.-]+:", re.IGNORECASE)
_COMMIT = re.compile(r"#[0-9a-f]{40}(?:[0-9a-f]{24})?(?::|$)")
_SEPARATORS = re.compile(r"&&|\n")
_WORDS = {
    "remote-code": "the build runs what it downloads, unchecked",
    "plain-download": "the build downloads over a connection that is not encrypted",
    "hidden-code": "the build runs code that is written in Base64",
    "reverse-shell": "the build connects a shell to the network",
    "tls-verification-off": "the build downloads without checking the certificate",
}
"""Kinds of :mod:`lambdaudit.code.patterns.shell` that matter in a build, and the words for them."""
_MOUNTED = re.compile(
    r"\bcat\s+/run/secrets/\S+\s*>>?\s*(?P<file>[^\s;&|]+)"
    r"|\b(?:cp|install|mv)\s+(?:-\S+\s+)*/run/secrets/\S+\s+(?P<copy>[^\s;&|]+)"
)
_CERTIFICATE = re.compile(r"\.(?:crt|cer|pub)$|/ca-certificates|/pki/|/certs/?$")
_PASSING_PLACES = ("/dev/", "/proc/", "/run/")


def of(plan: Plan, source: str, context: Context | None) -> Iterator[CodeIssue]:
    """The issues of a build, at most 100: ``remote-code`` and the like of the stages that count, ``private-file-copied``."""
    yield from islice(_all(plan, source, context), _MOST)


def _all(plan: Plan, source: str, context: Context | None) -> Iterator[CodeIssue]:
    for number in sorted(plan.used):
        stage = plan.stages[number]
        for instruction in stage.others:
            if instruction.keyword == "RUN":
                yield from _ran(instruction, source)
                if number in plan.kept:
                    yield from _mounted(instruction, source)
        for copied in stage.copies:
            yield from _fetched(copied, source)
            if number in plan.kept:
                yield from _private(copied, source, context)


def _ran(instruction: Instruction, source: str) -> Iterator[CodeIssue]:
    """What the patterns for shell scripts find in a command, at its own place."""
    from lambdaudit.code.patterns.shell import shell

    pieces = list(_pieces(instruction, source))
    told = set()
    for issue in shell(source, "", "\n".join(piece for piece, _ in pieces)).issues:
        words = _WORDS.get(issue.kind)
        where = pieces[min(issue.where.line, len(pieces)) - 1][1] if pieces else instruction.where(source)
        kind = "plain-download" if issue.kind == "tls-verification-off" else issue.kind
        if words and (kind, where.line) not in told:
            told.add((kind, where.line))
            yield CodeIssue(kind=kind, where=where, text=words, confidence=issue.confidence)


def _pieces(instruction: Instruction, source: str) -> Iterator[tuple[str, Where]]:
    """The single commands of an instruction with their places, each on one line."""
    if instruction.words is not None:
        yield " ".join(instruction.words).replace("\n", " "), instruction.where(source)
        return
    at = 0
    for match in (*_SEPARATORS.finditer(instruction.text), None):
        end = match.start() if match else len(instruction.text)
        piece = instruction.text[at:end]
        yield piece.rstrip("\\"), instruction.where(source, at + len(piece) - len(piece.lstrip()))
        at = match.end() if match else end
    for document in instruction.heredocs:
        for number, line in enumerate(document.text.splitlines()):
            yield line, Where(source, line=document.line + number, column=1)


def _fetched(copied: Copied, source: str) -> Iterator[CodeIssue]:
    """ADD of an address without a checksum: whatever stands there at the next build gets into the image."""
    if copied.instruction.keyword != "ADD" or copied.instruction.flag("checksum"):
        return
    for value in copied.sources:
        if not _REMOTE.match(value.text) or _COMMIT.search(value.text):
            continue
        plain = value.text.lower().startswith(("http://", "ftp://", "git://"))
        text = f"ADD takes {_shown(value.text)} without a checksum" + (
            ", over a connection that is not encrypted" if plain else ""
        )
        kind = "plain-download" if plain else "unchecked-download"
        yield CodeIssue(kind=kind, where=copied.instruction.where(source), text=text)


def _shown(address: str) -> str:
    """An address without what may be a credential in it."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return "an address"
    return f"{parts.scheme}://{host}{parts.path}"[:160] if host else "a Git repository"


def _private(copied: Copied, source: str, context: Context | None) -> Iterator[CodeIssue]:
    """COPY and ADD of files that usually hold credentials: named ones, and those that a folder of the context brings along."""
    where = copied.instruction.where(source)
    keyword = copied.instruction.keyword
    local = [value.text for value in copied.sources if not value.open and not _REMOTE.match(value.text)]
    told: set[str] = set()
    for path in context.taken(local, copied.instruction.flag("exclude")) if context else ():
        held = context.holds_secret(path) if context else None
        if held is False:
            continue
        told.add(path)
        text = f"{keyword} takes {path} into the image" + (", which holds a secret" if held else "")
        yield CodeIssue(kind="private-file-copied", where=where, text=text, confidence="high" if held else "medium")
    for name in local:
        plain = name.removeprefix("./").strip("/")
        present = context is not None and (context.has(plain) or any(sign in plain for sign in "*?["))
        if (FOLDERS.search(plain) or (PRIVATE.search(plain) and not present)) and not any(
            path == plain or path.startswith(f"{plain}/") for path in told
        ):
            yield CodeIssue(
                kind="private-file-copied", where=where, text=f"{keyword} takes {plain[:100]} into the image", confidence="medium"
            )


def _mounted(instruction: Instruction, source: str) -> Iterator[CodeIssue]:
    """A secret mount that a command writes into the image, unless the same command removes it again."""
    text = instruction.text + "".join(document.text for document in instruction.heredocs)
    for match in _MOUNTED.finditer(text[:50_000]):
        target = (match["file"] or match["copy"]).strip("\"'")
        name = target.rstrip("/").rpartition("/")[2]
        if (
            target.startswith(_PASSING_PLACES)
            or _CERTIFICATE.search(target)
            or re.search(rf"\brm\b[^;&|]*{re.escape(name)}", text[match.end() :])
        ):
            continue
        yield CodeIssue(
            kind="private-file-copied",
            where=instruction.where(source, min(match.start(), max(len(instruction.text) - 1, 0))),
            text=f"RUN writes a secret of the build to {target[:100]}, which stays in the image",
        )


__all__ = ["of"]
