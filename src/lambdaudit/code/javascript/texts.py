"""Methods of texts of JavaScript: what they give, and what checks and replacements of texts say."""

import re
from collections.abc import Callable
from typing import Any

from .. import ir
from ..flow.conditions import without_text
from ..flow.invoke import Arguments
from ..flow.regexes import anchored_both, excluded, left_after_change, left_after_removal, one_letter
from ..flow.state import HOST, Object
from ..flow.values import ALL, BOOL, NONE, NUMBER, External, FunctionRef, Value, clean, constant, pieces_of
from .aws import JsAws

_ENDS_OF_HOSTS = re.compile(
    r"^(?:\^(?:\((?:\?:)?[^()|]*\\\.\)[?*+]?|\[[^\]]+\][+*]\\\.|\.[+*]\\\.)?|\\\.|\(\^\|\\\.\))"
    r"(?:[\w-]+|\([\w|-]+\))(?:\\\.[\w-]+)+\$$"
)
"""Patterns that end in a domain: ``^([a-z]+\\.)?name\\.example$``, ``\\.name\\.example$``."""
_ONE_SLASH = re.compile(r"\^\\?/(?:\(\?!(?:\\?/|\[\\/|\[/|\[\\\\)|\(?(?:\?:)?(?:\[\^(?:\\?/|\\\\)|\[[\w-]+\]|\\w|[a-zA-Z0-9]))")
"""Patterns whose matches begin with one slash and something else: ``^\\/(?!\\/)``, ``^\\/[a-z]``."""
_SLASHES = re.compile(r"\^?(?:\\?/|\[\\?/\]|\[\\?/\\\\\])(?:\+|\{2,\}|\{1,\}|\\?/\+?)")
"""Patterns for slashes that are put into one at the start of a text or everywhere: ``^\\/+``, ``\\/{2,}``."""
_ALL_SLASHES = frozenset({"^\\/+", "^\\/*", "^/+", "^[\\/\\\\]+", "^[/\\\\]+", "^[\\\\/]+", "^[\\\\\\/]+"})
"""Patterns for all slashes at the start of a text."""
_TEXT_SAME = frozenset(
    {"trim", "trimStart", "trimEnd", "toString", "normalize", "valueOf", "toWellFormed", "trimLeft", "trimRight"}
)
_TEXT_FOLDED: dict[str, Callable[[str], str]] = {
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
    "toLocaleLowerCase": str.lower,
    "toLocaleUpperCase": str.upper,
    "trim": str.strip,
}
_NUMBERS = frozenset(
    {"indexOf", "lastIndexOf", "charCodeAt", "codePointAt", "localeCompare", "search", "getTime", "size", "findIndex"}
)
_PIECES = frozenset({"slice", "substring", "substr", "at", "charAt", "padStart", "padEnd", "repeat", "concat"})
_TAKEN_OUT = frozenset({"/", ".", "\\", "..", "\n", "\r", "<"})
"""What ``text.split(x).join(y)`` is known to take out of a text."""
_LEADING_DOTS = re.compile(r"\^\((?:\?:)?(?:\\\.\\\.|\\\.\{2\}|\[\.\]\{2\}).*\)\+$")
"""Patterns for all that leads upwards at the start: ``^(\\.\\.(\\/|\\\\|$))+``."""
_MOST_LETTERS = 16
"""How many letters a function that replaces letters is tried with."""


def chosen(value: Value, by: list[Value]) -> Value:
    """A value that was picked with numbers: one that can be predicted makes it predictable."""
    taints = frozenset(taint for one in by for taint in one.taints if taint.label == "random")
    return value.but(taints=value.taints | taints) if taints else value


def _cut(value: Value) -> Value:
    """A text whose start may have been cut off."""
    return value.but(taints=frozenset(taint.without_clean("slash") for taint in value.taints))


def _after_last(text: Value, start: Value | None) -> str:
    """What does not occur in ``text.slice(text.lastIndexOf(x) + 1)``; "" for other starts."""
    for ref in start.refs if start is not None else ():
        if isinstance(ref, External) and ref.name == "last-position" and ref.extra[0] == text.symbol and ref.extra[2]:
            return str(ref.extra[1] or "")
    return ""


