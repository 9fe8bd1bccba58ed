"""Tell drawn characters from written words: how much better a uniform draw explains a text than the letters of names do.

Both explanations are codes, so their lengths in bits can be compared (a log-likelihood ratio). The letter model is a table of
letter pairs estimated from the identifiers and documentation words of botocore 1.43's service models; the script that made it is
tests/secrets/build_letter_model.py.
"""

import functools
import itertools
import math
import re

_SYMBOLS = "abcdefghijklmnopqrstuvwxyz0-"
_LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_ROWS = (
    "lVPUkeR1SyiORPuUqOQHWbdbZitZ",
    "MnaZJjlkQVzKeXQdsTRcMjs/TypU",
    "OsTjJquPSxUTknJfxOaOTpx4W4ea",
    "LXbWHbdkNmmZcdUWnUTaWff0dqoK",
    "SdRQZZYjanmTVOeVUMKPhXcVcxsN",
    "OpjlPUunFvkRinLluScXVqr3W/oW",
    "RiYaHiWYQjcXaWYawMQbOek+gsiL",
    "KcWaJfaoNlnZVgMZkSWRXhl/aydN",
    "VUPRTVS7t/qRTJKXrYNQpZ4i/aug",
    "Yx1hGt11c1u1lxEbu1SuWpaxx1ra",
    "SeXXFTemOqmWUVbYvTOZVfj9qurN",
    "OhcWJeiqIsoSfiOevaTPQfn+W4vR",
    "JUefGjroOtoaRdPOqdWgYjqvrydT",
    "PjQRPROmUkebcWVWsWMKaYp8hxoM",
    "cXUTkYZ0ZlaSSGZU7MYTMXWlh/ua",
    "OlYSLkjcUvsPhdKStMVOPgt6i/mU",
    "imsqq188r88Y4sopysinAs4888yf",
    "OmRYHeXtNuZcWVOfrVTSXWn2T/kR",
    "WlSfMboYQvbcccQRnVPISkjvf7eK",
    "MgWbKdfVJkpbcgSXpQTUXgd3T4rL",
    "WVWWLkg2a/wOROeO/LOKr4+ow0ze",
    "IlgwG1kuI/6qdrSS8vmqku8/r/Wf",
    "JmfdMfqQNnrVeRKgzUMapfn2z8zQ",
    "UkIdOgrmPxlNdhjMpRbMkkmhc1UQ",
    "VdTYVcXjTlmUUVUJnROTfaf3pcuH",
    "GqrmGc0eU0unnfJu0nfqW0m0rjeT",
    "VZaYcgUjTqecZfcZtaaadknO7qGH",
    "PWOPSVUaRgdSTXVRfQORUXYiinZN",
)
_PAIRS = {
    (first, second): _LEVELS.index(_ROWS[i][j]) / 4 for i, first in enumerate(_SYMBOLS) for j, second in enumerate(_SYMBOLS)
}
_DIGIT = math.log2(10)
_SEPARATORS = dict.fromkeys("-_./", 1.5)
_RARE_SEPARATOR = 4.0
_SAME_CASE, _CAPITAL, _CASE_JUMP = 0.2, 2.5, 5.0

_SETS = (
    (re.compile(r"[0-9]+"), _DIGIT),
    (re.compile(r"[0-9a-f]+|[0-9A-F]+"), 4.0),
    (re.compile(r"[a-z]+|[A-Z]+"), math.log2(26)),
    (re.compile(r"[a-z2-7]+|[A-Z2-7]+"), 5.0),
    (re.compile(r"[a-z0-9]+|[A-Z0-9]+"), math.log2(36)),
    (re.compile(r"[a-zA-Z]+"), math.log2(52)),
    (re.compile(r"[a-zA-Z0-9]+"), math.log2(62)),
    (re.compile(r"[a-zA-Z0-9+/]+=*|[a-zA-Z0-9_-]+=*"), 6.0),
)
_PRINTABLE = math.log2(94)
_MOST = 256
_CLASS = {chr(i): chr(i).lower() if chr(i).isalpha() else "0" if chr(i).isdigit() else "-" for i in range(128)}
_START = "-"


@functools.cache
def _step_bits(before: str, char: str) -> float:
    """What one ASCII character costs after another: its letter, and beyond it which digit, which sign, which case."""
    kind, kind_before = _CLASS[char], _CLASS[before]
    bits = _PAIRS[kind_before, kind]
    if kind == "0":
        return bits + _DIGIT
    if kind == "-":
        return bits + _SEPARATORS.get(char, _RARE_SEPARATOR)
    if kind_before in "-0":
        return bits + 1.0
    return bits + (_CAPITAL if char.isupper() and before.islower() else _SAME_CASE)


def _text_bits(text: str) -> float:
    bits = 0.0
    before, run = _START, 0
    for char in text:
        bits += _step_bits(before, char)
        if char.isupper():
            run += 1
        else:
            if run > 1 and char.islower():
                bits += _CASE_JUMP
            run = 0
        before = char
    return bits + _step_bits(before, _START)


def surprise(text: str) -> float:
    """Bits by which drawing every character blindly explains `text` better than writing it as words.

    Above zero means random, the more the surer; names and words lie well below. Only the first 256 characters are looked at.
    """
    text = text[:_MOST]
    uniform = next((bits for pattern, bits in _SETS if pattern.fullmatch(text)), _PRINTABLE)
    return _text_bits(text.encode("ascii", "replace").decode()) - uniform * len(text)


def distinct(text: str) -> int:
    """How many different characters a text has."""
    return len(set(text))


def is_alphabet(text: str) -> bool:
    """Whether most characters follow the one before them in the order of the alphabet or of digits: characters to draw from."""
    steps = sum(ord(after) - ord(before) == 1 for before, after in itertools.pairwise(text))
    return steps * 2 > len(text)
