"""Checks of Resource and NotResource: shapes of ARNs, resource types, superfluous entries."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

from lambdaudit.iam import actions as catalogue
from lambdaudit.iam.language import Entry, PolicyKind
from lambdaudit.iam.lint.document import Document, Line
from lambdaudit.iam.lint.overlap import arn_may_be
from lambdaudit.iam.lint.registry import ERROR, SECURITY, SUGGESTION, WARNING, Found, check
from lambdaudit.iam.parsing import show
from lambdaudit.iam.patterns import ArnPattern, Variable, Wild, arn_segments

PARTITIONS: Final = frozenset({"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"})
MAX_ARNS: Final = 1_000
MAX_PAIRS: Final = 5_000
"""Actions times resources of one statement that are compared; a policy within AWS's limits has fewer."""
_EXAMPLE_ACCOUNTS: Final = frozenset({"123456789012", "111122223333", "000000000000", "111111111111"})


def _arns(document: Document) -> Iterator[tuple[Line, Entry, tuple[str, ...]]]:
    """The entries that are complete ARNs, with their segments; the first thousand of them."""
    return islice(_all_arns(document), MAX_ARNS)


def _all_arns(document: Document) -> Iterator[tuple[Line, Entry, tuple[str, ...]]]:
    for line in document.lines:
        for entry in line.resource_entries:
            segments = arn_segments(entry.raw)
            if entry.raw.startswith("arn:") and len(segments) == 6:
                yield line, entry, segments


def _wild(text: str) -> bool:
    return "*" in text or "?" in text or "${" in text


@check(ERROR, fix="Use aws, aws-cn, aws-us-gov or another partition that exists.")
def arn_partition(document: Document) -> Found:
    """The partition of an ARN does not exist."""
    for _, entry, segments in _arns(document):
        if segments[1] not in PARTITIONS and not _wild(segments[1]):
            yield entry.pointer, f"There is no partition {show(segments[1])}."


@check(ERROR, fix="Write the service in lower case.")
def arn_service_in_capitals(document: Document) -> Found:
    """The service in an ARN is not in lower case."""
    for _, entry, segments in _arns(document):
        if segments[2] != segments[2].lower():
            yield entry.pointer, f"{show(segments[2])} matches no resource; ARNs are case-sensitive."


@check(ERROR, fix="Correct the service.")
def arn_service(document: Document) -> Found:
    """The service of an ARN does not exist."""
    for _, entry, segments in _arns(document):
        service = segments[2]
        if service == service.lower() and not _wild(service) and service not in catalogue.arn_services():
            yield entry.pointer, f"No resource belongs to a service {show(service)}."


@check(WARNING, fix="Name the service.")
def wildcard_in_arn_service(document: Document) -> Found:
    """A wildcard stands in the service part of an ARN."""
    for _, entry, segments in _arns(document):
        if _wild(segments[2]) and "".join(segments[1:]).strip("*"):
            yield entry.pointer, f"{show(entry.raw)} reaches into every service whose name fits."


@check(ERROR, fix="Use a Region code such as eu-central-1, or a star.")
def arn_region(document: Document) -> Found:
    """The Region of an ARN is not of the form of a Region code."""
    for _, entry, segments in _arns(document):
        region = segments[3]
        if region and not _wild(region) and not re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}", region):
            yield entry.pointer, f"{show(region)} is no Region code."


@check(ERROR, fix="Use the twelve digits of the account.")
def arn_account(document: Document) -> Found:
    """The account of an ARN is not a number of twelve digits."""
    for _, entry, segments in _arns(document):
        account = segments[4]
        special = account in ("", "aws", "cloudfront", "aws-marketplace", "third-party") or _wild(account)
        if not special and not re.fullmatch(r"\d{12}", account, re.ASCII):
            yield entry.pointer, f"{show(account)} is no account id."


@check(WARNING, fix="Use your own account id.")
def example_account(document: Document) -> Found:
    """An account id comes from examples in the documentation."""
    for _, entry, segments in _arns(document):
        if segments[4] in _EXAMPLE_ACCOUNTS:
            yield entry.pointer, f"{segments[4]} is an example; the ARN matches nothing of yours."


@check(WARNING, fix="Move the variable behind the fifth colon.")
def variable_before_fifth_colon(document: Document) -> Found:
    """A policy variable stands in another part of an ARN than the resource."""
    if not document.policy.variables:
        return
    for _, entry, segments in _arns(document):
        if any("${" in segment for segment in segments[:5]):
            yield entry.pointer, f"{show(entry.raw)}: variables work only behind the fifth colon."


@check(WARNING, fix="Write all six parts; IAM fills the missing ones with stars.")
def incomplete_arn(document: Document) -> Found:
    """An ARN has fewer than six parts."""
    for line in document.lines:
        for entry in line.resource_entries:
            if entry.raw.startswith("arn:") and len(arn_segments(entry.raw)) < 6 and not line.on_everything:
                yield entry.pointer, f"{show(entry.raw)} is completed with stars."


