"""Which functions to look at: all, or those given by ARN, name, pattern or tag, on the command line, in a file or on stdin."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from lambdaudit.model.arn import parse_arn
from lambdaudit.sources.aws.refs import table, text

MAX_NAMED = 20
"""Up to this many named functions of a region are read one by one; more are picked from the region's list."""

MAX_LINES = 100_000

_NAME = re.compile(r"[A-Za-z0-9_-]{1,140}")
_PATTERN = re.compile(r"[A-Za-z0-9_*?\[\]!-]{1,140}")
_QUALIFIER = re.compile(r"\$LATEST|[A-Za-z0-9_-]{1,128}")
_REGION_PATTERN = re.compile(r"[a-z0-9*?-]{1,30}")
_ACCOUNT = re.compile(r"\d{12}")

Form = Literal["name", "pattern", "tag"]


@dataclass(frozen=True, slots=True)
class Target:
    """One way in which functions are chosen. `region` and `account` are empty where the target leaves them open.

    For the form ``tag``, `name` is the key and `value` the value, None for any.
    """

    text: str
    form: Form
    name: str
    region: str = ""
    account: str = ""
    value: str | None = None

    def covers(self, account: str, region: str, name: str) -> bool:
        """Whether a function is meant by its name; a tag target never is."""
        if (self.account and self.account != account) or (self.region and not fnmatchcase(region, self.region)):
            return False
        return name == self.name if self.form == "name" else self.form == "pattern" and fnmatchcase(name, self.name)

    def tagged(self, tags: dict[str, Any]) -> bool:
        """Whether a function with these tags is meant."""
        return self.form == "tag" and self.name in tags and (self.value is None or tags[self.name] == self.value)


@dataclass(frozen=True)
class Selection:
    """The functions that a run is about. `problems` are lines that could not be understood, ready to be shown."""

    targets: tuple[Target, ...] = ()
    problems: tuple[str, ...] = ()
    everything: bool = True
    tags: tuple[Target, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tags", tuple(t for t in self.targets if t.form == "tag"))

    def fixed_regions(self) -> list[str] | None:
        """The regions that the targets name, when every one of them names one; else None."""
        if self.everything or not all(t.region and not any(c in t.region for c in "*?") for t in self.targets):
            return None
        return sorted({t.region for t in self.targets})

    def named(self, account: str, region: str) -> list[str]:
        """The names to look up in a region, each once."""
        found = dict.fromkeys(
            t.name for t in self.targets if t.form == "name" and t.account in ("", account) and t.region in ("", region)
        )
        return list(found)

    def lists(self, account: str, region: str) -> bool:
        """Whether the functions of a region must be listed to find those that are meant."""
        if self.everything or self.tags or len(self.named(account, region)) > MAX_NAMED:
            return True
        return any(t.form == "pattern" and (not t.region or fnmatchcase(region, t.region)) for t in self.targets)

    def only_named(self) -> bool:
        """Whether the run is about a few functions given by name or ARN."""
        return not self.everything and 0 < len(self.targets) <= MAX_NAMED and all(t.form == "name" for t in self.targets)

    def means(self, account: str, region: str, name: str) -> bool:
        """Whether a function is chosen by its name."""
        return self.everything or any(t.covers(account, region, name) for t in self.targets)

    def means_tagged(self, tags: object) -> bool:
        """Whether a function is chosen by its tags."""
        return any(t.tagged(table(tags)) for t in self.tags)

    def tag_filters(self) -> list[dict[str, Any]]:
        """The tag targets, each as a filter of the tagging API. They are alternatives, so each is a question of its own."""
        return [{"Key": t.name} | ({} if t.value is None else {"Values": [t.value]}) for t in self.tags]


def parse_target(given: str) -> Target:
    """One target: an ARN (qualified or not), ``account:function:name``, a name, a glob, or ``tag:Key[=Value]``.

    Raises ValueError, with one line that says what is wrong.
    """
    shown = given.strip()
    if len(shown) > 2048:
        raise ValueError("longer than any function's ARN")
    if shown.startswith("tag:"):
        key, mark, value = shown.removeprefix("tag:").partition("=")
        if not key or len(key) > 128:
            raise ValueError("a tag is chosen as tag:Key or tag:Key=Value")
        return Target(shown, "tag", key, value=value if mark else None)
    if shown.startswith("arn:"):
        return _parse_arn(shown)
    account, region, rest = "", "", shown
    parts = shown.split(":")
    if len(parts) >= 3 and parts[1] == "function" and _ACCOUNT.fullmatch(parts[0]):
        account, rest = parts[0], ":".join(parts[2:])
    elif len(parts) >= 2 and parts[0] == "function":
        rest = ":".join(parts[1:])
    return _parse_name(shown, rest, account, region)


def _parse_arn(shown: str) -> Target:
    arn = parse_arn(shown)
    if arn is None or arn.service != "lambda" or not arn.resource.startswith("function:"):
        raise ValueError("not the ARN of a Lambda function")
    if not _REGION_PATTERN.fullmatch(arn.region) or not _ACCOUNT.fullmatch(arn.account):
        raise ValueError("the ARN of a function has a region and a twelve-digit account")
    target = _parse_name(shown, arn.resource.removeprefix("function:"), arn.account, arn.region)
    if target.form == "name" and any(c in arn.region for c in "*?"):
        return Target(shown, "pattern", target.name, arn.region, arn.account)
    return target


def _parse_name(shown: str, rest: str, account: str, region: str) -> Target:
    name, _, qualifier = rest.partition(":")
    if qualifier and not _QUALIFIER.fullmatch(qualifier):
        raise ValueError("what follows the function's name is no version or alias")
    if _NAME.fullmatch(name):
        return Target(shown, "name", name, region, account)
    if _PATTERN.fullmatch(name):
        return Target(shown, "pattern", name, region, account)
    raise ValueError("not a function's name, ARN or pattern")


def select(given: Iterable[str] = (), lines: Iterable[str] | None = None, source: str = "") -> Selection:
    """The selection that arguments and the lines of a list make; everything when there is neither.

    In `lines`, blank ones and what follows a ``#`` are skipped. A line that cannot be understood becomes one of the
    `problems`, with `source` and its number; the others count. A list without a single line selects nothing.
    """
    targets: dict[tuple[str, ...], Target] = {}
    problems: list[str] = []
    numbered = [("", text(one)) for one in given]
    everything = not numbered and lines is None
    for number, line in enumerate(lines or (), start=1):
        if number > MAX_LINES:
            problems.append(f"{source}:{number}: more than {MAX_LINES} lines, the rest is not read")
            break
        entry = line.partition("#")[0].strip()
        if entry:
            numbered.append((f"{source}:{number}: ", entry))
    for place, entry in numbered:
        try:
            target = parse_target(entry)
        except ValueError as error:
            problems.append(f"{place}{entry[:100]!r}: {error}")
            continue
        targets.setdefault((target.form, target.name, target.region, target.account, str(target.value)), target)
    return Selection(tuple(targets.values()), tuple(problems), everything)
