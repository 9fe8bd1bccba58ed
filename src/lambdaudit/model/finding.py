"""What an audit says: severities, verdicts, findings, coverage and the report that joins them."""

import enum
from typing import Any

import msgspec

from .where import Where


class Severity(enum.StrEnum):
    """How much damage an attacker can do with it, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical … 4 for info: sorts worst first."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Confidence(enum.StrEnum):
    """How sure the claim is: high = follows from what was read; medium = a usual assumption; low = a hint."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Status(enum.StrEnum):
    """The verdict of one rule on one asset."""

    FAIL = "fail"
    PASS = "pass"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class Change(enum.StrEnum):
    """What a finding is compared with a baseline: not in it, in it with a lower severity, or in it."""

    NEW = "new"
    WORSE = "worse"
    KNOWN = "known"


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One proof: the place, what stands there (never a secret value), and for policies the request that is allowed."""

    where: Where
    text: str = ""
    witness: dict[str, Any] = {}


class Fix(msgspec.Struct, frozen=True, omit_defaults=True):
    """How to mend it: words, commands a person can review and run, and a patch. The tool itself never runs the commands.

    `patch` is a unified diff of the template that is at fault, with paths relative to the audited folder, or empty.
    """

    text: str
    commands: tuple[str, ...] = ()
    patch: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One faulty thing, with every function that it affects.

    `fingerprint` is stable: a hash of rule, asset and `key`, without line numbers or order. `asset` is the id of the thing at
    fault (usually an ARN), `functions` are ids of the functions affected.

    In templates `address` says where the asset is written (``template.yaml#Orders``), and `identity` is what baselines compare:
    it holds neither lines nor the account, region and stack that a template does not settle. Both are empty for accounts,
    where `asset` and `fingerprint` do. `change` is set when the audit was compared with a baseline.
    """

    fingerprint: str
    rule: str
    title: str
    severity: Severity
    confidence: Confidence
    message: str
    asset: str
    asset_kind: str
    asset_name: str
    account: str = ""
    region: str = ""
    where: Where
    evidence: tuple[Evidence, ...] = ()
    functions: tuple[str, ...] = ()
    why: str = ""
    fix: Fix
    see: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()
    key: str = ""
    address: str = ""
    identity: str = ""
    change: Change | None = None


class NotAssessed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule that could not be judged on an asset: what could not be read, and the IAM action that would have let us.

    `status` is UNKNOWN, or ERROR when the rule itself failed (a defect of ours that never counts as a pass).
    """

    rule: str
    status: Status
    asset: str
    asset_kind: str
    account: str = ""
    region: str = ""
    reason: str
    need: str = ""
    address: str = ""


class RuleResult(msgspec.Struct, frozen=True, kw_only=True):
    """How often one rule ended how: counts over the assets that it looked at."""

    rule: str
    title: str
    severity: Severity
    failed: int = 0
    passed: int = 0
    unknown: int = 0
    not_applicable: int = 0
    error: int = 0


class CallCount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the coverage ledger: how the calls of one operation in one region went.

    `refused` counts throttled attempts that were repeated; `failed` those given up for any other reason than missing rights.
    """

    operation: str
    account: str = ""
    region: str = ""
    asked: int = 0
    answered: int = 0
    denied: int = 0
    failed: int = 0
    unsupported: int = 0
    interrupted: int = 0
    refused: int = 0
    need: str = ""
    error: str = ""


class Coverage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was looked at and what was not.

    `folder` is the path of the audited folder inside its repository, empty when it is the repository or in none.
    """

    source: str = ""
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    calls: tuple[CallCount, ...] = ()
    notes: tuple[str, ...] = ()
    complete: bool = True
    interrupted: bool = False
    folder: str = ""


class Past(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A finding of a baseline that the audit did not repeat."""

    fingerprint: str
    rule: str
    severity: Severity
    message: str
    asset: str
    asset_kind: str
    asset_name: str
    where: Where
    title: str = ""
    account: str = ""
    region: str = ""
    address: str = ""
    identity: str = ""


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What the comparison with an earlier audit gave, beside the `change` of each finding.

    `fixed`: the rule looked and found nothing any more, or the asset is gone. `unjudged`: it failed before and could not be
    judged now, which is no improvement. `skipped` counts what this audit was not asked to look for (rules, severities).
    """

    name: str
    created: str
    tool: str
    new: int
    worse: int
    known: int
    skipped: int
    fixed: tuple[Past, ...] = ()
    unjudged: tuple[Past, ...] = ()


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """Counts shown in every output; computed once, so that terminal, JSON and HTML cannot differ."""

    functions: int
    assets: dict[str, int]
    regions: dict[str, int]
    runtimes: dict[str, int]
    triggers: dict[str, int]
    resources: dict[str, int]
    layers: dict[str, int]
    roles: int
    severities: dict[str, int]
    findings: int
    not_assessed: int
    verdicts: dict[str, int]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an audit found; every reporter reads only this.

    `functions` is the page of each function, `assets` the page of everything around them (roles, managed policies, queues,
    buckets, keys …) and of what a finding is about, each once: a function's page names them by id. :mod:`lambdaudit.overview`
    makes and describes both.
    """

    format: str = "lambdaudit-report"
    version: int = 1
    tool: str
    created: str
    statistics: Statistics
    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    rules: tuple[RuleResult, ...]
    coverage: Coverage
    functions: tuple[dict[str, Any], ...] = ()
    assets: tuple[dict[str, Any], ...] = ()
    baseline: Baseline | None = None

    @property
    def fresh(self) -> tuple[Finding, ...]:
        """The findings that a baseline does not hold (or holds as less severe); all of them without one."""
        return tuple(finding for finding in self.findings if finding.change is not Change.KNOWN)
