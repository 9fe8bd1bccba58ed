"""What Pulumi writes for values that plain JSON cannot say: unknown ones, secrets, files and archives.

The keys and marks are those of Pulumi's own serialization (``sdk/go/common/resource``: ``sig``, ``asset``, ``plugin/rpc.go``).
"""

import re
from dataclasses import dataclass, field
from typing import Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.iac.hidden import Hidden
from lambdaudit.sources.iac.values import List, Map, Ref, Span, Text, Value, span_of

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key of an object that stands for a value of another kind."""
_ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN: Final = frozenset(
    (
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    )
)
"""What stands for a text, truth value, number, array, asset, archive or object that only a deployment gives."""
_MARK: Final = re.compile("|".join(sorted(UNKNOWN)))
_BLINDED: Final = "[secret]"
"""What a preview shows instead of a secret."""
_MAX_DEPTH: Final = 60


@dataclass(frozen=True, slots=True)
class Asset:
    """A file or an archive: a `path` on the machine of its author, a `text`, a `uri`, or for archives `members` by name."""

    path: str = ""
    text: str | None = None
    uri: str = ""
    members: dict[str, "Asset"] = field(default_factory=dict)
    span: Span | None = None


def opened(value: Value, name: str, depth: int = 0) -> Value:
    """A value of a preview or state as the configuration's own kinds of value. `name` says in reasons which one it is.

    Texts that are not known become Unknown, secrets Hidden (whether they are encrypted, shown or blinded), and what stands for
    a file or an archive an `Asset`. References to resources become what ``Ref`` gives.
    """
    if depth > _MAX_DEPTH:
        return Unknown(f"{name} nests too deep")
    if isinstance(value, str):
        if value in UNKNOWN:
            return Unknown(f"{name} is known after the deployment")
        return Hidden(f"{name} is a secret of the stack") if value == _BLINDED else _holes(value, name)
    if isinstance(value, Map):
        if SIGNATURE in value:
            return _special(value, name, depth)
        made = Map((), value.span, value.keys_at, value.rest)
        for key, inner in value.items():
            if key == "__defaults" and isinstance(inner, list):
                # The engine notes in every object which members it set itself.
                continue
            made[key] = opened(inner, f"{name}.{clean(key[:80])}" if len(name) < 300 else name, depth + 1)
        return made
    if isinstance(value, List):
        return List([opened(inner, name, depth + 1) for inner in value], value.span, value.rest)
    return value


def _holes(value: str, name: str) -> Value:
    """A text; with holes where a program put a mark for an unknown one into it."""
    if not _MARK.search(value):
        return value
    hole = Unknown(f"a part of {name} is known after the deployment")
    parts: list[Value] = []
    for number, piece in enumerate(_MARK.split(value)):
        parts += [hole] * (number > 0) + [piece] * bool(piece)
    return Text(tuple(parts), span_of(value))


def _special(value: Map, name: str, depth: int) -> Value:
    kind = value.get(SIGNATURE)
    if kind == _SECRET:
        return Hidden(f"{name} is a secret of the stack")
    if kind in (_ASSET, _ARCHIVE):
        return _asset(value, depth)
    if kind == _RESOURCE and isinstance(value.get("urn"), str):
        return Ref(str(value["urn"]), "Ref", value.span)
    if kind == _OUTPUT:
        if value.get("secret") is True:
            return Hidden(f"{name} is a secret of the stack")
        return opened(value["value"], name, depth + 1) if "value" in value else Unknown(f"{name} is known after the deployment")
    return Unknown(f"{name} is a value of a kind that is not read")


def _asset(value: Map, depth: int) -> Asset:
    def text(name: str) -> str:
        found = value.get(name)
        return str(found) if isinstance(found, str) else ""

    held = value.get("assets")
    members: dict[str, Asset] = {}
    for name, one in held.items() if isinstance(held, Map) and depth < _MAX_DEPTH else ():
        if isinstance(one, Map) and one.get(SIGNATURE) in (_ASSET, _ARCHIVE):
            members[name] = _asset(one, depth + 1)
    own = value.get("text")
    place = span_of(own) or value.span
    return Asset(text("path"), str(own) if isinstance(own, str) and own else None, text("uri"), members, place)
