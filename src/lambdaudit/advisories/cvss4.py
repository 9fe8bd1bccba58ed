"""Scores of CVSS vectors of version 4.0.

After "CVSS v4.0 Specification Document" of FIRST, section 8.2: a vector falls into one of 270 MacroVectors, whose score stands
in a table; how far it lies below the worst vector of its MacroVector takes off a share of the way to the next lower one. What a
vector says about threat and environment counts, as in the severities that databases derive from it.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

_LEVELS: Final = {
    "AV": "NALP",
    "AC": "LH",
    "AT": "NP",
    "PR": "NLH",
    "UI": "NPA",
    "VC": "HLN",
    "VI": "HLN",
    "VA": "HLN",
    "SC": "SHLN",
    "SI": "SHLN",
    "SA": "SHLN",
    "E": "APU",
    "CR": "HML",
    "IR": "HML",
    "AR": "HML",
}
"""The values of each metric, the most severe first: the distance of two values is the number of steps between them."""
_BASE: Final = ("AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA")
_SAFETY: Final = ("SI", "SA")
"""Only as modified metrics these may be ``S``, which stands for safety."""
_WORST: Final = {"E": "A", "CR": "H", "IR": "H", "AR": "H"}
"""What a metric that is not defined (``X``) counts as."""
_SUPPLEMENTAL: Final = frozenset({"S", "AU", "R", "V", "RE", "U"})
"""Metrics that say more and change no score."""
_TOP: Final[Mapping[str, tuple[str, ...]]] = {
    "1:0": ("AV:N/PR:N/UI:N",),
    "1:1": ("AV:A/PR:N/UI:N", "AV:N/PR:L/UI:N", "AV:N/PR:N/UI:P"),
    "1:2": ("AV:P/PR:N/UI:N", "AV:A/PR:L/UI:P"),
    "2:0": ("AC:L/AT:N",),
    "2:1": ("AC:H/AT:N", "AC:L/AT:P"),
    "3:00": ("VC:H/VI:H/VA:H/CR:H/IR:H/AR:H",),
    "3:01": ("VC:H/VI:H/VA:L/CR:M/IR:M/AR:H", "VC:H/VI:H/VA:H/CR:M/IR:M/AR:M"),
    "3:10": ("VC:L/VI:H/VA:H/CR:H/IR:H/AR:H", "VC:H/VI:L/VA:H/CR:H/IR:H/AR:H"),
    "3:11": (
        "VC:L/VI:H/VA:L/CR:H/IR:M/AR:H",
        "VC:L/VI:H/VA:H/CR:H/IR:M/AR:M",
        "VC:H/VI:L/VA:H/CR:M/IR:H/AR:M",
        "VC:H/VI:L/VA:L/CR:M/IR:H/AR:H",
        "VC:L/VI:L/VA:H/CR:H/IR:H/AR:M",
    ),
    "3:21": ("VC:L/VI:L/VA:L/CR:H/IR:H/AR:H",),
    "4:0": ("SC:H/SI:S/SA:S",),
    "4:1": ("SC:H/SI:H/SA:H",),
    "4:2": ("SC:L/SI:L/SA:L",),
}
"""The most severe vectors of each level of the equivalence sets; sets 3 and 6 hang together and stand under 3."""
_DEPTH: Final = {
    "1:0": 1, "1:1": 4, "1:2": 5, "2:0": 1, "2:1": 2, "3:00": 7, "3:01": 6, "3:10": 8, "3:11": 8, "3:21": 10,
    "4:0": 6, "4:1": 5, "4:2": 4,
}  # fmt: skip
"""How many steps lie between the most severe vector of a level and the next lower level."""
_EPSILON: Final = 1e-6
"""Takes the errors of floating point out of the rounding."""


@cache
def _scores() -> dict[str, float]:
    """The score of each MacroVector."""
    table = json.loads(files("lambdaudit.data").joinpath("cvss4.json").read_text("utf-8"))
    return {str(key): float(value) for key, value in table["scores"].items()}


def score(vector: str) -> float | None:
    """The score of a vector that starts with ``CVSS:4.0/``, 0.0 to 10.0; None for what is no complete vector."""
    value = _metrics(vector)
    if value is None:
        return None
    if all(value[name] == "N" for name in ("VC", "VI", "VA", "SC", "SI", "SA")):
        return 0.0
    levels = _macro_vector(value)
    own = _scores()["".join(levels)]
    shares = []
    for name, lower in _lower(levels):
        if lower:
            shares.append((own - lower) * _distance(name, value) / _DEPTH[name] if name else 0.0)
    reached = own - (sum(shares) / len(shares) if shares else 0.0)
    return math.floor((min(max(reached, 0.0), 10.0) + _EPSILON) * 10 + 0.5) / 10


def _metrics(vector: str) -> dict[str, str] | None:
    """The effective value of every metric: the modified one where it is set, the worst where it is not defined."""
    version, *parts = vector.split("/")
    given: dict[str, str] = {}
    for part in parts:
        name, _, text = part.partition(":")
        if name in given or not _is_valid(name, text):
            return None
        given[name] = text
    if version != "CVSS:4.0" or not all(name in given for name in _BASE):
        return None
    stated = {name: given.get(f"M{name}", "X") for name in _BASE}
    found = {name: given[name] if stated[name] == "X" else stated[name] for name in _BASE}
    return found | {name: given.get(name, "X").replace("X", worst) for name, worst in _WORST.items()}


def _is_valid(name: str, text: str) -> bool:
    if name in _SUPPLEMENTAL:
        return text.isalpha()
    if name in _WORST:
        return len(text) == 1 and text in _LEVELS[name] + "X"
    base = name.removeprefix("M")
    if base not in _BASE or len(text) != 1:
        return False
    allowed = _LEVELS[base] if base not in ("SC", *_SAFETY) else "SHLN" if name in ("MSI", "MSA") else "HLN"
    return text in allowed or (text == "X" and name != base)


def _macro_vector(value: Mapping[str, str]) -> tuple[str, str, str, str, str, str]:
    """The levels of the six equivalence sets (specification, tables 24 to 29)."""
    easy = [value["AV"] == "N", value["PR"] == "N", value["UI"] == "N"]
    first = "0" if all(easy) else "1" if any(easy) and value["AV"] != "P" else "2"
    second = "0" if (value["AC"], value["AT"]) == ("L", "N") else "1"
    high = [value[name] == "H" for name in ("VC", "VI", "VA")]
    third = "0" if high[0] and high[1] else "1" if any(high) else "2"
    beyond = [value[name] for name in ("SC", "SI", "SA")]
    fourth = "0" if "S" in beyond else "1" if "H" in beyond else "2"
    fifth = str(_LEVELS["E"].index(value["E"]))
    wanted = [value[name] == "H" for name in ("CR", "IR", "AR")]
    sixth = "0" if any(a and b for a, b in zip(high, wanted, strict=True)) else "1"
    return first, second, third, fourth, fifth, sixth


def _lower(levels: tuple[str, str, str, str, str, str]) -> list[tuple[str, float | None]]:
    """For each equivalence set its name with level, and the score of the MacroVector below; None where there is none.

    The fifth set has one vector on each level, so that no vector lies below the top: its name is empty.
    """
    first, second, third, fourth, fifth, sixth = levels
    scores = _scores()

    def below(one: str, two: str, three: str, four: str, five: str, six: str) -> float | None:
        return scores.get(one + two + three + four + five + six)

    pairs = {"00": ("01", "10"), "01": ("11",), "10": ("11",), "11": ("21",), "21": ()}[third + sixth]
    found = [s for pair in pairs if (s := below(first, second, pair[0], fourth, fifth, pair[1])) is not None]
    return [
        (f"1:{first}", below(_next(first), second, third, fourth, fifth, sixth)),
        (f"2:{second}", below(first, _next(second), third, fourth, fifth, sixth)),
        (f"3:{third}{sixth}", max(found, default=None)),
        (f"4:{fourth}", below(first, second, third, _next(fourth), fifth, sixth)),
        ("", below(first, second, third, fourth, _next(fifth), sixth)),
    ]


def _next(level: str) -> str:
    return str(int(level) + 1)


def _distance(name: str, value: Mapping[str, str]) -> int:
    """Steps between the vector and the first of the level's most severe vectors that is nowhere less severe than it."""
    for top in _TOP[name]:
        steps = [
            _LEVELS[metric].index(value[metric]) - _LEVELS[metric].index(text)
            for metric, text in (part.split(":") for part in top.split("/"))
        ]
        if min(steps) >= 0:
            return sum(steps)
    raise AssertionError(f"no most severe vector of {name} is as severe as {dict(value)}")
