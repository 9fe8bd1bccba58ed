"""Checks of conditions: keys, operators, values, and conditions that do not do what they seem to."""

import re
from collections.abc import Iterator
from typing import Final

from lambdaudit.iam import actions as catalogue
from lambdaudit.iam.global_keys import ROLE_SESSION_KEYS, KeyType, key_type, same_key
from lambdaudit.iam.language import Condition, Entry, Operator, PolicyKind, Qualifier
from lambdaudit.iam.lint.document import Document, Line
from lambdaudit.iam.lint.registry import ERROR, SECURITY, SUGGESTION, WARNING, Found, check
from lambdaudit.iam.parsing import show
from lambdaudit.iam.values import moment, network

_FITTING: Final = {
    "String": ("String", "Null", "Arn"),
    "ARN": ("Arn", "String", "Null"),
    "Bool": ("Bool", "Null"),
    "Numeric": ("Numeric", "Null"),
    "Date": ("Date", "Numeric", "Null"),
    "IPAddress": ("IpAddress", "NotIpAddress", "Null"),
    "Binary": ("Binary", "Null"),
}
_CALLER_SETS: Final = frozenset({"aws:referer", "aws:useragent"})
_REQUEST_KEYS: Final = ("aws:requesttag/", "aws:tagkeys", "aws:resourcetag/")


def _type(condition: Condition) -> KeyType | None:
    return key_type(condition.key)


@check(WARNING, fix="Correct the key; a positive condition on a key that does not exist never holds.")
def unknown_condition_key(document: Document) -> Found:
    """No service knows the condition key."""
    for _, condition in document.conditions():
        prefix = condition.key.partition(":")[0]
        # A provider of OpenID Connect brings keys of its own, named after its address.
        if prefix != "aws" and "." not in prefix and _type(condition) is None and condition.key not in ROLE_SESSION_KEYS:
            yield condition.pointer, f"{show(condition.written_key)} is no condition key."


@check(ERROR, fix="Use one of the documented global keys.")
def unknown_global_key(document: Document) -> Found:
    """There is no global condition key of this name."""
    for _, condition in document.conditions():
        if condition.key.startswith("aws:") and _type(condition) is None:
            yield condition.pointer, f"{show(condition.written_key)} is no global condition key."


@check(ERROR, fix="Write the service prefix, a colon and the name of the key.")
def condition_key_format(document: Document) -> Found:
    """A condition key is not of the form service:key."""
    for _, condition in document.conditions():
        if not re.fullmatch(r"[^:\s]+:\S.*", condition.key, re.DOTALL):
            yield condition.pointer, f"{show(condition.written_key)} has no service prefix."


def _supported(name: str, key: str) -> bool:
    """Whether an action is known to bring a key into the request."""
    found = catalogue.action(name)
    if found is None:
        return True
    prefix = key.partition(":")[0]
    if key in ROLE_SESSION_KEYS or (prefix == "aws" and not key.startswith(_REQUEST_KEYS)):
        return True
    types = catalogue.resource_types(name.partition(":")[0])
    keys = [*found.keys, *(used_key for used in found.resources for used_key in used.keys)]
    for used in found.resources:
        keys.extend(types[used.type].keys if used.type in types else ())
    return any(same_key(known, key) for known in keys)


def _checked_keys(document: Document) -> Iterator[tuple[Condition, list[str], list[str]]]:
    """Conditions with the written actions that bring their key and those that do not."""
    for line in document.lines:
        if line.statement.actions is None:
            continue
        names = [name for entry in line.action_entries if (name := catalogue.find_action(entry.raw))]
        wild = len(names) < len(line.action_entries)
        for condition in line.conditions:
            if _type(condition) is None or condition.operator is Operator.NULL:
                continue
            good = [name for name in names[:300] if _supported(name, condition.key)]
            bad = [name for name in names[:300] if name not in good]
            yield condition, good + (["*"] if wild else []), bad


