"""Other accounts and AWS services acting for them: foreign principals and confused deputies."""

from collections.abc import Iterator

from lambdaudit.facts import Audit
from lambdaudit.model.apis import Api
from lambdaudit.model.arn import unqualified
from lambdaudit.model.base import Asset, Policy
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.functions import Alias, Function, FunctionVersion, LayerVersion
from lambdaudit.model.identity import Role
from lambdaudit.model.resources import Bucket, Bus, ImageRepository, Key, Queue, Secret, Stream, Table, Topic
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Fail, Outcome, fail, rule, skip


def _name(asset: Asset) -> str:
    return ":".join(asset.id.split(":")[6:]) if isinstance(asset, Function | FunctionVersion | Alias) else asset.name


def _functions(asset: Asset) -> tuple[str, ...] | None:
    return (unqualified(asset.id),) if isinstance(asset, Function | FunctionVersion | Alias) else None


def _outside(asset: Asset, policy: Policy | None, noun: str, audit: Audit, resource: str = "") -> Iterator[Fail]:
    """Foreign principals that are let in, apart from everyone: that is for the rules on public exposure."""
    if policy is None:
        return
    where = resource or asset.id
    if audit.public(policy, where, asset.account):
        return
    for witness in audit.outside(policy, where, asset.account):
        yield fail(
            f"{noun} {_name(asset)} is open to others: {witness.text}",
            at=policy.where,
            key=witness.request.principal + (f":{witness.caller}" if witness.kind == "account-service" else ""),
            evidence=audit.proof(policy, witness),
            functions=_functions(asset),
        )


@rule(Severity.MEDIUM, maps=("CWE-284", "OWASP:S5:2017"))
def function_cross_account(fn: Function | FunctionVersion | Alias, audit: Audit) -> Outcome:
    """A principal of another account can use the function.

    Why: The function is only as safe as that account: whoever takes it over invokes (or changes) the function.
    Fix: Remove the permission if nobody can say who it is for; name a role instead of a whole account; state trusted accounts
    with --trusted-account.
    See: https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-cross-account.html
    """
    policy = known(fn.policy)
    if policy is None:
        return skip("it has no resource-based policy")
    yield from _outside(fn, policy, "function", audit)


@rule(Severity.MEDIUM, maps=("CWE-284",))
def resource_cross_account(asset: Queue | Topic | Bus | Stream | Secret | Key | ImageRepository, audit: Audit) -> Outcome:
    """A principal of another account can use a resource that functions depend on.

    Why: Whoever takes over the other account reads, changes or injects what your functions work on.
    Fix: Remove the permission if nobody can say who it is for; name a role instead of a whole account; state trusted accounts
    with --trusted-account.
    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html
    """
    policy = known(asset.policy)
    if policy is None:
        return skip("it has no resource-based policy")
    if isinstance(asset, Key) and known(asset.manager) == "AWS":
        return skip("AWS manages the key and its policy")
    yield from _outside(asset, policy, type(asset).__name__.lower(), audit)


@rule(Severity.MEDIUM, maps=("CWE-284", "FSBP:S3.6"))
def bucket_cross_account(bucket: Bucket, audit: Audit) -> Outcome:
    """A principal of another account can use the bucket.

    Why: Whoever takes over the other account reads or replaces what your functions work on.
    Fix: Remove the statement if nobody can say who it is for; name a role instead of a whole account.
    See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
    """
    policy = known(bucket.policy)
    if policy is None:
        return skip("it has no bucket policy")
    yield from _outside(bucket, policy, "bucket", audit)


@rule(Severity.MEDIUM, maps=("CWE-284",))
def table_cross_account(table: Table, audit: Audit) -> Outcome:
    """A principal of another account can use the table or its stream.

    Why: Whoever takes over the other account reads or changes your items.
    Fix: Remove the statement if nobody can say who it is for; name a role instead of a whole account.
    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-cross-account-access.html
    """
    yield from _outside(table, known(table.policy), "table", audit)
    if stream := known(table.stream):
        yield from _outside(table, known(table.stream_policy), "the stream of table", audit, stream)


@rule(Severity.LOW, maps=("CWE-284",))
def layer_cross_account(layer: LayerVersion, audit: Audit) -> Outcome:
    """Another account can read a layer version of yours.

    Why: Layers hold source code and, too often, configuration and keys.
    Fix: Remove the permission if nobody can say who it is for.
    See: https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html
    """
    if not audit.is_own(layer.account):
        return skip("another account publishes it")
    yield from _outside(layer, known(layer.policy), "layer", audit)