class JsTexts(JsAws):
    """Texts."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.taken_apart: dict[int, tuple[Object | None, Value, Value]] = {}
        """Lists that a text was split into, with the text and what stood between them."""

    def to_text(self, value: Value, node: ir.Node) -> Value:
        """The value as a text."""
        single = value.single
        if isinstance(single, bool):
            return constant("true" if single else "false")
        if isinstance(single, int | float):
            return constant(str(single))
        if value.kind == "number":
            return value.but(kind="text", texts=None)
        if value.kind == "text" or not value.taints:
            return (
                value if value.kind == "text" else Value(kind="text", taints=value.taints, texts=value.texts, symbol=value.symbol)
            )
        made = clean(value, frozenset({"nosql"}))
        return Value(made.taints, texts=value.texts, kind="text", symbol=value.symbol, path="")

    def text_method(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        """``owner.name(arguments)`` where the owner is a text or not known."""
        single = owner.single
        if isinstance(single, str) and name in _TEXT_FOLDED and not arguments.all():
            return constant(_TEXT_FOLDED[name](single))
        if name == "lastIndexOf" and (wanted := arguments.get(0)) is not None and owner.symbol:
            return NUMBER.but(refs=(External("last-position", None, (owner.symbol, wanted.single, 0)),))
        if name in _NUMBERS:
            return self._position(owner, name, arguments)
        if name in ("includes", "has", "contains"):
            return self._includes(owner, arguments)
        if name in ("replace", "replaceAll"):
            return self._text_replaced(owner, arguments, node)
        if name == "match":
            return self._matched(owner, arguments, node)
        if name == "matchAll":
            return self.new_object(Object("list", {}, self._matched(owner, arguments, node)))
        if name in _TEXT_SAME:
            return self.to_text(owner, node)
        if name in _TEXT_FOLDED or name in _PIECES:
            return self._piece(owner, name, arguments, node)
        if name == "split":
            return self._text_split(owner, arguments, node)
        if name in ("get", "getAll") and owner.taints:
            return self.derived([owner], node, kind="text")
        return super().text_method(owner, name, arguments, node)

    def _piece(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        single, start, stop = owner.single, arguments.get(0), arguments.get(1)
        one, two = start.single if start is not None else 0, stop.single if stop is not None else None
        if (
            isinstance(single, str)
            and name in ("slice", "substring")
            and isinstance(one, int)
            and (stop is None or isinstance(two, int))
        ):
            return constant(single[one : two if isinstance(two, int) else None])
        if name == "concat":
            return self.text_of([owner, *arguments.positional], node)
        if name in ("padStart", "padEnd", "repeat") or name in _TEXT_FOLDED:
            made = self.derived([owner], node, kind="text")
            return made.but(symbol=owner.symbol) if name in _TEXT_FOLDED else made
        if not owner.taints:
            return chosen(Value(kind="text"), arguments.all())
        made = _cut(self.derived([owner], node, kind="text"))
        after = _after_last(owner, start) if stop is None and name in ("slice", "substring", "substr") else ""
        return clean(made, without_text(after)) if after else made

    # ---- pieces

    def as_piece(self, pieces: Value, made: Value) -> Value:
        """One piece of a text that was split: what stood between the pieces is not in it."""
        if not self.taken_apart:
            return made
        found = [self.taken_apart.get(number) for number in pieces.objects()]
        known = [one for one in found if one is not None]
        if not known or len(known) != len(pieces.refs) or any(one[2].single != known[0][2].single for one in known):
            return made
        by = known[0][2].single
        whole = all(one[0] is self.object(number) for one, number in zip(known, pieces.objects(), strict=True))
        return clean(made, without_text(by)) if whole and isinstance(by, str) and made.taints else made

    def pieces_again(self, pieces: Value, node: ir.Node) -> Value | None:
        """Some of the pieces of a text that was split, None for all other lists."""
        numbers = pieces.objects()
        found = self.taken_apart.get(numbers[0]) if len(numbers) == len(pieces.refs) == 1 else None
        if found is None or found[0] is not self.object(numbers[0]):
            return None
        made = self.new_object(Object("list", {}, self.derived([found[1]], node, kind="text")))
        number = made.objects()[0]
        self.taken_apart[number] = (self.object(number), found[1], found[2])
        return made

    def field(self, value: Value, key: Any, node: ir.Node, key_value: Value | None = None) -> Value:
        """As for all values; a piece of a text that was split lacks what it was split by."""
        found = super().field(value, key, node, key_value)
        return self.as_piece(value, found) if self.taken_apart else found

    def _position(self, owner: Value, name: str, arguments: Arguments) -> Value:
        wanted = arguments.get(0)
        if name in ("indexOf", "search") and wanted is not None:
            return NUMBER.but(refs=(External("position", None, (owner, wanted)),))
        return NUMBER

    def _includes(self, owner: Value, arguments: Arguments) -> Value:
        wanted = arguments.get(0)
        if wanted is None:
            return BOOL
        text = wanted.single
        if isinstance(text, str) and owner.symbol and owner.taints:
            absent = without_text(text)
            return BOOL.but(no=((owner.symbol, absent),)) if absent else BOOL
        if owner.consts is not None and not owner.taints and wanted.taints and wanted.symbol:
            return BOOL.but(yes=((wanted.symbol, ALL),))
        return BOOL

    def pattern_of(self, value: Value | None) -> tuple[str, str] | None:
        """The pattern and flags of a regular expression literal."""
        for ref in value.refs if value is not None else ():
            if isinstance(ref, External) and ref.name == "regex" and ref.extra:
                return str(ref.extra[0]), str(ref.extra[1])
        return None

    def matches(self, known: tuple[str, str], wanted: Value) -> Value:
        """``/pattern/.test(text)``: what a match says of the text."""
        pattern, flags = known
        if not wanted.symbol or not wanted.taints or "m" in flags:
            return BOOL
        if wanted.symbol.startswith(HOST):
            return BOOL.but(yes=((wanted.symbol, ALL),)) if _ENDS_OF_HOSTS.search(pattern) else BOOL
        yes = excluded(pattern, False) if anchored_both(pattern) else NONE
        absent = left_after_removal(pattern)
        if pattern.startswith(("^\\/", "^/")) and "|" not in pattern:
            yes = yes | {"slash"}
        if _ONE_SLASH.match(pattern):
            return BOOL.but(yes=((wanted.symbol, yes | {"slash", "one-slash"}),))
        if pattern in ("\\.\\.", "\\.{2}", "(^|[\\\\/])\\.\\.([\\\\/]|$)"):
            absent = frozenset({"dotdot"})
        if re.fullmatch(r"https?:\\/\\/(?:[\w-]|\\\.)+\\/.*", pattern.removeprefix("^")) and pattern.startswith("^"):
            yes = yes | {"request", "redirect"}
        return BOOL.but(
            yes=((wanted.symbol, yes),) if yes else (),
            no=((wanted.symbol, absent),) if absent else (),
        )

    def _matched(self, owner: Value, arguments: Arguments, node: ir.Node) -> Value:
        """``text.match(/pattern/)``: groups are parts of the text."""
        known = self.pattern_of(arguments.get(0))
        part = self.derived([owner], node, kind="text")
        facts = self.matches(known, owner) if known is not None else BOOL
        if known is not None:
            part = self._group_cleaned(known[0], part)
        made = self.new_object(Object("list", {"groups": self.new_object(Object("dict", {}, part))}, part))
        return made.but(consts=(None,), yes=facts.yes, no=facts.no)

    def _group_cleaned(self, pattern: str, part: Value) -> Value:
        """The groups of a match have only the letters that each group lets through."""
        if len(pattern) > 500:
            return part
        groups = re.findall(r"\((?:\?<\w+>)?((?:[^()\\]|\\.)+)\)", pattern)
        if not groups:
            return part
        kinds = [excluded(f"^{group}$", True) for group in groups]
        common = frozenset.intersection(*kinds) if kinds else NONE
        return clean(part, common)

    def _text_replaced(self, owner: Value, arguments: Arguments, node: ir.Node) -> Value:
        known = self.pattern_of(arguments.get(0))
        new = arguments.get(1)
        if new is not None and any(isinstance(ref, FunctionRef) for ref in new.refs):
            kinds = self._changed(known, new, node)
            if kinds is not None:
                return clean(self.derived([owner], node, kind="text"), kinds)
            piece = self.derived([owner], node, kind="text")
            new = self.call(new, Arguments([piece, piece], {}, node), node)
        if known is None:
            return super()._replace(
                owner, Arguments([*arguments.positional[:1], *([new] if new is not None else [])], {}, node), node
            )
        pattern, flags = known
        parts = [owner, *([new] if new is not None and new.taints else [])]
        result = self.derived(parts, node, kind="text")
        if _LEADING_DOTS.match(pattern) and all("resolved" in taint.clean for taint in result.taints):
            result = clean(result, frozenset({"dotdot"}))
        if new is not None and new.single == "/" and _SLASHES.fullmatch(pattern) and (pattern[0] == "^" or "g" in flags):
            result = clean(result, frozenset({"one-slash"}))
        elif pattern.startswith("^"):
            result = _cut(result)
            if new is not None and new.single == "" and pattern in _ALL_SLASHES:
                result = clean(result, frozenset({"one-slash"}))
        if new is not None and not new.taints and "g" in flags:
            kinds = left_after_removal(pattern)
            plain = {"'": {"sql"}, "\\.\\.": {"dotdot"}, "\\.\\.\\/": set(), "<": {"xss"}, "[<>]": {"xss"}}
            kinds = kinds | frozenset(plain.get(pattern, ()))
            if "<" in one_letter(pattern) and "<" not in str(new.single):
                kinds = kinds | {"xss"}
            result = clean(result, kinds)
        return result

    def _changed(self, known: tuple[str, str] | None, function: Value, node: ir.Node) -> frozenset[str] | None:
        """What a text cannot do once a function has replaced single letters of it; None when it is not decided."""
        letters = one_letter(known[0]) if known is not None and "g" in known[1] else NONE
        if not letters or len(letters) > _MOST_LETTERS:
            return None
        changes: dict[str, str] = {}
        for letter in sorted(letters):
            made = self.call(function, Arguments([constant(letter), NUMBER], {}, node), node)
            if self.state is None or made.taints:
                return None
            changes[letter] = "".join(str(piece) for text in pieces_of(made) for piece in text if isinstance(piece, str))
        return left_after_change(changes)

    def _text_split(self, owner: Value, arguments: Arguments, node: ir.Node) -> Value:
        by = arguments.get(0)
        if by is None or self.pattern_of(by) is not None or not by.single:
            return self.new_object(Object("list", {}, self.derived([owner], node, kind="text")))
        made = super().text_method(owner, "split", arguments, node)
        for number in made.objects() if owner.taints and by.single in _TAKEN_OUT else ():
            self.taken_apart[number] = (self.object(number), owner, by)
        return made
