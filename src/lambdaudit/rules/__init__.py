"""The rules, one file per topic. :func:`load` imports them all; importing this package alone loads none."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .contract import Rule


def load() -> "tuple[Rule, ...]":
    """Every rule, sorted by id. Each module of this package that does not start with an underscore is a topic."""
    from .contract import REGISTRY

    for module in iter_modules(__path__):
        if module.name != "contract" and not module.name.startswith("_"):
            import_module(f"{__name__}.{module.name}")
    return tuple(REGISTRY.rules[name] for name in sorted(REGISTRY.rules))
