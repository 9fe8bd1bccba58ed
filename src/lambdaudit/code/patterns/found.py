"""What the pattern readers give."""

from dataclasses import dataclass, field

from lambdaudit.code.flow.calls import RawCall
from lambdaudit.model.code import CodeIssue, Flow


@dataclass(slots=True)
class Found:
    """Issues, flows and calls of AWS in languages that the flow engine does not follow, and what was not looked at."""

    issues: list[CodeIssue] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    raw: list[RawCall] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
