"""What entries of advisory feeds concern of an inventory: packages, weaknesses that are known of them, runtimes, services."""

from .assess import AFFECTED, MENTIONED, NONE, OPEN, UNAFFECTED, Concern, Reason, assess
from .estate import Estate, Told

__all__ = ["AFFECTED", "MENTIONED", "NONE", "OPEN", "UNAFFECTED", "Concern", "Estate", "Reason", "Told", "assess"]