@check(WARNING, fix="Use a key that these actions bring, or remove the condition.")
def key_of_no_action(document: Document) -> Found:
    """None of the statement's actions brings the condition key."""
    for condition, good, bad in _checked_keys(document):
        if bad and not good:
            yield condition.pointer, f"{show(condition.written_key)} is never in requests for {', '.join(bad[:3])}."


@check(SUGGESTION, fix="Move these actions to a statement of their own, or use IfExists.")
def key_not_of_all_actions(document: Document) -> Found:
    """Some of the statement's actions do not bring the condition key."""
    for condition, good, bad in _checked_keys(document):
        if good and bad and not condition.if_exists and condition.qualifier is not Qualifier.ALL:
            yield condition.pointer, f"{show(condition.written_key)} is never in requests for {', '.join(bad[:3])}."


@check(WARNING, fix="Use an operator of the key's type.")
def operator_of_other_type(document: Document) -> Found:
    """The operator does not fit the type of the key."""
    for _, condition in document.conditions():
        found = _type(condition)
        fitting = _FITTING.get(found.base, ()) if found else ()
        if fitting and condition.operator and not condition.operator.value.startswith(fitting):
            text = f"{show(condition.written_key)} is of the type {found.base if found else ''}"
            yield condition.pointer, f"{text}, not what {condition.operator.value} compares."


@check(WARNING, fix="Use StringLike, or write the whole value.")
def wildcard_in_exact_operator(document: Document) -> Found:
    """A wildcard stands in a value of an operator that takes it as text."""
    for _, condition in document.conditions("StringEquals", "StringNotEquals"):
        for entry in condition.values:
            if re.search(r"[*?]", re.sub(r"\$\{[^${}]*+\}", "", entry.raw)) and not re.search(r"\w\?\w+=", entry.raw):
                yield entry.pointer, f"{show(entry.raw)} is compared as text, star and all."


@check(SUGGESTION, fix="Use StringEquals.")
def like_without_wildcard(document: Document) -> Found:
    """A Like operator is used without any wildcard."""
    for _, condition in document.conditions("StringLike", "StringNotLike"):
        if condition.values and not any(re.search(r"[*?]", entry.raw) for entry in condition.values):
            yield condition.pointer, f"The values of {show(condition.written_key)} hold no wildcard."


@check(SUGGESTION, fix="Use an ARN operator; it compares the parts of an ARN separately.")
def string_operator_on_arn(document: Document) -> Found:
    """A string operator with wildcards compares an ARN, where a star may cross its parts."""
    for _, condition in document.conditions("StringLike", "StringNotLike"):
        found = _type(condition)
        if found and found.base == "ARN" and any("*" in entry.raw.rstrip("*") for entry in condition.values):
            yield condition.pointer, f"In {condition.operator.value if condition.operator else ''} a star crosses colons."


@check(ERROR, fix="Use an operator for text or ARNs.")
def variable_in_typed_operator(document: Document) -> Found:
    """A policy variable stands in an operator that does not replace variables."""
    for _, condition in document.conditions("Numeric", "Date", "IpAddress", "NotIpAddress", "Binary", "Null"):
        for entry in condition.values:
            if "${" in entry.raw:
                yield entry.pointer, f"{show(entry.raw)} is not replaced in {condition.written_operator[:60]!a}."


@check(WARNING, fix="Remove ForAllValues: or ForAnyValue:.")
def set_operator_on_single_value(document: Document) -> Found:
    """ForAllValues or ForAnyValue is used on a key with one value."""
    for _, condition in document.conditions():
        found = _type(condition)
        if found and not found.many and condition.qualifier is not None:
            yield condition.pointer, f"{show(condition.written_key)} has one value; set operators are for several."


