"""Audits every template of a folder, each in a process of its own with bounds on time and memory, and tells what became of it.

Run: python -m bench.corpus_bench FOLDER [--details OUT.jsonl] [--only KIND] [--limit 60] [--memory 2000] [--code] [--mutate N]

The folder is any tree of templates: unpacked packages, a checkout. A template is read, or rejected with one line, or it has
crashed: a traceback, an internal error, a rule that failed, a time or memory bound that was met. Nothing is written into it.
With --mutate N faults are put into copies of N templates drawn at random, and these are audited.
"""

import argparse
import copy
import hashlib
import importlib
import json
import os
import pkgutil
import random
import re
import resource
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "src"))

SLOW = 5.0
"""Seconds from which a template counts as slow."""
LARGE = 200_000
"""Bytes from which a file is left out where faults are put in: mostly tables of a tool, and slow to write again."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\S*[/:=]\S*|\b\S*[0-9_]\S*")
_NOT_MODELLED = "resources of types that are not modelled: "


@dataclass
class Outcome:
    """What became of one template: its verdict (read, other, rejected, crashed, stopped), the line shown, seconds, MiB."""

    kind: str
    path: str
    verdict: str
    line: str = ""
    seconds: float = 0.0
    peak_mib: float = 0.0
    findings: list[dict[str, Any]] = field(default_factory=list)
    passed: int = 0
    failed: int = 0
    unknown: int = 0
    errors: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def templates(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every template as (kind, path), of files with the same bytes the first.

    Of nested Terraform folders it is the topmost, since it is read with what is below it.
    """
    from lambdaudit.sources.iac.discover import find

    found, notes = find(folder)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    tops: list[Path] = []
    seen: set[bytes] = set()
    for one in found:
        if one.path.is_file():
            digest = hashlib.sha256(one.path.read_bytes()).digest()
            if digest in seen:
                continue
            seen.add(digest)
        if one.kind == "terraform":
            if any(one.path.is_relative_to(top) for top in tops):
                continue
            tops.append(one.path)
        yield one.kind, one.path


_WORDS = ("null", "[]", "{}", '""', "-1", "9" * 30, "var.nothing", "each.value", '"${var.x[*]}"', "toset([1, {}])", "...")
_VALUES: tuple[Any, ...] = (
    None, [], {}, "", -1, 1e308, 10**30, True, "*", "\u202e", "${A.B}", "${self:custom}", [[]], [None], {"Ref": "Nowhere"},
    {"Ref": ["A"]}, {"Fn::GetAtt": ["A", "B"]}, {"Fn::If": ["C", {}, []]}, {"Fn::Sub": ["${X}", {"X": []}]},
    {"Fn::Join": ["", {}]}, {"Fn::Select": ["9", ["a"]]}, {"Fn::FindInMap": ["M", {}, "x"]}, {"Fn::Transform": {"Name": "M"}},
    {"Fn::ForEach::L": ["I", [], {}]},
)  # fmt: skip


def mutated(path: Path, into: Path, chance: random.Random) -> Path:
    """A copy of a template with one to five faults in one of its files: in the tree of a YAML or JSON file, else in its lines."""
    if path.is_dir():
        target = into / path.name
        shutil.copytree(path, target, ignore=shutil.ignore_patterns("node_modules", "*.zip", "*.png"), symlinks=True)
        texts = [one for one in target.rglob("*") if one.suffix in (".tf", ".json") and one.is_file()]
        victim = chance.choice(texts)
    else:
        target = victim = into / path.name
        shutil.copy(path, victim)
    text = victim.read_text("utf-8", "replace")
    tree = None if victim.suffix == ".tf" else _tree(text)
    victim.write_text(_lines(text, chance) if tree is None else json.dumps(_spoilt(tree, chance)), "utf-8")
    return target


def _tree(text: str) -> Any:
    from lambdaudit.sources.iac.documents import DocumentError, parse

    try:
        return json.loads(json.dumps(parse(text, "x").value))
    except (DocumentError, ValueError, TypeError, RecursionError):
        return None


def _spoilt(tree: Any, chance: random.Random) -> Any:
    """A tree with values replaced by odd ones or by each other, members dropped or under another name."""
    for _ in range(chance.randint(1, 5)):
        places: list[tuple[Any, Any]] = []
        stack = [tree]
        while stack:
            node = stack.pop()
            keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
            places += [(node, key) for key in keys]
            stack += [node[key] for key in keys]
        if not places:
            return tree
        (node, key), (other, name) = chance.choice(places), chance.choice(places)
        fault = chance.randrange(5)
        if fault == 0:
            del node[key]
        elif fault == 1:
            node[key] = copy.deepcopy(other[name])
        elif fault == 2 and isinstance(node, dict):
            node[str(name)] = node.pop(key)
        else:
            node[key] = copy.deepcopy(chance.choice(_VALUES))
    return tree


