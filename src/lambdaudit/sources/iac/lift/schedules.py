"""How often a rotation schedule of Secrets Manager comes round, in days."""

import calendar
import datetime as dt
import re
from typing import Final

_RATE: Final = re.compile(r"rate\(\s*(\d{1,6})\s+(hour|day|minute)s?\s*\)")
_CRON: Final = re.compile(r"cron\(\s*(\S{1,40})\s+(\S{1,80})\s+(\S{1,80})\s+(\S{1,80})\s+(\S{1,80})(?:\s+\S{1,40})?\s*\)")
_MONTHS: Final = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
# Sunday is the first day of a week in these expressions.
_WEEKDAYS: Final = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_FIRST: Final = dt.date(2027, 1, 1)
_DAYS: Final = 2 * 366
_PART: Final = re.compile(r"(\*|\w{1,3})(?:-(\w{1,3}))?(?:/(\d{1,2}))?")


def days_between(expression: str) -> int | None:
    """The longest time between two rotations of a ``rate(…)`` or ``cron(…)`` expression, at least one day; None for any other.

    Source of the forms: the user guide of Secrets Manager, "Schedule expressions".
    """
    text = expression.strip()
    if rate := _RATE.fullmatch(text):
        return max(1, {"minute": 0, "hour": int(rate[1]) // 24, "day": int(rate[1])}[rate[2]])
    cron = _CRON.fullmatch(text)
    return _longest_gap(cron[3], cron[4], cron[5]) if cron else None


def _longest_gap(days: str, months: str, weekdays: str) -> int | None:
    in_months = _numbers(months, 1, 12, _MONTHS)
    if in_months is None:
        return None
    last: dt.date | None = None
    longest = 0
    for offset in range(_DAYS):
        day = _FIRST + dt.timedelta(days=offset)
        fires = _fires(day, days, weekdays)
        if fires is None:
            return None
        if fires and day.month in in_months:
            longest = max(longest, (day - last).days if last else 0)
            last = day
    return longest or None


def _fires(day: dt.date, days: str, weekdays: str) -> bool | None:
    """Whether a schedule fires on a day of one of its months; None when it cannot be read."""
    length = calendar.monthrange(day.year, day.month)[1]
    weekday = day.isoweekday() % 7 + 1
    if days != "?":
        return day.day == length if days == "L" else _holds(_numbers(days, 1, 31, {}), day.day)
    name, _, number = weekdays.partition("#")
    if number:
        nth = _numbers(name, 1, 7, _WEEKDAYS)
        return _holds(nth, weekday) and (day.day - 1) // 7 + 1 == int(number) if number.isdecimal() else None
    if weekdays.endswith("L") and len(weekdays) > 1:
        return _holds(_numbers(weekdays[:-1], 1, 7, _WEEKDAYS), weekday) and day.day > length - 7
    return _holds(_numbers(weekdays, 1, 7, _WEEKDAYS), weekday)


def _holds(numbers: frozenset[int] | None, number: int) -> bool | None:
    return None if numbers is None else number in numbers


def _numbers(field: str, low: int, high: int, names: dict[str, int]) -> frozenset[int] | None:
    """The numbers that a field of an expression means; None when it is malformed."""
    found: set[int] = set()
    for part in field.upper().split(","):
        match = _PART.fullmatch(part)
        if match is None:
            return None
        start = low if match[1] == "*" else _number(match[1], names)
        end = _number(match[2], names) if match[2] else high if match[1] == "*" or match[3] else start
        if start is None or end is None or not low <= start <= end <= high or match[3] == "0":
            return None
        found.update(range(start, end + 1, int(match[3] or 1)))
    return frozenset(found)


def _number(text: str, names: dict[str, int]) -> int | None:
    return int(text) if text.isdecimal() else names.get(text)
