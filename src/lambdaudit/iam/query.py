"""One question after another: is there a request that satisfies a formula? Proof, candidate requests, or open.

The order follows the costs: the formula without any knowledge of the atoms, then with the cells of each dimension, then
with chosen values for policy variables. Candidates still have to pass the concrete evaluator.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Final, cast

from lambdaudit.iam.automaton import DEFAULT_BUDGET, Automaton, Glob, Language, OverBudget, literal_glob, sample
from lambdaudit.iam.callers import USER_NAME, lower, user_name
from lambdaudit.iam.cells import Table, build, implied, text_language
from lambdaudit.iam.formula import (
    FALSE,
    PRESENT,
    RESOURCE,
    SESSION,
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
from lambdaudit.iam.solve import Search, Solution, doubtful, pick, pick_set
from lambdaudit.iam.variables import aligned_values, concrete, variables_of

Values = dict[Dim, str | tuple[str, ...] | None]
"""A value for each dimension that a formula speaks of: a text, a set of texts, or None for "absent"."""

ASSIGNMENTS: Final = 40
ALL_STATES: Final = 600_000
"""Automaton states that one question may visit in all its parts; some seconds."""
ALL_WORK: Final = 4_000_000
"""Nodes of formulas that one question may look at in all its parts; some seconds."""
OVER_BUDGET: Final = "the question needs more steps than the limit allows"
_REMEMBERED: Final = 2_000
_ANSWERS: Final = 20_000
FRESH: Final = "q7x-some-value"
_DERIVED_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:principalaccount": ("111122223333",),
    "aws:principalarn": ("arn:aws:iam::111122223333:role/example",),
    "aws:principaltype": ("AssumedRole", "User"),
    "kms:calleraccount": ("111122223333",),
}
"""Values of keys that follow from the principal, for variables that are compared with them."""
_FRESH_VALUES: Final = {"aws:principalaccount": "210987654321", "aws:sourceaccount": "210987654321"}


class Found:
    """What a question came to: `proved` that there is no request, or candidates, which may be none when it is open."""

    __slots__ = ("candidates", "proved", "reason")

    def __init__(self, proved: bool, candidates: Iterable[Values] = (), reason: str = "") -> None:
        self.proved = proved
        self.candidates = candidates
        self.reason = reason

    @property
    def sure(self) -> bool:
        """Whether the candidates hang on nothing unread and on no chosen value."""
        return not self.proved and not self.reason


class Query:
    """Answers questions over shared tables.

    `pins` fixes context keys: a tuple of values, an empty one for absent. `samples` are preferred texts for examples.
    `wide` names keys of addresses in which only groups of more than a /8 (IPv6: a /32) count. `all_pinned` says that
    keys without a pin are absent.
    """

    def __init__(
        self,
        pins: Mapping[str, tuple[str, ...]] | None = None,
        samples: Mapping[str, Sequence[str]] | None = None,
        budget: int = DEFAULT_BUDGET,
        wide: frozenset[str] = frozenset(),
        all_pinned: bool = False,
    ) -> None:
        self.pins = dict(pins or {})
        self.samples = samples or {}
        self.budget = budget
        self.wide = wide
        self.all_pinned = all_pinned
        self._states = ALL_STATES
        self._work = ALL_WORK
        self._tables: dict[tuple[Dim, tuple[Atom, ...], tuple[str, ...] | None], Table | None] = {}
        self._memo: dict[tuple[Node, tuple[str, ...], str | int], Found] = {}
        self._automata: dict[Node, tuple[Automaton, int]] = {}

    def ask(self, formula: Node, resources: tuple[str, ...] = (), at: str = "") -> Found:
        """Whether a request satisfies the formula.

        `resources` are preferred as examples of the resource. With `at` only this resource counts; as the answer is the
        same for all texts that the formula cannot tell apart, the values may hold another one of them.
        """
        key = (formula, resources, self._mark(formula, at) if at else "")
        found = self._memo.get(key)
        if found is None:
            if len(self._memo) >= _ANSWERS:
                self._memo.clear()
            try:
                found = self._ask(formula, resources, at)
            except OverBudget:
                found = Found(False, (), OVER_BUDGET)
            if not isinstance(found.candidates, (tuple, list)):
                found.candidates = list(islice(self._guard(found), ASSIGNMENTS))
            self._memo[key] = found
        return found

    def _mark(self, formula: Node, at: str) -> str | int:
        """What distinguishes the resource from others as far as the formula goes."""
        automaton = self._automata.get(formula)
        if automaton is None:
            if len(self._automata) >= _REMEMBERED:
                self._automata.clear()
            here = [atom for atom in atoms(formula) if atom.dim == RESOURCE]
            variable = sum(1 << bit for bit, atom in enumerate(here) if isinstance(atom.lang, WithVariables))
            automaton = self._automata[formula] = (Automaton([text_language(atom) for atom in here]), variable)
        signature = automaton[0].run(at)
        return at if signature & automaton[1] else signature

    def _guard(self, found: Found) -> Iterator[Values]:
        try:
            yield from found.candidates
        except OverBudget:
            found.reason = OVER_BUDGET

    def _ask(self, formula: Node, resources: tuple[str, ...], at: str) -> Found:
        node = _one_presence(lower(self._with_pins(formula)))
        if node is FALSE or self._find(Search({}), node) is None:
            return Found(True)
        tables, loose = self._tables_for(node, at)
        solution = self._find(self._search(tables, loose), node)
        if solution is None:
            return Found(True)
        if _strengthened(solution, tables):
            return Found(False, [self._values(solution, tables, loose, resources)])
        used = list(atoms(node))
        variable = [atom for atom in used if isinstance(atom.lang, WithVariables)]
        questions = any(atom.dim.kind is Kind.OPEN for atom in used)
        reason = "a part of the policy could not be read" if questions else "the answer depends on policy variables"
        return Found(False, self._definite(formula, variable, resources, at), reason)

    def _find(self, search: Search, node: Node) -> Solution | None:
        """A solution, on the account of the whole question."""
        start = search.work = min(search.work, self._work)
        try:
            return search.find(node)
        finally:
            self._work -= start - max(search.work, 0)

    def _with_pins(self, formula: Node) -> Node:
        """Replace variables whose keys are pinned; say of the others that their keys must be there."""

        def value(atom: Atom) -> Node | None:
            lang = atom.lang
            if not isinstance(lang, WithVariables):
                return None
            if self.all_pinned or all(v.key in self.pins for v in variables_of(lang)):
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

    def _tables_for(self, node: Node, at: str) -> tuple[dict[Dim, Table], dict[Dim, list[Atom]]]:
        """A table for each dimension, and the atoms of dimensions whose table would be too large."""
        by_dim: dict[Dim, list[Atom]] = {}
        for atom in atoms(node):
            if atom.dim.kind is not Kind.OPEN:
                by_dim.setdefault(atom.dim, []).append(atom)
        tables: dict[Dim, Table] = {}
        loose: dict[Dim, list[Atom]] = {}
        for dim, here in by_dim.items():
            pinned = (at,) if at and dim == RESOURCE else self._pin(dim)
            key = (dim, tuple(here), pinned)
            if len(self._tables) >= _REMEMBERED:
                self._tables.clear()
            if key not in self._tables:
                self._tables[key] = self._table(dim, here, pinned)
            table = self._tables[key]
            if table is None:
                loose[dim] = here
            else:
                tables[dim] = table
        return tables, loose

    def _table(self, dim: Dim, here: list[Atom], pinned: tuple[str, ...] | None) -> Table | None:
        """The table of a dimension, or None when it would be too large. Raises OverBudget when nothing is left."""
        budget = min(self.budget, self._states)
        if budget <= 0:
            raise OverBudget
        try:
            table = build(dim, here, pinned=pinned, budget=budget, wide=dim.name in self.wide and pinned is None)
        except OverBudget:
            self._states -= budget
            return None
        self._states -= table.states
        return table

    def _pin(self, dim: Dim) -> tuple[str, ...] | None:
        if not dim.optional or dim == SESSION:
            return None
        return self.pins.get(dim.name, () if self.all_pinned else None)

    def _search(self, tables: Mapping[Dim, Table], loose: Mapping[Dim, list[Atom]]) -> Search:
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
            elif neg(holds(dim, atom.lang, atom.quantifier)) in solution.taken and not isinstance(atom.lang, WithVariables):
                negative |= 1 << bit
        if not positive:
            return ""
        budget = min(self.budget, self._states)
        self._states -= budget
        return automaton.find(positive, negative, max(budget, 0))

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

    def _definite(self, formula: Node, variable: Sequence[Atom], resources: tuple[str, ...], at: str) -> Iterator[Values]:
        """Solutions that do not hang on anything unread, with chosen values for the variables."""
        sure = certain(formula)
        for chosen in self._assignments(sure, variable):
            node = _one_presence(lower(self._with_pins(_instantiate(sure, chosen))))
            if node is FALSE:
                continue
            tables, loose = self._tables_for(node, at)
            solution = self._find(self._search(tables, loose), node)
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
            for key in (v.key for v in variables_of(cast(WithVariables, atom.lang))):
                choices[key].extend(_DERIVED_VALUES.get(atom.dim.name, ()))
        for options in choices.values():
            options.append(None)
        lists = [list(dict.fromkeys(choices[key])) for key in keys]
        for combination in islice(product(*lists), ASSIGNMENTS):
            yield dict(zip(keys, combination, strict=True))


def _one_presence(node: Node) -> Node:
    """A key that is compared as different types is there for all of them or for none."""
    by_name: dict[str, dict[Dim, bool]] = {}
    for atom in atoms(node):
        if atom.dim.kind is not Kind.OPEN and atom.dim.optional:
            dims = by_name.setdefault(atom.dim.name, {})
            dims[atom.dim] = dims.get(atom.dim, False) or atom.lang is not PRESENT
    several = [dims for dims in by_name.values() if len(dims) > 1]
    if not several:
        return node
    instead: dict[Dim, Dim] = {}
    together: list[Node] = []
    for dims in several:
        compared = [dim for dim, with_values in dims.items() if with_values] or [next(iter(dims))]
        instead.update((dim, compared[0]) for dim, with_values in dims.items() if not with_values)
        there = [present(dim) for dim in compared]
        if len(there) > 1:
            together.append(disj([conj(there), conj(neg(part) for part in there)]))
    changed = replace(node, lambda atom: present(instead[atom.dim]) if atom.dim in instead else None)
    return conj([changed, *together])


def _strengthened(solution: Solution, tables: Mapping[Dim, Table]) -> bool:
    """Make a solution independent of open questions and of the values of variables, if it can be.

    A text that a pattern with variables must not match is chosen outside of everything the pattern can become.
    """
    masks = dict(solution.masks)
    for literal in solution.taken:
        atom = literal.atom
        if atom is None or not doubtful(atom):
            continue
        table = tables.get(atom.dim)
        if literal.positive or table is None or atom.dim.many:
            return False
        masks[atom.dim] &= ~table.holds[atom]
        if not masks[atom.dim]:
            return False
    solution.masks = masks
    return True


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


def certain(formula: Node) -> Node:
    """What holds whatever the open questions come to: neither side of one may be relied on."""
    if formula.atom is not None:
        return FALSE if formula.atom.dim.kind is Kind.OPEN else formula
    if not formula.parts:
        return formula
    parts = [certain(part) for part in formula.parts]
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
            equal = neg(present(dim)) if text is None else holds(dim, (literal_glob(text),))
            parts.append(equal)
            if dim == USER_NAME and equal.atom is not None:
                parts.append(user_name(equal.atom))
    return conj(parts)
