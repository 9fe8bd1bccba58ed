"""Shell scripts of custom runtimes, wrappers and extensions, line by line: a tokeniser for quotes and comments, no parser.

It tells what such scripts do wrong in practice: code from the network, event data in commands, secrets shown. What stands in
functions and substitutions counts like any other line.
"""

import re
from collections.abc import Iterator

from lambdaudit.model.code import CodeIssue, Flow
from lambdaudit.model.where import Where

from .found import Found

_LONGEST = 1500
_MOST_LINES = 2000
_MOST_TEXT = 100_000
_FETCH = r"\b(?:curl|wget|fetch)\b"
_RUN = r"(?:sudo\s+)?(?:/\S*/)?(?:ba|da|z|k|a)?sh\b|(?:/\S*/)?(?:python[\d.]*|node|perl|ruby|php)\b"
_ISSUES: tuple[tuple[str, re.Pattern[str], str, str], ...] = (
    ("remote-code", re.compile(rf"{_FETCH}[^|;&]*\|\s*(?:base64\s+-\w*d\w*\s*\|\s*|gunzip\s*\|\s*|tee\s+\S+\s*\|\s*)*(?:{_RUN})"),
     "it runs what it downloads at the start", "high"),
    ("remote-code", re.compile(rf"(?:{_RUN}|\bsource\b|(?<!\S)\.)\s+(?:-c\s+)?[\"']?(?:<\(|\$\(|`)\s*{_FETCH}"),
     "it runs what it downloads at the start", "high"),
    ("remote-code", re.compile(rf"\beval\b[^;&|]*(?:\$\(|`)\s*{_FETCH}"), "it evaluates what it downloads", "high"),
    ("hidden-code", re.compile(rf"base64\s+-\w*[dD]\w*[^|;]*\|\s*(?:{_RUN})"),
     "it runs code that is written in Base64", "medium"),
    ("reverse-shell", re.compile(r"/dev/(?:tcp|udp)/|\bnc\b[^|;]*\s-\w*e\b|\bmkfifo\b[^;]*;[^;]*\bnc\b"),
     "it connects a shell to the network", "high"),
    ("environment-sent", re.compile(rf"\b(?:env|printenv|set)\b\s*\|[^;]*{_FETCH}|{_FETCH}[^;|]*(?:\$\(\s*(?:env|printenv)\b"
                                    r"|/proc/self/environ|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN)"),
     "it sends the environment, with the credentials in it, to the network", "high"),
    ("tls-verification-off", re.compile(r"\bcurl\b[^|;]*\s(?:-\w*k\b|--insecure\b)|\bwget\b[^|;]*--no-check-certificate"),
     "it downloads without checking the certificate", "high"),
    ("plain-download", re.compile(rf"{_FETCH}[^|;]*\bhttp://(?!127\.|localhost|\$|169\.254\.|\[::1\])"),
     "it downloads over a connection that is not encrypted", "medium"),
    ("loader-set", re.compile(r"\b(?:export\s+)?(?:LD_PRELOAD|LD_AUDIT|NODE_OPTIONS|PYTHONSTARTUP|JAVA_TOOL_OPTIONS|BASH_ENV)="),
     "it sets a variable that makes the runtime load other code", "medium"),
    ("environment-logged", re.compile(r"^\s*(?:env|printenv|set|export\s+-p)\s*(?:$|[>&]|\d>)"),
     "it writes all variables, with the credentials in them, to the log", "medium"),
)  # fmt: skip
_EVENT_SOURCE = re.compile(
    r"\b(\w+)=[\"']?(?:\$\(|`)[^)`]*(?:runtime/invocation/next|\$\{?(?:EVENT_DATA|EVENT|PAYLOAD|event|payload|BODY|body)\b)"
)
_STARTS = frozenset(("EVENT_DATA", "EVENT", "event", "PAYLOAD", "payload"))
_USE = re.compile(r"\$\{?(\w+)")
_DANGER = (
    ("process", "eval", re.compile(r"\beval\s+(.*)")),
    ("process", "sh -c", re.compile(r"\b(?:ba|da|z)?sh\s+-\w*c\s+(.*)")),
    ("process", "source", re.compile(r"(?:^\s*|[;&|]\s*)(?:source|\.)\s+(.*)")),
)
_ASSIGNED = re.compile(r"\s*(?:local\s+|export\s+|readonly\s+)?(\w+)=(.*)")
_ARITHMETIC = re.compile(r"\$\(\(([^)]*)\)\)|\(\(([^)]*)\)\)|\[\[[^\]]*-(?:eq|ne|lt|gt|le|ge)\s+([^\]]*)\]\]")


