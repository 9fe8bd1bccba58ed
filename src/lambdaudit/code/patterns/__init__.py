"""Dangerous calls in languages that the flow engine does not follow: by names and order, told with less confidence."""

from collections.abc import Collection

from lambdaudit.code.filesystem import FileSystem
from lambdaudit.code.vendored import Vendored

from .found import Found
from .shell import is_shell, shell

_MOST_SCRIPTS = 200
_SMALL = 1024**2


def patterns_of(files: FileSystem, vendored: Vendored, *, handler: str, foreign: Collection[str] = ()) -> Found:
    """What the readers of all languages find; `foreign` are origins whose source is not looked into (their scripts are)."""
    found = Found()
    _scripts(files, vendored, found)
    return found


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
    found.limits += more.limits


__all__ = ["Found", "patterns_of"]
