"""Estimate the letter model of lambdaudit.secrets.randomness from names and words of botocore's service models.

Run it by hand when the model should be made anew; it prints the rows to paste. The texts are identifiers (operations, shapes,
members, enumeration values) split where the case changes, and the words of the documentation: what people name things with.
"""

import gzip
import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import botocore

SYMBOLS = "abcdefghijklmnopqrstuvwxyz0-"
LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TAG = re.compile(r"<[^>]*>|&\w+;")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def symbol(char: str) -> str:
    """The class of a character: a letter, any digit, or anything else."""
    lower = char.lower()
    return lower if "a" <= lower <= "z" else "0" if char.isdigit() else "-"


def texts(model: dict[str, Any]) -> list[str]:
    """Names and documentation words of one service model."""
    found = list(model.get("operations", ()))
    for name, shape in model.get("shapes", {}).items():
        found += [name, *shape.get("members", ()), *shape.get("enum", ())]
        found += _TAG.sub(" ", shape.get("documentation", "")).split()
    return found


def counts() -> Counter[str]:
    """How often each pair of symbols stands side by side; words of the documentation count once per service."""
    pairs: Counter[str] = Counter()
    for path in sorted(Path(botocore.__file__).parent.glob("data/*/*/service-2.json.gz")):
        for text in set(texts(json.loads(gzip.decompress(path.read_bytes())))):
            if len(text) <= 60:
                word = "-" + "".join(map(symbol, _CAMEL.sub("", text))) + "-"
                pairs.update(word[i : i + 2] for i in range(len(word) - 1))
    return pairs


def main() -> None:
    """Print 28 rows of 28 costs, each a quarter bit per level, in the order of SYMBOLS."""
    pairs = counts()
    for first in SYMBOLS:
        total = sum(pairs[first + second] for second in SYMBOLS) + len(SYMBOLS)
        bits = [-math.log2((pairs[first + second] + 1) / total) for second in SYMBOLS]
        print(f'    "{"".join(LEVELS[min(round(4 * b), 63)] for b in bits)}",')


if __name__ == "__main__":
    main()
