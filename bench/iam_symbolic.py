"""How fast the symbolic IAM engine answers.

    python -m bench.iam_symbolic

Prints the 50th and 99th percentile in milliseconds for the kinds of questions that the rules ask, next to the bars of
the project, and the solver cvc5 on the same random questions where it is installed. Times are processor time, so that
other work on the machine does not count.
"""

import copy
import gc
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lambdaudit.iam.actions import managed_policies, managed_policy
from lambdaudit.iam.decide import Layers
from lambdaudit.iam.language import parse
from lambdaudit.iam.questions import Proved, compare, confused_deputy, grants, outside_access, public_access, who_can
from tests.iam.symbolic.test_public import document

CASES = Path(__file__).parents[1] / "tests" / "iam" / "symbolic" / "cases"
USUAL_SIZE = 6_144
"""The longest managed policy that a customer may write, in characters."""
ESCALATION = ("iam:PassRole", "iam:CreatePolicyVersion", "iam:PutRolePolicy", "lambda:UpdateFunctionCode", "sts:AssumeRole")


def timed(run: Callable[[Any], object], items: Iterable[Any]) -> list[float]:
    """Milliseconds for each item, the garbage of earlier ones collected before."""
    times = []
    gc.collect()
    for item in items:
        began = time.process_time()
        run(item)
        times.append((time.process_time() - began) * 1000)
    return sorted(times)


def report(what: str, times: list[float], bar: float | None = None) -> None:
    """One line: median, 99th percentile, longest, and the bar for the 99th percentile."""
    middle, high = times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.99))]
    verdict = "" if bar is None else f"   bar p99 < {bar:g}: {'met' if high < bar else 'MISSED'}"
    print(f"{what:<58}{len(times):>6}  p50 {middle:8.2f}  p99 {high:8.2f}  max {times[-1]:8.2f} ms{verdict}")


def resource_cases() -> list[tuple[Any, str]]:
    """Resource policies of the tests' tables, parsed as a rule would get them, and their resources."""
    rows = [json.loads(line) for line in (CASES / "public.jsonl").read_text().splitlines()]
    return [document(row) for row in rows]


def managed() -> list[Any]:
    """Every policy that AWS manages, parsed."""
    found = [managed_policy(arn) for arn in managed_policies()]
    return [parse(policy.document) for policy in found if policy is not None]


def usual_changes() -> list[tuple[Any, Any]]:
    """Managed policies of usual size next to a change of them: one statement less, or one more condition."""
    pairs = []
    for arn in managed_policies():
        known = managed_policy(arn)
        assert known is not None
        size = len(json.dumps(known.document, separators=(",", ":")))
        if size > USUAL_SIZE or not isinstance(known.document["Statement"], list):
            continue
        changed = copy.deepcopy(dict(known.document))
        if len(changed["Statement"]) > 1:
            changed["Statement"].pop()
        else:
            changed["Statement"][0].setdefault("Condition", {})["StringEquals"] = {"aws:RequestedRegion": "eu-west-1"}
        pairs.append((parse(known.document), parse(changed)))
    return pairs


def roles(count: int) -> dict[str, Layers]:
    """The roles of `role_policies`, parsed."""
    return {arn: Layers.of(identity=documents) for arn, documents in role_policies(count).items()}


def role_policies(count: int) -> dict[str, list[dict[str, Any]]]:
    """Roles as an account has them: two policies each, every seventh about the same functions."""
    found: dict[str, list[dict[str, Any]]] = {}
    shared = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
    for i in range(count):
        bucket = f"arn:aws:s3:::data-{i}"
        own = [
            {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": [bucket, bucket + "/*"]},
            {"Effect": "Allow", "Action": "dynamodb:*", "Resource": f"arn:aws:dynamodb:*:111122223333:table/t{i}"},
            {
                "Effect": "Allow",
                "Action": "lambda:Invoke*",
                "Resource": f"arn:aws:lambda:*:*:function:app-{i % 7}*",
                "Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}},
            },
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        ]
        documents: list[dict[str, Any]] = [
            {"Version": "2012-10-17", "Statement": own},
            {"Version": "2012-10-17", "Statement": [shared]},
        ]
        found[f"arn:aws:iam::111122223333:role/role-{i}"] = documents
    return found


def main() -> None:
    """Run every measurement."""
    account = "123456789012"
    resources = resource_cases()
    for question in (public_access, outside_access, confused_deputy):
        run = lambda case, ask=question: ask(case[0], resource=case[1], account=account)  # noqa: E731
        timed(run, resources[:5])
        report(f"{question.__name__} on the policies of the tables", timed(run, resources), 20)
    everything = managed()
    changes = usual_changes()
    report("A <= A on every managed policy", timed(lambda p: _proved(compare(p, p, kind="identity")), everything), 300)
    narrower = timed(lambda p: compare(p[1], p[0], kind="identity"), changes)
    report("changed <= old, managed policies up to 6,144 characters", narrower, 20)
    wider = timed(lambda p: compare(p[0], p[1], kind="identity"), changes)
    report("old <= changed, the same (every new action listed)", wider, 20)
    layers = [Layers.of(identity=[policy]) for policy in everything]
    escalation = timed(lambda p: grants(p, actions=ESCALATION, resources=["*"]), layers)
    report("five escalation actions, every managed policy", escalation, 20)
    many = roles(1_000)
    target = "arn:aws:lambda:eu-west-1:111122223333:function:app-3-orders"
    again, first = timed(lambda _: who_can(many, "lambda:InvokeFunction", target), range(2))
    met = "met" if first < 3000 else "MISSED"
    print(f"who can invoke a function, 1,000 roles: first {first:.0f} ms, again {again:.0f} ms   bar < 3000: {met}")
    _beside_cvc5()


def _proved(verdict: object) -> None:
    if not isinstance(verdict, Proved):
        raise AssertionError("a policy must be at most as permissive as itself")


def _beside_cvc5() -> None:
    try:
        from tests.iam.symbolic import test_crosscheck_cvc5 as beside
    except ImportError:
        print("cvc5 is not installed: no comparison")
        return
    questions = [beside.question(seed) for seed in range(200)]
    report("random comparison for one action", timed(lambda q: beside.symbolic(*q), questions))
    report("the same question to cvc5", timed(lambda q: beside.solved(*q), questions))


if __name__ == "__main__":
    main()
