"""Who may do something, over many roles: lambdaudit beside iamprover, each as a process of its own on the same account.

    python -m bench.iam_peers --iamprover /path/to/iamprover [--roles 1000]

iamprover (PyPI) asks Z3; install it into an environment of its own. PMapper 1.1.5 does not start on Python 3.10 and later (it
imports names that `collections` no longer has), so it is not measured. The account is `bench.iam_symbolic.role_policies`, handed
to the peer as the answer of GetAccountAuthorizationDetails and to lambdaudit as a snapshot.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.iam_symbolic import role_policies
from lambdaudit.model.base import Policy
from lambdaudit.model.finding import Coverage
from lambdaudit.model.identity import Role
from lambdaudit.model.inventory import Inventory, Listed
from lambdaudit.model.snapshot import write
from lambdaudit.model.where import Where

ACCOUNT = "111122223333"
TARGET = "arn:aws:lambda:eu-west-1:111122223333:function:app-3-orders"
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}  # fmt: skip


def snapshot(policies: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """The roles as a snapshot in which all principals are listed."""
    assets = []
    for arn, documents in policies.items():
        where = Where("bench", arn)
        named = tuple(Policy(name=f"p{i}", kind="inline", document=d, where=where) for i, d in enumerate(documents))
        trust = Policy(name="trust", kind="trust", document=TRUST, where=where)
        name = arn.rpartition("/")[2]
        assets.append(Role(id=arn, name=name, where=where, account=ACCOUNT, policies=named, boundary=None, trust=trust))
    listed = [Listed(kind=kind, account=ACCOUNT) for kind in ("role", "user", "group")]
    coverage = Coverage(source="bench", accounts=(ACCOUNT,), regions=("eu-west-1",))
    write(Inventory(assets, listed=listed, coverage=coverage, created="2026-11-22"), path)


def details(policies: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The roles as GetAccountAuthorizationDetails answers."""
    rows = [
        {
            "Path": "/", "RoleName": arn.rpartition("/")[2], "RoleId": f"AROA{i:016}", "Arn": arn,
            "CreateDate": "2026-01-01T00:00:00Z",
            "AssumeRolePolicyDocument": TRUST, "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": [],
            "RolePolicyList": [{"PolicyName": f"p{n}", "PolicyDocument": d} for n, d in enumerate(documents)],
        }
        for i, (arn, documents) in enumerate(policies.items())
    ]  # fmt: skip
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": rows, "Policies": []}


def measured(name: str, command: list[str]) -> str:
    """Run a command and print its times; what it wrote on standard output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1_200)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name:<12} {wall:7.1f} s wall {cpu:7.1f} s CPU   exit {done.returncode} {done.stderr.strip()[:200]}")
    return done.stdout


def main() -> None:
    """Measure both, and compare the roles that they name."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--iamprover", required=True)
    parser.add_argument("--roles", type=int, default=1_000)
    options = parser.parse_args()
    policies = role_policies(options.roles)
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        snapshot(policies, base / "account.snapshot.json")
        (base / "gaad.json").write_text(json.dumps(details(policies)))
        rule = {"invariants": [{"id": "x", "forbid": {"action": "lambda:InvokeFunction", "resource": TARGET}}]}
        (base / "rules.yaml").write_text(json.dumps(rule))
        ask = ["who-can", "lambda:InvokeFunction", TARGET, "--snapshot", str(base / "account.snapshot.json"), "--json"]
        ours = measured("lambdaudit", [sys.executable, "-m", "lambdaudit", *ask])
        prove = ["verify", "--gaad", str(base / "gaad.json"), "--invariants", str(base / "rules.yaml"), "--format", "json"]
        theirs = measured("iamprover", [options.iamprover, *prove])
    for name, text in (("lambdaudit", ours), ("iamprover", theirs)):
        named = sum(arn + '"' in text for arn in policies)
        print(f"{name} names {named} of {len(policies)} roles")


if __name__ == "__main__":
    main()
