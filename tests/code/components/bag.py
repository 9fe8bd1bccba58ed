"""Files of a test, by path."""

from collections.abc import Mapping

from lambdaudit.code.components import Collected, read_components


class Bag:
    """A tree of files held in memory."""

    def __init__(self, files: Mapping[str, bytes | str], origins: dict[str, str] | None = None) -> None:
        self._files = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
        self._origins = origins or {}

    def files(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def size(self, path: str) -> int:
        return len(self._files.get(path, b""))

    def read(self, path: str, most: int = 0) -> bytes | None:
        data = self._files.get(path)
        return None if data is None or (most and len(data) > most) else data

    def head(self, path: str, size: int) -> bytes:
        return self._files.get(path, b"")[:size]

    def origin(self, path: str) -> str:
        return next((o for start, o in self._origins.items() if path.startswith(start)), "")


def read(files: Mapping[str, bytes | str]) -> Collected:
    return read_components(Bag(files))


def listed(files: Mapping[str, bytes | str]) -> set[tuple[str, str]]:
    """(name, version) of everything that is there."""
    return {(c.name, c.version) for c in read(files).components}