def _lines(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        fault = chance.randrange(8)
        if fault == 0 and len(lines) > 1:
            del lines[at]
        elif fault == 1:
            lines.insert(chance.randrange(len(lines)), lines[at])
        elif fault == 2:
            lines = lines[: max(at, 1)]
        else:
            # These mostly keep the text well-formed, so that the fault reaches what stands behind the parser.
            head, mark, _ = lines[at].partition("=")
            lines[at] = f"{head}{mark} {chance.choice(_WORDS)}" if mark else lines[at]
    return "\n".join(lines)


def _preload() -> None:
    """Import everything once, in the parent: the children share it, and an edit of the sources meanwhile changes nothing."""
    import lambdaudit
    from lambdaudit.rules import load as load_rules
    from lambdaudit.sources.cloudformation.translator import load as load_translator

    load_translator()
    for module in pkgutil.walk_packages(lambdaudit.__path__, "lambdaudit."):
        if not module.name.endswith("__main__") and ".demo" not in module.name:
            importlib.import_module(module.name)
    load_rules()


def audit(kind: str, path: Path, limit: float, memory_mib: int, code: bool) -> Outcome:
    """Audit one template in a child, by the command's own entry point."""
    with tempfile.TemporaryDirectory() as scratch:
        report, shown = Path(scratch) / "report.json", Path(scratch) / "shown.txt"
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            _child(path, report, shown, memory_mib, code)
        seconds, status, usage = _wait(child, started + limit, started)
        outcome = Outcome(kind, str(path), "read", seconds=round(seconds, 3), peak_mib=round(usage.ru_maxrss / 1024, 1))
        _judge(outcome, status, report, shown.read_text("utf-8", "replace") if shown.exists() else "")
        return outcome


def _child(path: Path, report: Path, shown: Path, memory_mib: int, code: bool) -> None:
    """Run the command; never returns."""
    from lambdaudit.cli import main

    target = os.open(shown, os.O_WRONLY | os.O_CREAT)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(target, 2)
    resource.setrlimit(resource.RLIMIT_AS, (memory_mib << 20, memory_mib << 20))
    os.environ["LAMBDAUDIT_DEBUG"] = "1"
    sys.argv = ["lambdaudit", "audit", str(path), "-o", str(report), "--exit-zero", "--no-progress"]
    sys.argv += ["--code" if code else "--no-code"]
    status = 99
    try:
        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    except BaseException:  # noqa: BLE001 - whatever ends the child is the finding
        import traceback

        os.write(2, traceback.format_exc().encode("utf-8", "replace"))
    finally:
        os._exit(status)


def _wait(child: int, deadline: float, started: float) -> tuple[float, int | None, resource.struct_rusage]:
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            return time.monotonic() - started, os.waitstatus_to_exitcode(status), usage
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            _, _, usage = os.wait4(child, 0)
            return time.monotonic() - started, None, usage
        time.sleep(0.005)


def _judge(outcome: Outcome, status: int | None, report: Path, shown: str) -> None:
    lines = [line for line in shown.splitlines() if line.strip()]
    outcome.line = next((line for line in lines if line.startswith("lambdaudit: ")), lines[-1] if lines else "")[:400]
    if status is None or status < 0:
        outcome.verdict = "stopped"
        return
    if status == 99 or "Traceback" in shown:
        outcome.verdict, outcome.line = "crashed", "\n".join(lines[-6:])
        return
    if not report.exists():
        outcome.verdict = "other" if "is no CloudFormation template" in shown or status == 3 else "rejected"
        return
    document = json.loads(report.read_text("utf-8"))
    if any("could not be read" in line or line.startswith("lambdaudit: ") for line in lines):
        outcome.verdict = "rejected"
    for rule in document["rules"]:
        outcome.passed += rule["passed"]
        outcome.failed += rule["failed"]
        outcome.unknown += rule["unknown"]
    outcome.findings = [
        {name: one[name] for name in ("rule", "severity", "message", "asset", "where", "confidence") if name in one}
        for one in document["findings"]
    ]
    reasons: Counter[str] = Counter()
    for one in document["not_assessed"]:
        if one["status"] == "error":
            outcome.errors.append(f"{one['rule']}: {one['reason']}")
        else:
            reasons[one["reason"]] += 1
    outcome.reasons = dict(reasons.most_common(50))
    outcome.notes = list(document["coverage"].get("notes", ()))
    if outcome.errors:
        outcome.verdict, outcome.line = "crashed", outcome.errors[0]


def _shape(reason: str) -> str:
    """A reason without the names in it, so that equal ones are counted together."""
    return _QUOTED.sub("…", reason)[:110]


def _summary(outcomes: list[Outcome]) -> None:
    for kind in sorted({one.kind for one in outcomes}):
        rows = [one for one in outcomes if one.kind == kind]
        verdicts = Counter(one.verdict for one in rows)
        times = sorted(one.seconds for one in rows)
        shown = ", ".join(f"{verdicts[name]} {name}" for name in ("read", "other", "rejected", "crashed", "stopped"))
        print(f"\n{kind}: {len(rows)} templates: {shown}")
        print(
            f"  seconds: median {statistics.median(times):.2f}, 95 % {times[int(len(times) * 0.95)]:.2f}, "
            f"most {times[-1]:.2f}; {sum(t > SLOW for t in times)} over {SLOW:.0f} s; "
            f"memory: most {max(one.peak_mib for one in rows):.0f} MiB"
        )
        verdicts_in_all = sum(one.passed + one.failed + one.unknown for one in rows)
        unknown = sum(one.unknown for one in rows)
        print(f"  verdicts: {verdicts_in_all:,}, of them open {unknown:,} ({unknown / max(1, verdicts_in_all):.1%})")
        reasons: Counter[str] = Counter()
        for one in rows:
            reasons.update({_shape(reason): count for reason, count in one.reasons.items()})
        for reason, count in reasons.most_common(15):
            print(f"    {count:6,} {reason}")
        types: Counter[str] = Counter()
        for one in rows:
            for note in one.notes:
                if note.startswith(_NOT_MODELLED):
                    types.update({m[1]: int(m[2]) for m in re.finditer(r"([\w:]+) \((\d+)\)", note)})
        if types:
            most = ", ".join(f"{name} ({count})" for name, count in types.most_common(20))
            print(f"  not modelled: {len(types)} types, {sum(types.values()):,} resources: {most}")
    bad = [one for one in outcomes if one.verdict in ("crashed", "stopped") or one.seconds > SLOW]
    for one in bad:
        print(f"\n{one.verdict} {one.path} ({one.seconds:.1f} s)\n  {one.line}")
    lines = Counter(_shape(one.line) for one in outcomes if one.verdict == "rejected")
    print("\nrejected with:")
    for line, count in lines.most_common(40):
        print(f"  {count:5} {line}")


def _keep(target: Path) -> str:
    """Move a copy to where it can be looked at."""
    return shutil.move(target, tempfile.mkdtemp(prefix="corpus-"))


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--details", type=Path, help="one JSON line for each template")
    parser.add_argument("--only", help="only this kind of template")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for one template")
    parser.add_argument("--memory", type=int, default=2000, help="MiB of address space for one template")
    parser.add_argument("--mutate", type=int, default=0, metavar="N", help="audit N copies with faults instead")
    parser.add_argument("--seed", type=int, default=1, help="of the faults")
    parser.add_argument("--code", action="store_true", help="look into the code beside the templates, too")
    options = parser.parse_args()
    _preload()
    outcomes = []
    details = options.details.open("w", encoding="utf-8") if options.details else None
    work = [(kind, path) for kind, path in templates(options.folder) if options.only in (None, kind)]
    chance = random.Random(options.seed)
    if options.mutate:
        work = [(kind, path) for kind, path in work if path.is_dir() or path.stat().st_size < LARGE]
    for kind, path in work if not options.mutate else chance.choices(work, k=options.mutate):
        with tempfile.TemporaryDirectory() as scratch:
            target = mutated(path, Path(scratch), chance) if options.mutate else path
            outcome = audit(kind, target, options.limit, options.memory, options.code)
            if options.mutate and outcome.verdict in ("crashed", "stopped"):
                print(f"kept as {_keep(target)}", file=sys.stderr)
        outcomes.append(outcome)
        if details:
            details.write(json.dumps(asdict(outcome)) + "\n")
            details.flush()
    if not outcomes:
        sys.exit(f"{options.folder} holds no template")
    _summary(outcomes)


if __name__ == "__main__":
    main()
