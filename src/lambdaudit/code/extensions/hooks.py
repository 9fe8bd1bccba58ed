"""Environment variables that make a runtime load something first, and the files and folders that they name."""

import posixpath
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from lambdaudit.model.functions import EnvironmentVariable


class Hook(NamedTuple):
    """What a variable makes the runtime load: `kind` as in `Extension`, `path` absolute; empty when the value is not kept."""

    variable: str
    kind: str
    path: str
    folder: bool = False


_Paths = Callable[[str], Sequence[str]]
_SPLIT = re.compile(r"[:\s]+")
_AGENT = re.compile(r"^-(?:javaagent|agentpath):([^=]+)|^-Xbootclasspath/[ap]:(.+)")
_NODE = ("-r", "--require", "--import", "--loader", "--experimental-loader")


def _one(value: str) -> list[str]:
    return [value.strip()] if value.strip() else []


def _several(value: str) -> list[str]:
    return [part for part in _SPLIT.split(value) if part]


def _assemblies(value: str) -> list[str]:
    return [part for part in re.split(r"[:;]", value) if part.strip()]


def _words(value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError:
        return value.split()


def _node(value: str) -> list[str]:
    """Modules that options of Node.js load first; packages are given as they are named."""
    words = _words(value)
    found = []
    for at, word in enumerate(words):
        name, equals, rest = word.partition("=")
        if name in _NODE:
            found.append(rest if equals else words[at + 1] if at + 1 < len(words) else "")
    return [path.removeprefix("file://") for path in found if path]


def _java(value: str) -> list[str]:
    matches = [_AGENT.match(word) for word in _words(value)]
    return [part for m in matches if m for part in ([m[1]] if m[1] else m[2].split(":")) if part]


def _ruby(value: str) -> list[str]:
    words = _words(value)
    found = [word[2:] for word in words if word.startswith("-r") and len(word) > 2]
    return found + [after for word, after in pairwise(words) if word == "-r"]


def _perl(value: str) -> list[str]:
    return [word.lstrip("-")[1:].replace("::", "/") + ".pm" for word in _words(value) if word.lstrip("-")[:1] in ("M", "m")]


_VARIABLES: dict[str, tuple[str, _Paths, bool]] = {
    "AWS_LAMBDA_EXEC_WRAPPER": ("wrapper", _one, False),
    "BASH_ENV": ("start-up-hook", _one, False),
    "LD_PRELOAD": ("preload", _several, False),
    "LD_AUDIT": ("preload", _several, False),
    "LD_LIBRARY_PATH": ("preload", _several, True),
    "PYTHONSTARTUP": ("start-up-hook", _one, False),
    "PYTHONPATH": ("start-up-hook", _several, True),
    "NODE_OPTIONS": ("start-up-hook", _node, False),
    "NODE_PATH": ("start-up-hook", _several, True),
    "JAVA_TOOL_OPTIONS": ("start-up-hook", _java, False),
    "JDK_JAVA_OPTIONS": ("start-up-hook", _java, False),
    "_JAVA_OPTIONS": ("start-up-hook", _java, False),
    "DOTNET_STARTUP_HOOKS": ("start-up-hook", _assemblies, False),
    "CORECLR_PROFILER_PATH": ("preload", _one, False),
    "CORECLR_PROFILER_PATH_64": ("preload", _one, False),
    "RUBYOPT": ("start-up-hook", _ruby, False),
    "RUBYLIB": ("start-up-hook", _several, True),
    "PERL5OPT": ("start-up-hook", _perl, False),
    "PERL5LIB": ("start-up-hook", _several, True),
}
"""For each variable: the kind of thing, how paths stand in its value, and whether they are folders."""
HOOKS = frozenset(_VARIABLES)
_MOST = 50


def hooks_of(environment: Sequence[EnvironmentVariable]) -> Iterator[Hook]:
    """What the variables of a function load, in their order. Packages and relative paths count from the task root."""
    for variable in environment:
        known = _VARIABLES.get(variable.name)
        if known is None or variable.length == 0:
            continue
        kind, paths, folder = known
        if variable.value is None:
            yield Hook(variable.name, kind, "", folder)
            continue
        for path in list(paths(variable.value))[:_MOST]:
            yield Hook(variable.name, kind, absolute(path), folder)


def absolute(path: str) -> str:
    """The path as the runtime sees it: relative ones start in the task root."""
    return posixpath.normpath(posixpath.join("/var/task", path))
