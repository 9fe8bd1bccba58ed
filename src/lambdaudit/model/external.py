"""What other analysers found, as far as it can be joined with functions: their words, our places."""

from .base import Asset, Record
from .where import Where


class ExternalIssue(Record, frozen=True, kw_only=True):
    """One result of another tool.

    `kind` is ``code``, ``secret`` or ``dependency``, `rule` the tool's own id for it, `severity` one of ours, `ids` what else it
    is known by (``CWE-89``, ``CVE-2023-1234``, ``GHSA-…``). For a dependency `package`, `version` and `ecosystem` (OSV's name)
    are set as far as the tool told them, `fixed` is the version that mends it. `functions` are ids of the functions whose code
    it is about; empty when only the components of their code can tell.
    """

    kind: str
    rule: str
    text: str
    where: Where
    severity: str = "medium"
    ids: tuple[str, ...] = ()
    package: str = ""
    version: str = ""
    ecosystem: str = ""
    fixed: str = ""
    functions: tuple[str, ...] = ()


class ExternalReport(Asset, frozen=True, kw_only=True, tag="external-report"):
    """The results of one run of another tool, as ``--import`` reads them. `id` is ``external:`` and the name of the file.

    `version` is the tool's. `left_out` counts results beyond the most that are kept.
    """

    tool: str
    version: str = ""
    issues: tuple[ExternalIssue, ...] = ()
    left_out: int = 0
