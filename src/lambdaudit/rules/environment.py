"""Environment variables: secrets in them, now and in published versions, and names that point at nothing; plain parameters."""

from collections.abc import Iterable

from lambdaudit.facts import Audit
from lambdaudit.model.arn import parse_arn
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Configured, EnvironmentVariable, Function, FunctionVersion
from lambdaudit.model.resources import Bucket, Parameter
from lambdaudit.model.unknown import NotKnown, Unknown, known
from lambdaudit.model.where import Where
from lambdaudit.rules._literals import written_values
from lambdaudit.rules.contract import Outcome, fail, rule, skip
from lambdaudit.secrets.names import SECRET_ROLES, read

_AWS_KEYS = ("aws-access-key", "aws-secret-key", "aws-session-token", "aws-temporary-key")
_TEMPORARY = ("aws-session-token", "aws-temporary-key")
_SURE = ("high", "medium")


def _at(fn: Configured, variable: EnvironmentVariable) -> Where:
    return fn.where / "Environment" / "Variables" / variable.name


def _written(fn: Configured, variable: EnvironmentVariable, audit: Audit) -> Where:
    """Where the author wrote the value: in a template's parameter or local value that the variable has it from, or in place."""
    return written_values(audit).get(variable.fingerprint) or _at(fn, variable)


def _proof(fn: Configured, variables: Iterable[EnvironmentVariable]) -> tuple[Evidence, ...]:
    def words(v: EnvironmentVariable) -> str:
        # What a template hides has no value yet.
        return f"{v.name}: {v.length} characters, {v.reason}; the value is not kept" if v.fingerprint else f"{v.name}: {v.reason}"

    return tuple(Evidence(where=_at(fn, v), text=words(v)) for v in variables)


