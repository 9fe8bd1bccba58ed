"""Search for a request that satisfies a formula, over the cells of each dimension.

The state is one mask of possible cells for each dimension. A literal that must hold narrows a mask; a disjunction
loses the parts that became impossible, and when one part is left it must hold. When nothing moves any more the
smallest disjunction is tried part by part. No state left: there is no such request, which is a proof.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from lambdaudit.iam.automaton import OverBudget
from lambdaudit.iam.cells import Table
from lambdaudit.iam.formula import Atom, Dim, Kind, Node, Quantifier, Shape, WithVariables, neg

WORK: Final = 400_000
"""How many nodes a search may look at before it gives up; about half a second."""

SetState: TypeAlias = tuple[int, tuple[int, ...]]
"""Cells that the values of a set may lie in, and masks of which each must hold at least one value."""


class Solution:
    """An assignment: cells that are left for each dimension, and the formulas that were taken to hold."""

    __slots__ = ("masks", "sets", "taken")

    def __init__(self, masks: dict[Dim, int], sets: dict[Dim, SetState], taken: dict[Node, None]) -> None:
        self.masks, self.sets, self.taken = masks, sets, taken


class _State:
    __slots__ = ("masks", "open", "sets", "taken")

    def __init__(
        self, masks: dict[Dim, int], sets: dict[Dim, SetState], taken: dict[Node, None], waiting: dict[Node, None]
    ) -> None:
        self.masks, self.sets, self.taken, self.open = masks, sets, taken, waiting

    def copy(self) -> "_State":
        return _State(dict(self.masks), dict(self.sets), dict(self.taken), dict(self.open))


class Search:
    """Finds solutions of formulas over one set of tables.

    `implies` lists atoms that follow from others for reasons the tables do not show. `check` is asked about every
    solution and may refuse it, for dimensions that have no table. Atoms without a table are free.
    """

    def __init__(
        self,
        tables: Mapping[Dim, Table],
        implies: Mapping[Atom, Sequence[Atom]] | None = None,
        check: Callable[[Solution], bool] | None = None,
        work: int = WORK,
    ) -> None:
        self.tables = tables
        self.implies = implies or {}
        self.check = check
        self.work = work
        self._back: dict[Atom, list[Atom]] = {}
        for atom, follow in self.implies.items():
            for other in follow:
                self._back.setdefault(other, []).append(atom)

    def find(self, formula: Node) -> Solution | None:
        """A solution, or None when there is none. Raises OverBudget when the work limit is reached."""
        masks = {dim: table.full for dim, table in self.tables.items() if not dim.many}
        sets: dict[Dim, SetState] = {dim: (table.full, table.needed) for dim, table in self.tables.items() if dim.many}
        start = _State(masks, sets, {}, {})
        stack: list[tuple[_State, list[Node]]] = [(start, [formula])]
        while stack:
            state, todo = stack.pop()
            if not self._settle(state, todo):
                continue
            if not state.open:
                solution = Solution(state.masks, state.sets, state.taken)
                if self.check is None or self.check(solution):
                    return solution
                continue
            stack.extend(reversed(self._branches(state)))
        return None

    def _branches(self, state: _State) -> list[tuple[_State, list[Node]]]:
        """One state for each part of the smallest open disjunction; later ones know that earlier literals failed."""
        smallest = min(state.open, key=lambda node: len(node.parts))
        ordered = sorted(smallest.parts, key=_rank)
        out: list[tuple[_State, list[Node]]] = []
        failed: list[Node] = []
        for part in ordered:
            following = state.copy()
            del following.open[smallest]
            out.append((following, [*failed, part]))
            if part.shape is Shape.LITERAL:
                failed.append(neg(part))
        return out

    def _settle(self, state: _State, todo: list[Node]) -> bool:
        """Take in everything that must hold and all that follows from it. False when that is impossible."""
        while True:
            while todo:
                if not self._take(state, todo.pop(), todo):
                    return False
            for node in list(state.open):
                verdict, rest = self._reduce(state, node)
                if verdict is False:
                    return False
                if verdict is True:
                    del state.open[node]
                elif len(rest) == 1:
                    del state.open[node]
                    todo.append(rest[0])
                elif len(rest) < len(node.parts):
                    del state.open[node]
                    state.open[Node(Shape.OR, tuple(rest), None, True)] = None
            if not todo:
                return True

    def _reduce(self, state: _State, node: Node) -> tuple[bool | None, list[Node]]:
        rest: list[Node] = []
        for part in node.parts:
            verdict = self._judge(state, part)
            if verdict is True:
                return True, rest
            if verdict is None:
                rest.append(part)
        return (None, rest) if rest else (False, rest)

    def _take(self, state: _State, node: Node, todo: list[Node]) -> bool:
        """Make one formula hold. False when that is impossible."""
        self._count()
        if node.shape is Shape.TRUE or node in state.taken:
            return True
        if node.shape is Shape.FALSE or neg(node) in state.taken:
            return False
        state.taken[node] = None
        if node.shape is Shape.AND:
            todo.extend(reversed(node.parts))
            return True
        if node.shape is Shape.OR:
            state.open[node] = None
            return True
        atom = node.atom
        assert atom is not None
        follow: Iterable[Atom] = (self.implies if node.positive else self._back).get(atom, ())
        todo.extend(Node(Shape.LITERAL, (), other, node.positive) for other in follow)
        table = self.tables.get(atom.dim)
        if table is None or atom not in table.holds:
            return True
        if atom.dim.many:
            return _take_set(state, table, atom, node.positive)
        mask = state.masks[atom.dim] & (table.holds if node.positive else table.fails)[atom]
        state.masks[atom.dim] = mask
        return mask != 0

    def _judge(self, state: _State, node: Node) -> bool | None:
        """Whether a formula holds in all of the state (True), in none of it (False), or in parts."""
        self._count()
        if node.shape is Shape.TRUE or node in state.taken:
            return True
        if node.shape is Shape.FALSE or neg(node) in state.taken:
            return False
        if node.atom is not None:
            return self._judge_literal(state, node.atom, node.positive)
        want = node.shape is Shape.OR
        undecided = False
        for part in node.parts:
            verdict = self._judge(state, part)
            if verdict is want:
                return want
            undecided = undecided or verdict is None
        return None if undecided else not want

    def _judge_literal(self, state: _State, atom: Atom, positive: bool) -> bool | None:
        table = self.tables.get(atom.dim)
        if table is None or atom not in table.holds:
            return None
        holds, fails = table.holds[atom], table.fails[atom]
        if atom.dim.many:
            verdict = _judge_set(state.sets[atom.dim], holds, fails, atom.quantifier)
        else:
            mask = state.masks[atom.dim]
            verdict = False if not mask & holds else (True if not mask & fails else None)
        return verdict if positive or verdict is None else not verdict

    def _count(self) -> None:
        self.work -= 1
        if self.work < 0:
            raise OverBudget


def doubtful(atom: Atom) -> bool:
    """Whether the truth of an atom does not follow from the value of its own dimension alone."""
    return atom.dim.kind is Kind.OPEN or isinstance(atom.lang, WithVariables)


def _rank(part: Node) -> int:
    """Certain literals first, doubtful ones last: what is found without them holds whatever they come to."""
    if part.atom is None:
        return 1
    return 2 if doubtful(part.atom) else 0


def _take_set(state: _State, table: Table, atom: Atom, positive: bool) -> bool:
    allowed, needed = state.sets[atom.dim]
    side = (table.holds if positive else table.fails)[atom]
    if (atom.quantifier is Quantifier.SOME) == positive:
        needed = (*needed, side)
    else:
        allowed &= side
    state.sets[atom.dim] = (allowed, needed)
    return all(allowed & mask for mask in needed)


def _judge_set(state: SetState, holds: int, fails: int, quantifier: Quantifier | None) -> bool | None:
    allowed, needed = state
    if quantifier is Quantifier.SOME:
        if not allowed & holds:
            return False
        return True if any(not mask & allowed & fails for mask in needed) else None
    if not allowed & fails:
        return True
    return False if any(not mask & allowed & holds for mask in needed) else None


def pick(solution: Solution, dim: Dim, prefer: Callable[[int], float]) -> int | None:
    """The number of the best cell that a solution leaves for a dimension with one value."""
    mask = solution.masks[dim]
    cells = [index for index in range(mask.bit_length()) if mask >> index & 1]
    return min(cells, key=prefer) if cells else None


def pick_set(solution: Solution, dim: Dim) -> list[int]:
    """Cells of which a set with one value from each satisfies the solution."""
    allowed, needed = solution.sets[dim]
    chosen: list[int] = []
    for mask in needed:
        inside = mask & allowed
        if not any(inside >> cell & 1 for cell in chosen):
            chosen.append((inside & -inside).bit_length() - 1)
    return chosen
