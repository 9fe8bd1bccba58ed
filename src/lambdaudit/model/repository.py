"""The repository that templates and sources lie in, as far as it matters to what is deployed from it."""

from .base import Asset
from .unknown import Maybe


class Repository(Asset, frozen=True, kw_only=True, tag="repository"):
    """A repository with its root. `id` is ``repository:`` and `name` that of its folder.

    `below` is the audited folder relative to the root (empty: the root itself). `updaters` are the services that propose newer
    dependencies (``Dependabot``, ``Renovate``); `watched` are (ecosystem, folder or glob) as Dependabot is told, with OSV's names
    of ecosystems and folders relative to the root; a service that watches everything is (``*``, ``**``).
    """

    below: str = ""
    updaters: tuple[str, ...] = ()
    watched: Maybe[tuple[tuple[str, str], ...]] = ()
