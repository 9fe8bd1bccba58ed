"""The corpus: handlers in Python and JavaScript with what their role must allow."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from lambdaudit.code.flow import analyse
from lambdaudit.code.sdk.calls import calls_of
from lambdaudit.model.code import SdkCall
from lambdaudit.model.unknown import Unknown

CORPUS: Final = Path(__file__).parent / "corpus"
ACCOUNT: Final = "111122223333"
REGION: Final = "eu-west-1"
OPEN: Final = "?"


class Handler(NamedTuple):
    """One handler: its name, its files by path in the function, its Handler setting, its variables, what it needs."""

    name: str
    files: Mapping[str, bytes]
    setting: str
    environment: Mapping[str, str | None]
    needs: Mapping[str, frozenset[str]]

    @property
    def language(self) -> str:
        return self.name.partition("/")[0]

    def paths(self) -> Iterable[str]:
        """For the walk: it is the function's file system."""
        return self.files

    def read(self, path: str) -> bytes | None:
        """The content of a file."""
        return self.files.get(path)


def load() -> tuple[Handler, ...]:
    """All handlers, in the order of the labels."""
    rows: dict[str, Any] = yaml.safe_load((CORPUS / "labels.yaml").read_text("utf-8"))
    return tuple(_handler(name, row) for name, row in rows.items())


def _handler(name: str, row: Mapping[str, Any]) -> Handler:
    place = CORPUS / name
    if place.is_dir():
        files = {f"/var/task/{p.name.removesuffix('.txt')}": p.read_bytes() for p in sorted(place.iterdir())}
        setting = "app.handler" if name.startswith("python/") else "index.handler"
    else:
        files = {f"/var/task/{place.name}": Path(f"{place}.txt").read_bytes()}
        setting = f"{place.stem}.handler"
    needs = {action: frozenset(resources) for action, resources in row["needs"].items()}
    return Handler(name, files, setting, row.get("environment", {}), needs)


def calls(handler: Handler) -> tuple[tuple[SdkCall, ...], tuple[str, ...], float]:
    """The calls that are found in a handler, what was not walked, and the seconds of CPU that it took."""
    start = time.process_time()
    found = analyse(handler, handler=handler.setting, environment=handler.environment, language=handler.language)
    made = calls_of(found.calls, environment=handler.environment, account=ACCOUNT, region=REGION)
    return made, found.partial, time.process_time() - start


def needs(made: Iterable[SdkCall]) -> dict[str, frozenset[str]]:
    """Actions with their resources, as the labels have them."""
    found: dict[str, set[str]] = {}
    for call in made:
        for action in call.actions:
            found.setdefault(action, set()).update(OPEN if isinstance(r, Unknown) else r for r in call.resources)
    return {action: frozenset(resources) for action, resources in found.items()}
