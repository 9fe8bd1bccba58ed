"""What the symbolic engine asks about condition keys: several values, truth values, always there."""

from lambdaudit.iam.global_keys import key_type


def many_valued(key: str) -> bool:
    """Whether a key, given in lower case, may hold several values. Unknown keys count as keys with one."""
    known = key_type(key)
    return known is not None and known.many


def truth_valued(key: str) -> bool:
    """Whether a key holds ``true`` or ``false``."""
    known = key_type(key)
    return known is not None and known.base == "Bool"


def always_there(key: str) -> bool:
    """Whether every request has the key."""
    known = key_type(key)
    return known is not None and known.always
