"""What is known of condition keys: whether they hold several values."""

from functools import lru_cache
from typing import Final

from lambdaudit.iam.actions import condition_keys, key_families, services

_GLOBAL_SETS: Final = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
    }
)
"""The global keys with several values (IAM user guide, "Global condition context keys")."""


@lru_cache(maxsize=4096)
def many_valued(key: str) -> bool:
    """Whether a key, given in lower case, may hold several values. Unknown keys count as keys with one."""
    prefix, _, rest = key.partition(":")
    if prefix == "aws":
        return key in _GLOBAL_SETS
    family = key_families().get(prefix, ()) if prefix not in services() else (prefix,)
    for service in family:
        for known, kind in condition_keys(service).items():
            if kind.startswith("ArrayOf") and _is(known.lower(), key, rest):
                return True
    return False


def _is(known: str, key: str, rest: str) -> bool:
    if known == key:
        return True
    stem, slash, tail = known.partition("/")
    return bool(slash) and tail.startswith(("${", "<")) and key.startswith(stem + "/") and len(rest) > 0
