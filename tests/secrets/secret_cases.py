"""The labelled corpus: stored as templates, so that no file of the repository holds anything token-shaped.

A case's `value` mixes plain text with generators in double brackets: ``⟦b62 24⟧`` becomes 24 letters and digits. Everything is
drawn from a generator seeded with the case id, so a case is the same on every run; other seeds give other draws of one kind.
``⟦+⟧`` joins two halves that should not stand next to each other in the file. ``"encode": "base64"`` encodes the whole value.
"""

import base64
import json
import random
import re
import string
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

CORPUS = Path(__file__).parent / "corpus"
_MARK = re.compile(r"⟦([^⟧]+)⟧")
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ALPHABETS = {
    "b62": _BASE62,
    "b64": _BASE62 + "+/",
    "b64u": _BASE62 + "-_",
    "b32": string.ascii_uppercase + "234567",
    "lb32": string.ascii_lowercase + "234567",
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "l": string.ascii_lowercase,
    "letters": string.ascii_letters,
    "d": string.digits,
    "ld": string.ascii_lowercase + string.digits,
    "UD": string.ascii_uppercase + string.digits,
}
_WORDS = ("Winter", "Orders", "Falcon", "Basel", "Rocket", "Cobalt", "Maple", "Quartz", "Delta", "Harbor")


class Case(NamedTuple):
    """One labelled value. `kinds` are the verdicts that count as exact, empty for look-alikes."""

    id: str
    name: str
    value: str
    secret: bool
    kinds: tuple[str, ...]
    context: str
    source: str


def base62(number: int, width: int) -> str:
    """A number in base 62, digits first, padded with zeros on the left."""
    text = ""
    while number:
        number, digit = divmod(number, 62)
        text = _BASE62[digit] + text
    return text.rjust(width, "0")


def _chars(rng: random.Random, alphabet: str, count: int) -> str:
    return "".join(rng.choice(_ALPHABETS[alphabet]) for _ in range(count))


def _checked_token(rng: random.Random, prefix: str) -> str:
    body = _chars(rng, "b62", 30)
    return f"{prefix}_{body}{base62(zlib.crc32(body.encode()), 6)}"


def _access_key_id(rng: random.Random, prefix: str) -> str:
    account = rng.randrange(10**11, 10**12)
    number = (1 << 79) | (account << 39) | rng.getrandbits(39)
    return prefix + base64.b32encode(number.to_bytes(10, "big")).decode()


def _jwt(rng: random.Random, role: str) -> str:
    def part(data: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(data, separators=(",", ":")).encode()).decode().rstrip("=")

    return ".".join((part({"alg": "HS256", "typ": "JWT"}), part({"role": role, "iat": 1700000000}), _chars(rng, "b64u", 43)))


def _pem(rng: random.Random, label: str, newline: str = "\n") -> str:
    lines = [_chars(rng, "b64", 64) for _ in range(8)]
    return newline.join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"))


def _kms(rng: random.Random, plaintext_length: int) -> str:
    """The layout of a symmetric KMS ciphertext: version, key reference, and a CMS envelope that names AES-256-GCM."""
    sealed = rng.randbytes(plaintext_length + 16)
    envelope = bytes.fromhex("06092a864886f70d010706a0") + bytes.fromhex("301e060960864801650304012e3011040c")
    blob = bytes.fromhex("0102020078") + rng.randbytes(32) + b"\x01" + rng.randbytes(16) + b"\0\0\0" + envelope
    return base64.b64encode(blob + rng.randbytes(12) + b"\x02\x01\x10\x80" + bytes([len(sealed) % 128]) + sealed).decode()


def _password(rng: random.Random) -> str:
    return f"{rng.choice(_WORDS)}{rng.choice('-_.!*')}{rng.choice(_WORDS).lower()}{rng.randrange(10, 9999)}"


def _draw(rng: random.Random, expression: str) -> str:
    word, _, rest = expression.partition(" ")
    if word in _ALPHABETS:
        return _chars(rng, word, int(rest))
    makers: dict[str, Callable[[], str]] = {
        "+": lambda: "",
        "b64b": lambda: base64.b64encode(rng.randbytes(int(rest))).decode(),
        "uuid": lambda: str(uuid.UUID(bytes=rng.randbytes(16), version=4)),
        "ghsum": lambda: _checked_token(rng, rest),
        "npmsum": lambda: _checked_token(rng, "npm"),
        "akid": lambda: _access_key_id(rng, rest),
        "jwt": lambda: _jwt(rng, rest),
        "kms": lambda: _kms(rng, int(rest)),
        "pem": lambda: _pem(rng, rest),
        "pemj": lambda: _pem(rng, rest, "\\n"),
        "pw": lambda: _password(rng),
        "pw50": lambda: "".join(rng.choice(string.ascii_lowercase + string.digits + "!#%^*(-_=+)") for _ in range(50)),
        "hexcolon": lambda: ":".join(_chars(rng, "HEX", 2) for _ in range(int(rest))),
    }
    return makers[word]()


def build(template: str, seed: str) -> str:
    """The value of a template for one seed."""
    rng = random.Random(seed)
    return _MARK.sub(lambda mark: _draw(rng, mark[1]), template)


def load(file: str, seed: int = 0) -> list[Case]:
    """The cases of ``tuning`` or ``held_out``, drawn with one seed."""
    cases = []
    for line in (CORPUS / f"{file}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        value = build(row["value"], f"{row['id']}/{seed}")
        if row.get("encode") == "base64":
            value = base64.b64encode(value.encode()).decode()
        kinds = tuple(row.get("kinds", ()))
        context = row.get("context", "environment")
        cases.append(Case(row["id"], row["name"], value, row["secret"], kinds, context, row.get("source", "")))
    return cases
