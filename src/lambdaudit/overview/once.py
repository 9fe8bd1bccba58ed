"""Memory for what several views show of an asset."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from lambdaudit.model.base import Asset
from lambdaudit.model.inventory import Inventory

A = TypeVar("A", bound=Asset)
T = TypeVar("T")


def once(make: Callable[[Inventory, A], T]) -> Callable[[Inventory, A], T]:
    """Work out what `make` says of an asset once for each inventory, which never changes. Callers share the value."""
    memory: WeakKeyDictionary[Inventory, dict[str, T]] = WeakKeyDictionary()

    @wraps(make)
    def remembered(inventory: Inventory, asset: A) -> T:
        made = memory.setdefault(inventory, {})
        if asset.id not in made:
            made[asset.id] = make(inventory, asset)
        return made[asset.id]

    return remembered
