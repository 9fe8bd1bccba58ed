"""Which planted faults of the application in tests/iac/parity each scanner names, and what it says of the clean one.

A fault counts as named when any check that asks the same question fails; checks are matched by hand in `CHECKS`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLANTED = ROOT / "tests" / "iac" / "parity"
CLEAN = ROOT / "tests" / "iac" / "clean"
CHECKS: dict[str, frozenset[str]] = {
    rule: frozenset(checks.split())
    for rule, checks in {
        "api-cross-account": "",
        "bucket-public": "CKV_AWS_54 CKV_AWS_56 CKV_AWS_70 CKV2_AWS_6",
        "bucket-without-versions": "CKV_AWS_21",
        "code-not-signed": "CKV_AWS_272",
        "environment-aws-key": "CKV_AWS_45",
        "environment-default-key": "CKV_AWS_173",
        "environment-secret": "CKV_AWS_45",
        "environment-secret-shared": "",
        "function-confused-deputy": "CKV_AWS_364",
        "function-public": "CKV_AWS_301",
        "function-url-public": "CKV_AWS_258",
        "image-not-scanned": "CKV_AWS_163",
        "image-repository-public": "CKV_AWS_32",
        "image-tag-floats": "CKV_AWS_51",
        "key-not-rotated": "CKV_AWS_7",
        "key-public": "CKV_AWS_33",
        "log-group-kept-for-ever": "CKV_AWS_66",
        "log-group-without-key": "CKV_AWS_158",
        "parameter-plain-secret": "CKV2_AWS_34",
        "public-api-without-web-acl": "CKV2_AWS_29",
        "queue-not-encrypted": "CKV_AWS_27",
        "queue-public": "CKV_AWS_168 CKV_AWS_387",
        "queue-visibility-too-short": "E3505",
        "role-administrator": "CKV_AWS_62 CKV_AWS_63 CKV_AWS_1 CKV_AWS_49",
        "role-can-escalate": "CKV_AWS_110 CKV_AWS_109",
        "role-reads-all-secrets": "CKV_AWS_107 CKV_AWS_108",
        "role-whole-service": "CKV_AWS_111 CKV_AWS_356",
        "route-without-authorization": "CKV_AWS_59",
        "route-without-validation": "CKV2_AWS_53",
        "runtime-deprecated": "CKV_AWS_363 E2531 W2531",
        "secret-not-rotated": "CKV2_AWS_57",
        "stage-cache-unencrypted": "CKV_AWS_308",
        "stage-logs-bodies": "CKV_AWS_276",
        "stage-without-access-log": "CKV_AWS_76 CKV_AWS_95",
        "stream-not-encrypted": "CKV_AWS_43",
        "table-without-recovery": "CKV_AWS_28",
        "topic-public": "CKV_AWS_169",
        "topic-without-key": "CKV_AWS_26",
    }.items()
}


def _output(command: list[str]) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "AWS_DEFAULT_REGION": "us-east-1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout


def ours(folder: Path) -> list[str]:
    """The rule of every finding above info, by the rules that are on unless asked otherwise."""
    report = folder.parent.parent / f".{folder.parent.name}-{folder.name}.json"
    base = [sys.executable, "-m", "lambdaudit", "audit", str(folder), "--no-code", "--exit-zero", "-q", "--persona", "strict"]
    try:
        _output([*base, "-o", str(report)])
        found = json.loads(report.read_text("utf-8"))["findings"]
    finally:
        report.unlink(missing_ok=True)
    return [one["rule"] for one in found]


def checkov(program: Path, folder: Path) -> list[str]:
    """The id of every failed check."""
    kind = "terraform" if folder.name == "terraform" else "cloudformation"
    text = _output([str(program), "-d", str(folder), "--framework", kind, "--skip-download", "-o", "json", "--quiet"])
    found = json.loads(text)
    reports = found if isinstance(found, list) else [found]
    return [str(one["check_id"]) for r in reports for one in r.get("results", {}).get("failed_checks", [])]


def cfn_lint(program: Path, folder: Path) -> list[str]:
    """The rule of every match; nothing for other formats than CloudFormation's."""
    template = folder / "template.yaml"
    if not template.exists():
        return []
    return [str(one["Rule"]["Id"]) for one in json.loads(_output([str(program), "-t", str(template), "-f", "json"]) or "[]")]


def compare(peers: Path | None) -> None:
    """Print how many planted faults each tool names in each format, and how much it says of the clean application."""
    for form in ("sam", "cloudformation", "terraform"):
        planted = set(ours(PLANTED / form))
        said: dict[str, tuple[set[str], int, list[str]]] = {"lambdaudit": (planted, len(ours(PLANTED / form)), [])}
        if (CLEAN / form).exists():
            said["lambdaudit"] = (*said["lambdaudit"][:2], ours(CLEAN / form))
        for name, run in (("checkov", checkov), ("cfn-lint", cfn_lint)):
            program = peers / name if peers else None
            if program is None or not program.exists():
                continue
            ids = run(program, PLANTED / form)
            named = {rule for rule in planted if CHECKS.get(rule, frozenset()) & set(ids)}
            said[name] = (named, len(ids), run(program, CLEAN / form) if (CLEAN / form).exists() else [])
        for tool, (named, findings, false) in said.items():
            print(f"  {form:15} {tool:11} {len(named):3} of {len(planted)} rules, {findings} findings; clean: {len(false)}")
