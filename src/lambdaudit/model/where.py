"""Where a fact comes from: the API answer or the file, a JSON pointer into it, and the line when there is one."""

import re

import msgspec

_NO_FILE = re.compile(r"(?:[a-z][a-z0-9-]*:[A-Z][A-Za-z0-9]*|code|catalogue of .*|)\Z", re.DOTALL)
"""Sources that are no path: API calls, code as a whole, the shipped policies of AWS."""


def escape_pointer(segment: str | int) -> str:
    """One segment of a JSON pointer, escaped as RFC 6901 asks."""
    return str(segment) if isinstance(segment, int) else segment.replace("~", "~0").replace("/", "~1")


class Where(msgspec.Struct, frozen=True, omit_defaults=True):
    """The place of a fact.

    `source` is the API call as ``service:Operation`` (``lambda:GetPolicy``) or the path of a file, `subject` the ARN or name
    that the call was about, `pointer` an RFC 6901 pointer into the answer. `line` and `column` count from 1; 0 means none.
    """

    source: str
    subject: str = ""
    pointer: str = ""
    line: int = 0
    column: int = 0

    def __truediv__(self, segment: str | int) -> "Where":
        """The place one step deeper: ``where / "FunctionUrlConfig" / "AuthType"`` (AWS's own property names)."""
        return Where(self.source, self.subject, f"{self.pointer}/{escape_pointer(segment)}", self.line, self.column)

    @property
    def file(self) -> str:
        """The path of the file, empty when the fact is not from a file."""
        return "" if _NO_FILE.match(self.source) else self.source

    def __str__(self) -> str:
        """One line for a person: ``template.yaml:12`` or ``lambda:GetPolicy orders /Statement/0``."""
        if self.line:
            return f"{self.source}:{self.line}"
        return " ".join(part for part in (self.source, self.subject, self.pointer) if part)
