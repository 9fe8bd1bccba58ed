"""Files for tests: a tree out of a mapping, and short ways to analyse it."""

from collections.abc import Iterable
from pathlib import Path

from lambdaudit.code.flow import analyse
from lambdaudit.code.flow.analysis import Analysis

BUNDLES = Path(__file__).parent / "bundles"


class Tree:
    """Files below /var/task, texts or bytes."""

    def __init__(self, files: dict[str, str | bytes]) -> None:
        self.files = {
            name if name.startswith("/") else f"/var/task/{name}": text.encode() if isinstance(text, str) else text
            for name, text in files.items()
        }

    def paths(self) -> Iterable[str]:
        return list(self.files)

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)


def walked(files: dict[str, str | bytes] | str, handler: str = "index.handler", *triggers: str) -> Analysis:
    """The analysis of some files, or of one index.js."""
    tree = Tree(files if isinstance(files, dict) else {"index.js": files})
    return analyse(tree, handler=handler, triggers=frozenset(triggers or ("direct",)), language="javascript")


def told(analysis: Analysis) -> set[tuple[str, int]]:
    """Kind and line of everything of medium or high confidence."""
    flows = {(flow.kind, flow.where.line) for flow in analysis.flows if not flow.constant and flow.confidence != "low"}
    return flows | {(issue.kind, issue.where.line) for issue in analysis.issues if issue.confidence != "low"}


def body(source: str, *triggers: str) -> set[str]:
    """Kinds found in the body of ``exports.handler = async (event) => {…}``."""
    text = f"exports.handler = async (event, context) => {{\n{source}\n}};"
    return {kind for kind, _ in told(walked(text, "index.handler", *triggers))}
