"""Ranges of versions as feeds write them, and whether a version is in what a claim says."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import unquote

from lambdaudit.advisories.versions import compare

from .entry import Claim, Row, one

MOST_ROWS: Final = 20_000
_CONSTRAINT: Final = re.compile(r"\s*(<=|>=|!=|==|=|<|>)?\s*v?([^\s<>=!,|]+)\s*")
_ANY: Final = frozenset(("*", "all", "all versions", "any"))
_BRANCH: Final = re.compile(r"((?:\d+\.)*)(\d+)\.(?:\*|x)")


class Judgement(NamedTuple):
    """Whether a version is affected (None: it cannot be told, `why` says it), and the version that ends the range."""

    affected: bool | None
    fixed: str = ""
    why: str = ""


def judge(claim: Claim, scheme: str, version: str) -> Judgement:
    """What a claim says of a version, compared as `scheme` orders versions: the first row that has it decides.

    A row that cannot be compared might have it: then what comes after it decides only where it says the same.
    """
    doubts: dict[str, str] = {}
    status, fixed = claim.default, ""
    for row in claim.rows:
        try:
            inside = _inside(row, scheme, version)
        except (ValueError, KeyError):
            doubts.setdefault(row.status, f"{version} cannot be compared with {row.high or row.low}")
            continue
        if inside:
            status, fixed = row.status, row.high if row.high and not row.high_in else ""
            break
    if set(doubts) <= {status}:
        return _judged(status, claim, fixed)
    return Judgement(None, why=next(iter(doubts.values())))


def _judged(status: str, claim: Claim, fixed: str) -> Judgement:
    if status == "unaffected":
        return Judgement(False)
    if status == "affected":
        return Judgement(None, fixed, claim.caveat) if claim.caveat else Judgement(True, fixed)
    return Judgement(None, why=claim.caveat or "which versions are affected is not said")


def _inside(row: Row, scheme: str, version: str) -> bool:
    if row.exact and row.low == version:
        return True
    if row.low:
        order = compare(scheme, version, row.low)
        if order < 0 or (order == 0 and not row.low_in):
            return False
    if row.high:
        order = compare(scheme, version, row.high)
        if order > 0 or (order == 0 and not row.high_in):
            return False
    return True


def surest_first(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows in their order, but behind all others those that leave every version open: they are not to hide what others say."""
    listed = list(rows)
    vague = [row for row in listed if row.status == "open" and not row.low and not row.high]
    return *(row for row in listed if row not in vague), *vague[:1]


def meets(row: Row, scheme: str, low: str, high: str) -> bool:
    """Whether a row has a version from `low` up to, without it, `high`. Raises ValueError for what cannot be compared."""
    if row.low and compare(scheme, row.low, high) >= 0:
        return False
    order = compare(scheme, row.high, low) if row.high else 1
    return order > 0 or (order == 0 and row.high_in)


def read_constraints(text: str, status: str) -> tuple[Row, ...] | None:
    """The rows of constraints as GitHub writes them (``>= 2.3.0, < 2.31.0 || = 3.0``); None for what is no such text."""
    if text.strip().lower() in _ANY:
        return (Row(status),)
    rows: list[Row] = []
    for part in text[:2_000].split("||"):
        pairs = []
        for piece in part.split(","):
            found = _CONSTRAINT.fullmatch(piece)
            if not found or not found[2][0].isdigit():
                return None
            pairs.append((found[1] or "=", found[2]))
        row = _together(status, pairs)
        if row is None:
            return None
        rows.append(row)
    return tuple(rows)


def _together(status: str, pairs: list[tuple[str, str]]) -> Row | None:
    """Constraints that hold at once, as one row; None where they are more than one range."""
    row = Row(status)
    for sign, version in pairs:
        if sign in ("=", "=="):
            return one(status, version) if len(pairs) == 1 else None
        if sign in (">", ">=") and not row.low:
            row = row._replace(low=version, low_in=sign == ">=")
        elif sign in ("<", "<=") and not row.high:
            row = row._replace(high=version, high_in=sign == "<=")
        else:
            return None
    return row


def read_vers(text: str, status: str) -> tuple[Row, ...] | None:
    """The rows of a version range specifier (``vers:pypi/>=2.0|<2.31.0``); None for what is none.

    After the specification, constraints are sorted by version: a lower bound and the upper one after it make a range.
    """
    scheme, slash, constraints = text.partition("/")
    if not scheme.startswith("vers:") or not slash:
        return None
    if constraints.strip() == "*":
        return (Row(status),)
    rows: list[Row] = []
    low: tuple[str, bool] | None = None
    for piece in constraints.split("|")[:MOST_ROWS]:
        found = _CONSTRAINT.fullmatch(unquote(piece))
        if not found:
            return None
        sign, version = found[1] or "=", found[2]
        if sign in ("=", "=="):
            rows.append(one(status, version))
        elif sign == "!=":
            rows.insert(0, one("unaffected" if status == "affected" else "open", version))
        elif sign in (">", ">="):
            low = low or (version, sign == ">=")
        else:
            rows.append(Row(status, *(low or ("", True)), version, sign == "<="))
            low = None
    if low:
        rows.append(Row(status, *low))
    return tuple(rows)


def upper_bound(text: str) -> str:
    """The first version behind a branch: ``3.0`` for ``2.*``; nothing for ``*``; other versions as they are."""
    if text in ("*", ""):
        return ""
    found = _BRANCH.fullmatch(text)
    return f"{found[1]}{int(found[2]) + 1}" if found and len(found[2]) < 10 else text
