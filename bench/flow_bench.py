"""How fast and how exact the data flow engine is on the labelled handlers, beside scanners of code on the same files.

Run: python -m bench.flow_bench                        (the engine alone)
     python -m bench.flow_bench --peers                (bandit, semgrep and njsscan, too; installs them under bench/.envs)
     python -m bench.flow_bench --peers semgrep --only python/third

For the engine a finding is right when file, line and kind are those of a label. The peers are judged more generously: a finding
counts for a label when it is in the same file and its lines, one more on either side, hold the line of the label, whatever it
says; several findings of one line count once; a finding that belongs to no label is wrong. bandit and njsscan run their own
rules, semgrep those in bench/peers_rules (ours: taint mode from the event to the usual sinks, and some habits), without network.
njsscan looks at .js alone, so that it gets all files under such names. bandit is counted twice: all its findings, and those it
calls medium or high.

CPU is that of all processes of a peer for a whole folder, divided by its handlers: the start of the program is shared by all.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]

from bench.measure import Usage, run  # noqa: E402
from bench.peers import SCANNERS  # noqa: E402
from tests.code.flow.labelled import FOLDERS, Handler, found, handlers  # noqa: E402

RULES = Path(__file__).parent / "peers_rules"
LIMIT = 1800.0
Place = tuple[str, int]
Told = tuple[str, int, int]
"""File, first and last line of a finding."""


@dataclass
class Score:
    """Counts of findings and labels, and CPU seconds for a number of handlers."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    cpu: float = 0.0
    handlers: int = 0
    times: list[float] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Adds the counts of another folder."""
        self.right, self.wrong, self.missed = self.right + other.right, self.wrong + other.wrong, self.missed + other.missed
        self.cpu, self.handlers = self.cpu + other.cpu, self.handlers + other.handlers
        self.times += other.times

    def line(self, name: str) -> str:
        """One line of the table."""
        precision, recall = self.right / max(1, self.right + self.wrong), self.right / max(1, self.right + self.missed)
        each = self.cpu / max(1, self.handlers)
        return f"{name:44} {self.right:5} {self.wrong:6} {self.missed:7} {precision:10.3f} {recall:7.3f} {each:14.4f}"


def engine(every: list[Handler], rounds: int) -> Score:
    """The engine over the handlers of a folder; CPU is the mean of the rounds."""
    score = Score(handlers=len(every))
    for handler in every:
        told = found(handler.analysis())
        score.right += len(told & handler.expected)
        score.wrong += len(told - handler.expected)
        score.missed += len(handler.expected - told)
        for _ in range(rounds):
            start = time.process_time()
            handler.analysis()
            score.times.append(time.process_time() - start)
    score.cpu = sum(score.times) / max(1, rounds)
    return score


def laid_out(root: Path, every: list[Handler], only_js: bool = False) -> set[Place]:
    """Writes the files of all handlers below a folder, with `only_js` under names in .js; the lines that must be found."""

    def named(path: str) -> str:
        return str(Path(path).with_suffix(".js")) if only_js and path.endswith((".ts", ".mjs", ".cjs", ".mts")) else path

    expected: set[Place] = set()
    for handler in every:
        for path, data in handler.files.items():
            file = root / handler.name / named(path).lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        expected |= {(f"{handler.name}{named(path)}", line) for path, line, _ in handler.expected}
    return expected


def judged(told: set[Told], expected: set[Place]) -> Score:
    """Findings of a peer beside the labels, generously."""
    hit: set[Place] = set()
    wrong: set[Place] = set()
    for file, first, last in told:
        near = {place for place in expected if place[0] == file and first - 1 <= place[1] <= last + 1}
        hit |= near
        if not near:
            wrong.add((file, first))
    return Score(right=len(hit), wrong=len(wrong), missed=len(expected - hit))


# ---- peers


def _bandit(root: Path, out: Path) -> list[str]:
    return [SCANNERS["bandit"].binary("bandit"), "-q", "-f", "json", "-o", str(out), "-r", str(root)]


def _semgrep(root: Path, out: Path) -> list[str]:
    quiet = ["--metrics=off", "--disable-version-check", "--no-git-ignore", "--quiet", "--jobs", "1"]
    program = [SCANNERS["semgrep"].binary("semgrep"), "scan", *quiet]
    return [*program, "--config", str(RULES), "--json", "--output", str(out), str(root)]


def _njsscan(root: Path, out: Path) -> list[str]:
    return [SCANNERS["njsscan"].binary("njsscan"), "--json", "-o", str(out), str(root)]


def _of_bandit(root: Path, data: Any, levels: frozenset[str]) -> set[Told]:
    return {
        (str(Path(row["filename"]).relative_to(root)), row["line_number"], row["line_number"])
        for row in data["results"]
        if row["issue_severity"] in levels
    }


def _of_semgrep(root: Path, data: Any) -> set[Told]:
    return {
        (str(Path(row["path"]).relative_to(root)), row["start"]["line"], row["end"]["line"]) for row in data.get("results", [])
    }


def _of_njsscan(root: Path, data: Any) -> set[Told]:
    rows = [row for part in ("nodejs", "templates") for row in data.get(part, {}).values()]
    return {
        (str(Path(place["file_path"]).relative_to(root)), place["match_lines"][0], place["match_lines"][1])
        for row in rows
        for place in row.get("files", [])
    }


Reader = Callable[[Path, Any], set[Told]]
PEERS: dict[str, tuple[str, Callable[[Path, Path], list[str]], dict[str, Reader]]] = {
    "bandit": (
        "python",
        _bandit,
        {
            "bandit, all levels": lambda root, data: _of_bandit(root, data, frozenset({"LOW", "MEDIUM", "HIGH"})),
            "bandit, medium and high": lambda root, data: _of_bandit(root, data, frozenset({"MEDIUM", "HIGH"})),
        },
    ),
    "semgrep": ("", _semgrep, {"semgrep, our rules": _of_semgrep}),
    "njsscan": ("javascript", _njsscan, {"njsscan": _of_njsscan}),
}
"""Language ("": all), command, and readers of what it told, by name of the line in the table."""


def peer(name: str, every: list[Handler]) -> dict[str, Score]:
    """Runs a peer once over the files of a folder."""
    _, command, readers = PEERS[name]
    with tempfile.TemporaryDirectory() as place:
        root, out = Path(place) / "files", Path(place) / "told.json"
        root.mkdir()
        expected = laid_out(root, every, only_js=name == "njsscan")
        programs = str(Path(SCANNERS[name].binary("python")).parent)
        environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "SEMGREP_SEND_METRICS": "off"}
        usage: Usage = run(command(root, out), Path(place), environment, LIMIT)
        if not out.exists():
            log = (Path(place) / "output.txt").read_text("utf-8", "replace")
            raise SystemExit(f"{name} told nothing (exit code {usage.exit}): {log[-500:]}")
        data = json.loads(out.read_text("utf-8"))
        scores = {label: judged(reader(root, data), expected) for label, reader in readers.items()}
    for score in scores.values():
        score.cpu, score.handlers = usage.cpu, len(every)
    return scores


def measure(language: str, folders: list[str], peers: list[str], rounds: int) -> None:
    """Prints the lines of one language: each folder, then all of them and those held out."""
    totals: dict[tuple[str, str], Score] = {}
    for folder in folders:
        every = handlers(folder)
        scores = {"lambdaudit": engine(every, rounds)}
        for name in peers:
            if PEERS[name][0] in ("", language):
                scores |= peer(name, every)
        groups = ["all"] if folder.endswith("/known") else ["all", "held out"]
        for label, score in scores.items():
            print(score.line(f"{folder}: {label}"), flush=True)
            for group in groups:
                totals.setdefault((group, label), Score()).add(score)
        times = sorted(scores["lambdaudit"].times)
        print(
            f"    {len(every)} handlers, CPU of the engine: median {1000 * statistics.median(times):.2f} ms, "
            f"p95 {1000 * times[int(0.95 * len(times))]:.2f} ms, highest {1000 * times[-1]:.1f} ms"
        )
    for (group, label), score in sorted(totals.items()):
        print(score.line(f"{language}, {group}: {label}"))


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), help="also run these scanners; all without a name")
    parser.add_argument("--only", action="append", help="a folder of the corpus; may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="how often each handler is analysed for the times")
    options = parser.parse_args()
    peers = [] if options.peers is None else options.peers or list(PEERS)
    for name in peers:
        try:
            SCANNERS[name].install()
        except subprocess.CalledProcessError:
            raise SystemExit(f"{name} cannot be installed here") from None
    print(f"{'':44} {'right':>5} {'wrong':>6} {'missed':>7} {'precision':>10} {'recall':>7} {'CPU s/handler':>14}")
    for language, every in FOLDERS.items():
        folders = [folder for folder in every if not options.only or folder in options.only]
        if folders:
            measure(language, folders, peers, options.rounds)


if __name__ == "__main__":
    main()
