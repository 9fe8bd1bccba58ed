"""Dangerous calls in languages that the flow engine does not follow: by names and order, told with less confidence."""

from collections.abc import Collection

from lambdaudit.code.filesystem import FileSystem
from lambdaudit.code.vendored import Vendored

from .found import Found
from .shell import is_shell, shell

_WALKED = ("python", "nodejs")
"""Runtimes whose languages the flow engine follows."""
_MOST_SCRIPTS = 200
_SMALL = 1024**2


def patterns_of(
    files: FileSystem, vendored: Vendored, *, handler: str, runtime: str = "", foreign: Collection[str] = ()
) -> Found:
    """What the readers of the languages that a runtime can run find: any for custom runtimes, images and an empty one.

    `foreign` are origins whose source is not looked into (their scripts are).
    """
    found = Found()
    _scripts(files, vendored, found)
    managed = "" if runtime.startswith("provided") else runtime
    _sources(files, vendored, handler, managed, foreign, found)
    if not managed or managed.startswith("java"):
        _classes(files, handler, found)
    if "::" in handler and any(p.endswith(".dll") for p in files.files()):
        from .dotnet import read_assembly

        join(found, read_assembly(files, handler))
    if any(p.endswith(("/bootstrap", "/main")) for p in files.files()):
        from .sdk import go_calls

        join(found, go_calls(files))
    return found


def _sources(files: FileSystem, vendored: Vendored, handler: str, managed: str, foreign: Collection[str], found: Found) -> None:
    """Own source files, language by language; a language without any loads no grammar."""
    if managed.startswith(_WALKED):
        return
    from .languages import LANGUAGES

    for language in LANGUAGES:
        if managed and not managed.startswith(language.name):
            continue
        named = [p for p in files.files() if p.endswith(language.suffixes) and not vendored(p) and files.origin(p) not in foreign]
        if not named:
            continue
        from .source import MOST_FILE, read_source

        small = [p for p in named if files.size(p) <= MOST_FILE]
        if len(small) < len(named):
            found.limits.append(f"{len(named) - len(small)} large {language.name} files were not looked at")
        shallow = sorted(small, key=lambda p: (p.count("/"), p))
        rows = ((p, files.origin(p), files.read(p)) for p in shallow)
        join(found, read_source([(p, o, data) for p, o, data in rows if data is not None], language, handler))


def _classes(files: FileSystem, handler: str, found: Found) -> None:
    """Compiled Java classes of the handler's own packages."""
    if any(p.endswith((".class", ".jar")) for p in files.files()):
        from .java import read_classes

        join(found, read_classes(files, handler))


def _scripts(files: FileSystem, vendored: Vendored, found: Found) -> None:
    named = [p for p in files.files() if _may_be_script(p) and files.size(p) <= _SMALL and not vendored(p)]
    if len(named) > _MOST_SCRIPTS:
        found.limits.append(f"only the first {_MOST_SCRIPTS} of {len(named)} possible shell scripts were looked at")
    for path in named[:_MOST_SCRIPTS]:
        data = files.read(path)
        if data and is_shell(path, data):
            join(found, shell(path, files.origin(path), data.decode("utf-8", "replace")))


def _may_be_script(path: str) -> bool:
    name = path.rpartition("/")[2]
    return path.endswith((".sh", ".bash")) or ("." not in name and (name == "bootstrap" or path.startswith("/opt/")))


def join(found: Found, more: Found) -> None:
    """Add what another reader found."""
    found.issues += more.issues
    found.flows += more.flows
    found.raw += more.raw
    found.limits += more.limits


__all__ = ["Found", "patterns_of"]