def _types(service: str) -> Sequence[catalogue.ResourceType]:
    return tuple(catalogue.resource_types(service).values())


@lru_cache(maxsize=512)
def _formats(service: str) -> list[list[str]]:
    return [kind.arn.split(":", 5) for kind in _types(service) if kind.arn.count(":") >= 5 and kind.arn.split(":")[2] == service]


@lru_cache(maxsize=8_192)
def _fitting(service: str, resource: str) -> tuple[list[str], ...]:
    """The shapes of a service's ARNs that a resource part may be, each in six segments."""
    return tuple(shape for shape in _formats(service) if arn_may_be(resource, shape[5]))


@check(ERROR, fix="Leave the account part empty.")
def account_not_allowed(document: Document) -> Found:
    """An ARN names an account, but the service has none in its ARNs."""
    for _, entry, segments in _arns(document):
        fitting = _fitting(segments[2], segments[5])
        if segments[4].isdigit() and fitting and all(not f[4] for f in fitting):
            yield entry.pointer, f"ARNs of {segments[2]} hold no account here."


@check(ERROR, fix="Leave the Region part empty.")
def region_not_allowed(document: Document) -> Found:
    """An ARN names a Region, but the resource has none in its ARN."""
    for _, entry, segments in _arns(document):
        fitting = _fitting(segments[2], segments[5])
        if segments[3].strip("*") and "${" not in segments[3] and fitting and all(not f[3] for f in fitting):
            yield entry.pointer, f"ARNs of {segments[2]} hold no Region here."


@check(WARNING, fix="Write the account id, or a star.")
def account_missing(document: Document) -> Found:
    """The account part of an ARN is empty, which only some resources of AWS itself have."""
    for _, entry, segments in _arns(document):
        fitting = _fitting(segments[2], segments[5])
        if not segments[4] and fitting and all(f[4] for f in fitting):
            yield entry.pointer, f"{show(entry.raw)} matches nothing of yours without an account."


@check(ERROR, fix="Write the Region, or a star.")
def region_missing(document: Document) -> Found:
    """The Region part of an ARN is empty, but the resource always has one."""
    for _, entry, segments in _arns(document):
        fitting = _fitting(segments[2], segments[5])
        if not segments[3] and fitting and all(f[3] for f in fitting):
            yield entry.pointer, f"{show(entry.raw)} matches nothing without a Region."


@check(WARNING, fix="Correct the resource part; see the resource types of the service.")
def no_such_resource_type(document: Document) -> Found:
    """The resource part of an ARN fits no resource type of the service."""
    for _, entry, segments in _arns(document):
        if _formats(segments[2]) and not _fitting(segments[2], segments[5]):
            yield entry.pointer, f"No resource of {segments[2]} has an ARN like {show(entry.raw)}."


def _explicit(line: Line) -> list[catalogue.Action]:
    """The known actions of the statement that are written out or meant by a pattern within a service."""
    if line.statement.actions is None:
        return []
    patterns = [entry.raw for entry in line.action_entries if ":" in entry.raw and "*" not in entry.raw.partition(":")[0]]
    return [found for name in sorted(catalogue.expand(patterns))[:3000] if (found := catalogue.action(name))]


@lru_cache(maxsize=32_768)
def _takes(action: str, arn: str) -> bool:
    """Whether an action works on a resource that the ARN pattern may mean."""
    found = catalogue.action(action)
    if found is None:
        return True
    types = catalogue.resource_types(action.partition(":")[0])
    formats = [types[used.type].arn for used in found.resources if used.type in types]
    if len(formats) < len(found.resources):
        return True
    return any(arn_may_be(arn, pattern) for pattern in formats)


def _checkable(document: Document) -> Iterator[tuple[Line, list[catalogue.Action], list[Entry]]]:
    for line in document.lines:
        entries = list(line.statement.resources or ())[:200]
        if not entries or line.on_everything or "resource" in line.statement.gaps:
            continue
        known = _explicit(line)
        if known and len(known) * len(entries) <= MAX_PAIRS:
            yield line, known, entries


@check(WARNING, fix="Put the action into a statement of its own with the resource *.")
def action_takes_no_resource(document: Document) -> Found:
    """An action works on no single resource, so that it never matches the ARNs of the statement."""
    for line, known, _ in _checkable(document):
        if document.kind is PolicyKind.RESOURCE:
            continue
        written = {entry.raw.lower() for entry in line.action_entries}
        hit = [found.name for found in known if not found.resources and found.name.lower() in written]
        if hit and line.allows:
            yield line.pointer, f"{', '.join(hit[:5])} can be allowed only on *."


