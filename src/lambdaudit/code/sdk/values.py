"""Abstract arguments of a call, read as texts and ARN patterns."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from lambdaudit.code.flow.calls import Argument, Env, Hole, Piece, Text
from lambdaudit.model.unknown import Maybe, Unknown

LIMIT: Final = 40
"""How many alternatives of a value count; beyond that it is not decided."""
NOTHING: Final = Argument()
"""An argument of which nothing is known."""
_UNDECIDED: Final = "not decided in the code"


class World(NamedTuple):
    """Where the code runs. `environment` has None for variables whose value is not known; None: which are set is not known."""

    partition: str
    region: str
    account: str
    environment: Mapping[str, str | None] | None

    def variable(self, piece: Env) -> Maybe[str]:
        """The value of an environment variable; the code's own default where the function does not set it."""
        if piece.name in ("AWS_REGION", "AWS_DEFAULT_REGION") and self.region not in ("", "*"):
            return self.region
        if self.environment is not None and piece.name in self.environment:
            value = self.environment[piece.name]
            return Unknown(f"environment variable {piece.name}") if value is None else value
        if self.environment is not None and piece.default is not None:
            return piece.default
        return Unknown(f"environment variable {piece.name}")


def pattern(text: Text, world: World) -> Maybe[str]:
    """A text with ``*`` for what is not decided; Unknown when nothing at its start is."""
    out = ""
    for piece in text.pieces:
        value = _piece(piece, world)
        if isinstance(value, Unknown):
            if not out:
                return value
            value = "*"
        out += "" if value == "*" and out.endswith("*") else value
    return out


def _piece(piece: Piece, world: World) -> Maybe[str]:
    if isinstance(piece, Hole):
        return Unknown(f"it comes from {piece.source}" if piece.source else _UNDECIDED)
    return world.variable(piece) if isinstance(piece, Env) else piece


def _ways(text: Text, world: World) -> tuple[Text, ...]:
    """A text, and where it is not known which variables are set, also the text with the code's own defaults."""
    if world.environment is not None or not any(isinstance(piece, Env) and piece.default is not None for piece in text.pieces):
        return (text,)
    filled = (piece.default if isinstance(piece, Env) and piece.default is not None else piece for piece in text.pieces)
    return text, Text(tuple(filled))


def texts(argument: Argument, world: World) -> tuple[Maybe[str], ...]:
    """The possible texts of an argument as patterns, with an Unknown among them when there may be others."""
    if isinstance(argument.value, bool):
        return ("true" if argument.value else "false",)
    if argument.value is not None:
        return (str(argument.value),)
    found: dict[Maybe[str], None] = dict.fromkeys(
        pattern(way, world) for text in argument.texts[:LIMIT] for way in _ways(text, world)
    )
    if not argument.texts or len(argument.texts) > LIMIT or (not argument.whole and all(isinstance(x, str) for x in found)):
        found[Unknown(_UNDECIDED)] = None
    return tuple(found)


class Parameters(NamedTuple):
    """The parameters of an operation. `open`: there may be more than these."""

    fields: Mapping[str, Argument]
    open: bool = False

    def given(self, path: str) -> bool | None:
        """Whether something is given at a path (alternatives by ``|``); None when that is not decided."""
        answers = [self._given(part) for part in path.split("|")]
        return True if True in answers else None if None in answers else False

    def _given(self, path: str) -> bool | None:
        name, _, rest = path.partition(".")
        plain = name.removesuffix("[]")
        if plain not in self.fields:
            return None if self.open else False
        return _within(self.fields[plain], rest) if rest else True

    def at(self, path: str) -> tuple[Argument, ...]:
        """Every argument at a path; an argument of which nothing is known stands for what is not decided. Empty: not given."""
        for part in path.split("|"):
            if found := tuple(self._at(part)):
                return found
        return (NOTHING,) if self.given(path) is None else ()

    def _at(self, path: str) -> Iterator[Argument]:
        steps = path.replace("[]", ".[]").replace("[*]", ".[*]").split(".")
        if steps[0] in self.fields:
            yield from _walk(self.fields[steps[0]], steps[1:])


def _within(argument: Argument, path: str) -> bool | None:
    name, _, rest = path.partition(".")
    plain = name.removesuffix("[]")
    if argument.items:
        answers = {_within(item, path) for item in argument.items}
        return True if True in answers else None if None in answers else False
    found = argument.field(plain)
    if found is None:
        return None if not argument.fields else False
    return _within(found, rest) if rest else True


def _walk(argument: Argument, steps: list[str]) -> Iterator[Argument]:
    if not steps:
        yield argument
        return
    step, rest = steps[0], steps[1:]
    if step == "[]":
        for item in argument.items:
            yield from _walk(item, rest)
        if not argument.items:
            yield from _walk(NOTHING, rest) if argument == NOTHING or argument.texts else _walk(argument, rest)
    elif step == "[*]":
        if not argument.fields:
            yield NOTHING
        for name, _ in argument.fields:
            yield Argument(texts=(Text((name,)),), whole=True)
    elif argument.items:
        for item in argument.items:
            yield from _walk(item, steps)
    elif (found := argument.field(step)) is not None:
        yield from _walk(found, rest)
    elif not argument.fields:
        yield NOTHING
