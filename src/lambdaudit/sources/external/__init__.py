"""Reports of other analysers: SARIF of any tool, and the JSON of common linters and dependency checkers."""

from .read import FORMATS, ExternalError, read_report

__all__ = ["FORMATS", "ExternalError", "read_report"]
