"""Reports that every format has to cope with."""

from typing import Any

import msgspec

from lambdaudit.baseline import compare
from lambdaudit.model.finding import CallCount, Confidence, Coverage, Evidence, Finding, Fix, Report, Severity
from lambdaudit.model.where import Where

from .factory import report
from .hostile import hostile

FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
PATCH = """\
--- a/template.yaml
+++ b/template.yaml
@@ -18,3 +18,4 @@
       STAGE: !Ref Stage
-        AuthType: NONE
+        AuthType: AWS_IAM
+      ReservedConcurrentExecutions: 10
       Timeout: 3
"""


def finding(rule: str = "function-url-public", **more: Any) -> Finding:
    """A finding of a template with a line and a patch."""
    fields: dict[str, Any] = {
        "fingerprint": "0123456789abcdef",
        "rule": rule,
        "title": "Anyone on the internet can call the function URL.",
        "severity": Severity.HIGH,
        "confidence": Confidence.HIGH,
        "message": "orders answers unsigned requests",
        "asset": FN,
        "asset_kind": "function",
        "asset_name": "orders",
        "account": "111122223333",
        "region": "eu-west-1",
        "where": Where("template.yaml", "Orders", "/AuthType", 19, 9),
        "functions": (FN,),
        "why": "Every request reaches the handler.",
        "fix": Fix(text="Require signed requests.", patch=PATCH),
        "see": ("https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",),
        "maps": ("CWE-306", "FSBP:Lambda.1"),
        "address": "template.yaml#Orders",
        "identity": "fedcba9876543210",
    }
    return Finding(**(fields | more))


def flow(**more: Any) -> Finding:
    """A finding of code whose evidence is a data flow over two files."""
    steps = (("src/app.py", 5, "event.body enters"), ("src/app.py", 7, "passed to run()"), ("src/lib.py", 3, "reaches eval"))
    evidence = tuple(Evidence(where=Where(path, FN, line=line, column=4), text=text) for path, line, text in steps)
    return finding(
        "event-reaches-code-evaluation",
        **{
            "asset": f"{FN}:code",
            "asset_kind": "code",
            "severity": Severity.CRITICAL,
            "where": evidence[-1].where,
            "evidence": evidence,
            "fix": Fix(text="Parse it."),
            "maps": ("CWE-95",),
            "fingerprint": "aaaa",
            "identity": "bbbb",
            **more,
        },
    )


def of_templates(*findings: Finding, folder: str = "", notes: tuple[str, ...] = ()) -> Report:
    """A report about a folder of templates."""
    return _without_errors(Coverage(source="infra", folder=folder, notes=notes), findings)


def of_account(*findings: Finding) -> Report:
    """A report about a live account."""
    calls = (CallCount(operation="lambda:GetPolicy", asked=1, denied=1, need="lambda:GetPolicy"),)
    coverage = Coverage(source="aws", accounts=("111122223333",), regions=("eu-west-1",), calls=calls)
    return _without_errors(coverage, findings)


def _without_errors(coverage: Coverage, findings: tuple[Finding, ...]) -> Report:
    empty = report(0)
    statistics = msgspec.structs.replace(empty.statistics, verdicts={}, not_assessed=0, findings=len(findings))
    return msgspec.structs.replace(empty, findings=findings, not_assessed=(), coverage=coverage, statistics=statistics)


def compared() -> Report:
    """A report with new, worse, known and fixed findings."""
    now = report(20)
    before = [msgspec.structs.replace(f, severity=Severity.LOW) if i == 0 else f for i, f in enumerate(now.findings[:9])]
    gone = msgspec.structs.replace(before[-1], fingerprint="gone", key="gone", message="the door is open")
    return compare(now, msgspec.structs.replace(now, findings=(*before, gone)), name="main.json")


EVERY = {
    "empty": report(0),
    "usual": report(20),
    "template": of_templates(finding(), flow(), folder="infra", notes=("code: 1 of 1 functions have their sources here",)),
    "compared": compared(),
    "hostile": hostile(compared()),
    "hostile template": hostile(of_templates(finding(), flow(), folder="in fra/#?")),
}