@check(SECURITY, fix="Add a Null condition with the value false for the same key, or use ForAnyValue.")
def for_all_values_in_allow(document: Document) -> Found:
    """ForAllValues in an Allow also holds when the key is absent."""
    for line in document.allowing():
        guarded = {c.key for c in line.conditions if c.operator is Operator.NULL and _only(c, "false")}
        for condition in line.conditions:
            if condition.qualifier is Qualifier.ALL and condition.key not in guarded and document.grants:
                yield condition.pointer, f"Without {show(condition.written_key)} in the request the condition holds."


def _only(condition: Condition, value: str) -> bool:
    return bool(condition.values) and all(entry.raw.lower() == value for entry in condition.values)


@check(WARNING, fix="Use ForAnyValue: or ForAllValues:.")
def plain_operator_on_several_values(document: Document) -> Found:
    """A key with several values is compared without ForAllValues or ForAnyValue."""
    for _, condition in document.conditions():
        found = _type(condition)
        if found and found.many and condition.qualifier is None and condition.operator is not Operator.NULL:
            yield condition.pointer, f"{show(condition.written_key)} may hold several values; which must match is not said."


@check(WARNING, fix="Split the condition: one statement for the absent key, one for its values.")
def for_any_value_if_exists(document: Document) -> Found:
    """ForAnyValue together with IfExists: whether an absent key passes is not documented."""
    for _, condition in document.conditions():
        if condition.qualifier is Qualifier.ANY and condition.if_exists:
            yield condition.pointer, f"{show(condition.written_operator)} on an absent key is not defined."


@check(SECURITY, fix="Use the operator without IfExists for the key that is to keep strangers out.")
def if_exists_lets_in(document: Document) -> Found:
    """IfExists in an Allow for everyone passes all who do not bring the key."""
    for line in document.allowing():
        for condition in line.conditions:
            found = _type(condition)
            if line.for_everyone and condition.if_exists and not (found and found.always):
                yield condition.pointer, f"Callers without {show(condition.written_key)} pass."


@check(WARNING, fix="Use a positive operator, or add a Null condition with the value false.")
def negated_operator_in_allow(document: Document) -> Found:
    """A negated operator in an Allow holds when the key is absent."""
    for line in document.allowing():
        for condition in line.conditions:
            found = _type(condition)
            if condition.operator and condition.operator.negated and not (found and found.always) and document.grants:
                yield condition.pointer, f"Without {show(condition.written_key)} in the request the condition holds."


@check(SECURITY, fix="Give the values that are meant.")
def condition_always_holds(document: Document) -> Found:
    """A condition of an Allow holds for every value."""
    for line in document.allowing():
        for condition in line.conditions:
            positive = condition.operator in (Operator.STRING_LIKE, Operator.ARN_LIKE, Operator.ARN_EQUALS)
            if positive and any(entry.template.matches_all for entry in condition.values):
                yield condition.pointer, f"Every value of {show(condition.written_key)} matches a star."


def _networks(document: Document) -> Iterator[tuple[Line, Condition, str, str, tuple[int, int, int]]]:
    for line, condition in document.conditions("IpAddress", "NotIpAddress"):
        for entry in condition.values:
            found = network(entry.raw)
            if found:
                yield line, condition, entry.pointer, entry.raw, found


def _bits(found: tuple[int, int, int]) -> int:
    return (32 if found[0] == 4 else 128) - (found[2] - found[1] + 1).bit_length() + 1


@check(SECURITY, fix="Give the ranges that are meant.")
def every_address(document: Document) -> Found:
    """An address condition of an Allow covers the whole internet."""
    for line, condition, pointer, raw, found in _networks(document):
        if line.allows and condition.operator is Operator.IP_ADDRESS and _bits(found) == 0:
            yield pointer, f"{show(raw)} is every address."