def is_shell(path: str, data: bytes) -> bool:
    """Whether a file is a shell script, by its name or its first line."""
    return path.endswith((".sh", ".bash")) or re.match(rb"#!\s*\S*/(?:env\s+)?(?:ba|da|z|k|a)?sh\b", data) is not None


def shell(path: str, origin: str, text: str) -> Found:
    """Issues and flows of one script."""
    found = Found()
    lines = list(_lines(text))
    if len(text) > _MOST_TEXT or text.count("\n") >= _MOST_LINES:
        found.limits.append(f"{path}: only the first {_MOST_TEXT} characters and {_MOST_LINES} lines were looked at")
    told = set()
    for number, line in lines:
        where = Where(path, subject=origin, line=number)
        for kind, pattern, words, confidence in _ISSUES:
            if kind == "hidden-code" and ("remote-code", number) in told:
                continue
            if (kind, number) not in told and pattern.search(line):
                told.add((kind, number))
                found.issues.append(CodeIssue(kind=kind, where=where, text=words, confidence=confidence))
    if any("invocation/next" in line or "EVENT_DATA" in line or re.search(r"handler|_HANDLER", line) for _, line in lines):
        found.flows += _flows(path, origin, lines)
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines with their number: continued ones joined, comments and what follows them cut, single-quoted text kept."""
    start, held = 0, ""
    for number, raw in enumerate(text[:_MOST_TEXT].splitlines()[:_MOST_LINES], 1):
        line = _uncommented(raw[:_LONGEST])
        start = start or number
        if line.endswith("\\") and len(held) < _LONGEST:
            held += line[:-1] + " "
            continue
        yield start, (held + line)[:_LONGEST]
        start, held = 0, ""
    if held:
        yield start, held


def _uncommented(line: str) -> str:
    quote = ""
    for at, char in enumerate(line):
        if quote:
            quote = "" if char == quote and (quote == "'" or line[at - 1] != "\\") else quote
        elif char in "'\"":
            quote = char
        elif char == "#" and (at == 0 or line[at - 1] in " \t;&|("):
            return line[:at]
    return line


def _flows(path: str, origin: str, lines: list[tuple[int, str]]) -> Iterator[Flow]:
    """Event data in eval, ``sh -c``, source and arithmetic, followed through assignments in the order of the file."""
    tainted = set(_STARTS)
    for number, line in lines:
        where = Where(path, subject=origin, line=number)
        for kind, sink, pattern in _DANGER:
            match = pattern.search(line)
            if match and (names := [n for n in _USE.findall(match[1]) if n in tainted]):
                yield _flow(kind, sink, where, names[0])
        match = _ARITHMETIC.search(line)
        if match and (names := [n for n in re.findall(r"\w+", " ".join(g for g in match.groups() if g)) if n in tainted]):
            yield _flow("process", "arithmetic evaluation", where, names[0])
        for part in line.split(";"):
            if source := _EVENT_SOURCE.search(part):
                tainted.add(source[1])
            assigned = _ASSIGNED.match(part)
            if assigned and any(n in tainted for n in _USE.findall(assigned[2])):
                tainted.add(assigned[1])


def _flow(kind: str, sink: str, where: Where, name: str) -> Flow:
    note = "found by the order of lines in a shell script, not by following its control flow"
    return Flow(kind=kind, sink=sink, where=where, label="event", source=f"${name}", confidence="medium", note=note)


__all__ = ["is_shell", "shell"]
