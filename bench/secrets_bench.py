"""How fast and how exact the secret detector is. Run: python bench/secrets_bench.py"""

import random
import statistics
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]

from lambdaudit.secrets import Context, judge, judge_all, redact, scan_text  # noqa: E402
from tests.secrets.secret_cases import Case, load  # noqa: E402

FILES = ("tuning", "held_out", "hard_first", "hard_second", "ordinary")
VARIABLES, FUNCTIONS = 10, 300
SOURCE = Path(statistics.__file__).parent


def exactness() -> None:
    """Precision and recall of every corpus file over ten draws."""
    print(f"{'corpus':12} {'cases':>6} {'secrets':>8} {'precision':>10} {'recall':>8}")
    for file in FILES:
        cases = [case for seed in range(10) for case in load(file, seed)]
        flagged = [c for c in cases if judge(c.name, c.value, context=Context(c.context)).kind]
        hits, secrets = sum(c.secret for c in flagged), sum(c.secret for c in cases)
        print(f"{file:12} {len(cases) // 10:6} {secrets // 10:8} {hits / len(flagged):10.4f} {hits / secrets:8.4f}")


def function_time(cases: list[Case], label: str) -> None:
    """Time per function of ten variables, drawn from cases."""
    rng = random.Random(7)
    times = []
    for _ in range(FUNCTIONS):
        variables = {case.name: case.value for case in rng.sample(cases, VARIABLES)}
        start = time.process_time()
        judge_all(variables)
        times.append(1000 * (time.process_time() - start))
    times.sort()
    median, high = statistics.median(times), times[int(0.95 * len(times))]
    print(f"{label}: {median:.2f} ms median, {high:.2f} ms at 95% per function of {VARIABLES} variables (target 2 ms)")


def text_speed() -> None:
    """Characters per second on real source: the standard library."""
    texts = [(str(p), p.read_text("utf-8", "replace")) for p in sorted(SOURCE.glob("*.py"))]
    size = sum(len(text) for _, text in texts)
    for label, work in (("scan", lambda p, t: list(scan_text(t, path=p))), ("redact", lambda _, t: redact(t))):
        start = time.process_time()
        for path, text in texts:
            work(path, text)
        used = time.process_time() - start
        print(f"{label}: {size / used / 1e6:.1f} MB/s over {len(texts)} files, {1000 * used / len(texts):.1f} ms per file")


def main() -> None:
    """Print all figures."""
    exactness()
    function_time(load("ordinary"), "ordinary variables")
    function_time(load("tuning") + load("held_out"), "all kinds of values")
    text_speed()


if __name__ == "__main__":
    main()
