"""Options of an audit: what is trusted, which rules run, how findings are weighed."""

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdaudit.model.finding import Severity

if TYPE_CHECKING:
    from lambdaudit.advisories.index import PackageIndex
    from lambdaudit.advisories.matching import Source


@dataclass(frozen=True, slots=True)
class Options:
    """What an audit is told besides the inventory.

    `trusted_accounts` are twelve-digit ids that count as ours, besides the audited ones; `today` decides about life cycles (None:
    the day on which the inventory was collected, so that a snapshot gives the same result on any day). `select` and `ignore` hold
    rule ids or globs of them. `persona` ``default`` or ``strict``. `advisories` tells of known weaknesses of third-party software
    (None: nothing was asked), `package_index` of newer versions, before the list that is shipped.
    """

    trusted_accounts: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()
    today: dt.date | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_severity: Severity = Severity.INFO
    persona: str = "default"
    public_on_purpose: tuple[str, ...] = field(default=())
    advisories: "Source | None" = None
    package_index: "PackageIndex | None" = None