@check(SECURITY, fix="Give narrower ranges.")
def wide_address_range(document: Document) -> Found:
    """An address condition of an Allow covers more than sixteen million addresses."""
    for line, condition, pointer, raw, found in _networks(document):
        limit = 8 if found[0] == 4 else 16
        if line.allows and condition.operator is Operator.IP_ADDRESS and 0 < _bits(found) < limit:
            yield pointer, f"{show(raw)} is no real limit."


@check(WARNING, fix="Use aws:SourceVpce, aws:SourceVpc or aws:VpcSourceIp for traffic from a VPC.")
def private_source_address(document: Document) -> Found:
    """A private range stands in aws:SourceIp, which only ever holds public addresses."""
    import ipaddress

    shared = ipaddress.ip_network("100.64.0.0/10")
    for _, condition, pointer, raw, found in _networks(document):
        if condition.key != "aws:sourceip" or _bits(found) == 0:
            continue
        net = ipaddress.ip_network(raw, strict=False)
        documentation = any(
            net.version == 4 and net.subnet_of(ipaddress.ip_network(text))  # type: ignore[arg-type]
            for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
        )
        if (net.is_private and not documentation) or (net.version == 4 and net.subnet_of(shared)):  # type: ignore[arg-type]
            yield pointer, f"{show(raw)} is private: requests through a VPC endpoint have no aws:SourceIp at all."


@check(WARNING, fix="Remove one of the two conditions.")
def condition_never_holds(document: Document) -> Found:
    """Two conditions of a statement contradict each other, so that it never applies."""
    for line in document.lines:
        for first in line.conditions:
            for second in line.conditions:
                if first.key == second.key and _contradict(first, second):
                    yield second.pointer, f"{show(second.written_key)} cannot meet both conditions."


def _contradict(first: Condition, second: Condition) -> bool:
    if first.gap or second.gap or not first.values or not second.values:
        return False
    if first.operator is Operator.NULL and _only(first, "true"):
        needs_value = second.operator and not second.operator.negated and second.operator is not Operator.NULL
        loose = second.if_exists or second.qualifier is Qualifier.ALL
        return bool(needs_value and not loose) or (second.operator is Operator.NULL and _only(second, "false"))
    if first.qualifier or second.qualifier or first.if_exists or second.if_exists:
        return False
    ours, theirs = ({entry.raw for entry in c.values} for c in (first, second))
    fixed = not any(entry.template.variables for c in (first, second) for entry in c.values)
    if first.operator is Operator.STRING_EQUALS and second.operator is Operator.STRING_NOT_EQUALS:
        return ours <= theirs
    return fixed and first.operator is second.operator is Operator.STRING_EQUALS and first is not second and not ours & theirs


@check(WARNING, fix="Use BoolIfExists: requests with long-term keys do not have the key.")
def mfa_deny_without_if_exists(document: Document) -> Found:
    """A Deny without MFA misses requests that are signed with long-term keys."""
    for line in document.denying():
        for condition in line.conditions:
            tested = condition.key == "aws:multifactorauthpresent" and condition.operator is Operator.BOOL
            if tested and _only(condition, "false") and not condition.if_exists:
                yield condition.pointer, "Without MFA and with access keys the key is absent, and nothing is denied."


@check(WARNING, fix='Add the condition "Bool": {"aws:ViaAWSService": "false"}.')
def source_address_deny_hits_services(document: Document) -> Found:
    """A Deny by source address also hits calls that services make for the principal."""
    for line in document.denying():
        for condition in line.conditions:
            negated = condition.operator is Operator.NOT_IP_ADDRESS and condition.key == "aws:sourceip"
            if negated and not line.has_key("aws:viaawsservice", "aws:principalisawsservice", "aws:calledvia"):
                yield condition.pointer, "Services call with their own addresses or through endpoints without any."


@check(SECURITY, fix="Use a key that the caller cannot choose.")
def caller_chooses_key(document: Document) -> Found:
    """An Allow for everyone rests on a header that the caller writes himself."""
    for line in document.allowing():
        chosen = [condition for condition in line.conditions if condition.key in _CALLER_SETS]
        if line.for_everyone and chosen and len(chosen) == len(line.conditions):
            yield chosen[0].pointer, f"Anyone can send {show(chosen[0].written_key)} as he likes."


