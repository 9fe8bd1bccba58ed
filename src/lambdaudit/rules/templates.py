"""Literal secrets in the files of a repository: templates, Terraform's state, and everything else that is kept beside them."""

from collections import Counter
from collections.abc import Iterable, Iterator

from lambdaudit.facts import Audit
from lambdaudit.model.code import Code, CodeSecret
from lambdaudit.model.files import RepositoryFile, Template
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.model.where import Where
from lambdaudit.rules._literals import written_values
from lambdaudit.rules.contract import Fail, Outcome, fail, rule, skip

_LONG_TERM = ("aws-access-key", "aws-secret-key")
_TEMPORARY = ("aws-session-token", "aws-temporary-key")
_SURE = ("high", "medium")
_MOST_PLACES = 8


@rule(Severity.HIGH, maps=("CWE-798", "CWE-312", "OWASP:S7:2017", "ATTACK:T1552.001"))
def secret_in_template(template: Template, audit: Audit) -> Outcome:
    """A template, or a file with values for one, holds a secret.

    Why: Everyone who can read the repository, its copies and its history has it, as has everyone with
    cloudformation:GetTemplate or the state of the deployment.
    Fix: Store the secret in Secrets Manager or Parameter Store, refer to it ({{resolve:secretsmanager:…}}, a data source), or let
    the deployment draw it (GenerateSecretString, random_password, managed master passwords). Then change it: it must count as
    known.
    See: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    if template.format == "state":
        return skip("it is a record of a deployment, which secret-in-state-file judges")
    yield from _each(template, known(template.secrets), audit)


@rule(Severity.MEDIUM, maps=("CWE-532", "CWE-200", "OWASP:S3:2017", "ATTACK:T1552"))
def output_discloses_secret(template: Template, audit: Audit) -> Outcome:
    """An output of a template prints a secret.

    Why: Outputs are shown in the clear to everyone with cloudformation:DescribeStacks, in the console and in logs of pipelines;
    NoEcho hides a parameter in the list of parameters only.
    Fix: Remove the output; write the value into Secrets Manager in the same template and put out the secret's ARN.
    See: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """
    for one in known(template.disclosed):
        yield fail(
            f"{one.where} puts out {one.reason} as {one.name}",
            at=one.where,
            key=one.name,
            severity=Severity.HIGH if one.kind == "aws-secret-key" else Severity.MEDIUM,
        )


@rule(Severity.HIGH, maps=("CWE-312", "CWE-538", "OWASP:S3:2017", "ATTACK:T1552.001"))
def secret_in_state_file(template: Template, audit: Audit) -> Outcome:
    """A state or plan of Terraform lies in the folder and holds secrets.

    Why: The state keeps what the deployment drew and was given in the clear, whatever is marked as sensitive; in a repository
    everyone reads it, and it stays in the history.
    Fix: Move the state to an encrypted remote backend, take the file out of the repository and its history, and change the
    secrets in it.
    See: https://developer.hashicorp.com/terraform/language/manage-sensitive-data
    """
    if template.format != "state":
        return skip("it is no state or plan")
    secrets = _sure(known(template.secrets))
    if secrets:
        count = len({secret.fingerprint for secret in secrets})
        yield fail(
            f"{template.name} holds {count} secret{'s' if count > 1 else ''} in the clear: {_listed(secrets)}",
            at=secrets[0].where,
            evidence=tuple(Evidence(where=one.where, text=_told(one)) for one in secrets[:_MOST_PLACES]),
            severity=Severity.CRITICAL if _whole_key(secrets) else Severity.HIGH,
        )


@rule(Severity.HIGH, maps=("CWE-798", "CWE-312", "OWASP:S7:2017", "ATTACK:T1552.001"))
def secret_in_repository_file(file: RepositoryFile, audit: Audit) -> Outcome:
    """A workflow, notebook, settings or key file of the folder holds a secret.

    Why: Everyone who can read the repository, its copies and its history has it; what workflows hold usually may deploy.
    Fix: Keep it in the store of the pipeline or in Secrets Manager, use roles (OpenID Connect) for AWS, take the file out of the
    repository and its history, and change the secret. A file that git ignores on purpose can be suppressed.
    See: https://docs.github.com/en/actions/security-for-github-actions/security-guides/using-secrets-in-github-actions
    """
    yield from _each(file, known(file.secrets), audit)


def _each(file: Template | RepositoryFile, secrets: Iterable[CodeSecret], audit: Audit) -> Iterator[Fail]:
    """One finding for each secret of a file, and one for its AWS keys together."""
    told = audit.once(("places of secrets in code",), lambda: _in_code(audit))
    of_variables = written_values(audit)
    mine = [
        one
        for one in _sure(secrets)
        if (one.where.source, one.where.line) not in told and of_variables.get(one.fingerprint) != one.where
    ]
    for kinds, sort in ((_LONG_TERM, "long-term"), (_TEMPORARY, "temporary")):
        keys = [one for one in mine if one.kind in kinds]
        if keys:
            yield _aws_key(file, keys, sort, audit)
    same: Counter[str] = Counter()
    for one in mine:
        if one.kind in (*_LONG_TERM, *_TEMPORARY):
            continue
        key = f"{one.where.pointer} {one.kind} {one.name}"[:300]
        same[key] += 1
        yield fail(
            f"{one.where} holds {_a(one.kind)}{_inside(one)}: {one.reason}",
            at=one.where,
            key=key if same[key] == 1 else f"{key} {same[key]}",
            evidence=_elsewhere(one, audit),
            severity=Severity.HIGH if one.confidence == "high" else Severity.MEDIUM,
            confidence=Confidence(one.confidence),
        )


def _aws_key(file: Template | RepositoryFile, keys: list[CodeSecret], sort: str, audit: Audit) -> Fail:
    whole = sort == "temporary" or _whole_key(keys)
    severity = Severity.CRITICAL if whole and sort == "long-term" else Severity.MEDIUM
    return fail(
        f"{keys[0].where} holds a {sort} AWS key{_inside(keys[0])}"
        + ("" if whole else " (its id; the secret part is not there)"),
        at=keys[0].where,
        key=f"aws {sort}",
        evidence=(*(Evidence(where=one.where, text=_told(one)) for one in keys[:_MOST_PLACES]), *_elsewhere(keys[0], audit)),
        severity=severity,
        confidence=Confidence("high" if any(one.confidence == "high" for one in keys) else "medium"),
    )


def _whole_key(secrets: Iterable[CodeSecret]) -> bool:
    """Whether a secret access key is there, surely or beside the id of one."""
    found = {(one.kind, one.confidence) for one in secrets}
    kinds = {kind for kind, _ in found}
    return ("aws-secret-key", "high") in found or kinds >= {"aws-secret-key", "aws-access-key"}


def _sure(secrets: Iterable[CodeSecret]) -> list[CodeSecret]:
    return [one for one in secrets if one.confidence in _SURE]


def _in_code(audit: Audit) -> frozenset[tuple[str, int]]:
    """Places that secret-in-code tells: the file is part of a function's package."""
    codes = [code.secrets for code in audit.inventory.of(Code) if not isinstance(code.secrets, Unknown)]
    return frozenset((one.where.source, one.where.line) for secrets in codes for one in secrets if one.confidence in _SURE)


