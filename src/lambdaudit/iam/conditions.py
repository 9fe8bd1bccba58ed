"""Condition operators on a request context: all 27, IfExists, ForAnyValue, ForAllValues, missing keys, variables.

Source: IAM user guide, "Condition operators" and "Multivalued context keys". Results have three values: True, False, and
None where the guide leaves the outcome open or a value is not known. None is never rounded.

Settled: a missing key makes a positive operator false, a negated one true, IfExists and ForAllValues true and
ForAnyValue false. A variable without a value matches nothing. Open: ForAnyValue with IfExists on a missing key, an
operator without set qualifier on a key with several values when its values disagree.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final, TypeAlias

from lambdaudit.iam.language import Condition, Entry, Operator, Qualifier
from lambdaudit.iam.patterns import ArnPattern, Matcher, Template, Wild, arn_segments, glob, substitute
from lambdaudit.iam.values import address, binary, moment, network, number, truth
from lambdaudit.model.unknown import Unknown

Tri: TypeAlias = bool | None
"""True, False, or None for "both are possible"."""

ContextValue: TypeAlias = str | tuple[str, ...] | Unknown
Context: TypeAlias = Mapping[str, ContextValue]
"""Context keys in lower case. A tuple is a key with several values; an empty one counts as absent."""

Check: TypeAlias = Callable[[Context], Tri]
_ValueTest: TypeAlias = Callable[[str, Context], Tri]
"""Does a value of the request match one of the policy's values (the negation not yet applied)?"""


def any_of(results: Iterable[Tri]) -> Tri:
    """Disjunction of three-valued results."""
    outcome: Tri = False
    for result in results:
        if result:
            return True
        if result is None:
            outcome = None
    return outcome


def all_of(results: Iterable[Tri]) -> Tri:
    """Conjunction of three-valued results."""
    outcome: Tri = True
    for result in results:
        if result is False:
            return False
        if result is None:
            outcome = None
    return outcome


def negate(result: Tri) -> Tri:
    """Negation of a three-valued result."""
    return None if result is None else not result


def compile_condition(condition: Condition) -> Check:
    """Turn a condition into a function of the context. A condition with gaps gives None where they could decide."""
    operator = condition.operator
    if operator is None:
        return lambda context: None
    if operator is Operator.NULL:
        return _null(condition)
    test = _value_test(operator, condition.values)
    if condition.gap:
        test = _with_gap(test)
    return _quantified(condition, test, operator.negated)


def _with_gap(test: _ValueTest) -> _ValueTest:
    """Another value, which could not be read, may match as well."""
    return lambda value, context: test(value, context) or None


def _null(condition: Condition) -> Check:
    key, wanted = condition.key, {truth(entry.raw) for entry in condition.values}
    doubtful = condition.gap or None in wanted

    def check(context: Context) -> Tri:
        value = context.get(key, ())
        if isinstance(value, Unknown):
            return True if wanted >= {True, False} else None
        return (value == ()) in wanted or (None if doubtful else False)

    return check


def _quantified(condition: Condition, test: _ValueTest, negated: bool) -> Check:
    key, qualifier = condition.key, condition.qualifier
    missing = _when_missing(condition, negated)

    def one(value: str, context: Context) -> Tri:
        result = test(value, context)
        return negate(result) if negated else result

    def check(context: Context) -> Tri:
        value = context.get(key, ())
        if type(value) is str:
            if qualifier is None:
                return one(value, context)
            # An empty text is an empty set to the set operators.
            return one(value, context) if value else qualifier is Qualifier.ALL
        if isinstance(value, Unknown):
            return None
        if not value:
            return missing
        results = [one(item, context) for item in value if item or qualifier is None]
        if qualifier is Qualifier.ANY:
            return any_of(results)
        everyone = all_of(results)
        if qualifier is Qualifier.ALL:
            return everyone
        return everyone if everyone is any_of(results) else None

    return check


def _when_missing(condition: Condition, negated: bool) -> Tri:
    if condition.qualifier is Qualifier.ANY:
        return None if condition.if_exists else False
    return condition.if_exists or condition.qualifier is Qualifier.ALL or negated


def _value_test(written: Operator, values: tuple[Entry, ...]) -> _ValueTest:
    operator = written.positive
    templates = [entry.template for entry in values]
    # A text that is no number, date or address matches nothing. Whether a negated operator then holds is open.
    unreadable: Tri = None if written.negated else False
    if operator is Operator.STRING_EQUALS:
        return _texts(templates, ignore_case=False)
    if operator is Operator.STRING_EQUALS_IGNORE_CASE:
        return _texts(templates, ignore_case=True)
    if operator is Operator.STRING_LIKE:
        return _text_patterns(templates)
    if operator in (Operator.ARN_EQUALS, Operator.ARN_LIKE):
        return _arn_patterns(templates)
    if operator is Operator.BOOL:
        return _bools(templates)
    if operator is Operator.IP_ADDRESS:
        return _networks(values, unreadable)
    if operator is Operator.BINARY_EQUALS:
        return _binaries(values)
    return _ordered(operator, values, unreadable)


