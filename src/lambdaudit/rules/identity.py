"""Execution roles: too much power, shared power, and ways to more power."""

from collections.abc import Iterator

from lambdaudit.facts import Audit, escalation, power
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Role
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip


def _assumed(audit: Audit, role: Role) -> str:
    """What the claim leaves open, in words, when the organisation's guardrails could not be read."""
    return "" if audit.guardrails_known(role.account) else " (service control policies are not known; they may stop it)"


@rule(Severity.CRITICAL, maps=("CWE-250", "CWE-269", "FSBP:IAM.1", "OWASP:S5:2017"))
def role_administrator(role: Role, audit: Audit) -> Outcome:
    """An execution role is administrator of the account.

    Why: Any flaw in any function with this role gives the attacker the whole account.
    Fix: Give each function a role of its own with the actions and resources that its code uses.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    functions = audit.users(role)
    if not functions:
        return skip("no function runs with it")
    if witnesses := power.administrator(role, audit):
        yield fail(
            f"role {role.name} is administrator of the account{_assumed(audit, role)}",
            at=role.where,
            evidence=tuple(audit.grant(role, w) for w in witnesses[:3]),
        )


@rule(Severity.HIGH, maps=("CWE-250", "CWE-732", "OWASP:S5:2017"))
def role_whole_service(role: Role, audit: Audit) -> Outcome:
    """An execution role may do everything with every resource of a service.

    Why: A flaw in a function with this role reads, changes and deletes all data of the service in the account.
    Fix: Allow the actions that the code calls, on the resources that it names.
    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
    """
    if not audit.users(role):
        return skip("no function runs with it")
    if power.administrator(role, audit):
        return skip("it is administrator, which role-administrator reports")
    for service in power.whole_services(role, audit):
        spared = power.spares_some(role, audit)
        reach = "resources of any name but those that its policies take out" if spared else "every resource"
        yield fail(
            f"role {role.name} may do everything in {service.title} with {reach}{_assumed(audit, role)}",
            at=role.where,
            key=service.prefix,
            severity=service.severity,
            evidence=tuple(audit.grant(role, w) for w in service.witnesses[:2]),
        )


@rule(Severity.MEDIUM, maps=("CWE-250", "OWASP:S5:2017", "CIS-Compute:4.6"))
def role_shared(role: Role, audit: Audit) -> Outcome:
    """Several functions share one execution role.

    Why: The weakest of them has the rights of all of them.
    Fix: Give each function a role of its own with what it needs.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    functions = audit.users(role)
    if len(functions) < 2:
        return skip("at most one function runs with it")
    sensitive = power.sensitive(role, audit)
    if sensitive:
        yield fail(
            f"{len(functions)} functions share role {role.name}, which may {sensitive[0].text}",
            at=role.where,
            severity=Severity.MEDIUM if len(functions) > 4 or len(sensitive) > 1 else Severity.LOW,
            evidence=tuple(Evidence(where=audit.granting(role, s.witness.request), text=s.text) for s in sensitive),
        )


@rule(Severity.MEDIUM, maps=("CWE-250",))
def role_shared_with_other_services(role: Role, audit: Audit) -> Outcome:
    """An execution role is also trusted by other services.

    Why: Instances, containers or pipelines that can take the role have the function's rights, and the other way round.
    Fix: One role for each kind of compute; keep only lambda.amazonaws.com in the trust policy.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    if not audit.users(role):
        return skip("no function runs with it")
    others = power.other_services(role, audit)
    if others:
        yield fail(
            f"role {role.name} can also be taken by {', '.join(others)}",
            at=known(role.trust).where if known(role.trust) else role.where,  # type: ignore[union-attr]
        )


@rule(Severity.HIGH, maps=("CWE-269", "T1098", "OWASP:S5:2017"))
def role_can_escalate(role: Role, audit: Audit) -> Outcome:
    """An execution role can give itself more rights than it has.

    Why: An attacker in the function runs a handful of API calls and ends as administrator or as another, stronger role.
    Fix: Remove the rights named in the finding, or bind them to the resources and roles that the code needs.
    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    if not audit.users(role):
        return skip("no function runs with it")
    if power.administrator(role, audit):
        return skip("it is administrator already")
    for path in escalation.paths(role, audit):
        yield fail(
            f"role {role.name} can {path.text}{_assumed(audit, role)}",
            at=role.where,
            key=path.id,
            severity=path.severity,
            confidence=path.confidence,
            evidence=tuple(_proof_of(role, path, audit)),
        )


