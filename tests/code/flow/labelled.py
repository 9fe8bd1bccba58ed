"""The labelled handlers: where they are, what is expected of them, and how findings are compared with it.

A line that ends in ``# BAD: kind, kind`` must be found; everything else that is found with medium or high confidence is wrong.
The files end in ``.txt`` so that no tool takes them for ours. ``# triggers:`` and ``# handler:`` at the top say how the function
is invoked. A folder is a package of several files.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from lambdaudit.code.flow import analyse
from lambdaudit.code.flow.analysis import Analysis

CORPUS = Path(__file__).parent / "corpus"
_LATER = ("third", "fourth", "fifth", "sixth", "seventh", "eighth")
FOLDERS = {
    "python": tuple(f"python/{name}" for name in ("known", "unseen", "second", *_LATER)),
    "javascript": tuple(f"javascript/{name}" for name in ("known", "fresh", *_LATER)),
}
"""The sets of labelled handlers of each language, in the order in which they were written."""
_BAD = re.compile(r"(?:#|//) BAD: ([a-z, -]+)")
_OPTION = re.compile(r"^(?:#|//) (triggers|handler): (.+)$", re.MULTILINE)
Key = tuple[str, int, str]


@dataclass
class Handler:
    """One handler of the corpus: its files, options, and the places that must be found."""

    name: str
    files: dict[str, bytes]
    handler: str
    triggers: frozenset[str]
    expected: set[Key] = field(default_factory=set)

    def paths(self) -> list[str]:
        return list(self.files)

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def analysis(self) -> Analysis:
        return analyse(self, handler=self.handler, triggers=self.triggers)


@dataclass
class Score:
    """How findings and labels agree."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + len(self.wrong))

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + len(self.missed))


def handlers(folder: str) -> list[Handler]:
    """The handlers below a folder of the corpus, in the order of their names."""
    return [_handler(path) for path in sorted((CORPUS / folder).iterdir()) if not path.name.startswith(("_", "."))]


def _handler(path: Path) -> Handler:
    members = (
        {p.relative_to(path).as_posix(): p for p in path.rglob("*.*") if p.is_file()} if path.is_dir() else {path.name: path}
    )
    members = {name.removesuffix(".txt"): p for name, p in members.items()}
    files = {f"/opt/{n[4:]}" if n.startswith("opt/") else f"/var/task/{n}": p.read_bytes() for n, p in sorted(members.items())}
    texts = {name: data.decode("utf-8", "replace") for name, data in files.items()}
    options = dict(pair for text in texts.values() for pair in _OPTION.findall(text))
    stem = path.name.split(".")[0] if path.is_file() else "app"
    handler = options.get("handler", "lambda_handler" if any("def lambda_handler" in t for t in texts.values()) else "handler")
    made = Handler(
        path.name.removesuffix(".txt"),
        files,
        handler if "." in handler else f"{stem}.{handler}",
        frozenset(part.strip() for part in options.get("triggers", "").split(",") if part.strip()),
    )
    for name, text in texts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            match = _BAD.search(line)
            if match:
                made.expected |= {(name, number, kind.strip()) for kind in match.group(1).split(",")}
    return made


def found(analysis: Analysis) -> set[Key]:
    """What is told with medium or high confidence, patterns without foreign data left out."""
    told = {(f.where.source, f.where.line, f.kind) for f in analysis.flows if not f.constant and f.confidence != "low"}
    return told | {(i.where.source, i.where.line, i.kind) for i in analysis.issues if i.confidence != "low"}


def score(folder: str) -> Score:
    """Precision and recall over a folder of the corpus."""
    total = Score()
    for handler in handlers(folder):
        analysis = handler.analysis()
        told = found(analysis)
        total.right += len(told & handler.expected)
        total.wrong += [f"{handler.name}: {k[0]}:{k[1]} {k[2]}" for k in sorted(told - handler.expected)]
        total.missed += [f"{handler.name}: {k[0]}:{k[1]} {k[2]}" for k in sorted(handler.expected - told)]
        total.partial += [f"{handler.name}: {why}" for why in analysis.partial]
    return total
