"""What the names in a policy mean: condition operators with their affixes, and the texts of principals."""

import re
from typing import Final

from lambdaudit.iam.language import Operator, PrincipalKind, Qualifier

_OPERATORS: Final = {operator.value.lower(): operator for operator in Operator}
_QUALIFIERS: Final = {"foranyvalue": Qualifier.ANY, "forallvalues": Qualifier.ALL}


def read_operator(written: str) -> tuple[Operator | None, Qualifier | None, bool]:
    """Take an operator name apart: ``ForAllValues:StringLikeIfExists`` and the like, in any letter case.

    The operator is None when there is none of that name; Null takes no IfExists.
    """
    name = written.lower()
    qualifier = None
    if ":" in name:
        before, name = name.split(":", 1)
        qualifier = _QUALIFIERS.get(before)
        if qualifier is None:
            return None, None, False
    if_exists = name.endswith("ifexists")
    operator = _OPERATORS.get(name.removesuffix("ifexists"))
    if operator is Operator.NULL and if_exists:
        return None, qualifier, if_exists
    return operator, qualifier, if_exists


_ARN: Final = re.compile(r"arn:(?P<partition>[^:]*):(?P<service>iam|sts):[^:]*:(?P<account>[^:]*):(?P<rest>.*)", re.DOTALL)
_RESTS: Final = (
    ("iam", "user/", PrincipalKind.USER),
    ("iam", "role/", PrincipalKind.ROLE),
    ("sts", "assumed-role/", PrincipalKind.SESSION),
    ("sts", "federated-user/", PrincipalKind.FEDERATED_USER),
)


def classify_principal(element: str, text: str) -> tuple[PrincipalKind, str]:
    """What an entry of a Principal element stands for, and the account id in it (or an empty text)."""
    if element == "Service":
        return PrincipalKind.SERVICE, ""
    if element == "Federated":
        found = _ARN.fullmatch(text)
        return PrincipalKind.FEDERATED, found["account"] if found else ""
    if element == "CanonicalUser":
        return PrincipalKind.CANONICAL, ""
    if text == "*":
        return PrincipalKind.EVERYONE, ""
    if element == "*":
        return PrincipalKind.OTHER, ""
    if re.fullmatch(r"\d{12}", text, re.ASCII):
        return PrincipalKind.ACCOUNT, text
    if "*" in text or "?" in text:
        return PrincipalKind.PATTERN, ""
    if re.fullmatch(r"A[A-Z0-9]{15,127}", text):
        return PrincipalKind.UNIQUE_ID, ""
    found = _ARN.fullmatch(text)
    if found is None or not re.fullmatch(r"\d{12}", found["account"], re.ASCII):
        return PrincipalKind.OTHER, ""
    account, rest = found["account"], found["rest"]
    if found["service"] == "iam" and rest == "root":
        return PrincipalKind.ACCOUNT, account
    for service, start, kind in _RESTS:
        if found["service"] == service and rest.startswith(start) and len(rest) > len(start):
            return kind, account
    return PrincipalKind.OTHER, account
