"""A live account as an inventory: credentials, selection, the run, the assembly."""

import datetime as dt
from collections.abc import Callable, Iterable

import msgspec

from lambdaudit.model.inventory import Inventory
from lambdaudit.secrets import run_key
from lambdaudit.sources.aws.assemble import assemble
from lambdaudit.sources.aws.gather import Options, Progress, gather
from lambdaudit.sources.aws.session import Account, SourceError, check_regions, open_account
from lambdaudit.sources.aws.targets import Selection, select


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to read and as whom. `functions` are ARNs, names, globs or ``tag:Key=Value``; `lines` those of a list file.

    `source` is the list file's name for messages. Empty `regions` means all that are enabled for the account.
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
    """Read one account and give its inventory.

    `on_problem` gets each line of the list that could not be understood; the others count. `on_account` gets the account once it
    answers, for what is asked of it after the run. Ctrl-C during the run ends it early
    with what was read. Raises SourceError, in one line, when the account cannot be read at all.
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
        external_id=request.external_id,
        mfa_serial=request.mfa_serial,
        mfa_prompt=mfa_prompt,
    )
    if on_account:
        on_account(account)
    regions = _regions(request.regions, selection.fixed_regions(), account.session)
    raw = gather(
        [account],
        selection=selection,
        regions=regions,
        options=Options(thorough=request.thorough),
        progress=progress,
    )
    return assemble(raw, created=created, fingerprint_key=run_key())


def _regions(given: tuple[str, ...], fixed: Iterable[str] | None, session: object) -> list[str]:
    from botocore.session import Session

    assert isinstance(session, Session)
    return check_regions(session, given) if given else sorted(fixed or ())
