"""Facts that rules ask for: joined from the inventory and the IAM engine, on demand and remembered."""

from .audit import Audit

__all__ = ["Audit"]
