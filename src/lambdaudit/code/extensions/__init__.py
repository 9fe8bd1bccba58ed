"""Programs that run beside or before the handler, with the function's role, variables and events.

Lambda starts every file of /opt/extensions as a process of its own; wrappers, preloaded libraries and start-up hooks run in the
runtime's process. See the pages on extensions and on modifying the runtime environment in the Lambda developer guide.
"""

import re
from collections.abc import Iterator, Sequence

from lambdaudit.code.filesystem import OPT, TASK, FileSystem
from lambdaudit.model.code import Extension
from lambdaudit.model.functions import EnvironmentVariable
from lambdaudit.model.unknown import Maybe, Unknown

from .hooks import HOOKS, Hook, hooks_of
from .markers import SCRIPTS, Seen, language_of, look, uses_of

_MOST = 200
_MOST_FOLLOWED = 30
_MOST_BESIDE = 60
_SMALL = 1024**2
_REFERENCE = re.compile(rb"/opt/[\w.@+${}-]+(?:/[\w.@+${}-]+)*")
_NAME_VARIABLE = re.compile(r"\$\{?\w*(?:NAME|name)\w*\}?")
_CODE = (".py", ".js", ".mjs", ".cjs", ".rb")
_SITE = re.compile(rf"(?:{TASK}|{OPT}/python(?:/lib/python3\.\d+/site-packages)?)/[^/]+$")


_BENIGN = re.compile(rb"import sys, types, os;|import os; var = 'SETUPTOOLS_USE_DISTUTILS'")
_EVIL = re.compile(rb"exec|eval|base64|subprocess|socket|urllib|system|popen|compile|open\(|marshal|ctypes")


def extensions_of(files: FileSystem, *, runtime: str | None, environment: Sequence[EnvironmentVariable]) -> tuple[Extension, ...]:
    """All programs that a function starts besides its handler, sorted by kind and path.

    `runtime` None means a container image. A hook variable whose value is not kept gives an entry without a path.
    """
    found: dict[tuple[str, str, str], Extension] = {}
    for extension in _all(files, runtime, environment):
        found.setdefault((extension.kind, extension.path, extension.variable), extension)
        if len(found) >= _MOST:
            break
    return tuple(found[key] for key in sorted(found))


def _all(files: FileSystem, runtime: str | None, environment: Sequence[EnvironmentVariable]) -> Iterator[Extension]:
    for path in files.paths():
        if path.startswith(f"{OPT}/extensions/") and path.count("/") == 3:
            yield _program(files, path, "external-extension")
    if runtime is None or runtime.startswith("provided"):
        for path in (f"{TASK}/bootstrap", f"{OPT}/bootstrap", "/var/runtime/bootstrap"):
            if path in files:
                yield _program(files, path, "bootstrap")
                break
    folders = [hook.path for hook in hooks_of(environment) if hook.variable == "PYTHONPATH" and hook.path]
    for hook in hooks_of(environment):
        yield from _hook(files, hook)
    if runtime is None or runtime.startswith("python"):
        yield from _python_start(files, folders)
    yield from _internal(files)


def _hook(files: FileSystem, hook: Hook) -> Iterator[Extension]:
    if not hook.path:
        yield Extension(name=hook.variable, path="", kind=hook.kind, variable=hook.variable, exists=False)
    elif hook.folder:
        inside = next((p for p in files.paths() if p.startswith(f"{hook.path}/")), "")
        yield Extension(
            name=hook.path,
            path=hook.path,
            kind=hook.kind,
            variable=hook.variable,
            exists=bool(inside),
            origin=files.origin(inside),
        )
    else:
        path = _module(files, hook.path)
        if path in files:
            yield _program(files, path, hook.kind, hook.variable)
        else:
            yield Extension(name=hook.path, path=hook.path, kind=hook.kind, variable=hook.variable, exists=False)


def _module(files: FileSystem, path: str) -> str:
    """The file that a module's name means: with a suffix added, or from node_modules and the modules of layers."""
    name = path.removeprefix(f"{TASK}/")
    for base in (path, f"{TASK}/node_modules/{name}", f"{OPT}/nodejs/node_modules/{name}", f"{OPT}/ruby/lib/{name}"):
        for suffix in ("", ".js", ".cjs", ".mjs", ".rb", "/index.js", ".dll"):
            if base + suffix in files:
                return base + suffix
    inside = f"{TASK}/node_modules/{name}/package.json"
    for manifest in (inside, inside.replace(TASK, f"{OPT}/nodejs", 1)):
        if manifest in files:
            return manifest
    return path


def _python_start(files: FileSystem, folders: Sequence[str]) -> Iterator[Extension]:
    """Modules that Python imports by itself, and .pth files with a line of code in them.

    Lambda's start adds the task root and the layers' folders as site folders, so their .pth files count.
    """
    for path in files.paths():
        name = path.rpartition("/")[2]
        here = _SITE.match(path) or path.rpartition("/")[0] in folders
        if here and (name in ("sitecustomize.py", "usercustomize.py") or (name.endswith(".pth") and _runs(files, path))):
            yield _program(files, path, "start-up-hook")


def _runs(files: FileSystem, path: str) -> bool:
    """Whether a .pth file runs code other than what setuptools writes for namespaces and its own distutils."""
    lines = (files.read(path, _SMALL) or b"").splitlines()
    return any(
        line.startswith((b"import ", b"import\t")) and not (_BENIGN.match(line) and not _EVIL.search(line)) for line in lines
    )


def _internal(files: FileSystem) -> Iterator[Extension]:
    """Modules near the root that register with the Extensions API from within the handler's process."""
    near = [
        p for p in files.paths() if p.endswith(_CODE) and p.count("/") <= 4 and not p.startswith(f"{OPT}/extensions/")
    ]  # fmt: skip
    for path in near[:_MOST_BESIDE]:
        content = files.read(path, _SMALL) if files.size(path) <= _SMALL else None
        if content and b"extension/register" in content:
            yield _program(files, path, "internal-extension")


def _program(files: FileSystem, path: str, kind: str, variable: str = "") -> Extension:
    seen = look(files.chunks(path))
    language = language_of(path, seen)
    if language in SCRIPTS:
        _follow(files, path, seen)
    return Extension(
        name=path.rpartition("/")[2],
        path=path,
        kind=kind,
        origin=files.origin(path),
        sha256=files.sha256(path),
        size=files.size(path),
        language=language,
        executable=_executable(files.mode(path)),
        variable=variable,
        uses=uses_of(seen, language),
        hosts=tuple(sorted(seen.hosts)),
    )


def _executable(mode: int) -> Maybe[bool]:
    return bool(mode & 0o111) if mode else Unknown("the package states no mode for it")


def _follow(files: FileSystem, path: str, seen: Seen) -> None:
    """Look into what a script starts: files and folders below /opt that it names, its own name put in for name variables."""
    text = files.read(path, _SMALL) or b""
    name = path.rpartition("/")[2]
    named = {_NAME_VARIABLE.sub(lambda _: name, m[0].decode()) for m in _REFERENCE.finditer(text)}
    below = tuple(
        f"{n.rstrip('/')}/" for n in named if n.count("/") >= 2 and not n.startswith((f"{OPT}/extensions", f"{OPT}/bin/"))
    )
    started = [p for p in files.paths() if p != path and (p in named or (below and p.startswith(below) and p.endswith(_CODE)))]
    for other in sorted(started, key=lambda p: (p not in named, p.count("/"), p))[:_MOST_FOLLOWED]:
        seen.join(look(files.chunks(other)))


__all__ = ["HOOKS", "Hook", "extensions_of", "hooks_of"]
