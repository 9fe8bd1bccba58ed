"""Sources held in a dict, and short ways to analyse them."""

from lambdaudit.code.flow import analyse
from lambdaudit.code.flow.analysis import Analysis
from lambdaudit.code.flow.core import Limits


class Sources:
    """Files of a function by path."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def paths(self) -> list[str]:
        return list(self.files)

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)


def analysis_of(
    source: str | bytes, *triggers: str, handler: str | None = "app.handler", limits: Limits | None = None
) -> Analysis:
    """The analysis of one file ``app.py``."""
    data = source if isinstance(source, bytes) else source.encode()
    return analyse(Sources({"/var/task/app.py": data}), handler=handler, triggers=frozenset(triggers), limits=limits)


def kinds(source: str | bytes, *triggers: str, handler: str | None = "app.handler") -> list[tuple[str, int, str]]:
    """Kind, line and confidence of the flows in one file, patterns with the confidence ``constant``."""
    flows = analysis_of(source, *triggers, handler=handler).flows
    return [(flow.kind, flow.where.line, "constant" if flow.constant else flow.confidence) for flow in flows]
