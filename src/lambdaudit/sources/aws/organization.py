"""Several accounts in one run: those of an organisation, of its units or of a list, each through a role of the same name."""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lambdaudit.sources.aws.calls import row
from lambdaudit.sources.aws.errors import Failure
from lambdaudit.sources.aws.raw import Note
from lambdaudit.sources.aws.refs import table, text
from lambdaudit.sources.aws.session import Account, SourceError, open_account

AT_ONCE = 8
"""Roles that are assumed at the same time."""
MAX_PAGES = 2500
MAX_UNITS = 2000
"""Units below those that were asked for: an organisation may have 2,000."""
_ACCOUNT = re.compile(r"\d{12}")
_UNIT = re.compile(r"ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|r-[0-9a-z]{4,32}")
_NEEDS = "it needs organizations:{} in the management account or a delegated administrator"


def member_accounts(account: Account) -> dict[str, str]:
    """The active accounts of the organisation, by id, with their names.

    `account` must be the management account or a delegated administrator. Raises SourceError when the list cannot be
    read to its end: a part of an organisation must not pass for the whole.
    """
    return _active(_listed(account, "ListAccounts", "Accounts", {}))


def accounts_of_units(account: Account, units: Iterable[str]) -> dict[str, str]:
    """The active accounts in some organisational units (or roots) and in all units below them, by id, with their names.

    Raises SourceError for what is no id of a unit, and when a list cannot be read to its end.
    """
    waiting = list(dict.fromkeys(units))
    for unit in waiting:
        if not _UNIT.fullmatch(unit):
            raise SourceError(f"{unit[:60]!r} is no organisational unit", "it looks like ou-ab12-cd34ef56, a root like r-ab12")
    seen: set[str] = set()
    found: dict[str, str] = {}
    while waiting:
        unit = waiting.pop()
        if unit in seen:
            continue
        seen.add(unit)
        if len(seen) > MAX_UNITS:
            raise SourceError(f"more than {MAX_UNITS} units are below those that were named")
        found |= _active(_listed(account, "ListAccountsForParent", "Accounts", {"ParentId": unit}))
        below = _listed(account, "ListOrganizationalUnitsForParent", "OrganizationalUnits", {"ParentId": unit})
        waiting += (text(one.get("Id")) for one in below)
    return found


def _listed(account: Account, operation: str, name: str, given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    call = row("organizations", operation)
    arguments: dict[str, Any] = dict(call.fixed) | given
    about = f" of {given['ParentId']}" if given else ""
    for _ in range(MAX_PAGES):
        try:
            page = account.caller.send(call, account.home, arguments)
        except Failure as failure:
            message = f"the accounts{about or ' of the organisation'} cannot be listed: {failure.message}"
            raise SourceError(message, _NEEDS.format(operation)) from failure
        yield from map(table, page.get(name) or [])
        following = text(page.get("NextToken"))
        if not following or following == arguments.get("NextToken"):
            return
        arguments["NextToken"] = following
    raise SourceError(f"the list of accounts{about or ' of the organisation'} does not end after {MAX_PAGES} pages")


def _active(records: Iterable[dict[str, Any]]) -> dict[str, str]:
    return {
        text(record.get("Id")): text(record.get("Name"))
        for record in records
        if record.get("Status") == "ACTIVE" and _ACCOUNT.fullmatch(text(record.get("Id")))
    }


def open_members(
    base: Account, ids: Iterable[str], role_name: str, *, external_id: str | None = None, names: dict[str, str] | None = None
) -> tuple[list[Account], list[Note]]:
    """Assume `role_name` in each account with the credentials of `base`, which is taken as it is where it is meant itself.

    Gives the accounts that opened, in the order of `ids`, and a note for each that did not.
    """
    wanted = list(dict.fromkeys(ids))
    names = names or {}

    def enter(number: str) -> Account | Note:
        if not _ACCOUNT.fullmatch(number):
            return Note("account", number[:40], "", "", "an account has twelve digits")
        if number == base.id:
            base.name = names.get(number, base.name)
            return base
        role = f"arn:{base.partition}:iam::{number}:role/{role_name}"
        try:
            found = open_account(base=base.session, region=base.home, role_arn=role, external_id=external_id)
        except SourceError as error:
            return Note("account", number, "", "", f"not read: {error.message}")
        found.name = names.get(number, "")
        return found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        opened = list(pool.map(enter, wanted))
    return [one for one in opened if isinstance(one, Account)], [one for one in opened if isinstance(one, Note)]
