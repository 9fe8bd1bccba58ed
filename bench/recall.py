"""What lambdaudit says about each planted weakness and each look-alike of an estate.

    python -m bench.recall

Prints for every kind the rules whose findings name the thing: a weakness without one is missed, and a rule beside a
look-alike is to be read by a person, for it may cry wolf. An unrelated finding about the same thing counts as well.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import measure
from bench.collect_bench import child_environment
from bench.peers import TOOLS
from bench.stage import Stage
from tests.support.estate import Planted
from tests.support.estate_plan import CONTROLS, REGIONS, WEAKNESSES, Plan


def rules_naming(arn: str, findings: Sequence[dict[str, Any]]) -> Counter[str]:
    """How many findings of each rule name the ARN; the list of affected functions does not count as naming."""
    named: Counter[str] = Counter()
    for finding in findings:
        about = {key: value for key, value in finding.items() if key != "functions"}
        if arn in json.dumps(about):
            named[str(finding["rule"])] += 1
    return named


def lines(planted: dict[str, list[Planted]], findings: Sequence[dict[str, Any]]) -> list[str]:
    """One line for each kind: how many of its things are named, and by which rules."""
    found = []
    for kind, things in sorted(planted.items()):
        named = [rules_naming(thing.arn, findings) for thing in things]
        rules = ", ".join(sorted(set().union(*named))) or "-"
        found.append(f"  {kind:26} {sum(map(bool, named))} of {len(things)}  {rules}")
    return found


def main() -> None:
    """Audit an estate in which every function has a weakness or a look-alike."""
    parser = argparse.ArgumentParser(prog="python -m bench.recall", description=__doc__.splitlines()[0])
    parser.add_argument("--functions", type=int, default=len(WEAKNESSES) + len(CONTROLS), metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    plan = Plan(options.functions, REGIONS[:3], options.seed, density=1.0)
    with Stage(plan) as stage, tempfile.TemporaryDirectory(prefix="lambdaudit-recall-") as name:
        if stage.recorded:
            stage.deploy()
        folder = Path(name)
        (command,) = TOOLS["lambdaudit"].commands(plan.regions, folder)
        usage = measure.run(command, folder, child_environment(stage, folder), limit=600)
        report = folder / "report.json"
        if not report.exists():
            sys.exit(f"lambdaudit ended with {usage.exit} and no report:\n{(folder / 'output.txt').read_text()[-2000:]}")
        findings = json.loads(report.read_text())["findings"]
        print("weaknesses")
        print("\n".join(lines(stage.truth.planted, findings)))
        print("look-alikes")
        print("\n".join(lines(stage.truth.controls, findings)))


if __name__ == "__main__":
    main()
