"""Measure auditors on the same estate in a fake AWS with latency and AWS's quotas, side by side.

    python -m bench.collect_bench --functions 1000 --regions 3 --latency-ms 30 --tool all

Prints a table and writes bench/results/*.json.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench import measure
from bench.peers import ROOT, TOOLS, Tool
from bench.stage import Stage
from tests.support.estate_plan import REGIONS, Plan
from tests.support.quotas import AWS_QUOTAS

RESULTS = Path(__file__).parent / "results"
GET_POLICY_RATE = 15


@dataclass
class Result:
    """One measured run. Times in seconds, memory in MiB, calls by ``service:Operation``."""

    tool: str
    functions: int
    regions: int
    latency_ms: float
    quotas: bool
    bound: float
    wall: float = 0.0
    cpu: float = 0.0
    peak_mib: float = 0.0
    exits: list[int | None] = field(default_factory=list)
    finished: bool = True
    calls: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    not_replayed: int = 0
    escaped: dict[str, int] = field(default_factory=dict)
    lab_failures: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """API calls, refused ones included; downloads of packages are not API calls."""
        return sum(count for name, count in self.calls.items() if not name.startswith("lambda-package:"))


def child_environment(stage: Stage, folder: Path) -> dict[str, str]:
    """An environment without the caller's AWS settings, in which every SDK reaches only the proxy."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    place = {"HOME": str(folder), "TMPDIR": str(folder), "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1", "COLUMNS": "120"}
    return kept | place | stage.proxy.environment(stage.plan.regions[0])


def once(stage: Stage, tool: Tool, options: argparse.Namespace, *, paced: bool, folder: Path) -> Result:
    """Run the tool once; `paced` with latency and quotas."""
    proxy, plan = stage.proxy, stage.plan
    proxy.restore()
    proxy.latency = options.latency_ms / 1000 if paced else 0.0
    proxy.quotas = AWS_QUOTAS if paced and not options.no_quotas else ()
    bound = plan.largest_region / GET_POLICY_RATE
    result = Result(tool.name, plan.functions, len(plan.regions), options.latency_ms, not options.no_quotas, bound)
    for command in tool.commands(plan.regions, folder):
        usage = measure.run(command, folder, child_environment(stage, folder), options.limit - result.wall)
        result.wall += usage.wall
        result.cpu += usage.cpu
        result.peak_mib = max(result.peak_mib, usage.peak_mib)
        result.exits.append(usage.exit)
        if usage.exit is None:
            break
    result.finished = all(code in tool.good_exits for code in result.exits)
    ledger = proxy.ledger
    result.calls = dict(ledger.by_operation().most_common())
    result.refused = dict(ledger.by_operation(ledger.refused).most_common())
    result.not_replayed = sum(ledger.missed.values())
    result.escaped = dict(ledger.escaped)
    result.lab_failures = list(ledger.broken)
    return result


def measured(stage: Stage, tool: Tool, options: argparse.Namespace) -> Result:
    """A paced run whose answers come from memory: lambdaudit's are recorded first, a peer's on the way.

    A peer's first run is not repeated, for it takes minutes; what moto takes to answer is part of the latency then.
    """
    with tempfile.TemporaryDirectory(prefix="lambdaudit-bench-") as name:
        folder = Path(name)
        if not tool.requirement and not stage.recorded:
            once(stage, tool, options, paced=False, folder=folder)
        result = once(stage, tool, options, paced=True, folder=folder)
        if stage.unknown:
            print(f"  {tool.name} asks what was not recorded: deploying again", file=sys.stderr)
            stage.deploy()
            return measured(stage, tool, options)
        if options.keep:
            shutil.copytree(folder, Path(options.keep) / tool.name, dirs_exist_ok=True)
        elif not result.finished:
            text = (folder / "output.txt").read_text(errors="replace")
            print(f"  {tool.name} ended with {result.exits}; the end of its output:\n{text[-2000:]}", file=sys.stderr)
    if not stage.recorded:
        stage.save()
    return result


HEADINGS = ("tool", "wall s", "× bound", "CPU s", "peak MiB", "calls", "per function", "refused", "exit")


def row(result: Result) -> tuple[str, ...]:
    """A result as table cells."""
    exits = ", ".join("stopped" if code is None else str(code) for code in result.exits)
    return (
        result.tool,
        f"{result.wall:.1f}",
        f"{result.wall / result.bound:.2f}",
        f"{result.cpu:.1f}",
        f"{result.peak_mib:.0f}",
        str(result.total),
        f"{result.total / result.functions:.1f}",
        str(sum(result.refused.values())),
        exits,
    )


