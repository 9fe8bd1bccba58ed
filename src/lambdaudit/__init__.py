"""lambdaudit: security auditor for AWS Lambda and everything around it.

    from lambdaudit import audit, read_snapshot
    report = audit(read_snapshot("account.snapshot.json.gz"))

The names below are loaded on first use, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lambdaudit.version import __version__

if TYPE_CHECKING:
    from lambdaudit.config import Options
    from lambdaudit.engine import audit
    from lambdaudit.model.finding import Finding, Report, Severity
    from lambdaudit.model.inventory import Inventory
    from lambdaudit.model.snapshot import read as read_snapshot
    from lambdaudit.model.snapshot import write as write_snapshot
    from lambdaudit.model.unknown import Unknown, known
    from lambdaudit.sources.aws.collect import Request, collect

_HOMES = {
    "Finding": ("model.finding", "Finding"),
    "Inventory": ("model.inventory", "Inventory"),
    "Options": ("config", "Options"),
    "Report": ("model.finding", "Report"),
    "Request": ("sources.aws.collect", "Request"),
    "Severity": ("model.finding", "Severity"),
    "Unknown": ("model.unknown", "Unknown"),
    "audit": ("engine", "audit"),
    "collect": ("sources.aws.collect", "collect"),
    "known": ("model.unknown", "known"),
    "read_snapshot": ("model.snapshot", "read"),
    "write_snapshot": ("model.snapshot", "write"),
}

__all__ = [
    "Finding",
    "Inventory",
    "Options",
    "Report",
    "Request",
    "Severity",
    "Unknown",
    "__version__",
    "audit",
    "collect",
    "known",
    "read_snapshot",
    "write_snapshot",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lambdaudit' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(f"lambdaudit.{module}"), attribute)
