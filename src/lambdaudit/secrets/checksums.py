"""Formats that prove themselves: checksums and structure inside tokens."""

import base64
import binascii
import json
import re
import zlib

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUE = {char: i for i, char in enumerate(_BASE62)}
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_FILLED_WITH_ACCOUNT = "QRSTUVWXYZ234567"


def crc32_base62(token: str) -> bool:
    """Whether the last six characters are the base-62 CRC-32 of those after the prefix, as in GitHub's and npm's tokens.

    Source: GitHub's engineering blog of 2021-04-05 on its token formats.
    """
    body, check = token.partition("_")[2][:-6], token[-6:]
    number = 0
    for char in check:
        if char not in _VALUE:
            return False
        number = number * 62 + _VALUE[char]
    return zlib.crc32(body.encode()) == number


def access_key_account(key_id: str) -> str | None:
    """The twelve-digit account that an AWS access key id belongs to; None for old ids that do not carry it, or no id.

    Bits 1 to 40 of the base-32 part hold the account; ids made before 2019 or so (fifth character I or J) hold none.
    """
    if len(key_id) != 20 or key_id[4] not in _FILLED_WITH_ACCOUNT:
        return None
    try:
        number = int.from_bytes(base64.b32decode(key_id[4:])[:6], "big")
    except binascii.Error:
        return None
    account = (number & 0x7FFFFFFFFF80) >> 7
    return f"{account:012d}" if account < 10**12 else None


def decode_base64(text: str, most: int = 65536) -> bytes | None:
    """The bytes behind standard or URL-safe base 64, padded or not; None when it is neither or longer than `most`."""
    if not 4 <= len(text) <= most:
        return None
    url_safe = not _BASE64.fullmatch(text)
    if url_safe and not _BASE64URL.fullmatch(text):
        return None
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_" if url_safe else None)
    except binascii.Error:
        return None


def decoded_text(text: str) -> str | None:
    """The readable text behind base 64; None when there is none."""
    data = decode_base64(text)
    if data is None:
        return None
    try:
        plain = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return plain if plain and all(c.isprintable() or c in "\t\r\n" for c in plain) else None


def jwt_claims(token: str) -> dict[str, object] | None:
    """The claims of a JSON Web Token; None when the first part is no JOSE header. Unreadable claims come back empty."""
    head, _, rest = token.partition(".")
    header = _json_part(head)
    if header is None or "alg" not in header:
        return None
    return _json_part(rest.partition(".")[0]) or {}


def _json_part(part: str) -> dict[str, object] | None:
    text = decoded_text(part)
    if text is None or not text.startswith("{"):
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
