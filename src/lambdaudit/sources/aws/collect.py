"""A live account as an inventory: credentials, selection, the run, the assembly."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from lambdaudit.model.inventory import Inventory
from lambdaudit.secrets import run_key
from lambdaudit.sources.aws.assemble.inventory import assemble
from lambdaudit.sources.aws.gather import Options, Progress, gather
from lambdaudit.sources.aws.raw import Note
from lambdaudit.sources.aws.session import Account, SourceError, check_regions, open_account
from lambdaudit.sources.aws.targets import Selection, select


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to read and as whom. `functions` are ARNs, names, globs or ``tag:Key=Value``; `lines` those of a list file.

    `source` is the list file's name for messages. Empty `regions` means all that are enabled for the account. With `accounts`
    (ids), `organization` or `units` (ids of organisational units) the credentials only lead on: each account that they name is
    read through its role `member_role`, with `external_id`.
    """

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    mfa_serial: str | None = None
    regions: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    lines: tuple[str, ...] | None = None
    source: str = ""
    thorough: bool = False
    metrics: bool = False
    accounts: tuple[str, ...] = ()
    organization: bool = False
    units: tuple[str, ...] = ()
    member_role: str = ""

    @property
    def several(self) -> bool:
        """Whether it is about more than the account of the credentials."""
        return bool(self.accounts or self.organization or self.units)

    def selection(self) -> Selection:
        """The functions that are meant. Raises SourceError when nothing is left of what was given."""
        chosen = select(self.functions, self.lines, self.source)
        if chosen.problems and not chosen.targets:
            raise SourceError(chosen.problems[0], "no function is left to audit")
        return chosen


def collect(
    request: Request,
    *,
    mfa_prompt: Callable[[str], str] | None = None,
    progress: Callable[[Progress], None] | None = None,
    on_problem: Callable[[str], None] | None = None,
    on_account: Callable[[Account], None] | None = None,
) -> Inventory:
    """Read one account, or several at the same time, and give their inventory.

    `on_problem` gets each line of the list that could not be understood, each target that no function was found for, and each
    account that could not be entered; the others count, and the coverage names it.

    `on_account` gets every account once it answers, for what is asked of it after the run.
    Ctrl-C during the run ends it early with what was read. Raises SourceError, in one line, when no account can be read at all.
    """
    selection = request.selection()
    for problem in selection.problems:
        if on_problem:
            on_problem(problem)
    created = dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
    account = open_account(
        profile=request.profile,
        region=request.regions[0] if request.regions else None,
        role_arn=request.role_arn,
        external_id=request.external_id if request.role_arn or not request.several else None,
        mfa_serial=request.mfa_serial,
        mfa_prompt=mfa_prompt,
    )
    accounts, closed = _members(request, account) if request.several else ([account], [])
    for note in closed:
        if on_problem:
            on_problem(f"account {note.account}: {note.message}")
    if not accounts:
        raise SourceError(f"none of {len(closed)} accounts could be entered, the first: {closed[0].message}")
    for one in accounts:
        if on_account:
            on_account(one)
    regions = _regions(request.regions, selection.fixed_regions(), account.session)
    if away := sorted({*request.regions} - {*account.of_partition(request.regions)}):
        raise SourceError(f"{away[0]} is not in {account.partition}, the partition of account {account.id}", "leave it out")
    raw = gather(
        accounts,
        selection=selection,
        regions=regions,
        options=Options(thorough=request.thorough, metrics=request.metrics),
        progress=progress,
    )
    if on_problem:
        for problem in _lost(raw.notes, len(accounts)):
            on_problem(problem)
    raw.notes.extend(closed)
    return assemble(raw, created=created, fingerprint_key=run_key())


def _lost(notes: Iterable[Note], accounts: int) -> list[str]:
    """One line for each target that meant nothing in any of the accounts."""
    counts = Counter(f"{note.subject[:200]}: {note.message}" for note in notes if note.kind == "target" and note.subject)
    return [line for line, count in counts.items() if count == accounts]


def _members(request: Request, base: Account) -> tuple[list[Account], list[Note]]:
    """The accounts that a request names, entered, and a note for each that could not be."""
    from lambdaudit.sources.aws.organization import accounts_of_units, member_accounts, open_members

    names = member_accounts(base) if request.organization else {}
    if request.units:
        names |= accounts_of_units(base, request.units)
    ids = sorted({*names, *request.accounts})
    if not ids:
        raise SourceError("no active account is in the organisation or in the units that were named")
    return open_members(base, ids, request.member_role, external_id=request.external_id, names=names)


def _regions(given: tuple[str, ...], fixed: Iterable[str] | None, session: object) -> list[str]:
    from botocore.session import Session

    assert isinstance(session, Session)
    return check_regions(session, given) if given else sorted(fixed or ())