def variable_values(context: Context) -> Callable[[str], str | None]:
    """The values of policy variables. A key with several values has none: the guide takes only single-valued keys."""

    def value_of(key: str) -> str | None:
        value = context.get(key)
        if isinstance(value, tuple) and len(value) == 1:
            return value[0]
        return value if type(value) is str else None

    return value_of


def open_variables(template: Template, context: Context) -> bool:
    """Whether a variable of the template has a value that is not known, or several."""
    for variable in template.variables:
        value = context.get(variable.key)
        if isinstance(value, Unknown) or (isinstance(value, tuple) and len(value) > 1):
            return True
    return False


def _filled(template: Template, context: Context) -> tuple[str | Wild, ...] | None | Unknown:
    """The parts with variables replaced; None when one has no value, Unknown when its value is open."""
    if open_variables(template, context):
        return _OPEN
    return substitute(template, variable_values(context))


_OPEN: Final = Unknown("the value of a policy variable is not known")


def _split(templates: list[Template]) -> tuple[list[Template], list[Template]]:
    """Templates without and with variables."""
    fixed = [template for template in templates if not template.variables]
    return fixed, [template for template in templates if template.variables]


def _texts(templates: list[Template], *, ignore_case: bool) -> _ValueTest:
    def fold(text: str) -> str:
        return text.lower() if ignore_case else text

    fixed, variable = _split(templates)
    exact = frozenset(fold(template.literal or "") for template in fixed)

    def filled(template: Template, value: str, context: Context) -> Tri:
        parts = _filled(template, context)
        if isinstance(parts, Unknown):
            return None
        return parts is not None and fold("".join(part for part in parts if isinstance(part, str))) == value

    if not variable:
        return lambda value, context: fold(value) in exact
    return lambda value, context: fold(value) in exact or any_of(filled(template, fold(value), context) for template in variable)


def _fixed_parts(template: Template) -> tuple[str | Wild, ...]:
    return substitute(template, lambda key: None) or ()


def _text_patterns(templates: list[Template]) -> _ValueTest:
    fixed, variable = _split(templates)
    exact = frozenset(template.literal for template in fixed if template.literal is not None)
    globs: list[Matcher] = [glob(_fixed_parts(template)) for template in fixed if template.literal is None]

    def filled(template: Template, value: str, context: Context) -> Tri:
        parts = _filled(template, context)
        if isinstance(parts, Unknown):
            return None
        return parts is not None and glob(parts)(value)

    def test(value: str, context: Context) -> Tri:
        if value in exact or any(match(value) for match in globs):
            return True
        return any_of(filled(template, value, context) for template in variable) if variable else False

    return test


def _arn_patterns(templates: list[Template]) -> _ValueTest:
    fixed, variable = _split(templates)
    patterns = [ArnPattern(_fixed_parts(template)) for template in fixed]

    def filled(template: Template, segments: tuple[str, ...], context: Context) -> Tri:
        parts = _filled(template, context)
        if isinstance(parts, Unknown):
            return None
        return parts is not None and ArnPattern(parts).matches(segments)

    def test(value: str, context: Context) -> Tri:
        segments = arn_segments(value)
        if any(pattern.matches(segments) for pattern in patterns):
            return True
        return any_of(filled(template, segments, context) for template in variable) if variable else False

    return test


def _bools(templates: list[Template]) -> _ValueTest:
    fixed, variable = _split(templates)
    wanted = {truth(template.literal or "") for template in fixed} - {None}

    def filled(template: Template, value: bool, context: Context) -> Tri:
        parts = _filled(template, context)
        if isinstance(parts, Unknown):
            return None
        return parts is not None and truth("".join(part for part in parts if isinstance(part, str))) is value

    def test(value: str, context: Context) -> Tri:
        found = truth(value)
        if found is None or found in wanted:
            return found is not None
        return any_of(filled(template, found, context) for template in variable) if variable else False

    return test


def _networks(values: tuple[Entry, ...], unreadable: Tri) -> _ValueTest:
    networks = [found for entry in values if (found := network(entry.raw)) is not None]
    otherwise = unreadable if len(networks) < len(values) else False

    def test(value: str, context: Context) -> Tri:
        found = address(value)
        if found is None:
            return unreadable
        version, place = found
        if any(version == v and first <= place <= last for v, first, last in networks):
            return True
        return otherwise

    return test


def _binaries(values: tuple[Entry, ...]) -> _ValueTest:
    wanted = {found for entry in values if (found := binary(entry.raw)) is not None}
    return lambda value, context: binary(value) in wanted or value.encode("utf-8", "surrogatepass") in wanted


_COMPARISONS: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}


def _ordered(operator: Operator, values: tuple[Entry, ...], unreadable: Tri) -> _ValueTest:
    """Numbers and dates."""
    read = moment if operator.value.startswith("Date") else number
    compare = _COMPARISONS[operator.value.removeprefix("Date").removeprefix("Numeric")]
    wanted = [found for entry in values if (found := read(entry.raw)) is not None]
    otherwise = unreadable if len(wanted) < len(values) else False

    def test(value: str, context: Context) -> Tri:
        found = read(value)
        if found is None:
            return unreadable
        return True if any(compare(found, bound) for bound in wanted) else otherwise

    return test
