"""Scores of CVSS vectors, versions 2, 3.0, 3.1 and 4.0, and the words for scores.

Formulas of the base scores: "CVSS v2 Complete Documentation" section 3.2.1 and "CVSS v3.1 Specification" section 7.1, both of
FIRST; version 4.0 has no formula and a module of its own.
"""

import math

from . import cvss4

_V2 = {
    "AV": {"L": 0.395, "A": 0.646, "N": 1.0},
    "AC": {"H": 0.35, "M": 0.61, "L": 0.71},
    "Au": {"M": 0.45, "S": 0.56, "N": 0.704},
    "C": {"N": 0.0, "P": 0.275, "C": 0.660},
    "I": {"N": 0.0, "P": 0.275, "C": 0.660},
    "A": {"N": 0.0, "P": 0.275, "C": 0.660},
}
_V3 = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "PR": {"N": 0.85, "L": 0.62, "H": 0.27},
    "UI": {"N": 0.85, "R": 0.62},
    "S": {"U": 0.0, "C": 1.0},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
_PR_CHANGED = {"N": 0.85, "L": 0.68, "H": 0.5}


def score(vector: str) -> float | None:
    """The score of a vector, 0.0 to 10.0; None for what is no complete vector of version 2, 3.0, 3.1 or 4.0."""
    if len(vector) > 512:
        return None
    if vector.startswith("CVSS:4.0/"):
        return cvss4.score(vector)
    version, _, rest = vector.partition("/") if vector.startswith("CVSS:") else ("", "", vector.strip("()"))
    metrics = dict(part.split(":", 1) for part in rest.split("/") if ":" in part)
    if version in ("CVSS:3.0", "CVSS:3.1"):
        return _v3(metrics, version)
    return _v2(metrics) if not version else None


def rating(number: float) -> str:
    """The word for a score, as version 3 and 4 of the specification name them."""
    for limit, word in ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low")):
        if number >= limit:
            return word
    return "info"


def _v2(metrics: dict[str, str]) -> float | None:
    try:
        value = {name: table[metrics[name]] for name, table in _V2.items()}
    except KeyError:
        return None
    impact = 10.41 * (1 - (1 - value["C"]) * (1 - value["I"]) * (1 - value["A"]))
    exploitability = 20 * value["AV"] * value["AC"] * value["Au"]
    return round((0.6 * impact + 0.4 * exploitability - 1.5) * (1.176 if impact else 0.0) + 1e-9, 1)


def _v3(metrics: dict[str, str], version: str) -> float | None:
    try:
        value = {name: table[metrics[name]] for name, table in _V3.items()}
    except KeyError:
        return None
    changed = metrics["S"] == "C"
    base = 1 - (1 - value["C"]) * (1 - value["I"]) * (1 - value["A"])
    impact = 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 if changed else 6.42 * base
    if impact <= 0:
        return 0.0
    privileges = _PR_CHANGED[metrics["PR"]] if changed else value["PR"]
    exploitability = 8.22 * value["AV"] * value["AC"] * privileges * value["UI"]
    total = min((1.08 if changed else 1.0) * (impact + exploitability), 10.0)
    return _up(total) if version == "CVSS:3.1" else math.ceil(round(total * 10, 9)) / 10


def _up(number: float) -> float:
    """Round up to one decimal as version 3.1 asks, free of the errors of floating point."""
    whole = round(number * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (whole // 10_000 + 1) / 10