@check(WARNING, fix="Name a resource of a type that the action works on.")
def wrong_resource_type(document: Document) -> Found:
    """An action works on none of the resources of its statement."""
    for line, known, entries in _checkable(document):
        written = {entry.raw.lower() for entry in line.action_entries}
        for found in known:
            if found.resources and found.name.lower() in written and not any(_takes(found.name, e.raw) for e in entries):
                kinds = ", ".join(sorted({used.type for used in found.resources})[:4])
                yield line.pointer, f"{found.name} works on: {kinds}; none of the ARNs is one."


@check(WARNING, fix="Remove the ARN, or add the action that was meant for it.")
def resource_of_no_action(document: Document) -> Found:
    """No action of the statement works on one of its resources."""
    for line, known, entries in _checkable(document):
        if any(not entry.raw.partition(":")[0].strip("*") for entry in line.action_entries):
            continue
        for entry in entries:
            service = arn_segments(entry.raw)[2:3]
            if service and not _wild(service[0]) and not any(_takes(found.name, entry.raw) for found in known):
                yield entry.pointer, f"None of the statement's actions works on {show(entry.raw)}."


@check(WARNING, fix="Add the objects: the bucket's ARN followed by /*.")
def object_action_on_bucket(document: Document) -> Found:
    """Actions on objects stand next to the bucket's ARN alone."""
    for line in document.lines:
        entries = [entry.raw for entry in line.resource_entries]
        if not entries or not all(re.fullmatch(r"arn:[^:]*:s3:::[^/*?]+", raw) for raw in entries):
            continue
        names = {name for name in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject") if name in line.actions}
        if names and line.statement.resources is not None:
            yield line.pointer, f"{', '.join(sorted(names))} work on objects, not on the bucket."


@check(WARNING, fix="Put a slash or a dash before the star, or write the whole name.")
def bucket_prefix(document: Document) -> Found:
    """A star directly behind a bucket's name also covers buckets with longer names, whoever owns them."""
    for line, entry, segments in _arns(document):
        if segments[2] == "s3" and re.fullmatch(r"[a-z0-9.-]*[a-z0-9]\*(/\*)?", segments[5]) and line.allows:
            yield entry.pointer, f"{show(entry.raw)} also covers buckets of strangers whose names begin like this."


@check(SUGGESTION, fix="Remove the second one.")
def duplicate_resource(document: Document) -> Found:
    """A resource is listed twice."""
    for line in document.lines:
        seen: set[str] = set()
        for entry in line.resource_entries:
            if entry.raw in seen:
                yield entry.pointer, f"{show(entry.raw)} is listed already."
            seen.add(entry.raw)


@check(SUGGESTION, fix="Remove the entry, or the wider one if that was not meant.")
def redundant_resource(document: Document) -> Found:
    """A resource is covered by a wider entry of the same list."""
    for line in document.lines:
        entries = [entry for entry in line.resource_entries if not entry.template.variables][:200]
        wide = [(e, ArnPattern(_plain(e))) for e in entries if _wild(e.raw) and not e.template.matches_all]
        for entry in entries:
            text = entry.raw.replace("*", "\x00").replace("?", "\x00")
            for other, pattern in wide:
                if other.raw != entry.raw and pattern.matches(arn_segments(text)):
                    yield entry.pointer, f"{show(entry.raw)} is covered by {show(other.raw)}."
                    break


def _plain(entry: Entry) -> tuple[str | Wild, ...]:
    return tuple(part for part in entry.template.parts if not isinstance(part, Variable))


@check(WARNING, fix="Remove the star, or the other entries.")
def star_beside_arns(document: Document) -> Found:
    """A list of resources holds * next to ARNs, so it is *."""
    for line in document.lines:
        entries = line.statement.resources or ()
        stars = [entry for entry in entries if entry.template.matches_all]
        if stars and len(stars) < len(entries):
            yield stars[0].pointer, "The star makes the other entries meaningless."


@check(SECURITY, fix="List the resources that are needed.")
def allow_with_not_resource(document: Document) -> Found:
    """Allow with NotResource grants access to every resource that is not listed, in other services as well."""
    for line in document.allowing():
        if line.statement.not_resources is not None and document.grants:
            yield line.pointer, "The statement reaches all resources but the listed ones, later ones included."


@check(SUGGESTION, fix="Add the function's ARN followed by :*, if versions and aliases are meant as well.")
def function_without_qualifier(document: Document) -> Found:
    """Invoking is allowed on the unqualified function only."""
    for line in document.allowing():
        if "lambda:InvokeFunction" not in line.actions or document.kind is not PolicyKind.IDENTITY:
            continue
        raws = {entry.raw for entry in line.statement.resources or ()}
        for entry in line.statement.resources or ():
            segments = arn_segments(entry.raw)
            plain = len(segments) == 6 and re.fullmatch(r"function:[A-Za-z0-9_-]+", segments[5])
            if plain and not any(raw.startswith(f"{entry.raw}:") for raw in raws):
                yield entry.pointer, f"{show(entry.raw)} does not cover versions and aliases."
