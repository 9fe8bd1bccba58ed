"""Where a resource of an assembly comes from: its construct's path, and the line of the author's code that made it."""

import re
from pathlib import Path
from typing import Any, Final

from lambdaudit.sources.cdk.manifest import Artifact
from lambdaudit.sources.cloudformation.template import inside, shown
from lambdaudit.sources.iac.values import Float, Int, List, Map, OneOf, Ref, Span, Str, Text, Value, span_of

_FRAME: Final = re.compile(r"(?:^|\(|\s)((?:file://)?[^()\s][^()]*?):(\d{1,7}):(\d{1,7})\)?$")
_FOREIGN: Final = ("node_modules/", "node:", "jsii-", "<")
_MAX_FRAMES: Final = 100
_MAX_PARTS: Final = 40


class Constructs:
    """The constructs of one stack: paths by logical id, templates of nested stacks, and lines of code."""

    def __init__(self, artifact: Artifact, root: Path) -> None:
        self._folder = artifact.folder
        self._root = root
        self._paths: dict[str, list[str]] = {}
        self._spans: dict[str, Span] = {}
        self._files: dict[str, Span | None] = {}
        self.templates: dict[str, str] = {}
        self.helpers: set[str] = set()
        for path, entries in artifact.metadata.items():
            for entry in entries:
                self._take(path, entry)

    def _take(self, path: str, entry: dict[str, Any]) -> None:
        kind, data = str(entry.get("type")), entry.get("data")
        if kind == "aws:cdk:logicalId" and isinstance(data, str):
            self._paths.setdefault(str(data), []).append(path)
            self._keep(path, entry.get("trace"))
        elif kind == "aws:cdk:creationStack":
            self._keep(path, data)
        elif kind == "aws:cdk:templateFile" and isinstance(data, str):
            self.templates[path] = str(data)
        elif kind.startswith("aws:cdk:is-custom-resource-handler"):
            self.helpers.add(path)

    def _keep(self, path: str, frames: Any) -> None:
        for frame in frames[:_MAX_FRAMES] if isinstance(frames, list) else ():
            found = _FRAME.search(str(frame).strip()) if isinstance(frame, str) and len(frame) < 4_000 else None
            if found is None or any(mark in found[1] for mark in _FOREIGN):
                continue
            file = self._file(found[1].removeprefix("file://"))
            if file:
                short = path.removesuffix("/Resource").removesuffix("/Default")
                self._spans.setdefault(short, Span(file, max(1, int(found[2])), max(1, int(found[3]))))
                return

    def _file(self, written: str) -> str:
        """The author's file as it is shown, also when the assembly was made elsewhere; empty when it is not in the tree."""
        parts = written.replace("\\", "/").split("/")[-_MAX_PARTS:]
        candidates = [written, *("/".join(parts[start:]) for start in range(1, len(parts)))]
        for candidate in candidates:
            found = inside(self._root, self._root, candidate)
            if found is not None and not found.is_relative_to(self._folder.resolve()):
                return shown(found, self._root)
        return ""

    def path(self, logical: str, scope: str) -> str:
        """The path of the construct with a logical id in a stack or nested stack; empty when the assembly does not tell."""
        for path in self._paths.get(logical, ()):
            inner = [one for one in self.templates if one != scope and one.startswith(f"{scope}/")]
            if path.startswith(f"{scope}/") and not any(path.startswith(f"{one}/") for one in inner):
                return path
        return next(iter(self._paths.get(logical, ())), "")

    def span(self, path: str) -> Span | None:
        """The line that made a construct, or the nearest one above it that the author's code made."""
        while path:
            if path in self._spans:
                return self._spans[path]
            path = path.rpartition("/")[0]
        return None


def moved_to(value: Value, span: Span) -> Value:
    """A tree with all its places at the author's code; where it stands in the template is kept behind it."""
    own = span_of(value)
    place = Span(span.source, span.line, span.column, own) if own else span
    if isinstance(value, dict):
        keys = {key: Span(span.source, span.line, span.column, at) for key, at in getattr(value, "keys_at", {}).items()}
        return Map({key: moved_to(inner, span) for key, inner in value.items()}, place, keys, getattr(value, "rest", None))
    if isinstance(value, list):
        return List([moved_to(inner, span) for inner in value], place, getattr(value, "rest", None))
    if isinstance(value, Ref):
        return Ref(value.address, value.attribute, place)
    if isinstance(value, Text):
        return Text(value.parts, place)
    if isinstance(value, OneOf):
        return OneOf(tuple((label, moved_to(inner, span)) for label, inner in value.options), place)
    if type(value) is Str:
        return Str(value, place)
    if isinstance(value, Int):
        return Int(value, place)
    return Float(value, place) if isinstance(value, Float) else value
