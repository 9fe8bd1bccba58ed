"""Which output a file name asks for: the longest suffix that fits decides."""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lambdaudit.model.finding import Report

_MODULES: Final = {
    ".json": "json_report",
    ".html": "html",
    ".sarif": "sarif",
    ".csv": "csv_report",
    ".md": "markdown",
    ".junit.xml": "junit",
    ".codeclimate.json": "codeclimate",
    ".asff.json": "asff",
    ".ocsf.json": "ocsf",
}

SUFFIXES: Final = tuple(_MODULES)
"""What names of outputs may end in."""


def render(report: "Report", output: str) -> bytes:
    """The report in the format that a file name asks for. Raises ValueError when its suffix is none of SUFFIXES."""
    suffix = max((suffix for suffix in SUFFIXES if output.endswith(suffix)), key=len, default="")
    if not suffix:
        raise ValueError(f"no format is called as {output} ends")
    made: bytes = import_module(f".{_MODULES[suffix]}", __package__).render(report)
    return made
