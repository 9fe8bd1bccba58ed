"""How exactly the AWS calls of handlers are found, and how fast; side by side with iam-policy-autopilot when it is there.

    python -m bench.sdk_bench                                        # lambdaudit on tests/code/sdk/corpus
    python -m bench.sdk_bench --peer /path/to/iam-policy-autopilot   # from ``pip install iam-policy-autopilot``
    python -m bench.sdk_bench --each                                 # what is missing or too much in each handler

The peer's call extraction works offline. Its calls are read with our own table of actions and with the names of all parameters
that it sees, so that both are compared in actions; every service that it holds possible counts. It is helped where that is
only a matter of form: .mjs and .cjs are given to it as .js, which it knows, and an action that hangs on what a parameter holds
counts only when it is right.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lambdaudit.code.sdk.actions import MAYBE, actions_of
from lambdaudit.code.sdk.values import NOTHING, Parameters, World
from tests.code.sdk.handlers import ACCOUNT, REGION, Handler, calls, load, needs

Finder = Callable[[Handler], tuple[Mapping[str, frozenset[str]] | frozenset[str], float]]


@dataclass
class Score:
    """Counts over handlers: actions that are right, invented, missed; handlers that are exact; services that nobody touches."""

    right: int = 0
    invented: int = 0
    missed: int = 0
    exact: int = 0
    handlers: int = 0
    foreign: int = 0
    resources: int = 0
    resources_right: int = 0
    times: list[float] = field(default_factory=list)

    def add(self, handler: Handler, found: Mapping[str, frozenset[str]] | frozenset[str], seconds: float) -> None:
        """Count one handler."""
        wanted, got = set(handler.needs), set(found)
        self.right += len(wanted & got)
        self.invented += len(got - wanted)
        self.missed += len(wanted - got)
        self.exact += wanted == got
        self.handlers += 1
        self.foreign += len({a.partition(":")[0] for a in got} - {a.partition(":")[0] for a in wanted})
        self.times.append(seconds)
        if isinstance(found, Mapping):
            self.resources += len(wanted & got)
            self.resources_right += sum(found[action] == handler.needs[action] for action in wanted & got)

    def line(self, name: str) -> str:
        """One row of the table."""
        recall = self.right / (self.right + self.missed or 1)
        precision = self.right / (self.right + self.invented or 1)
        targets = f"{self.resources_right}/{self.resources}" if self.resources else "-"
        times = [1000 * seconds for seconds in self.times]
        return (
            f"{name:34} {recall:7.3f} {precision:10.3f} {self.exact:4}/{self.handlers:<4} {self.foreign:8} {targets:>9} "
            f"{statistics.median(times):9.1f} {max(times):9.1f}"
        )


def own(handler: Handler) -> tuple[Mapping[str, frozenset[str]], float]:
    """lambdaudit's answer."""
    made, _, seconds = calls(handler)
    return needs(made), seconds


def peer(binary: str) -> Finder:
    """iam-policy-autopilot's answer, by its own command line; CPU seconds of its process."""
    environment = {**os.environ, "DISABLE_IAM_POLICY_AUTOPILOT_TELEMETRY": "true"}

    def find(handler: Handler) -> tuple[frozenset[str], float]:
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for path, content in handler.files.items():
                target = Path(folder) / Path(path).name.replace(".mjs", ".js").replace(".cjs", ".js")
                target.write_bytes(content)
                paths.append(str(target))
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [binary, "extract-sdk-calls", "--full-output", *paths]
            done = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=120)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        rows = json.loads(done.stdout) if done.returncode == 0 and done.stdout else []
        return _actions(rows, handler), seconds

    return find


def _actions(rows: Sequence[Mapping[str, Any]], handler: Handler) -> frozenset[str]:
    world = World("aws", REGION, ACCOUNT, None)
    found: set[str] = set()
    for row in rows:
        given = [part["Keyword"]["name"] for part in (row.get("Metadata") or {}).get("Parameters") or () if "Keyword" in part]
        parameters = Parameters(dict.fromkeys(given, NOTHING), False)
        for service in row["PossibleServices"]:
            for need in actions_of(service, row["Name"], parameters, world):
                found.update(action for action in need.actions if MAYBE not in need.resources or action in handler.needs)
    return frozenset(found)


def table(handlers: Sequence[Handler], finders: Mapping[str, Finder], each: bool) -> None:
    """Print all figures."""
    print(f"{'':34} {'recall':>7} {'precision':>10} {'exact':>9} {'foreign':>8} {'targets':>9} {'median ms':>9} {'most ms':>9}")
    for name, find in finders.items():
        for language in ("python", "javascript"):
            score = Score()
            for handler in handlers:
                if handler.language != language:
                    continue
                found, seconds = find(handler)
                score.add(handler, found, seconds)
                if each and set(found) != set(handler.needs):
                    less, more = set(handler.needs) - set(found), set(found) - set(handler.needs)
                    print(f"  {handler.name}: missed {sorted(less)}, invented {sorted(more)}")
            print(score.line(f"{name}, {language}"))


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", help="path of the program iam-policy-autopilot")
    parser.add_argument("--each", action="store_true", help="tell what is wrong in each handler")
    given = parser.parse_args()
    handlers = load()
    start = time.process_time()
    calls(handlers[0])
    print(f"{len(handlers)} handlers; the first one takes {1000 * (time.process_time() - start):.0f} ms with loading")
    finders: dict[str, Finder] = {"lambdaudit": own}
    if given.peer:
        finders["iam-policy-autopilot"] = peer(given.peer)
    table(handlers, finders, given.each)


if __name__ == "__main__":
    main()
