"""Options of an audit: what is trusted, which rules run, how findings are weighed."""

import datetime as dt
from dataclasses import dataclass, field

from lambdaudit.model.finding import Severity


@dataclass(frozen=True, slots=True)
class Options:
    """What an audit is told besides the inventory.

    `trusted_accounts` are twelve-digit ids that count as ours, besides the audited ones; `today` decides about life cycles (None:
    the day on which the inventory was collected, so that a snapshot gives the same result on any day). `select` and `ignore` hold
    rule ids or globs of them. `persona` ``default`` or ``strict``.
    """

    trusted_accounts: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()
    today: dt.date | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_severity: Severity = Severity.INFO
    persona: str = "default"
    public_on_purpose: tuple[str, ...] = field(default=())