def _proof_of(role: Role, path: escalation.Path, audit: Audit) -> Iterator[Evidence]:
    """The proved requests, what they come to, what an attacker would type, and the other ways of the same weakness."""
    from lambdaudit.iam.decide import Request

    for number, step in enumerate(path.steps, 1):
        witness = step.request(role.id)
        where = role.where if step.principal else audit.granting(role, Request(**witness))
        yield Evidence(where=where, text=f"{number}. {step}", witness=witness)
    yield Evidence(where=role.where, text=f"The attacker is then {path.won}.")
    for line in path.commands:
        yield Evidence(where=role.where, text=f"$ {line}")
    if path.others:
        more = f"; and {len(path.others) - 5} more" if len(path.others) > 5 else ""
        yield Evidence(where=role.where, text=f"Also: {'; '.join(path.others[:5])}{more}")


@rule(Severity.HIGH, maps=("CWE-250", "CWE-522"))
def role_reads_all_secrets(role: Role, audit: Audit) -> Outcome:
    """An execution role can read every secret or parameter of the account.

    Why: A flaw in one function yields the credentials of every other application.
    Fix: Allow secretsmanager:GetSecretValue and ssm:GetParameter* on the ARNs that the function uses.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html
    """
    if not audit.users(role):
        return skip("no function runs with it")
    if power.administrator(role, audit):
        return skip("it is administrator, which role-administrator reports")
    for label, actions, resource in power.SECRET_READS:
        if witnesses := power.on_every(role, audit, actions, resource):
            yield fail(
                f"role {role.name} can read every {label} of the account{_assumed(audit, role)}",
                at=role.where,
                key=label,
                evidence=(audit.grant(role, witnesses[0]),),
            )


@rule(Severity.MEDIUM, maps=("CWE-250",))
def role_invokes_all_functions(role: Role, audit: Audit) -> Outcome:
    """An execution role can invoke every function of the account.

    Why: An attacker in one function reaches all others with events of his choice, past their APIs and checks.
    Fix: Allow lambda:InvokeFunction on the functions that the code calls.
    See: https://docs.aws.amazon.com/lambda/latest/dg/access-control-identity-based.html
    """
    if not audit.users(role):
        return skip("no function runs with it")
    if power.administrator(role, audit):
        return skip("it is administrator, which role-administrator reports")
    resource = f"arn:{role.id.split(':')[1]}:lambda:*:{role.account}:function:*"
    if witnesses := power.on_every(role, audit, ("lambda:InvokeFunction",), resource):
        yield fail(
            f"role {role.name} can invoke every function of the account{_assumed(audit, role)}",
            at=role.where,
            evidence=(audit.grant(role, witnesses[0]),),
        )


@rule(Severity.MEDIUM, maps=("CWE-1059",))
def function_role_gone(fn: Function, audit: Audit) -> Outcome:
    """The function names an execution role that does not exist.

    Why: The function cannot run; whoever may create a role of that name, with a trust in Lambda, decides what it may do.
    Fix: Give the function a role that exists, or delete the function.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    arn = known(fn.role)
    if not arn:
        return skip("it names no role")
    if audit.find(Role, arn) is None:
        yield fail(f"{fn.name} runs as {arn}, which does not exist", at=fn.where / "Role")


@rule(Severity.LOW, confidence=Confidence.HIGH, maps=("CWE-1188",))
def role_allows_by_exclusion(role: Role, audit: Audit) -> Outcome:
    """An execution role's policy allows everything except a list (NotAction or NotResource).

    Why: What the list forgets is allowed, and so is every action and service that AWS adds later.
    Fix: List what the function needs instead of what it must not do.
    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html
    """
    if not audit.users(role):
        return skip("no function runs with it")
    for policy, statement, element, classes in power.exclusions(role, audit):
        worst = f", among it {classes[0]}" if classes else ""
        yield fail(
            f"role {role.name}: policy {policy.name} allows everything except its {element}{worst}",
            at=policy.where / "Statement" / statement,
            key=f"{policy.name}:{statement}",
            severity=Severity.HIGH if classes else Severity.LOW,
            evidence=(Evidence(where=policy.where / "Statement" / statement, text=f"{element} with Effect Allow"),),
        )
