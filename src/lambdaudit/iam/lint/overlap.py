"""Whether a resource pattern of a policy can mean a resource type: two patterns that have a text in common."""

import re
from functools import lru_cache
from typing import Final

MAX_LENGTH: Final = 2_048
"""Longer patterns count as fitting: a validator may miss an error, not invent one."""

_TOKENS: Final = re.compile(r"\$\{[^${}]*+\}|.", re.DOTALL)


class _Shape:
    """The shape of an ARN, or a part of it, as sets of places (bits) for a walk along another pattern.

    A placeholder is any text, slashes included (paths, names of log groups); the name of a bucket holds none, and that
    is what tells a bucket from its objects.
    """

    def __init__(self, text: str) -> None:
        pieces = _TOKENS.findall(text)
        self.literals: dict[str, int] = {}
        self.stars = self.names = self.any_literal = 0
        for i, piece in enumerate(pieces):
            bit = 1 << i
            if piece == "*":
                self.stars |= bit
            elif len(piece) > 1:
                bucket = "bucket" in piece.lower()
                self.names |= bit if bucket else 0
                self.stars |= 0 if bucket else bit
            else:
                self.literals[piece] = self.literals.get(piece, 0) | bit
                self.any_literal |= bit
        self.end = 1 << len(pieces)

    def closure(self, places: int) -> int:
        """All places that can be reached by giving placeholders an empty text."""
        skippable = self.stars | self.names
        while True:
            wider = places | ((places & skippable) << 1)
            if wider == places:
                return places
            places = wider

    def meets(self, pattern: str) -> bool:
        """Whether a pattern of a policy and the shape have a text in common: one walk along the pattern."""
        places = self.closure(1)
        for piece in _TOKENS.findall(pattern):
            if piece == "*" or len(piece) > 1:
                lowest = places & -places
                places = (self.end << 1) - lowest
            elif piece == "?":
                places = self.closure(((places & self.any_literal) << 1) | (places & (self.stars | self.names)))
            else:
                stay = self.stars if piece == "/" else self.stars | self.names
                places = self.closure(((places & self.literals.get(piece, 0)) << 1) | (places & stay))
            if not places:
                return False
        return bool(places & self.end)


@lru_cache(maxsize=8_192)
def _shape(text: str) -> _Shape:
    return _Shape(text)


@lru_cache(maxsize=32_768)
def arn_may_be(resource: str, shape: str) -> bool:
    """Whether a policy's resource can be a resource of this shape.

    Both are whole ARNs, or both the part behind the fifth colon.
    """
    if len(resource) > MAX_LENGTH:
        return True
    if resource.startswith("arn:") and shape.startswith("arn:"):
        ours, theirs = resource.split(":", 5), shape.split(":", 5)
        if len(theirs) != 6:
            return True
        ours += ["*"] * (6 - len(ours))
        return all(_shape(b).meets(a) for a, b in zip(ours, theirs, strict=True))
    return _shape(shape).meets(resource)
