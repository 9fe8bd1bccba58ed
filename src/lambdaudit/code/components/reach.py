"""Which component a file belongs to, and so which components the handler reaches."""

import re
from collections.abc import Collection, Iterable, Mapping

import msgspec

from lambdaudit.model.code import Component

from .python_modules import MODULES


def owner_of(owners: Mapping[str, str], path: str) -> str:
    """The package URL of the component that a file belongs to; empty when it belongs to none, and is so the function's own."""
    if path in owners:
        return owners[path]
    at = len(path)
    while (at := path.rfind("/", 0, at)) > 0:
        if found := owners.get(path[: at + 1]):
            return found
        archive = path[: at - 1] if path[at - 1] == "!" else ""
        if archive and archive in owners:
            return owners[archive]
    return ""


def imported_as(component: Component, imports: Iterable[str]) -> bool:
    """Whether one of the imported names (``yaml.loader``, ``@scope/name/part``) is that of a component of Python or npm."""
    if component.ecosystem == "npm":
        return any(name == component.name or name.startswith(f"{component.name}/") for name in imports)
    if component.ecosystem != "PyPI":
        return False
    plain = _plain(component.name)
    return any(_plain(MODULES.get(top, top)) == plain for top in (name.partition(".")[0] for name in imports))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def with_reach(
    components: tuple[Component, ...], owners: Mapping[str, str], reached: Collection[str], fed: Collection[str] = ()
) -> tuple[Component, ...]:
    """The components with `reached` and `fed` decided, for those that own any file.

    `reached` are the files that the handler's module graph loads, `fed` those whose functions event data is passed to. What owns
    no file (it is known by a bundle, a program or the operating system) stays undecided.
    """
    decidable = set(owners.values())
    hit = {owner_of(owners, path) for path in reached}
    eaten = {owner_of(owners, path) for path in fed}
    return tuple(
        msgspec.structs.replace(c, reached=c.purl in hit, fed=c.purl in eaten) if c.purl in decidable else c for c in components
    )
