"""Cells: the few groups of values of one dimension that the atoms of a question can tell apart.

For every atom a table says by a bit mask in which cells it holds. Complements, intersections and "all values that …"
are then bit operations, and each cell carries an example value for witnesses.
"""

import datetime
import ipaddress
from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Context, Decimal
from itertools import pairwise
from typing import Final, cast

from lambdaudit.iam.automaton import (
    ANY,
    DEFAULT_BUDGET,
    STAR,
    Automaton,
    Language,
    arn_sample,
    explored,
    included,
    is_letter,
    sample,
)
from lambdaudit.iam.formula import PRESENT, Atom, Dim, Interval, Kind, Range, WithVariables
from lambdaudit.iam.values import moment, number

_NOT_EMPTY: Final[Language] = ((ANY, STAR),)
_ARN: Final = tuple("arn:")
ADDRESS_BITS: Final = {4: 32, 6: 128}


class Table:
    """The cells of one dimension.

    `holds[atom]` has the bits of the cells in which the atom can be true, `fails[atom]` of those in which it can be
    false; the two overlap only for atoms that depend on other dimensions. `absent` is the bit of "no value".
    `needed` are masks of cells that a set must each have a value of.
    """

    __slots__ = ("_automaton", "_signatures", "absent", "dim", "fails", "full", "holds", "needed", "sizes", "states", "values")

    def __init__(self, dim: Dim) -> None:
        self.dim = dim
        self.full = 0
        self.absent = 0
        self.states = 0
        self.needed: tuple[int, ...] = ()
        self.values: list[str | None] = []
        self.sizes: list[tuple[int, int]] = []
        self.holds: dict[Atom, int] = {}
        self.fails: dict[Atom, int] = {}
        self._automaton: Automaton | None = None
        self._signatures: list[int] = []

    def cell_of(self, text: str) -> int | None:
        """The number of the cell that a text lies in."""
        if self._automaton is None:
            return None
        signature = self._automaton.run(text)
        return self._signatures.index(signature) if signature in self._signatures else None

    def value(self, cell: int) -> str | None:
        """An example of the cell with this number: a text that is nice to read if one is found, else the shortest."""
        automaton = self._automaton
        if automaton is not None and self.values[cell] is not None:
            signature = self._signatures[cell]
            for index, language in enumerate(automaton.languages):
                if signature >> index & 1:
                    for glob in language[:4]:
                        text = arn_sample(glob) if glob[:4] == _ARN else sample(glob)
                        if automaton.run(text) == signature:
                            return text
        return self.values[cell]


def build(
    dim: Dim,
    atoms: Sequence[Atom],
    *,
    pinned: Sequence[str] | None = None,
    budget: int = DEFAULT_BUDGET,
    wide: bool = False,
) -> Table:
    """The table of one dimension for these atoms.

    `pinned` lists the only values that there are (an empty list: the request has none). Raises OverBudget when text
    languages need more automaton states than `budget`. `wide` leaves out the cells of addresses that hold no more than a
    /8 (IPv6: a /32).
    """
    table = Table(dim)
    plain = [atom for atom in atoms if atom.lang is not PRESENT]
    if dim.kind is Kind.TEXT:
        signatures = _text_cells(table, plain, pinned, budget)
    elif dim.kind is Kind.ADDRESS:
        signatures = _address_cells(table, plain, pinned)
    else:
        signatures = _number_cells(table, plain, pinned)
    count = len(signatures)
    valued = (1 << count) - 1
    if dim.optional and not dim.many and not pinned:
        table.absent = 1 << count
        table.values.append(None)
        table.sizes.append((0, 0))
    if wide and dim.kind is Kind.ADDRESS:
        valued = sum(1 << cell for cell in range(count) if _is_wide(table.sizes[cell]))
    if dim.many and pinned:
        table.needed = tuple(1 << cell for cell in range(count))
    table.full = valued | table.absent
    for index, atom in enumerate(plain):
        mask = 0
        for cell, signature in enumerate(signatures):
            if signature >> index & 1:
                mask |= 1 << cell
        mask &= valued
        table.holds[atom] = mask
        table.fails[atom] = table.full if isinstance(atom.lang, WithVariables) else table.full & ~mask
    for atom in atoms:
        if atom.lang is PRESENT:
            table.holds[atom] = valued
            table.fails[atom] = table.full & ~valued
    return table


def _text_cells(table: Table, atoms: Sequence[Atom], pinned: Sequence[str] | None, budget: int) -> list[int]:
    many = table.dim.many
    languages = (*(text_language(atom) for atom in atoms), *((_NOT_EMPTY,) if many else ()))
    if pinned is None:
        automaton, found, table.states = explored(languages, budget)
        cells = list(found)
    else:
        automaton = Automaton(languages)
        cells = [(automaton.run(text), text) for text in pinned]
    table._automaton = automaton
    if many:  # to the set operators an empty text is no value
        cells = [(signature, text) for signature, text in cells if signature >> len(atoms) & 1]
    table.values.extend(text for _, text in cells)
    table.sizes.extend((0, 0) for _ in cells)
    table._signatures = [signature for signature, _ in cells]
    return table._signatures


def text_language(atom: Atom) -> Language:
    """The texts for which an atom of a text dimension can hold."""
    return atom.lang.shape if isinstance(atom.lang, WithVariables) else cast(Language, atom.lang)