@rule(Severity.HIGH, maps=("CWE-312", "CWE-526", "OWASP:S3:2017", "CIS-Compute:4.3", "T1552"))
def environment_secret(fn: Function, audit: Audit) -> Outcome:
    """An environment variable holds a secret.

    Why: Everyone with lambda:GetFunctionConfiguration or lambda:ListFunctions reads it (unless a key of yours encrypts the
    variables), as does every library, layer and extension in the function; it stays in every version that is published.
    Fix: Put the secret into Secrets Manager or Parameter Store, give the function's role the right to read that one secret, keep
    only its name in the variable, and change the secret: it must count as known.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    for variable in known(fn.environment):
        if variable.kind and variable.kind not in _AWS_KEYS and variable.confidence in _SURE:
            yield fail(
                f"{fn.name} keeps {_a(variable.kind)} in the variable {variable.name}",
                at=_written(fn, variable, audit),
                key=variable.name,
                evidence=_proof(fn, (variable,)),
                severity=Severity.HIGH if variable.confidence == "high" else Severity.MEDIUM,
                confidence=Confidence(variable.confidence),
            )
    for variable in known(fn.environment):
        if variable.unread and read(variable.name).role in SECRET_ROLES:
            raise NotKnown(variable.unread)


@rule(Severity.CRITICAL, maps=("CWE-798", "CWE-312", "OWASP:S3:2017", "T1552"))
def environment_aws_key(fn: Function, audit: Audit) -> Outcome:
    """An environment variable holds AWS keys.

    Why: Long-term keys work from anywhere until somebody deletes them, and usually carry more rights than the function's role.
    Fix: Delete the variables, let the SDK use the execution role (assume another role where other rights are needed), and
    deactivate the key.
    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
    """
    found = [v for v in known(fn.environment) if v.kind in _AWS_KEYS]
    kinds = {v.kind for v in found}
    # A secret part without an id of its own belongs to the temporary credentials beside it.
    passing = {*_TEMPORARY, "aws-secret-key"} if kinds & {*_TEMPORARY} and "aws-access-key" not in kinds else {*_TEMPORARY}
    long_term, temporary = [v for v in found if v.kind not in passing], [v for v in found if v.kind in passing]
    for sort, variables in (("long-term", long_term), ("temporary", temporary)):
        if variables:
            with_secret = sort == "temporary" or "aws-secret-key" in kinds
            yield fail(
                f"{fn.name} keeps a {sort} AWS key in {_names(variables)}"
                + ("" if with_secret else " (its id; the secret part is not there)"),
                at=_written(fn, variables[0], audit),
                key=sort,
                evidence=_proof(fn, variables),
                severity=_key_severity(sort, with_secret, variables),
                confidence=Confidence("high" if any(v.confidence == "high" for v in variables) else "medium"),
            )


def _key_severity(sort: str, with_secret: bool, variables: list[EnvironmentVariable]) -> Severity:
    if sort == "temporary" or not with_secret:
        return Severity.MEDIUM
    return Severity.CRITICAL if any(v.confidence == "high" for v in variables) else Severity.HIGH


def _names(variables: list[EnvironmentVariable]) -> str:
    names = sorted(v.name for v in variables)
    return f"the variable {names[0]}" if len(names) == 1 else "the variables " + ", ".join(names)


@rule(Severity.MEDIUM, maps=("CWE-312", "CWE-526", "OWASP:S3:2017", "T1552"))
def environment_secret_in_old_version(fn: Function, audit: Audit) -> Outcome:
    """A published version still holds a secret that the function itself no longer has.

    Why: Published versions cannot be changed: a secret that was taken out of the function stays readable in them, with the same
    rights, until they are deleted.
    Fix: Change the secret, then delete the versions that hold it.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
    """
    versions = known(fn.versions)
    if not versions:
        return skip("it has no published version")
    current = {(v.name, v.fingerprint) for v in known(fn.environment) if v.kind}
    kept: dict[str, list[tuple[FunctionVersion, EnvironmentVariable]]] = {}
    unread: NotKnown | None = None
    for arn in versions:
        try:
            version = audit.find(FunctionVersion, arn)
            for variable in known(version.environment) if version else ():
                if (
                    version
                    and variable.kind
                    and variable.confidence in _SURE
                    and (variable.name, variable.fingerprint) not in current
                ):
                    kept.setdefault(variable.name, []).append((version, variable))
        except NotKnown as error:
            unread = unread or error
    for name, places in kept.items():
        numbers = ", ".join(version.version for version, _ in places)
        worst = next((v for _, v in places if v.kind in _AWS_KEYS and v.kind not in _TEMPORARY), places[0][1])
        yield fail(
            f"{fn.name} keeps {_a(worst.kind or '')} in the variable {name} of version{'s' if len(places) > 1 else ''} {numbers}",
            at=_at(*places[0]),
            key=name,
            evidence=tuple(e for version, variable in places for e in _proof(version, (variable,))),
            severity=Severity.HIGH if worst.kind in _AWS_KEYS else Severity.MEDIUM,
            confidence=Confidence(worst.confidence),
        )
    if unread:
        raise unread


@rule(Severity.LOW, maps=("CWE-312", "OWASP:S3:2017"))
def environment_secret_shared(fn: Function, audit: Audit) -> Outcome:
    """Several functions hold the same secret in their variables.

    Why: Who gets into the least of these functions holds the key of all of them, and the secret is hard to change because every
    one must be deployed at the same moment.
    Fix: Keep the secret once, in Secrets Manager or Parameter Store, and let each function that needs it read it from there.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html
    """
    own = [v for v in known(fn.environment) if v.kind and v.confidence in _SURE and v.fingerprint]
    if not own:
        return skip("no variable of it holds a secret")
    holders = audit.once(("holders of secrets",), lambda: _holders(audit.inventory.of(Function)))
    for variable in own:
        functions = holders[variable.fingerprint]
        if len(functions) > 1 and functions[0] == fn.id:
            names = [f.rpartition(":")[2] for f in functions]
            yield fail(
                f"{len(names)} functions hold the same {_words(variable.kind or '')}: {', '.join(names[:6])}"
                + (" …" if len(names) > 6 else ""),
                at=_at(fn, variable),
                key=variable.name,
                evidence=_proof(fn, (variable,)),
                functions=functions,
            )
    for other in audit.every(Function):
        known(other.environment)


def _holders(functions: tuple[Function, ...]) -> dict[str, tuple[str, ...]]:
    """Functions by the fingerprint of a secret that they hold, each sorted."""
    found: dict[str, set[str]] = {}
    for fn in functions:
        for variable in () if isinstance(fn.environment, Unknown) else fn.environment:
            if variable.kind and variable.fingerprint:
                found.setdefault(variable.fingerprint, set()).add(fn.id)
    return {print_: tuple(sorted(ids)) for print_, ids in found.items()}


@rule(Severity.LOW, persona="strict", maps=("CIS-Compute:4.12",))
def environment_default_key(fn: Function, audit: Audit) -> Outcome:
    """Environment variables are encrypted with the AWS managed key, not with a key of yours.

    Why: Everyone who may read the function's configuration sees them; with a key of your own, its policy decides as well.
    Fix: Set a customer managed KMS key on the function.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    """
    variables = known(fn.environment)
    if not variables:
        return skip("it has no environment variables")
    if not known(fn.kms_key):
        count = f"{len(variables)} variable{'s' if len(variables) > 1 else ''}"
        yield fail(f"{fn.name} encrypts {count} with the AWS managed key", at=fn.where / "KMSKeyArn")


@rule(Severity.HIGH, confidence=Confidence.MEDIUM, maps=("CWE-672", "T1584"))
def environment_names_missing_bucket(fn: Function, audit: Audit) -> Outcome:
    """A variable names an S3 bucket that does not exist.

    Why: The name of a deleted bucket is free for everyone: whoever creates it receives what the function stores there, or
    decides what it reads.
    Fix: Create the bucket again in your own account to keep its name, or remove the variable and the code that uses it.
    See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html
    """
    partition = fn.id.split(":")[1]
    unread: NotKnown | None = None
    for variable in known(fn.environment):
        for name in _buckets(variable):
            try:
                missing = audit.find(Bucket, f"arn:{partition}:s3:::{name}") is None
            except NotKnown as error:
                unread = unread or error
                continue
            if missing:
                message = f"{fn.name} names the bucket {name} in the variable {variable.name}, and there is no such bucket"
                yield fail(message, at=_at(fn, variable), key=name)
    if unread:
        raise unread


def _buckets(variable: EnvironmentVariable) -> list[str]:
    """Names of buckets that a variable refers to."""
    names = []
    for reference in variable.references:
        kind, _, value = reference.partition(":")
        arn = parse_arn(value) if kind == "arn" else None
        if kind == "bucket" and value:
            names.append(value)
        elif arn and arn.service == "s3" and not arn.account:
            names.append(arn.resource.partition("/")[0])
    return [name for name in dict.fromkeys(names) if not any(c in name for c in "*?${}")]


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-312", "OWASP:S3:2017", "T1552"))
def parameter_plain_secret(parameter: Parameter, audit: Audit) -> Outcome:
    """A plain-text SSM parameter has the name of a secret.

    Why: A String parameter is readable by everyone with ssm:GetParameter, without a right on any key.
    Fix: Store it as SecureString (or in Secrets Manager), change the value, and delete the old parameter.
    See: https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
    """
    if read(parameter.name.rpartition("/")[2]).role not in SECRET_ROLES:
        return skip("its name does not promise a secret")
    if known(parameter.kind) != "SecureString":
        yield fail(f"{parameter.name} is a {known(parameter.kind)} parameter", at=parameter.where / "Type")


def _words(kind: str) -> str:
    return kind.replace("-", " ").replace("aws", "AWS")


def _a(kind: str) -> str:
    words = _words(kind)
    return f"{'an' if words[:1] in 'aeiouA' else 'a'} {words}"