@check(WARNING, fix="Compare with the ARN of the role.")
def session_in_principal_arn(document: Document) -> Found:
    """aws:PrincipalArn is compared with the ARN of a session, but holds that of the role."""
    for _, condition in document.conditions():
        for entry in condition.values if condition.key == "aws:principalarn" else ():
            if ":assumed-role/" in entry.raw:
                yield entry.pointer, f"{show(entry.raw)} never matches: for sessions the key holds the role's ARN."


@check(SUGGESTION, fix="Remove the second one.")
def duplicate_value(document: Document) -> Found:
    """A value of a condition is listed twice."""
    for _, condition in document.conditions():
        seen: set[str] = set()
        for entry in condition.values:
            if entry.raw in seen:
                yield entry.pointer, f"{show(entry.raw)} is listed already."
            seen.add(entry.raw)


@check(WARNING, fix="Remove the statement, or move the date.")
def date_has_passed(document: Document) -> Found:
    """A statement applies only before a date that has passed."""
    if document.today is None:
        return
    now = moment(document.today.isoformat())
    for line, condition in document.conditions("DateLessThan"):
        bounds = [moment(entry.raw) for entry in condition.values]
        if condition.key != "aws:currenttime" or not bounds or now is None or condition.if_exists:
            continue
        if all(bound is not None and bound < now for bound in bounds):
            yield condition.pointer, f"The {'grant' if line.allows else 'denial'} has expired."


@check(WARNING, fix="Correct the name of the key.")
def unknown_variable(document: Document) -> Found:
    """A policy variable names a key that does not exist."""
    for entry in _with_variables(document):
        for variable in entry.template.variables:
            prefix = variable.key.partition(":")[0]
            known = key_type(variable.key) or variable.key in ROLE_SESSION_KEYS
            if not known and "." not in prefix:
                yield entry.pointer, f"{show(variable.written)} is no condition key, so the text matches nothing."


def _with_variables(document: Document) -> Iterator[Entry]:
    for line in document.lines:
        yield from (entry for entry in line.resource_entries if entry.template.variables)
        for condition in line.conditions:
            yield from (entry for entry in condition.values if entry.template.variables)


@check(ERROR, fix="Use a key with one value.")
def variable_with_several_values(document: Document) -> Found:
    """A policy variable names a key that holds several values."""
    for entry in _with_variables(document):
        for variable in entry.template.variables:
            found = key_type(variable.key)
            if found and found.many:
                yield entry.pointer, f"{show(variable.written)} holds several values and cannot be a variable."


@check(ERROR, fix="Close the brace, and put the default into single quotes.")
def malformed_variable(document: Document) -> Found:
    """A policy variable is not closed or malformed, so it is literal text."""
    if not document.policy.variables:
        return
    for line in document.lines:
        entries = [*line.resource_entries]
        for condition in line.conditions:
            if condition.operator is not None and condition.operator.takes_variables:
                entries.extend(condition.values)
        for entry in entries:
            literal = "".join(part for part in entry.template.parts if isinstance(part, str))
            if re.search(r"\$\{", literal) and "${$}" not in entry.raw:
                yield entry.pointer, f"{show(entry.raw)} holds an unfinished variable."


@check(SUGGESTION, fix="Add a default, or a statement for callers without the key.")
def variable_of_users_in_role_policy(document: Document) -> Found:
    """aws:username is used as a variable, but only users have it, not role sessions."""
    if document.kind is PolicyKind.IDENTITY:
        for entry in _with_variables(document):
            if any(v.key == "aws:username" and v.default is None for v in entry.template.variables):
                yield entry.pointer, f"For a role session {show(entry.raw)} matches nothing."
