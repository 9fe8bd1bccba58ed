"""IAM and STS as AWS answers them: pages of GetAccountAuthorizationDetails, simulation, last-accessed reports."""

import json
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.support.gaps import Forward, corrects, page, question
from tests.support.lambda_state import LabState, revision
from tests.support.wire import ACCOUNT, Answer, Call, error

NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
DETAIL_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
CALLER = f"arn:aws:iam::{ACCOUNT}:user/auditor"
"""Who the made-up credentials belong to; the estate creates that user."""


def xml(call: Call, inner: str, namespace: str = NAMESPACE) -> Answer:
    """A query-protocol answer around the result's members."""
    name = call.operation
    text = f'<{name}Response xmlns="{namespace}"><{name}Result>{inner}</{name}Result></{name}Response>'
    return Answer(200, (("Content-Type", "text/xml"),), text.encode())


@corrects("sts:GetCallerIdentity", moto="a user that does not exist in IAM", lab="the user `auditor` of the estate")
def caller(state: LabState, call: Call, forward: Forward) -> Answer:
    inner = f"<Arn>{CALLER}</Arn><UserId>AIDAIOSFODNN7EXAMPLE</UserId><Account>{ACCOUNT}</Account>"
    return xml(call, inner, "https://sts.amazonaws.com/doc/2011-06-15/")


@corrects(
    "iam:GetAccountAuthorizationDetails",
    moto="everything on one page, all 1,500 AWS-managed policies included",
    lab="MaxItems (100 unless asked, 1,000 at most) and Marker over all four lists; AWS-managed policies only if attached",
)
def authorization_details(state: LabState, call: Call, forward: Forward) -> Answer:
    wanted = tuple(sorted(value for key, value in call.arguments.items() if key.startswith("Filter.")))
    key = (call.operation, *wanted)
    if key not in state.lists:
        body = b"Action=GetAccountAuthorizationDetails&Version=2010-05-08"
        answer = forward(Call(call.method, call.path, "", call.headers, body))
        if answer.status >= 300:
            return answer
        state.lists[key] = _details(answer.body, wanted)
    size = min(int(call.arguments.get("MaxItems") or 100), 1000)
    items, marker = page(state.lists[key], call, cap=size, size="MaxItems")
    inner = f"<IsTruncated>{str(marker is not None).lower()}</IsTruncated>"
    inner += f"<Marker>{marker}</Marker>" if marker else ""
    for name in DETAIL_LISTS:
        inner += f"<{name}>{''.join(text for kind, text in items if kind == name)}</{name}>"
    return xml(call, inner)


def _details(body: bytes, wanted: tuple[str, ...]) -> list[tuple[str, str]]:
    """(list, XML of the entry) of every user, group, role and policy that the filter lets through."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(body)
    kinds = {"UserDetailList": "User", "GroupDetailList": "Group", "RoleDetailList": "Role"}
    found = []
    for name in DETAIL_LISTS:
        for entry in root.findall(f".//{{{NAMESPACE}}}{name}/{{{NAMESPACE}}}member"):
            kind = kinds.get(name, "LocalManagedPolicy")
            if name == "Policies" and (entry.findtext(f"{{{NAMESPACE}}}Arn") or "").startswith("arn:aws:iam::aws:"):
                kind = "AWSManagedPolicy"
                if entry.findtext(f"{{{NAMESPACE}}}AttachmentCount") == "0":
                    continue
            if not wanted or kind in wanted:
                found.append((name, ElementTree.tostring(entry, encoding="unicode")))
    return found


@corrects(
    "iam:GenerateServiceLastAccessedDetails",
    "iam:GetServiceLastAccessedDetails",
    moto="missing",
    lab="a finished report in which nothing was ever used",
)
def last_accessed(state: LabState, call: Call, forward: Forward) -> Answer:
    if call.operation.startswith("Generate"):
        return xml(call, f"<JobId>{revision(call.arguments.get('Arn'))}</JobId>")
    times = "".join(f"<{name}>2026-01-15T08:30:00Z</{name}>" for name in ("JobCreationDate", "JobCompletionDate"))
    return xml(call, f"<JobStatus>COMPLETED</JobStatus>{times}<IsTruncated>false</IsTruncated><ServicesLastAccessed/>")


@corrects(
    "iam:GenerateCredentialReport",
    moto="takes several requests to finish",
    lab="finishes at once, so that a remembered answer does not keep a tool asking",
)
def credential_report(state: LabState, call: Call, forward: Forward) -> Answer:
    for _ in range(5):
        answer = forward(call)
        if b"<State>COMPLETE</State>" in answer.body:
            break
    return answer


@corrects(
    "iam:ListPoliciesGrantingServiceAccess",
    moto="missing",
    lab="the managed policies attached to the user or role itself, whatever service they are about",
)
def granting(state: LabState, call: Call, forward: Forward) -> Answer:
    kind, _, name = call.arguments["Arn"].rpartition(":")[2].rpartition("/")
    entity = "Role" if kind.startswith("role") else "User"
    action = f"ListAttached{entity}Policies"
    asked = question("iam", "us-east-1", action, "2010-05-08", **{f"{entity}Name": name})
    answer = forward(asked)
    if answer.status >= 300:
        return answer
    policies = ""
    for entry in ElementTree.fromstring(answer.body).iter(f"{{{NAMESPACE}}}member"):
        values = {field: entry.findtext(f"{{{NAMESPACE}}}{field}") or "" for field in ("PolicyName", "PolicyArn")}
        fields = "".join(f"<{field}>{escape(value)}</{field}>" for field, value in values.items())
        policies += f"<member>{fields}<PolicyType>MANAGED</PolicyType></member>"
    spaces = [value for key, value in call.arguments.items() if key.startswith("ServiceNamespaces.member.")]
    grants = "".join(
        f"<member><ServiceNamespace>{escape(space)}</ServiceNamespace><Policies>{policies}</Policies></member>"
        for space in spaces
    )
    inner = f"<PoliciesGrantingServiceAccess>{grants}</PoliciesGrantingServiceAccess><IsTruncated>false</IsTruncated>"
    return xml(call, inner)


@corrects(
    "iam:SimulateCustomPolicy",
    "iam:SimulatePrincipalPolicy",
    moto="missing",
    lab="by action only, conditions and resources aside; the principal form takes the policies from the request alone",
)
def simulate(state: LabState, call: Call, forward: Forward) -> Answer:
    arguments = call.arguments
    texts = [value for key, value in arguments.items() if key.startswith("PolicyInputList.member.")]
    try:
        statements = [statement for text in texts for statement in _statements(text)]
    except ValueError:
        return error(call, 400, "InvalidInput", "a policy is not valid JSON")
    results = ""
    for key, action in arguments.items():
        if not key.startswith("ActionNames.member."):
            continue
        effects = {item["Effect"] for item in statements if _names(item, action)}
        decision = "explicitDeny" if "Deny" in effects else "allowed" if effects else "implicitDeny"
        results += f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>*</EvalResourceName>"
        results += f"<EvalDecision>{decision}</EvalDecision></member>"
    return xml(call, f"<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults>")


def _statements(text: str) -> list[dict[str, Any]]:
    document = json.loads(text if text.lstrip().startswith("{") else unquote(text))
    statements = document.get("Statement", [])
    return statements if isinstance(statements, list) else [statements]


def _names(statement: dict[str, Any], action: str) -> bool:
    patterns = statement.get("Action", [])
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