@rule(Severity.MEDIUM, maps=("CWE-284",))
def api_cross_account(api: Api, audit: Audit) -> Outcome:
    """An API's resource policy lets principals of another account call it.

    Why: Whoever takes over the other account calls every route that the statement names.
    Fix: Remove the statement if nobody can say who it is for; name a role, and the routes that it needs.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
    """
    policy = known(api.policy)
    if policy is None:
        return skip("it has no resource policy")
    yield from _outside(api, policy, "API", audit, f"{api.id}/*/*/*")


@rule(Severity.MEDIUM, maps=("CWE-441", "FSBP:Lambda.1", "OWASP:S5:2017"))
def function_confused_deputy(fn: Function | FunctionVersion | Alias, audit: Audit) -> Outcome:
    """An AWS service may invoke the function for any customer, not only for you.

    Why: A stranger points his own bucket, topic, API or rule at your function's ARN; the service invokes it with his event.
    Fix: Add aws:SourceArn with the resource that should call (and aws:SourceAccount where the ARN has no account) to the
    statement.
    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    policy = known(fn.policy)
    if policy is None:
        return skip("it has no resource-based policy")
    for witness in audit.deputies(policy, fn.id, fn.account):
        yield fail(
            f"function {_name(fn)}: {witness.text}",
            at=policy.where,
            key=f"{witness.caller}:{witness.kind}",
            severity=Severity.LOW if witness.kind == "reused-name" else Severity.MEDIUM,
            evidence=audit.proof(policy, witness),
            functions=(unqualified(fn.id),),
        )


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-441",))
def resource_confused_deputy(asset: Queue | Topic | Bus | Secret | Key, audit: Audit) -> Outcome:
    """An AWS service may use a resource for any customer, not only for you.

    Why: A stranger configures the service in his own account to send to your queue or topic, or to use your key or secret.
    Fix: Add aws:SourceArn or aws:SourceAccount to the statement for the service.
    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    policy = known(asset.policy)
    if policy is None:
        return skip("it has no resource-based policy")
    if isinstance(asset, Key) and known(asset.manager) == "AWS":
        return skip("AWS manages the key and its policy")
    for witness in audit.deputies(policy, asset.id, asset.account):
        yield fail(
            f"{type(asset).__name__.lower()} {asset.name}: {witness.text}",
            at=policy.where,
            key=f"{witness.caller}:{witness.kind}",
            severity=Severity.LOW if witness.kind == "reused-name" else Severity.MEDIUM,
            evidence=audit.proof(policy, witness),
        )


@rule(Severity.CRITICAL, maps=("CWE-284", "CWE-266"))
def role_trusts_anyone(role: Role, audit: Audit) -> Outcome:
    """Anyone with an AWS account, or anyone who logs in at a public provider, can assume the role.

    Why: A stranger takes the role and has every right of it.
    Fix: Name accounts or roles in the trust policy; bind identity providers to your organisation, repository or audience.
    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage-assume.html
    """
    trust = known(role.trust)
    if trust is None:
        return skip("its trust policy is empty")
    for witness in audit.public(trust, role.id, role.account):
        yield fail(
            f"role {role.name} can be assumed by anyone: {witness.text}",
            at=trust.where,
            key=",".join(sorted(witness.actions)[:3]),
            evidence=audit.proof(trust, witness),
        )
    for witness in audit.strangers_at(trust, role):
        yield fail(
            f"role {role.name} can be assumed by anybody with a token of {witness.caller.rpartition('oidc-provider/')[2]}",
            at=trust.where,
            key=witness.caller,
            evidence=audit.proof(trust, witness),
        )


@rule(Severity.MEDIUM, maps=("CWE-284",))
def role_trusts_other_account(role: Role, audit: Audit) -> Outcome:
    """A principal of another account can assume an execution role.

    Why: Execution roles are for functions; a second way in makes the role's rights depend on the other account's safety.
    Fix: Give the other account a role of its own, with an external id where it is a vendor, and take it out of the trust policy.
    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    """
    if not audit.users(role):
        return skip("no function runs with it")
    trust = known(role.trust)
    if trust is None:
        return skip("its trust policy is empty")
    yield from _outside(role, trust, "role", audit)
