"""Whether the file that the Handler setting names is in the package, by the rules of each managed runtime."""

import io
import posixpath
import re
from collections.abc import Sequence

from .filesystem import OPT, TASK, FileSystem
from .package import Listing

_NODE = (".js", ".mjs", ".cjs", "/index.js", "/index.mjs", "")
_PYTHON = (".py", "/__init__.py", ".pyc", "/__init__.pyc")
_MOST_JARS = 300


def missing_handler(files: FileSystem, runtime: str | None, handler: str | None) -> str:
    """What is missing, in words for a person; empty when the handler's file is there, or nothing can be said.

    `runtime` None means a container image, whose entry point decides.
    """
    if runtime is None or not len(files):
        return ""
    if runtime.startswith("provided"):
        return "" if f"{TASK}/bootstrap" in files or f"{OPT}/bootstrap" in files else "no file bootstrap in package or layers"
    if not handler or len(handler) > 512:
        return ""
    for prefix, check in (("python", _python), ("nodejs", _node), ("ruby", _ruby), ("java", _java), ("dotnet", _dotnet)):
        if runtime.startswith(prefix):
            return check(files, handler)
    return ""


def _any(files: FileSystem, bases: Sequence[str], suffixes: Sequence[str]) -> bool:
    return any(base + suffix in files for base in bases for suffix in suffixes)


def _python(files: FileSystem, handler: str) -> str:
    module = handler.rpartition(".")[0].replace(".", "/")
    if not module:
        return f"the handler {handler} names no module"
    name = module.lstrip("/")
    bases = [
        f"{TASK}/{name}",
        f"{OPT}/python/{name}",
        *(f"{OPT}/python/lib/python3.{n}/site-packages/{name}" for n in range(6, 20)),
    ]
    compiled = re.compile(rf"(?:{TASK}|{OPT}/python)/{re.escape(name)}\.(?:cpython|abi3)[\w.-]*\.so|.*/{re.escape(name)}\.so")
    if _any(files, bases, _PYTHON) or any(compiled.fullmatch(path) for path in files.paths() if path.endswith(".so")):
        return ""
    return f"no module {name}.py for the handler {handler}"


def _node(files: FileSystem, handler: str) -> str:
    folder, name = posixpath.split(handler)
    path = posixpath.normpath(posixpath.join(TASK, folder, name.partition(".")[0]))
    plain = posixpath.join(folder, name.partition(".")[0])
    bases = [path, *(f"{root}/node_modules/{plain}" for root in (TASK, f"{OPT}/nodejs")), f"{TASK}/{handler.rpartition('.')[0]}"]
    return "" if _any(files, bases, _NODE) else f"no file {plain}.js, .mjs or .cjs for the handler {handler}"


def _ruby(files: FileSystem, handler: str) -> str:
    name = handler.partition(".")[0]
    found = _any(files, [f"{TASK}/{name}", f"{OPT}/ruby/lib/{name}"], (".rb",))
    return "" if found else f"no file {name}.rb for the handler {handler}"


def _dotnet(files: FileSystem, handler: str) -> str:
    assembly = handler.partition("::")[0]
    found = _any(files, [f"{TASK}/{assembly}", f"{OPT}/{assembly}"], (".dll", ""))
    return "" if found or f"{TASK}/bootstrap" in files else f"no assembly {assembly}.dll for the handler {handler}"


def _java(files: FileSystem, handler: str) -> str:
    name = handler.partition("::")[0].replace(".", "/") + ".class"
    if f"{TASK}/{name}" in files:
        return ""
    jars = [p for p in files.paths() if p.endswith(".jar") and p.startswith((f"{TASK}/lib/", f"{OPT}/java/lib/"))]
    for jar in jars[:_MOST_JARS]:
        data = files.read(jar)
        if data is None or any(member.path == name for member in Listing().members(io.BytesIO(data))):
            return ""
    return f"no class {name} for the handler {handler}"


__all__ = ["missing_handler"]
