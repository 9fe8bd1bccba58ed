"""One question after another: is there a request that satisfies a formula? Proof, candidate requests, or open.

The order follows the costs: the formula without any knowledge of the atoms, then with the cells of each dimension, then
with chosen values for policy variables. Candidates still have to pass the concrete evaluator.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Final, cast

from lambdaudit.iam.automaton import DEFAULT_BUDGET, Automaton, Glob, Language, OverBudget, literal_glob, sample
from lambdaudit.iam.callers import lower
from lambdaudit.iam.cells import Table, build, implied, text_language
from lambdaudit.iam.formula import (
    FALSE,
    PRESENT,
    RESOURCE,
    Atom,
    Dim,
    Kind,
    Node,
    Shape,
    WithVariables,
    atoms,
    conj,
    disj,
    holds,
    lit,
    neg,
    present,
    replace,
)
from lambdaudit.iam.keys import many_valued
from lambdaudit.iam.solve import Search, Solution, pick, pick_set
from lambdaudit.iam.variables import aligned_values, concrete, variables_of

Values = dict[Dim, str | tuple[str, ...] | None]
"""A value for each dimension that a formula speaks of: a text, a set of texts, or None for "absent"."""

ASSIGNMENTS: Final = 40
OVER_BUDGET: Final = "the question needs more steps than the limit allows"
_REMEMBERED: Final = 2_000
FRESH: Final = "q7x-some-value"
_FRESH_VALUES: Final = {"aws:principalaccount": "210987654321", "aws:sourceaccount": "210987654321"}


class Found:
    """What a question came to: `proved` that there is no request, or candidates, which may be none when it is open."""

    __slots__ = ("candidates", "proved", "reason")

    def __init__(self, proved: bool, candidates: Iterable[Values] = (), reason: str = "") -> None:
        self.proved = proved
        self.candidates = candidates
        self.reason = reason


class Query:
    """Answers questions over shared tables.

    `pins` fixes context keys: a tuple of values, an empty one for absent. `samples` are preferred texts for examples.
    `wide` names keys of addresses in which only groups of more than a /8 (IPv6: a /32) count.
    """

    def __init__(
        self,
        pins: Mapping[str, tuple[str, ...]] | None = None,
        samples: Mapping[str, Sequence[str]] | None = None,
        budget: int = DEFAULT_BUDGET,
        wide: frozenset[str] = frozenset(),
    ) -> None:
        self.pins = dict(pins or {})
        self.samples = samples or {}
        self.budget = budget
        self.wide = wide
        self._tables: dict[tuple[Dim, tuple[Atom, ...]], Table | None] = {}
        self._memo: dict[tuple[Node, tuple[str, ...]], Found] = {}

    def ask(self, formula: Node, resources: tuple[str, ...] = ()) -> Found:
        """Whether a request satisfies the formula. `resources` are preferred as examples of the resource."""
        key = (formula, resources)
        found = self._memo.get(key)
        if found is None:
            if len(self._memo) >= _REMEMBERED:
                self._memo.clear()
            try:
                found = self._ask(formula, resources)
            except OverBudget:
                found = Found(False, (), OVER_BUDGET)
            if not isinstance(found.candidates, (tuple, list)):
                found.candidates = list(islice(self._guard(found), ASSIGNMENTS))
            self._memo[key] = found
        return found

    def _guard(self, found: Found) -> Iterator[Values]:
        try:
            yield from found.candidates
        except OverBudget:
            found.reason = OVER_BUDGET

    def _ask(self, formula: Node, resources: tuple[str, ...]) -> Found:
        node = lower(self._with_pins(formula))
        if node is FALSE or Search({}).find(node) is None:
            return Found(True)
        tables, loose = self._tables_for(node)
        solution = self._search(node, tables, loose).find(node)
        if solution is None:
            return Found(True)
        used = list(atoms(node))
        variable = [atom for atom in used if isinstance(atom.lang, WithVariables)]
        questions = [atom for atom in used if atom.dim.kind is Kind.OPEN]
        if not variable and not questions:
            return Found(False, [self._values(solution, tables, loose, resources)])
        reason = "a part of the policy could not be read" if questions else "the answer depends on policy variables"
        return Found(False, self._definite(formula, variable, resources), reason)

    def _with_pins(self, formula: Node) -> Node:
        """Replace variables whose keys are pinned; say of the others that their keys must be there."""

        def value(atom: Atom) -> Node | None:
            lang = atom.lang
            if not isinstance(lang, WithVariables):
                return None
            if all(v.key in self.pins for v in variables_of(lang)):
                globs = concrete(lang, self._pinned)
                return holds(atom.dim, globs, atom.quantifier) if globs else _never(atom)
            if lang.fixed or len(lang.patterns) != 1 or atom.quantifier is not None:
                return None
            needed = (Dim(v.key, many=many_valued(v.key)) for v in variables_of(lang) if v.default is None)
            return conj([lit(atom), *map(present, dict.fromkeys(needed))])

        return replace(formula, value)

    def _pinned(self, key: str) -> str | None:
        values = self.pins.get(key, ())
        return values[0] if len(values) == 1 else None

    def _tables_for(self, node: Node) -> tuple[dict[Dim, Table], dict[Dim, list[Atom]]]:
        """A table for each dimension, and the atoms of dimensions whose table would be too large."""
        by_dim: dict[Dim, list[Atom]] = {}
        for atom in atoms(node):
            if atom.dim.kind is not Kind.OPEN:
                by_dim.setdefault(atom.dim, []).append(atom)
        tables: dict[Dim, Table] = {}
        loose: dict[Dim, list[Atom]] = {}
        for dim, here in by_dim.items():
            key = (dim, tuple(here))
            if len(self._tables) >= _REMEMBERED:
                self._tables.clear()
            if key not in self._tables:
                try:
                    pinned = self.pins.get(dim.name)
                    wide = dim.name in self.wide and pinned is None
                    self._tables[key] = build(dim, here, pinned=pinned, budget=self.budget, wide=wide)
                except OverBudget:
                    self._tables[key] = None
            table = self._tables[key]
            if table is None:
                loose[dim] = here
            else:
                tables[dim] = table
        return tables, loose

    def _search(self, node: Node, tables: Mapping[Dim, Table], loose: Mapping[Dim, list[Atom]]) -> Search:
        implies: dict[Atom, list[Atom]] = {}
        groups = list(loose.values())
        groups.extend([atom for atom in table.holds if isinstance(atom.lang, WithVariables)] for table in tables.values())
        for group in groups:
            for first in group:
                for second in group:
                    if first is not second and _comparable(first, second) and implied(first, second):
                        implies.setdefault(first, []).append(second)
        check = (lambda solution: self._check_loose(solution, loose)) if loose else None
        return Search(tables, implies, check)

    def _check_loose(self, solution: Solution, loose: Mapping[Dim, list[Atom]]) -> bool:
        return all(self._loose_value(solution, dim, here) is not None for dim, here in loose.items() if not dim.many)

    def _loose_value(self, solution: Solution, dim: Dim, here: list[Atom]) -> str | None:
        """A text for a dimension without table, found by a walk that stops at the first hit."""
        wanted = [atom for atom in here if atom.lang is not PRESENT]
        automaton = Automaton([text_language(atom) for atom in wanted])
        positive = negative = 0
        for bit, atom in enumerate(wanted):
            if holds(dim, atom.lang, atom.quantifier) in solution.taken:
                positive |= 1 << bit
            elif neg(holds(dim, atom.lang, atom.quantifier)) in solution.taken:
                negative |= 1 << bit
        if not positive:
            return ""
        return automaton.find(positive, negative, 2 * self.budget)

    def _values(
        self,
        solution: Solution,
        tables: Mapping[Dim, Table],
        loose: Mapping[Dim, list[Atom]],
        resources: tuple[str, ...],
    ) -> Values:
        values: Values = {}
        for dim, table in tables.items():
            samples = resources if dim == RESOURCE else self.samples.get(dim.name, ())
            if dim.many:
                values[dim] = tuple(_example(table, cell, samples) for cell in pick_set(solution, dim))
                continue
            mask = solution.masks[dim]
            if mask & table.absent:
                values[dim] = None
                continue
            preferred = {cell: -2.0 for text in samples if (cell := table.cell_of(text)) is not None}
            cell = pick(solution, dim, lambda cell, p=preferred, t=table: p.get(cell, _preference(t, cell)))  # type: ignore[misc]
            values[dim] = None if cell is None else _example(table, cell, samples)
        for dim, here in loose.items():
            values[dim] = None if dim.many else self._loose_value(solution, dim, here)
        return values

    def _definite(self, formula: Node, variable: Sequence[Atom], resources: tuple[str, ...]) -> Iterator[Values]:
        """Solutions that do not hang on anything unread, with chosen values for the variables."""
        certain = _certain(formula)
        for chosen in self._assignments(certain, variable):
            node = lower(self._with_pins(_instantiate(certain, chosen)))
            if node is FALSE:
                continue
            tables, loose = self._tables_for(node)
            solution = self._search(node, tables, loose).find(node)
            if solution is not None:
                values = self._values(solution, tables, loose, resources)
                for key, value in chosen.items():
                    values.setdefault(Dim(key, many=many_valued(key)), value)
                yield values

    def _assignments(self, formula: Node, variable: Sequence[Atom]) -> Iterator[dict[str, str | None]]:
        keys = list(dict.fromkeys(v.key for atom in variable for v in variables_of(cast(WithVariables, atom.lang))))
        used = list(atoms(formula))
        choices: dict[str, list[str | None]] = {key: [_FRESH_VALUES.get(key, FRESH)] for key in keys}
        for atom in used:
            plain = atom.lang is not PRESENT and not isinstance(atom.lang, WithVariables)
            if plain and atom.dim.name in choices and atom.dim.kind is Kind.TEXT:
                choices[atom.dim.name].extend(sample(glob) for glob in cast(Language, atom.lang)[:3])
        for atom in variable:
            others = _plain_globs(other for other in used if other.dim.name == atom.dim.name)
            for key, values in aligned_values(cast(WithVariables, atom.lang), others).items():
                choices[key].extend(values[:3])
        for options in choices.values():
            options.append(None)
        lists = [list(dict.fromkeys(choices[key])) for key in keys]
        for combination in islice(product(*lists), ASSIGNMENTS):
            yield dict(zip(keys, combination, strict=True))


def _plain_globs(used: Iterable[Atom]) -> list[Glob]:
    found: list[Glob] = []
    for atom in used:
        if atom.dim.kind is Kind.TEXT and atom.lang is not PRESENT:
            found.extend(text_language(atom)[:6])
    return found[:24]


def _example(table: Table, cell: int, samples: Sequence[str]) -> str:
    """A value of a cell, one of the samples if possible."""
    return next((text for text in samples if table.cell_of(text) == cell), None) or table.value(cell) or ""


def _preference(table: Table, cell: int) -> float:
    """Large address ranges before small ones, then the order of the table."""
    four, six = table.sizes[cell]
    return cell - (four / 2**32 + six / 2**140) * 1000 if four or six else float(cell)


def _comparable(first: Atom, second: Atom) -> bool:
    return first.dim == second.dim and first.lang is not PRESENT and second.lang is not PRESENT


def _never(atom: Atom) -> Node:
    """The atom of an empty language: no value is in it; all values of an absent set are."""
    return neg(present(atom.dim)) if atom.quantifier is not None and atom.quantifier.value == "every" else FALSE


def _certain(formula: Node) -> Node:
    """What holds whatever the open questions come to: neither side of one may be relied on."""
    if formula.atom is not None:
        return FALSE if formula.atom.dim.kind is Kind.OPEN else formula
    if not formula.parts:
        return formula
    parts = [_certain(part) for part in formula.parts]
    return conj(parts) if formula.shape is Shape.AND else disj(parts)


def _instantiate(formula: Node, chosen: Mapping[str, str | None]) -> Node:
    """Give the variables their values, and the keys that they come from the same ones."""

    def value(atom: Atom) -> Node | None:
        if not isinstance(atom.lang, WithVariables):
            return None
        if not all(v.key in chosen for v in variables_of(atom.lang)):
            return None
        globs = concrete(atom.lang, chosen.get)
        return holds(atom.dim, globs, atom.quantifier) if globs else _never(atom)

    parts = [replace(formula, value)]
    for key, text in chosen.items():
        dim = Dim(key, many=many_valued(key))
        if not dim.many:
            parts.append(neg(present(dim)) if text is None else holds(dim, (literal_glob(text),)))
    return conj(parts)
