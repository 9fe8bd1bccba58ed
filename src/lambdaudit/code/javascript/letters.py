"""Texts that are gone through letter by letter: what tests and tables say of each letter holds for what is made of it.

``[...text].map((c) => TABLE[c] ?? c).join('')``, ``for (const c of text) if (c === '<') …``
"""

from collections.abc import Iterable
from typing import Any

from .. import ir
from ..flow.invoke import Arguments
from ..flow.regexes import alphabet, harmless, left_after_change
from ..flow.state import Object, State
from ..flow.values import Facts, Value
from .libraries import Libraries

_LETTER = "letter:"
"""Stands before the symbol of a text in that of any letter of it."""
_MOST_LETTERS = 40


def _is_letter(value: Value) -> bool:
    return value.symbol.startswith(_LETTER)


def _without(letters: Iterable[Any]) -> frozenset[str]:
    """What a letter cannot do that is none of these."""
    known = [letter for letter in letters if isinstance(letter, str) and len(letter) == 1][:_MOST_LETTERS]
    if not known:
        return frozenset()
    kinds = left_after_change(dict.fromkeys(known, ""))
    return kinds | {"sql"} if "'" in known else kinds


class Letters(Libraries):
    """Letters of texts."""

    def letter_of(self, text: Value, node: ir.Node) -> Value:
        """Any letter of a text."""
        made = self.derived([text], node, kind="text")
        if not made.taints or _is_letter(text):
            return made
        symbol = _LETTER + (text.symbol or made.symbol)
        return made.but(symbol=symbol, taints=frozenset(taint.through(symbol) for taint in made.taints))

    def element(self, value: Value, node: ir.Node) -> Value:
        """As for all that is iterated over; a text has letters."""
        if value.kind == "text" and not value.refs and value.taints:
            return self.letter_of(value, node)
        return super().element(value, node)

    def text_method(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        """As for all texts; ``split('')`` and ``charAt`` give letters."""
        first = arguments.get(0)
        if name == "split" and first is not None and first.single == "" and owner.taints:
            return self.new_object(Object("list", {}, self.letter_of(owner, node)))
        if name == "charAt" and owner.taints:
            return self.letter_of(owner, node)
        return super().text_method(owner, name, arguments, node)

    def field(self, value: Value, key: Any, node: ir.Node, key_value: Value | None = None) -> Value:
        """As for all values; what is not found in a table of one's own is none of its keys."""
        if key_value is not None and key_value.kind == "number" and value.kind == "text" and not value.refs and value.taints:
            return self.letter_of(value, node)
        found = super().field(value, key, node, key_value)
        if key is not ... or key_value is None or not _is_letter(key_value):
            return found
        tables = self.objects(value)
        if not tables or any(made.kind != "dict" or made.rest is not None for made in tables) or value.path:
            return found
        kinds = frozenset.intersection(*(_without(made.fields) for made in tables))
        return found.but(no=(*found.no, (key_value.symbol, kinds))) if kinds else found

    # ---- tests

    def _equality(self, positive: bool, left: Value, right: Value, node: ir.Compare) -> Value:
        """As for any language; a letter is not what it was found to differ from."""
        made = super()._equality(positive, left, right, node)
        for one, other in ((left, right), (right, left)):
            letter = other.single
            if _is_letter(one) and isinstance(letter, str) and len(letter) == 1:
                is_it, is_not = (one.symbol, harmless(frozenset(letter))), (one.symbol, _without(letter))
                others = [tuple(fact for fact in facts if fact[0] != one.symbol) for facts in (made.yes, made.no)]
                yes, no = (is_it, is_not) if positive else (is_not, is_it)
                return made.but(yes=(*others[0], yes), no=(*others[1], no))
        return made

    def membership(self, wanted: Value | None, owner: Value) -> Value:
        """As for all objects; a letter that is not among some is none of them."""
        made = super().membership(wanted, owner)
        return self._not_among(made, wanted, owner)

    def _membership(self, positive: bool, left: Value, right: Value, node: ir.Compare) -> Value:
        """As for any language; a letter that is no key is none of the keys."""
        made = super()._membership(positive, left, right, node)
        if not _is_letter(left):
            return made
        turned = made if positive else made.but(yes=made.no, no=made.yes)
        turned = self._not_among(turned, left, right)
        return turned if positive else turned.but(yes=turned.no, no=turned.yes)

    def _not_among(self, made: Value, wanted: Value | None, owner: Value) -> Value:
        tables = self.objects(owner)
        if wanted is None or not _is_letter(wanted) or not tables or any(table.rest is not None for table in tables):
            return made
        letters = [
            _without(table.fields if table.kind == "dict" else [part.single for part in table.fields.values()])
            for table in tables
        ]
        return made.but(no=(*made.no, (wanted.symbol, frozenset.intersection(*letters))))

    def _includes(self, owner: Value, arguments: Arguments) -> Value:
        """As for all texts; a letter that is not in a text is none of its letters."""
        made = super()._includes(owner, arguments)
        wanted, text = arguments.get(0), owner.single
        if wanted is None or not _is_letter(wanted) or not isinstance(text, str):
            return made
        return made.but(no=(*made.no, (wanted.symbol, _without(text))))

    def matches(self, known: tuple[str, str], wanted: Value) -> Value:
        """As for all texts; a letter is matched as a whole wherever the pattern may match."""
        if not _is_letter(wanted):
            return super().matches(known, wanted)
        letters = alphabet(known[0].removeprefix("^").removesuffix("$"))
        if letters is None:
            return super().matches(known, wanted)
        yes: Facts = ((wanted.symbol, harmless(letters)),)
        return super().matches(known, wanted).but(yes=yes, no=((wanted.symbol, _without(sorted(letters))),))

    def _arm(self, node: ir.Switch, case: ir.Case, subject: Value, rest: State) -> State | None:
        """As for any language; where an arm was not taken, the letter is none of its cases."""
        left = super()._arm(node, case, subject, rest)
        if left is not None and case.tests and case.guard is None and _is_letter(subject):
            letters = [test.value for test in case.tests if isinstance(test, ir.Constant)]
            left.learn(((subject.symbol, _without(letters)),))
        return left
