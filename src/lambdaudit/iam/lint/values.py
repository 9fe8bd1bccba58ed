"""Checks of the values of conditions: numbers, dates, networks, ARNs, accounts, organisations."""

import re
from typing import Final

from lambdaudit.iam.lint.document import Document
from lambdaudit.iam.lint.registry import ERROR, Found, check
from lambdaudit.iam.parsing import show
from lambdaudit.iam.patterns import arn_segments
from lambdaudit.iam.values import binary, moment, network, number, truth

_ACCOUNT_KEYS: Final = frozenset(
    {
        "aws:sourceaccount",
        "aws:principalaccount",
        "aws:resourceaccount",
        "aws:sourceowner",
        "kms:calleraccount",
        "s3:resourceaccount",
    }
)
_ORG_KEYS: Final = frozenset({"aws:principalorgid", "aws:resourceorgid", "aws:sourceorgid", "aws:vpceorgid"})


def _bad_values(document: Document, start: tuple[str, ...], good: object) -> Found:
    for _, condition in document.conditions(*start):
        for entry in condition.values:
            if "${" not in entry.raw and callable(good) and good(entry.raw) is None:
                yield entry.pointer, f"{show(entry.raw)} can never match in {condition.written_operator[:60]!a}."


@check(ERROR, fix="Write a number.")
def value_is_no_number(document: Document) -> Found:
    """The value of a numeric operator is no number."""
    yield from _bad_values(document, ("Numeric",), number)


@check(ERROR, fix="Write a date such as 2030-01-31T12:00:00Z, or seconds since 1970.")
def value_is_no_date(document: Document) -> Found:
    """The value of a date operator is no date."""
    yield from _bad_values(document, ("Date",), moment)


@check(ERROR, fix="Write an address or a range such as 203.0.113.0/24.")
def value_is_no_network(document: Document) -> Found:
    """The value of an IP operator is no address and no range."""
    yield from _bad_values(document, ("IpAddress", "NotIpAddress"), network)


@check(ERROR, fix="Write true or false.")
def value_is_no_truth_value(document: Document) -> Found:
    """The value of Bool is neither true nor false."""
    yield from _bad_values(document, ("Bool",), truth)


@check(ERROR, fix="Write true (the key must be absent) or false (it must be there).")
def value_of_null(document: Document) -> Found:
    """The value of Null is neither true nor false."""
    yield from _bad_values(document, ("Null",), truth)


@check(ERROR, fix="Write the value in base 64.")
def value_is_no_base64(document: Document) -> Found:
    """The value of BinaryEquals is not in base 64."""
    yield from _bad_values(document, ("Binary",), binary)


@check(ERROR, fix="Write an ARN with six parts; stars may stand in each.")
def value_is_no_arn(document: Document) -> Found:
    """The value of an ARN operator is no ARN."""
    for _, condition in document.conditions("Arn"):
        for entry in condition.values:
            whole = entry.template.matches_all or entry.template.variables
            if not whole and (len(arn_segments(entry.raw)) < 6 or not entry.raw.startswith("arn:")):
                yield entry.pointer, f"{show(entry.raw)} is not of the form of an ARN."


@check(ERROR, fix="Write twelve digits.")
def value_is_no_account(document: Document) -> Found:
    """An account key is compared with something that is no account id."""
    for _, condition in document.conditions("String"):
        for entry in condition.values if condition.key in _ACCOUNT_KEYS else ():
            if not re.fullmatch(r"[\d*?]{1,12}|.*\$\{.*", entry.raw) or (entry.raw.isdigit() and len(entry.raw) != 12):
                yield entry.pointer, f"{show(entry.raw)} is no account id."


@check(ERROR, fix="Write the id of the organisation: o- and ten or more letters and digits.")
def value_is_no_organisation(document: Document) -> Found:
    """An organisation key is compared with something that is no organisation id."""
    for _, condition in document.conditions("String"):
        for entry in condition.values if condition.key in _ORG_KEYS else ():
            if not re.fullmatch(r"o-[a-z0-9]{10,32}|.*[*?$].*", entry.raw):
                yield entry.pointer, f"{show(entry.raw)} is no organisation id."
