"""What the pattern readers give."""

from dataclasses import dataclass, field

from lambdaudit.model.code import CodeIssue, Flow


@dataclass(slots=True)
class Found:
    """Issues and flows in languages that the flow engine does not follow, and what was not looked at."""

    issues: list[CodeIssue] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
