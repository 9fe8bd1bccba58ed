"""What was read from a file, kept for the next function whose package holds the same file: packages of one source folder do."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """Results by path and content. The oldest go when the contents behind them are more than `most` bytes together.

    A result is handed out to several users: nobody may change it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._sum = 0
        self._results: OrderedDict[tuple[str, bytes], tuple[T, int]] = OrderedDict()

    def of(self, path: str, data: bytes, make: Callable[[str, bytes], T]) -> T:
        """What `make` gives for a file; it is called when it was not, or when that was too long ago."""
        key = path, hashlib.sha256(data).digest()
        found = self._results.get(key)
        if found is not None:
            self._results.move_to_end(key)
            return found[0]
        made = make(path, data)
        if len(data) <= self._most:
            self._results[key] = made, len(data)
            self._sum += len(data)
        while self._sum > self._most:
            self._sum -= self._results.popitem(last=False)[1][1]
        return made


__all__ = ["Remembered"]