def _number_cells(table: Table, atoms: Sequence[Atom], pinned: Sequence[str] | None) -> list[int]:
    langs = [cast(tuple[Interval, ...], atom.lang) for atom in atoms]
    read = moment if table.dim.kind is Kind.DATE else number
    if pinned is None:
        cuts = sorted({end for lang in langs for low, _, high, _ in lang for end in (low, high) if end.is_finite()})
        points: list[Decimal] = []
        for left, right in zip([None, *cuts], [*cuts, None], strict=True):
            points.append(_between(left, right))
            if right is not None:
                points.append(right)
    else:
        points = [point for text in pinned if (point := read(text)) is not None]
    found: dict[int, Decimal] = {}
    for point in points:
        signature = _signature([any(_inside(point, part) for part in lang) for lang in langs])
        if signature not in found or (_whole(point) and not _whole(found[signature])):
            found[signature] = point
    table.values.extend(write_number(point, table.dim.kind) for point in found.values())
    table.sizes.extend((0, 0) for _ in found)
    return list(found)


_EXACT: Final = Context(prec=2200)
"""Enough digits for the widest numbers that the language reads, so that a middle is never rounded to an end."""


def _whole(point: Decimal) -> bool:
    return point == point.to_integral_value(ROUND_FLOOR, _EXACT)


def _between(left: Decimal | None, right: Decimal | None) -> Decimal:
    """A number strictly between two ends, a whole one if there is one."""
    if left is None:
        return (
            Decimal(0)
            if right is None or right > 0
            else _EXACT.subtract(right, Decimal(1)).to_integral_value(ROUND_FLOOR, _EXACT)
        )
    whole = _EXACT.add(left, Decimal(1)).to_integral_value(ROUND_FLOOR, _EXACT)
    if right is None or whole < right:
        return whole
    return _EXACT.divide(_EXACT.add(left, right), Decimal(2))


def _inside(point: Decimal, part: Interval) -> bool:
    low, with_low, high, with_high = part
    return (low < point or (with_low and low == point)) and (point < high or (with_high and point == high))


def _signature(flags: Iterable[bool]) -> int:
    return sum(1 << index for index, flag in enumerate(flags) if flag)


def write_number(point: Decimal, kind: Kind) -> str:
    """The text that a request would carry for a number or a date."""
    if kind is Kind.DATE and _whole(point) and 0 <= point < 253402300800:
        return datetime.datetime.fromtimestamp(int(point), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return format(point, "f") if abs(point.adjusted()) < 60 else str(point)


_NICE_ADDRESSES: Final = ("198.51.100.7", "203.0.113.7", "8.8.8.8", "10.0.0.7", "2001:db8::7", "2a00::7")


def _address_cells(table: Table, atoms: Sequence[Atom], pinned: Sequence[str] | None) -> list[int]:
    langs = [cast(tuple[Range, ...], atom.lang) for atom in atoms]
    if pinned is not None:
        spans: list[Range] = [(a.version, int(a), int(a)) for a in map(ipaddress.ip_address, pinned)]
    else:
        spans = [span for version in ADDRESS_BITS for span in _spans(version, langs)]
    found: dict[int, list[Range]] = {}
    for version, first, last in spans:
        inside = (any(v == version and a <= first and last <= b for v, a, b in lang) for lang in langs)
        found.setdefault(_signature(inside), []).append((version, first, last))
    for pieces in found.values():
        table.values.append(_nice_address(pieces))
        table.sizes.append((_count(pieces, 4), _count(pieces, 6)))
    return list(found)


def _is_wide(size: tuple[int, int]) -> bool:
    return size[0] > 1 << 24 or size[1] > 1 << 96


def _spans(version: int, langs: Sequence[tuple[Range, ...]]) -> list[Range]:
    """The address space of one IP version cut at every end of every range."""
    end = 1 << ADDRESS_BITS[version]
    cuts = {0, end}
    for lang in langs:
        for v, first, last in lang:
            if v == version:
                cuts.update((first, last + 1))
    ordered = sorted(cuts)
    return [(version, first, following - 1) for first, following in pairwise(ordered)]


def _count(pieces: Sequence[Range], version: int) -> int:
    return sum(last - first + 1 for v, first, last in pieces if v == version)


def _nice_address(pieces: Sequence[Range]) -> str:
    for text in _NICE_ADDRESSES:
        address = ipaddress.ip_address(text)
        if any(v == address.version and first <= int(address) <= last for v, first, last in pieces):
            return text
    version, first, last = pieces[0]
    number = min(first + 1, last)
    return str(ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number))


def implied(first: Atom, second: Atom) -> bool:
    """Whether the first text atom implies the second one for all values of all variables. False when unsure."""
    if first.dim != second.dim or first.quantifier is not second.quantifier:
        return False
    left, right = _opaque(first), _opaque(second)
    return bool(left) and all(any(included(glob, big) for big in right) for glob in left)


def _opaque(atom: Atom) -> Language:
    if isinstance(atom.lang, WithVariables):
        return atom.lang.opaque
    language = cast(Language, atom.lang)
    private = any(len(token) == 1 and is_letter(token) for glob in language for token in glob)
    return () if private else language
