"""One automaton for many glob languages: which combinations of them a text can match, with a shortest example of each.

A glob is a tuple of tokens. The positions of all globs of all languages live in one integer, so a step over one
character is a handful of bit operations (the "shift-and" simulation of a non-deterministic automaton). Walking the
reachable states gives every *signature* (set of languages that a text matches at once); texts with the same signature
cannot be told apart by the languages, which is why one example of each is enough to reason about all texts.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple, TypeAlias

from lambdaudit.iam.patterns import Part, Variable, Wild, split_arn

Token: TypeAlias = str
"""One character stands for itself; longer texts are the special tokens below or ``~a`` (``a`` in any letter case)."""
Glob: TypeAlias = tuple[Token, ...]
Language: TypeAlias = tuple[Glob, ...]
"""A union of globs."""

ANY: Final = "any"
ANY_BUT_COLON: Final = "any-but-colon"
STAR: Final = "star"
STAR_BUT_COLON: Final = "star-but-colon"
DIGIT: Final = "digit"
WORD: Final = "word"
"""A lower-case letter or a digit, once."""

ALL: Final[Language] = ((STAR,),)
OPAQUE_FIRST: Final = 0xE000
"""Private letters from here on stand for the value of a policy variable: only stars and themselves match them."""
OPAQUE_PLAIN_FIRST: Final = 0xF0000
"""Private letters from here on stand for values without a colon; stars inside an ARN segment match them as well."""
DEFAULT_BUDGET: Final = 20_000

_DIGITS: Final = "0123456789"
_WORDS: Final = "abcdefghijklmnopqrstuvwxyz" + _DIGITS
_SPARE: Final = "xyzabcdefghijklmnopqrstuvw0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.=@+,/"


class OverBudget(Exception):
    """The walk met more states than allowed; the question stays open."""


def glob_of(parts: Sequence[Part], *, ignore_case: bool = False) -> Glob:
    """The tokens of a pattern whose wildcards reach over everything. Variables must have been replaced before."""
    tokens: list[Token] = []
    for part in parts:
        _extend(tokens, part, STAR, ANY, ignore_case)
    return tuple(tokens)


def arn_glob_of(parts: Sequence[Part]) -> Glob:
    """The tokens of an ARN pattern: wildcards stay inside their segment, a bare star matches every text."""
    if parts and all(part is Wild.STAR for part in parts):
        return (STAR,)
    tokens: list[Token] = []
    segments = split_arn(parts)
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        for part in segment:
            _extend(tokens, part, STAR if last else STAR_BUT_COLON, ANY if last else ANY_BUT_COLON, False)
        if not last:
            tokens.append(":")
    return tuple(tokens)


def literal_glob(text: str, *, ignore_case: bool = False) -> Glob:
    """The glob that matches exactly this text."""
    return glob_of((text,), ignore_case=ignore_case)


def _extend(tokens: list[Token], part: Part, star: Token, one: Token, ignore_case: bool) -> None:
    if part is Wild.STAR:
        if not tokens or tokens[-1] != star:
            tokens.append(star)
    elif part is Wild.ANY:
        tokens.append(one)
    elif isinstance(part, Variable):
        raise ValueError(f"the variable {part.written} has no value")
    elif isinstance(part, str):
        tokens.extend("~" + c for c in part.lower()) if ignore_case else tokens.extend(part)


class Automaton:
    """The product of several languages. Bit `i` of a signature says that the text is in language `i`."""

    def __init__(self, languages: Sequence[Language]) -> None:
        self.languages = tuple(languages)
        self.visited = 0
        self._owner: list[int] = []
        self._globs: list[tuple[int, int, int]] = []
        self._spellings: dict[int, tuple[str, ...]] = {}
        self._advance: dict[str, int] = {}
        self._any = self._any_but_colon = self._digit = self._word = self._star = self._star_but_colon = 0
        self._literal = self._final = self._start = 0
        self._keep_memo: dict[int, int] = {}
        self._accept_memo: dict[int, int] = {}
        self._step_memo: dict[str, tuple[int, int]] = {}
        place = 0
        for number, language in enumerate(self.languages):
            for glob in language:
                place = self._add(number, glob, place)
        self._stars = self._star | self._star_but_colon
        self._wild = self._stars | self._any | self._any_but_colon | self._digit | self._word
        self._initial = self._close(self._start)

    def _add(self, owner: int, glob: Glob, place: int) -> int:
        first = place
        self._start |= 1 << place
        for token in glob:
            bit = 1 << place
            if token == STAR:
                self._star |= bit
            elif token == STAR_BUT_COLON:
                self._star_but_colon |= bit
            elif token == ANY:
                self._any |= bit
            elif token == ANY_BUT_COLON:
                self._any_but_colon |= bit
            elif token == DIGIT:
                self._digit |= bit
            elif token == WORD:
                self._word |= bit
            else:
                if len(token) != 1 and not token.startswith("~"):
                    raise ValueError(f"{token!r} is no token of a glob")
                self._literal |= bit
                self._spellings[place] = spellings = tuple(sorted(_spellings(token)))
                for char in spellings:
                    self._advance[char] = self._advance.get(char, 0) | bit
            place += 1
        self._final |= 1 << place
        self._globs.append((owner, first, place))
        return place + 1

    def _close(self, state: int) -> int:
        """Add what is reachable without a character: a star may match nothing. Then drop what cannot matter."""
        moved = state & self._stars
        while moved:
            moved = (moved << 1) & ~state
            state |= moved
            moved &= self._stars
        live = state & self._star
        if live:
            keep = self._keep_memo.get(live)
            if keep is None:
                keep = self._keep_memo[live] = self._keep(live)
            state &= keep
        return state

    def _keep(self, live: int) -> int:
        """Positions worth keeping: left of a live star everything is contained in what the star itself accepts."""
        drop = 0
        done: set[int] = set()
        for owner, first, last in self._globs:
            span = ((1 << (last - first + 1)) - 1) << first
            here = live & span
            if not here:
                if owner in done:
                    drop |= span
                continue
            if owner in done:
                drop |= span
                continue
            top = here.bit_length() - 1
            drop |= ((1 << (top - first)) - 1) << first
            if top == last - 1:
                done.add(owner)
        for owner, first, last in self._globs:
            span = ((1 << (last - first + 1)) - 1) << first
            if owner in done and (last == first or not ((live & span) >> (last - 1)) & 1):
                drop |= span
        return ~drop

    def _masks(self, char: str) -> tuple[int, int]:
        """Positions that a character moves on, and stars on which it stays."""
        found = self._step_memo.get(char)
        if found is None:
            move = self._advance.get(char, 0)
            stay = self._star
            opaque = is_letter(char)
            if not opaque:
                move |= self._any
            if char != ":" and not opaque:
                move |= self._any_but_colon
            if char != ":" and (not opaque or ord(char) >= OPAQUE_PLAIN_FIRST):
                stay |= self._star_but_colon
            if char in _DIGITS:
                move |= self._digit
            if char in _WORDS:
                move |= self._word
            found = self._step_memo[char] = (move, stay)
        return found

    def _step(self, state: int, char: str) -> int:
        move, stay = self._masks(char)
        return self._close(((state & move) << 1) | (state & stay))

    def _accepts(self, state: int) -> int:
        final = state & self._final
        if not final:
            return 0
        found = self._accept_memo.get(final)
        if found is None:
            found = 0
            for owner, _, last in self._globs:
                if (final >> last) & 1:
                    found |= 1 << owner
            self._accept_memo[final] = found
        return found

    def run(self, text: str) -> int:
        """The signature of one text."""
        state = self._initial
        for char in text:
            state = self._step(state, char)
            if not state:
                return 0
        return self._accepts(state)

    def _spelled(self, state: int) -> list[str]:
        """The characters that live literal positions wait for, sorted."""
        rest = state & self._literal
        if not rest & (rest - 1):
            return list(self._spellings[rest.bit_length() - 1]) if rest else []
        chars: set[str] = set()
        while rest:
            low = rest & -rest
            chars.update(self._spellings[low.bit_length() - 1])
            rest ^= low
        return sorted(chars)

    def _choices(self, state: int) -> list[str]:
        """One character of each kind that the live positions can tell apart, spare characters last."""
        listed = self._spelled(state)
        chars = set(listed)
        if state & (self._any_but_colon | self._star_but_colon) and ":" not in chars:
            listed.append(":")
        if state & (self._digit | self._word):
            self._add_spare(listed, chars, _DIGITS)
        if state & self._word:
            self._add_spare(listed, chars, "abcdefghijklmnopqrstuvwxyz")
            self._add_spare(listed, chars, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./")
        elif state & self._digit:
            self._add_spare(listed, chars, "xyzabcdefghijklmnopqrstuvwABCDEFGHIJKLMNOPQRSTUVWXYZ-_./")
        else:
            self._add_spare(listed, chars, _SPARE)
        return listed

    @staticmethod
    def _add_spare(listed: list[str], chars: set[str], pool: str) -> None:
        for char in pool:
            if char not in chars:
                listed.append(char)
                return
        if pool is _SPARE or pool.endswith("-_./"):
            listed.append(next(c for c in map(chr, range(0xA1, OPAQUE_FIRST)) if c not in chars))

    def cells(self, budget: int = DEFAULT_BUDGET) -> list[tuple[int, str]]:
        """Every signature that some text has, each with a shortest text. Raises OverBudget after `budget` states."""
        return list(self._walk(budget))

    def find(self, positive: int, negative: int, budget: int = DEFAULT_BUDGET) -> str | None:
        """A shortest text in all languages of `positive` and none of `negative`; stops at the first one."""
        for signature, text in self._walk(budget):
            if signature & positive == positive and not signature & negative:
                return text
        return None

    def _walk(self, budget: int) -> Iterable[tuple[int, str]]:
        before: dict[int, tuple[int, str] | None] = {self._initial: None}
        queue = deque([self._initial])
        self.visited = 0
        seen: set[int] = set()
        masks, stars = self._step_memo, self._stars  # the innermost loop of every question: nothing is looked up twice
        while queue:
            state = queue.popleft()
            self.visited += 1
            signature = self._accepts(state)
            if signature not in seen:
                seen.add(signature)
                yield signature, _trace(before, state)
            if not state:
                continue
            literal = 0 in before and not state & self._wild  # then a spare character leads nowhere, where we have been
            for char in self._spelled(state) if literal else self._choices(state):
                move, stay = masks.get(char) or self._masks(char)
                following = ((state & move) << 1) | (state & stay)
                if following & stars:
                    following = self._close(following)
                if following not in before:
                    if len(before) >= budget:
                        raise OverBudget
                    before[following] = (state, char)
                    queue.append(following)


class Explored(NamedTuple):
    """A product that has been walked through: its cells, each with a shortest text, and how many states that took."""

    automaton: Automaton
    cells: tuple[tuple[int, str], ...]
    visited: int


@lru_cache(maxsize=512)
def explored(languages: tuple[Language, ...], budget: int = DEFAULT_BUDGET) -> Explored:
    """The cells of a product. Questions about different resources ask for the same ones again and again: they are remembered.

    Raises OverBudget after `budget` states.
    """
    automaton = Automaton(languages)
    cells = tuple(automaton.cells(budget))
    return Explored(automaton, cells, automaton.visited)


def is_letter(char: str) -> bool:
    """Whether the character lies in the private areas from which the letters of variables are taken."""
    return OPAQUE_FIRST <= ord(char) <= 0xF8FF or ord(char) >= OPAQUE_PLAIN_FIRST


@cache
def _spellings(token: Token) -> tuple[str, ...]:
    if len(token) == 1:
        return (token,)
    lower = token[1:]
    upper = lower.upper()
    return (lower, upper) if upper != lower and len(upper) == 1 else (lower,)


def _trace(before: dict[int, tuple[int, str] | None], state: int) -> str:
    chars: list[str] = []
    link = before[state]
    while link is not None:
        state, char = link
        chars.append(char)
        link = before[state]
    return "".join(reversed(chars))


def included(small: Glob, large: Glob, budget: int = 2_000) -> bool:
    """Whether every text of one glob is a text of the other. False as well when the budget ends first."""
    if small == large or large == (STAR,):
        return True
    try:
        return Automaton(((small,), (large,))).find(1, 2, budget) is None
    except OverBudget:
        return False


def matches(language: Language, text: str) -> bool:
    """Whether a text is in a language."""
    return bool(Automaton((language,)).run(text))


def sample(glob: Glob, filler: str = "example") -> str:
    """A text of the glob that is nice to read: stars become `filler`."""
    out: list[str] = []
    for token in glob:
        if token in (STAR, STAR_BUT_COLON):
            out.append(filler)
        elif token in (ANY, ANY_BUT_COLON, WORD):
            out.append("x")
        elif token == DIGIT:
            out.append("1")
        else:
            out.append(token[-1])
    return "".join(out)


_SEGMENTS: Final = ("arn", "aws", "service", "us-east-1", "111122223333")


def arn_sample(glob: Glob) -> str:
    """A text of an ARN glob with usual values for stars that stand for a whole partition, region or account."""
    out: list[str] = []
    segment: list[Token] = []
    for token in (*glob, ":"):
        if token != ":" or len(out) >= len(_SEGMENTS):
            segment.append(token)
            continue
        whole = segment[-1:] in ([STAR_BUT_COLON], [STAR]) and (len(segment) == 1 or segment[:-1] == ["a", "w", "s"])
        out.append(_SEGMENTS[len(out)] if whole and ":" in glob else sample(tuple(segment)))
        segment = []
    if segment:
        out.append(sample(tuple(segment[:-1])))
    return ":".join(out)
