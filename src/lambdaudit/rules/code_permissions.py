"""What the code calls against what its execution role may do."""

from lambdaudit.facts import Audit, power
from lambdaudit.facts.code_access import Unused, refused, unused, worst_first
from lambdaudit.model.code import Code
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Role
from lambdaudit.rules.contract import Fail, Outcome, fail, rule, skip

_MANY = 12
"""From so many services on, one finding says it all."""


@rule(Severity.LOW, maps=("CWE-250", "CWE-1220", "OWASP:S5:2017"))
def permission_never_called(code: Code, audit: Audit) -> Outcome:
    """An execution role has rights that no code of its functions uses.

    Why: A right that the code does not need only serves whoever takes over the function.
    Fix: Allow the actions that the code calls, on the resources that it names, and nothing else.
    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
    """
    function = audit.find(Function, code.function)
    role = audit.role(function) if function else None
    if role is None:
        return skip("the function has no role")
    functions = audit.users(role)
    if functions[:1] != (code.function,):
        return skip("told once for all functions with the role")
    if power.administrator(role, audit):
        return skip("it is administrator, which role-administrator reports")
    rows = unused(role, audit)
    if len(rows) > _MANY:
        yield _everything(role, rows, functions, audit)
        return None
    for row in rows:
        yield fail(
            f"role {role.name} may do {_actions(row)} of {row.service}{_among(row)}; {_code(functions)} calls {_used(row)}",
            at=role.where,
            key=row.service,
            severity=_severity(row),
            functions=functions,
            evidence=tuple(audit.grant(role, witness) for witness in row.witnesses),
            fix=_fix(row),
        )


def _severity(row: Unused) -> Severity:
    return Severity.HIGH if row.everywhere else Severity.MEDIUM if row.dangerous else Severity.LOW


def _actions(row: Unused) -> str:
    first = row.actions[0].partition(":")[2]
    return first if len(row.actions) == 1 else f"{len(row.actions)} actions"


def _among(row: Unused) -> str:
    worst = [action.partition(":")[2] for action in (row.everywhere or row.dangerous or row.actions)[:3]]
    return f", among them {', '.join(worst)}" if len(row.actions) > 1 else ""


def _code(functions: tuple[str, ...]) -> str:
    return "the code" if len(functions) == 1 else f"the code of {len(functions)} functions"


def _used(row: Unused) -> str:
    if not row.used:
        return "nothing of it"
    names = [action.partition(":")[2] for action in row.used]
    return f"only {', '.join(names[:4])}{f' and {len(names) - 4} more' if len(names) > 4 else ''}"


def _fix(row: Unused) -> str:
    if not row.used:
        return f"Take the actions of {row.service} out of the role's policies."
    return f"Of {row.service}, allow only {', '.join(row.used)}, on the resources that the code names."


def _everything(role: Role, rows: tuple[Unused, ...], functions: tuple[str, ...], audit: Audit) -> Fail:
    dangerous = worst_first(action for row in rows for action in row.everywhere or row.dangerous)
    used = sorted({action for row in rows for action in row.used})
    among = f", among them {', '.join(dangerous[:3])}" if dangerous else ""
    return fail(
        f"role {role.name} may use {len(rows)} services in ways that {_code(functions)} never does{among}",
        at=role.where,
        key="*",
        severity=min((_severity(row) for row in rows), key=lambda severity: severity.rank),
        functions=functions,
        evidence=tuple(audit.grant(role, row.witnesses[0]) for row in rows[:5] if row.witnesses),
        fix=f"Allow only {', '.join(used)}." if used else "",
    )


@rule(Severity.LOW, maps=("CWE-280",))
def call_not_granted(code: Code, audit: Audit) -> Outcome:
    """The code calls an action that its execution role is not allowed.

    Why: The call is refused when it is reached: an error path that nobody tried, and a reason to widen the role in a hurry.
    Fix: Allow the action on the resource that the code names, or take the call out.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    function = audit.find(Function, code.function)
    if function is None or audit.role(function) is None:
        return skip("the function has no role")
    for row in refused(code, audit):
        first = row.calls[0]
        on = f" on {row.resources[0]}" if row.resources else ""
        elsewhere = " (it is on others)" if row.elsewhere else ""
        yield fail(
            f"{function.name} calls {row.action}{on}, which its role is not allowed{elsewhere}",
            at=first.where,
            key=row.action,
            confidence=Confidence.MEDIUM if row.elsewhere else Confidence.HIGH,
            functions=(function.id,),
            evidence=tuple(
                Evidence(where=call.where, text=f"{call.service} {call.operation} needs {', '.join(call.actions)}")
                for call in row.calls[:5]
            ),
        )
