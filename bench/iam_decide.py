"""How many requests a second the concrete IAM engine decides, once the policies are compiled.

    python -m bench.iam_decide [--requests 50000]

Prints one line for each estate: what it holds, the time to parse and compile it, decisions a second, with reasons as well.
Times are processor time, so that other work on the machine does not count; the import is wall time.
"""

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from lambdaudit.iam.actions import action_names, managed_policy
from lambdaudit.iam.decide import Decision, Layers, Request, decide

ACCOUNT = "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/orders"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/orders/run-1"
NAMES = ("orders", "orders-dev", "audit", "public", "customer-data")


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: object, resource: object, **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def managed(*names: str) -> list[Any]:
    found = [managed_policy(f"arn:aws:iam::aws:policy/{name}") for name in names]
    return [policy.document for policy in found if policy is not None]


OWN = document(
    allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::orders/*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    allow("dynamodb:*Item", f"arn:aws:dynamodb:*:{ACCOUNT}:table/orders*"),
    allow("sqs:*", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:${{aws:PrincipalTag/team}}-*"),
    {**allow("s3:*", "arn:aws:s3:::*audit*"), "Effect": "Deny"},
)
BUCKET = document(
    allow("s3:*", "arn:aws:s3:::orders/*", Principal={"AWS": ROLE}),
    {
        **allow("s3:*", "*", Principal="*"),
        "Effect": "Deny",
        "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}, "Bool": {"aws:ViaAWSService": "false"}},
    },
)
GUARDRAIL = document(
    allow("*", "*"),
    {
        "Effect": "Deny",
        "NotAction": ["iam:*", "sts:*", "s3:*"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}},
    },
)

ESTATES: dict[str, Callable[[], Layers]] = {
    "one policy of four statements": lambda: Layers.of(identity=[OWN]),
    "usual role: own policy, 2 managed, bucket policy, boundary, 2 levels of SCPs": lambda: Layers.of(
        identity=[OWN, *managed("service-role/AWSLambdaBasicExecutionRole", "AWSXRayDaemonWriteAccess")],
        resource=BUCKET,
        boundary=managed("PowerUserAccess"),
        scp=[[GUARDRAIL], [GUARDRAIL]],
    ),
    "ten large managed policies": lambda: Layers.of(
        identity=managed(
            "ReadOnlyAccess",
            "SecurityAudit",
            "AmazonEC2FullAccess",
            "AmazonS3FullAccess",
            "AWSLambda_FullAccess",
            "AmazonSageMakerFullAccess",
            "AmazonDataZoneFullAccess",
            "AWSCloudFormationFullAccess",
            "job-function/ViewOnlyAccess",
            "job-function/SystemAdministrator",
        )
    ),
}


def requests(count: int) -> list[Request]:
    dice = random.Random(7)
    usual = ["s3:GetObject", "s3:PutObject", "dynamodb:GetItem", "sqs:SendMessage", "lambda:InvokeFunction", "kms:ListKeys"]
    every = action_names()
    found = []
    for number in range(count):
        action = dice.choice(usual) if dice.random() < 0.8 else dice.choice(every)
        service, name = action.partition(":")[0], dice.choice(NAMES)
        arn = (
            f"arn:aws:s3:::{name}/{number}" if service == "s3" else f"arn:aws:{service}:eu-west-1:{ACCOUNT}:table/{name}-{number}"
        )
        context = {
            "aws:SourceIp": f"203.0.{dice.choice((113, 114))}.{number % 256}",
            "aws:SecureTransport": dice.choice(("true", "false")),
            "aws:ViaAWSService": "false",
            "aws:RequestedRegion": "eu-west-1",
            "aws:PrincipalTag/team": "orders",
        }
        found.append(Request(SESSION, action, arn, ACCOUNT, context))
    return found


def import_milliseconds() -> float:
    """The time that importing the engine adds to a bare interpreter, best of five."""

    def best(code: str) -> float:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - started)
        return min(times)

    return (best("import lambdaudit.iam, lambdaudit.iam.decide, lambdaudit.iam.simulate") - best("pass")) * 1000


def measure(make: Callable[[], Layers], asked: list[Request]) -> tuple[float, float, float]:
    """Seconds to parse and compile, decisions a second, decisions with reasons a second."""
    started = time.process_time()
    layers = make()
    for request in asked:
        decide(request, layers)
    cold = time.process_time() - started
    best = min(_seconds(lambda request: decide(request, layers), asked) for _ in range(3))
    explained = _seconds(lambda request: decide(request, layers).because, asked[:2000])
    return cold - best, len(asked) / best, len(asked[:2000]) / explained


def _seconds(ask: Callable[[Request], Decision | tuple[Any, ...]], asked: list[Request]) -> float:
    started = time.process_time()
    for request in asked:
        ask(request)
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=50_000)
    asked = requests(parser.parse_args().requests)
    print(f"import of the engine: {import_milliseconds():.0f} ms")
    for name, make in ESTATES.items():
        compiling, decisions, explained = measure(make, asked)
        print(f"{name}: compile {compiling:.2f} s, {decisions:,.0f} decisions/s, {explained:,.0f} with reasons/s")


if __name__ == "__main__":
    main()
