"""Several accounts in one run: the members of an organisation, each through a role of the same name."""

import re
from collections.abc import Iterable
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
_ACCOUNT = re.compile(r"\d{12}")


def member_accounts(account: Account) -> dict[str, str]:
    """The active accounts of the organisation, by id, with their names.

    `account` must be the management account or a delegated administrator. Raises SourceError when the list cannot be
    read to its end: a part of an organisation must not pass for the whole.
    """
    call = row("organizations", "ListAccounts")
    found: dict[str, str] = {}
    arguments: dict[str, Any] = dict(call.fixed)
    for _ in range(MAX_PAGES):
        try:
            page = account.caller.send(call, account.home, arguments)
        except Failure as failure:
            hint = "it needs organizations:ListAccounts in the management account or a delegated administrator"
            raise SourceError(f"the accounts of the organisation cannot be listed: {failure.message}", hint) from failure
        for member in page.get("Accounts") or []:
            record = table(member)
            if record.get("Status") == "ACTIVE" and _ACCOUNT.fullmatch(text(record.get("Id"))):
                found[text(record.get("Id"))] = text(record.get("Name"))
        following = text(page.get("NextToken"))
        if not following or following == arguments.get("NextToken"):
            return found
        arguments["NextToken"] = following
    raise SourceError(f"the organisation's list of accounts does not end after {MAX_PAGES} pages")


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
            return base
        role = f"arn:{base.partition}:iam::{number}:role/{role_name}"
        try:
            found = open_account(base=base.session, region=base.home, role_arn=role, external_id=external_id)
        except SourceError as error:
            return Note("account", number, "", "", error.message)
        found.name = names.get(number, "")
        return found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        opened = list(pool.map(enter, wanted))
    return [one for one in opened if isinstance(one, Account)], [one for one in opened if isinstance(one, Note)]