def table(results: Sequence[Result]) -> str:
    """A Markdown table of the results."""
    rows = [HEADINGS, *(row(result) for result in results)]
    widths = [max(len(cells[place]) for cells in rows) for place in range(len(HEADINGS))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |" for cells in rows]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def bars(result: Result, others: Sequence[Result]) -> list[str]:
    """The bars that lambdaudit has to clear, each with what was measured."""
    checks = [
        ("wall within 1.3 × the bound", result.wall <= 1.3 * result.bound, f"{result.wall / result.bound:.2f} ×"),
        ("no call refused", not result.refused, str(sum(result.refused.values()))),
        ("at most 4 calls per function", result.total <= 4 * result.functions, f"{result.total / result.functions:.2f}"),
        ("under 10 CPU seconds", result.cpu < 10, f"{result.cpu:.1f}"),
        ("under 300 MB", result.peak_mib < 300 / 1.048576, f"{result.peak_mib * 1.048576:.0f}"),
    ]
    checks += [
        (f"10 × faster than {other.tool}", other.wall >= 10 * result.wall, f"{other.wall / result.wall:.1f} ×")
        for other in others
    ]
    return [f"  {'ok  ' if good else 'MISS'} {text}: {seen}" for text, good, seen in checks]


def report(results: Sequence[Result], plan: Plan, truth_size: int) -> None:
    """Print everything that was measured."""
    first = results[0]
    pace = "with AWS's quotas" if first.quotas else "without quotas"
    print(f"\n{plan.functions} functions in {len(plan.regions)} regions ({plan.largest_region} in the largest), ", end="")
    print(f"{first.latency_ms:g} ms latency, {pace}; {truth_size} things planted; bound {first.bound:.1f} s\n")
    print(table(results))
    for result in results:
        print(f"\n{result.tool}: calls by operation")
        for name, count in Counter(result.calls).most_common(20):
            refused = f"  ({result.refused[name]} refused)" if name in result.refused else ""
            print(f"  {count:7} {name}{refused}")
        if result.not_replayed > result.total / 20:
            print(f"  {result.not_replayed} answers came from moto, not from memory: repeat for a steadier figure")
        for kind, what in (("tried to leave the machine", result.escaped), ("failures of the lab", result.lab_failures)):
            if what:
                print(f"  {kind}: {list(what)[:5]}")
    ours = next((result for result in results if result.tool == "lambdaudit"), None)
    if ours:
        print("\nbars, which are set for 1,000 functions in 3 regions")
        print("\n".join(bars(ours, [result for result in results if result is not ours])))


def write(results: Sequence[Result]) -> Path:
    """Write the results as JSON; the file's path."""
    RESULTS.mkdir(exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()}
    path = RESULTS / f"collect-{results[0].functions}-{stamp}.json"
    value = {"machine": machine, "results": [asdict(result) for result in results]}
    path.write_text(json.dumps(value, indent=2) + "\n")
    return path


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.collect_bench", description=__doc__.splitlines()[0])
    parser.add_argument("--functions", type=int, default=1000, metavar="N")
    parser.add_argument("--regions", type=int, default=3, choices=range(1, len(REGIONS) + 1), metavar="1-6")
    parser.add_argument("--latency-ms", type=float, default=30, metavar="MS")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-quotas", action="store_true", help="answer every call, however many there are")
    parser.add_argument("--tool", action="append", choices=[*TOOLS, "all"], help="may be repeated; default: lambdaudit")
    parser.add_argument("--limit", type=float, default=3600, metavar="S", help="stop a tool after so many seconds")
    parser.add_argument("--keep", metavar="FOLDER", help="keep what the tools wrote")
    options = parser.parse_args(arguments)
    chosen = options.tool or ["lambdaudit"]
    options.tools = list(TOOLS) if "all" in chosen else list(dict.fromkeys(chosen))
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    options = parse(arguments)
    for name in options.tools:
        TOOLS[name].install()
    plan = Plan(options.functions, REGIONS[: options.regions], options.seed)
    began = time.monotonic()
    with Stage(plan) as stage:
        how = "recorded answers loaded" if stage.recorded else "deployed"
        print(f"{how} in {time.monotonic() - began:.1f} s", file=sys.stderr)
        results = []
        for name in options.tools:
            print(f"measuring {name}", file=sys.stderr)
            results.append(measured(stage, TOOLS[name], options))
        planted = sum(len(found) for found in stage.truth.planted.values())
    report(results, plan, planted)
    print(f"\nwritten to {write(results)}")


if __name__ == "__main__":
    main()
