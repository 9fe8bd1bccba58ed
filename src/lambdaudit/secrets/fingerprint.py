"""Compare secrets without knowing them: short keyed hashes.

A plain hash of a weak password can be guessed offline, so the hash has a key. By default a run draws one (:func:`run_key`) and
forgets it with the process: fingerprints then compare values within that run (the same secret in a variable, in code, in a
template, in old versions, in other accounts) and tell nothing afterwards. Who wants to compare runs gives a phrase of their own;
:func:`key_from_phrase` makes the key from it. Neither key nor phrase is ever written to a snapshot or report.
"""

import functools
import hashlib
import secrets

KEY_BYTES = 32
_SHORT = 8
_PERSON = b"lambdaudit-value"
_SALT = b"lambdaudit fingerprint key 1"


def new_key() -> bytes:
    """A random key for fingerprints."""
    return secrets.token_bytes(KEY_BYTES)


@functools.cache
def run_key() -> bytes:
    """The key of this run: drawn when it is first asked for and the same in the whole process, so that every part can compare."""
    return new_key()


def key_from_phrase(phrase: str) -> bytes:
    """The key that belongs to a user's phrase, always the same; slow on purpose (scrypt, some 50 ms) against guessing."""
    return hashlib.scrypt(phrase.encode("utf-8", "surrogatepass"), salt=_SALT, n=2**14, r=8, p=1, dklen=KEY_BYTES)


def fingerprint(value: str, key: bytes) -> str:
    """Sixteen hexadecimal digits of keyed BLAKE2b: equal for equal values under one key, unrelated otherwise.

    Surrounding white space does not count. Access key ids can be compared with IAM's ListAccessKeys this way, too. Raises
    ValueError for a key shorter than 16 bytes, which would be worth guessing.
    """
    if len(key) < 16:
        raise ValueError("fingerprint key is shorter than 16 bytes; use new_key() or key_from_phrase()")
    short_key = key if len(key) <= hashlib.blake2b.MAX_KEY_SIZE else hashlib.blake2b(key).digest()
    data = value.strip().encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=_SHORT, key=short_key, person=_PERSON).hexdigest()
