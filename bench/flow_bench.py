"""How fast and how exact the data flow engine is on the labelled handlers, beside bandit on the same files.

Run: python -m bench.flow_bench            (the engine alone)
     python -m bench.flow_bench --bandit   (installs bandit into an environment of its own under bench/.envs)

A labelled line counts as found when a tool tells anything of it; for the engine the kind must agree, too. bandit has no notion
of a harmless handler with the same call in it, so its figures are counted twice: all its findings, and those it calls medium
or high.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]

from tests.code.flow.labelled import Handler, found, handlers  # noqa: E402

FOLDERS = ("python/known", "python/unseen", "python/second")
ENVIRONMENT = Path(__file__).parent / ".envs" / "bandit"


def figures(name: str, right: int, wrong: int, missed: int) -> None:
    """One line of the table."""
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    print(f"{name:28} {right:5} {wrong:6} {missed:7} {precision:10.3f} {recall:7.3f}")


def engine(folder: str, every: list[Handler], rounds: int) -> None:
    """Exactness and CPU time of the engine over a folder."""
    right = wrong = missed = 0
    times: list[float] = []
    for handler in every:
        told = found(handler.analysis())
        right, wrong, missed = (
            right + len(told & handler.expected),
            wrong + len(told - handler.expected),
            missed + len(handler.expected - told),
        )
        for _ in range(rounds):
            start = time.process_time()
            handler.analysis()
            times.append(1000 * (time.process_time() - start))
    figures(f"lambdaudit {folder}", right, wrong, missed)
    times.sort()
    print(
        f"    CPU per handler: median {statistics.median(times):.2f} ms, p95 {times[int(0.95 * len(times))]:.2f} ms, "
        f"highest {times[-1]:.1f} ms ({len(every)} handlers, {rounds} rounds)"
    )


def bandit(folder: str, every: list[Handler]) -> None:
    """Exactness and wall time of bandit over the same files."""
    program = ENVIRONMENT / "bin" / "bandit"
    if not program.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([ENVIRONMENT / "bin" / "pip", "install", "-q", "bandit"], check=True)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        expected: set[tuple[str, int]] = set()
        for handler in every:
            for path, data in handler.files.items():
                file = root / handler.name / path.lstrip("/")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            expected |= {(f"{handler.name}{path}", line) for path, line, _ in handler.expected}
        start = time.perf_counter()
        done = subprocess.run([program, "-q", "-f", "json", "-r", str(root)], capture_output=True, text=True, check=False)
        wall = time.perf_counter() - start
        results = json.loads(done.stdout)["results"]
        for label, levels in (("all", {"LOW", "MEDIUM", "HIGH"}), ("medium and high", {"MEDIUM", "HIGH"})):
            told = {
                (str(Path(r["filename"]).relative_to(root)), line)
                for r in results
                if r["issue_severity"] in levels
                for line in [r["line_number"]]
            }
            figures(f"bandit {folder} ({label})"[:28], len(told & expected), len(told - expected), len(expected - told))
        print(f"    wall time for all: {wall:.2f} s, {1000 * wall / len(every):.1f} ms per handler")


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bandit", action="store_true", help="also run bandit")
    parser.add_argument("--rounds", type=int, default=5, help="how often each handler is analysed for the times")
    options = parser.parse_args()
    print(f"{'':28} {'right':>5} {'wrong':>6} {'missed':>7} {'precision':>10} {'recall':>7}")
    for folder in FOLDERS:
        every = handlers(folder)
        engine(folder, every, options.rounds)
        if options.bandit:
            bandit(folder, every)


if __name__ == "__main__":
    main()