def _elsewhere(secret: CodeSecret, audit: Audit) -> tuple[Evidence, ...]:
    """The other places of the same secret, as far as they were read."""
    places = audit.once(("places of secrets",), lambda: _places(audit)).get(secret.fingerprint, ())
    others = [place for place in places if place != secret.where]
    text = "the same secret stands here, too"
    return tuple(Evidence(where=place, text=text) for place in others[:_MOST_PLACES]) if secret.fingerprint else ()


def _places(audit: Audit) -> dict[str, list[Where]]:
    found: dict[str, list[Where]] = {}
    inventory = audit.inventory
    holders: list[Template | RepositoryFile | Code] = [
        *inventory.of(Template),
        *inventory.of(RepositoryFile),
        *inventory.of(Code),
    ]
    for asset in holders:
        for one in () if isinstance(asset.secrets, Unknown) else asset.secrets:
            found.setdefault(one.fingerprint, []).append(one.where)
    for fn in inventory.of(Function):
        for variable in () if isinstance(fn.environment, Unknown) else fn.environment:
            if variable.kind and variable.fingerprint:
                found.setdefault(variable.fingerprint, []).append(fn.where / "Environment" / "Variables" / variable.name)
    return found


def _inside(secret: CodeSecret) -> str:
    """Where in the file, in words of the file: the path of the property, or the name."""
    path = secret.where.pointer.strip("/").replace("~1", "/").replace("~0", "~")
    if path.startswith("cells/"):
        path = secret.where.subject
    return f" in {path or secret.name}" if path or secret.name else ""


def _told(secret: CodeSecret) -> str:
    return f"{secret.kind}{_inside(secret)}, {secret.reason}; the value is not kept"


def _listed(secrets: list[CodeSecret]) -> str:
    kinds = sorted({one.kind for one in secrets})
    return ", ".join(kinds[:6]) + (" …" if len(kinds) > 6 else "")


def _a(kind: str) -> str:
    words = kind.replace("-", " ").replace("aws", "AWS")
    return f"{'an' if words[:1] in 'aeiouA' else 'a'} {words}"
