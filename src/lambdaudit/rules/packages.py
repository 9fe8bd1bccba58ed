"""What stands in packages, layers and images besides the program: tricks, secrets, files that hide others, scripts."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence

from lambdaudit.facts import Audit
from lambdaudit.facts.flows import issues_of, sharing
from lambdaudit.model.code import Code, CodeSecret
from lambdaudit.model.dockerfile import BuildSecret, Dockerfile
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.rules import _image_secrets
from lambdaudit.rules.contract import Fail, Outcome, fail, rule

_IMAGE = "image configuration"
_MOST = 20
_TRICKS = {
    "bomb": (Severity.MEDIUM, "it is made to overwhelm whoever unpacks it"),
    "path": (Severity.MEDIUM, "a path in it is made to be written elsewhere"),
    "link": (Severity.LOW, "a link in it leads elsewhere, or to what is no file"),
    "twice": (Severity.MEDIUM, "one path stands in it twice, so that a scanner and Lambda may see different files"),
    "encrypted": (Severity.LOW, "a part of it is encrypted, so that nobody can look into it"),
    "too many": (Severity.LOW, "it holds more files than Lambda takes"),
    "too deep": (Severity.LOW, "archives lie in archives deeper than anybody looks"),
}
"""Kinds of problems that somebody made on purpose, most likely. Files that are only large or broken are not among them."""


def _is_layer(origin: str) -> bool:
    return ":layer:" in origin


def _users(code: Code, audit: Audit, origin: str, row: Hashable) -> tuple[str, ...]:
    """The functions that a finding is about, when it is told at this one: empty where another function tells it.

    What a layer brings is told once for all functions that use the layer, what a package holds once for all that run it.
    """
    if not _is_layer(origin):
        functions = sharing(code, audit)
    else:
        functions = audit.once(("what layers bring",), lambda: _of_layers(audit)).get(row, (code.function,))
    return functions if functions[0] == code.function else ()


def _of_layers(audit: Audit) -> dict[Hashable, tuple[str, ...]]:
    found: dict[Hashable, set[str]] = {}
    for code in audit.inventory.of(Code):
        for row in _rows(code):
            found.setdefault(row, set()).add(code.function)
    return {row: tuple(sorted(functions)) for row, functions in found.items()}


def _rows(code: Code) -> Iterator[Hashable]:
    """What layers bring to a function, each in the words that :func:`_users` is asked with."""
    for rows in (code.issues, code.secrets):
        yield from ((row.kind, row.where) for row in rows if _is_layer(row.where.subject)) if isinstance(rows, tuple) else ()
    yield from ((row.kind, row.origin) for row in code.problems) if isinstance(code.problems, tuple) else ()
    yield from ((row.origin, row.by) for row in code.shadowed) if isinstance(code.shadowed, tuple) else ()


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-409", "CWE-22", "OWASP:S9:2017"))
def package_holds_tricks(code: Code, audit: Audit) -> Outcome:
    """A package, layer or image is made to deceive or overwhelm what looks into it.

    Why: Paths that leave the folder, entries that stand twice and bombs do nothing for the function; they hide code from
    scanners, or attack the machine that builds or scans.
    Fix: Find out who built it, and build it again from its source.
    See: https://cwe.mitre.org/data/definitions/409.html
    """
    problems = [p for p in known(code.problems) if p.kind in _TRICKS]
    for kind, origin in dict.fromkeys((p.kind, p.origin) for p in problems):
        functions = _users(code, audit, origin, (kind, origin))
        if not functions:
            continue
        same = [p for p in problems if (p.kind, p.origin) == (kind, origin)]
        severity, text = _TRICKS[kind]
        paths = ", ".join(p.path for p in same[:3] if p.path) + (f" and {len(same) - 3} more" if len(same) > 3 else "")
        place = f"layer {_short(origin)}: " if _is_layer(origin) else ""
        key = f"{kind} {origin}" if _is_layer(origin) else kind
        yield fail(f"{place}{text}: {paths or same[0].text}", at=code.where, key=key, severity=severity, functions=functions)


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-1164", "OWASP:S6:2017"))
def handler_missing_in_package(code: Code, audit: Audit) -> Outcome:
    """The file that the Handler setting names is not in the package.

    Why: The function fails at every call, or what it runs comes from a place that nobody looks at: a layer that was not read,
    a file system, code fetched at the start.
    Fix: Correct the Handler setting or the package.
    See: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
    """
    for issue, functions in issues_of(code, audit, ("handler-missing",)):
        yield fail(issue.text, at=issue.where, confidence=Confidence(issue.confidence), functions=functions)


_FORMED = ("gcp-service-account", "private-key", "github-token", "stripe-key", "aws-bedrock-key", "azure-storage-key")
_PASSING = ("aws-session-token", "aws-temporary-key")
_WEAKER = {"high": 0, "medium": 1, "low": 2}


def _severity(secret: CodeSecret | BuildSecret, beside: set[str], image: bool) -> Severity:
    """Critical for whole keys of AWS, high for what a form gives away, less for temporary keys and the less sure it is one.

    `beside` are the kinds of all secrets in the same place: an access key's id alone opens nothing.
    """
    if secret.kind in _PASSING:
        return Severity.MEDIUM
    if secret.kind in ("aws-access-key", "aws-secret-key") and secret.confidence != "low":
        whole = "aws-secret-key" in beside and (secret.confidence == "high" or image or "aws-access-key" in beside)
        return Severity.CRITICAL if whole else Severity.HIGH
    base = Severity.HIGH if secret.kind in _FORMED or secret.reason == "the form of a credential" else Severity.MEDIUM
    if isinstance(secret, BuildSecret) and secret.given:
        return base  # the name is what its author says it is; only whether a build gives it is not certain
    ranks = list(Severity)
    return ranks[min(base.rank + _WEAKER.get(secret.confidence, 1), Severity.LOW.rank)]


def _secrets(code: Code, audit: Audit) -> Iterator[Fail]:
    key_files = {i.where.source for i in code.issues if i.kind == "private-key-file"} if isinstance(code.issues, tuple) else set()
    secrets = known(code.secrets)
    same: Counter[str] = Counter()
    for secret in secrets:
        beside = {other.kind for other in secrets if other.where.source == secret.where.source}
        functions = _users(code, audit, secret.where.subject, (secret.kind, secret.where))
        if (
            not functions
            or secret.where.source == _IMAGE
            or secret.where.source in _image_secrets.sources(audit)
            or (secret.kind == "private-key" and secret.where.source in key_files)
        ):
            continue
        key = f"{secret.where.source} {secret.where.pointer} {secret.kind} {secret.name}"[:300]
        same[key] += 1
        what = f"{secret.kind}{f' in {secret.name}' if secret.name else ''}"
        yield fail(
            f"{secret.where} holds a {what}" + (f": {secret.reason}" if secret.reason else ""),
            at=secret.where,
            key=key if same[key] == 1 else f"{key} {same[key]}",
            severity=_severity(secret, beside, image=False),
            confidence=Confidence(secret.confidence),
            functions=functions,
        )


@rule(Severity.HIGH, maps=("CWE-798", "CWE-540", "OWASP:S7:2017", "ATTACK:T1552.001"))
def secret_in_code(code: Code, audit: Audit) -> Outcome:
    """A secret stands in a file of the package.

    Why: Everyone who can read the function's code, a copy of the package or the repository has it, and it stays in every old
    version.
    Fix: Revoke it, store the new one in Secrets Manager or Parameter Store, and fetch it at run time.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html
    """
    yield from _secrets(code, audit)


@rule(Severity.CRITICAL, maps=("CWE-798", "CWE-522", "OWASP:S7:2017", "ATTACK:T1552.001"))
def secret_in_image_configuration(subject: Code | Dockerfile, audit: Audit) -> Outcome:
    """A secret stands in the variables, labels or build commands of a container image.

    Why: Whoever may pull the image reads it without running anything; build arguments stay in the history for ever.
    Fix: Revoke it. Give secrets to a build as secret mounts, and to the function at run time.
    See: https://docs.docker.com/build/building/secrets/
    """
    if isinstance(subject, Dockerfile):
        yield from _built(subject, _image_secrets.told_of_templates(audit))
    else:
        yield from _configured(subject, audit, _image_secrets.told_in(_image_secrets.dockerfiles_of(subject, audit)))
        _not_built(subject, audit)


def _not_built(code: Code, audit: Audit) -> None:
    """Raise NotKnown when only the Dockerfile of an image was read: what the image it is built on brings is not known."""
    if _image_secrets.dockerfiles_of(code, audit):
        known(Unknown("the image is not built yet, only its Dockerfile was read"))


def _configured(code: Code, audit: Audit, told: frozenset[str]) -> Iterator[Fail]:
    """What the configuration of a built image holds, besides what is told of its Dockerfile."""
    rows = [secret for secret in known(code.secrets) if secret.where.source == _IMAGE]
    beside = {row.kind for row in rows}
    functions = sharing(code, audit)
    for group in _image_secrets.groups(row for row in rows if row.name not in told) if functions[0] == code.function else ():
        worst = min(group.secrets, key=lambda s: _severity(s, beside, image=True).rank)
        yield fail(
            f"{worst.where} holds {group.names}" + (f": {worst.reason}" if worst.reason else ""),
            at=worst.where,
            key=group.key,
            evidence=tuple(Evidence(where=s.where, text=f"{s.kind}{f' in {s.name}' if s.name else ''}") for s in group.secrets),
            severity=_severity(worst, beside, image=True),
            confidence=Confidence(worst.confidence),
            functions=functions,
        )


def _built(file: Dockerfile, elsewhere: Collection[str]) -> Iterator[Fail]:
    """What a Dockerfile puts into its image, or holds itself; `elsewhere` are fingerprints of secrets that templates hold."""
    rows = [row for row in known(file.secrets) if row.kept or not row.fingerprint or row.fingerprint not in elsewhere]
    beside = {row.kind for row in rows}
    for group in _image_secrets.groups(rows):
        secrets = [secret for secret in group.secrets if isinstance(secret, BuildSecret)]
        worst = min(secrets, key=lambda s: (_severity(s, beside, image=s.kept).rank, s.kind != "aws-secret-key"))
        if worst.given:
            text = f"{worst.where}: the image keeps {group.names}, which its build is given as an argument"
        elif worst.kept:
            text = f"{worst.where}: the image keeps {group.names}: {worst.reason}"
        else:
            text = f"{worst.where} holds {group.names}: {worst.reason}; the image does not get it, readers of the file do"
        yield fail(
            text,
            at=worst.where,
            key=group.key,
            evidence=tuple(
                Evidence(where=place, text=f"{s.kind}{f' in {s.name}' if s.name else ''}") for s in secrets for place in s.places
            ),
            severity=Severity.HIGH if _temporary(secrets) else _severity(worst, beside, image=worst.kept),
            confidence=Confidence(worst.confidence),
            functions=file.functions,
        )
    if file.unread is not None:
        known(file.unread)


def _temporary(secrets: Sequence[BuildSecret]) -> bool:
    """Whether a build is given a key of AWS with a session token: it ends within hours."""
    return len(secrets) > 1 and all(s.given for s in secrets) and any(s.kind == "aws-session-token" for s in secrets)


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-427", "OWASP:S9:2017", "ATTACK:T1574"))
def layer_shadows_file(code: Code, audit: Audit) -> Outcome:
    """A file of one layer is replaced by that of a later layer.

    Why: Layers are unpacked in their order into one folder: a later one silently exchanges extensions, programs and modules of
    an earlier one, those that watch the function too.
    Fix: Remove the file from one of the layers, or make the order deliberate.
    See: https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html
    """
    rows = [row for row in known(code.shadowed) if row.what not in ("a file", "")]
    for pair in dict.fromkeys((row.origin, row.by) for row in rows):
        functions = _users(code, audit, pair[1], pair)
        if not functions:
            continue
        same = [row for row in rows if (row.origin, row.by) == pair]
        worst = min(same, key=lambda row: (_shadow_severity(row.what, pair, audit).rank, row.path))
        more = f" and {len(same) - 1} more files" if len(same) > 1 else ""
        yield fail(
            f"layer {_short(pair[1])} replaces {worst.path}{more} of layer {_short(pair[0])}: {worst.what}",
            at=code.where,
            key=f"{pair[0]} {pair[1]}",
            severity=_shadow_severity(worst.what, pair, audit),
            functions=functions,
        )


def _shadow_severity(what: str, pair: tuple[str, str], audit: Audit) -> Severity:
    """How much it matters; a module that comes twice by two own layers is everyday life."""
    foreign = bool(audit.elsewhere(pair[1])) and pair[0].split(":")[4:5] != pair[1].split(":")[4:5]
    if what == "an extension" or what.startswith("part of a tool"):
        return Severity.HIGH if foreign else Severity.MEDIUM
    if what.startswith("a program"):
        return Severity.MEDIUM if foreign else Severity.LOW
    return Severity.LOW if foreign else Severity.INFO


def _short(arn: str) -> str:
    return ":".join(arn.split(":")[6:]) or arn


def _scripted(code: Code, audit: Audit, *kinds: str) -> Iterator[Fail]:
    told = 0
    for issue, _ in issues_of(code, audit, kinds):
        functions = _users(code, audit, issue.where.subject, (issue.kind, issue.where))
        told += bool(functions)
        if functions and told <= _MOST:
            yield fail(
                f"{issue.where}: {issue.text}",
                at=issue.where,
                key=f"{issue.kind} {issue.where.source} {issue.text}"[:200],
                severity=Severity.MEDIUM if issue.kind in _LESS else None,
                confidence=Confidence(issue.confidence),
                functions=functions,
            )


_OF_BUILDS = {"plain-download": Severity.MEDIUM, "hidden-code": Severity.MEDIUM, "unchecked-download": Severity.LOW}
_LESS = ("plain-download", "hidden-code", "environment-logged", "loader-set")


@rule(Severity.HIGH, maps=("CWE-494", "OWASP:S9:2017", "ATTACK:T1105", "ATTACK:T1059.004"))
def script_runs_remote_code(subject: Code | Dockerfile, audit: Audit) -> Outcome:
    """A script of the package or of a layer, or the build of the image, runs what it downloads, or what it hides.

    Why: Whoever controls the address, the way to it or the name decides at every start what runs with the function's role;
    nobody reviewed it, and no scan of the package sees it.
    Fix: Put the program into the package or a layer, with its checksum checked when it is built.
    See: https://cwe.mitre.org/data/definitions/494.html
    """
    kinds = ("remote-code", "plain-download", "hidden-code", "reverse-shell")
    if isinstance(subject, Code):
        yield from _scripted(subject, audit, *kinds)
        return
    for issue in known(subject.issues):
        if issue.kind in (*kinds, "unchecked-download"):
            yield fail(
                f"{issue.where}: {issue.text}",
                at=issue.where,
                key=f"{issue.kind} {issue.text}"[:200],
                severity=_OF_BUILDS.get(issue.kind, Severity.HIGH),
                confidence=Confidence(issue.confidence),
                functions=subject.functions,
            )
    if subject.unread is not None:
        known(subject.unread)


@rule(Severity.HIGH, maps=("CWE-526", "OWASP:S7:2017", "ATTACK:T1552.007"))
def script_gives_environment_away(code: Code, audit: Audit) -> Outcome:
    """A script of the package or of a layer sends or logs the environment.

    Why: The variables hold the credentials of the execution role and often other secrets.
    Fix: Print or send single variables by name, never all of them.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    yield from _scripted(code, audit, "environment-sent", "environment-logged")


@rule(Severity.MEDIUM, maps=("CWE-922", "OWASP:S7:2017"))
def image_keeps_deleted_file(code: Code, audit: Audit) -> Outcome:
    """A private file was deleted in a later layer of an image, and is still in the image.

    Why: Layers only add: whoever may pull the image takes the file out of the layer below.
    Fix: Do not copy it in: use a build stage of its own, a secret mount or an ignore file. Then revoke what was in it.
    See: https://docs.docker.com/build/building/multi-stage/
    """
    for issue, functions in issues_of(code, audit, ("deleted-file-kept",)):
        yield fail(f"{issue.where.source}: {issue.text}", at=issue.where, key=issue.where.source, functions=functions)
    _not_built(code, audit)


@rule(Severity.INFO, persona="strict", maps=("CWE-1125", "OWASP:S6:2017"))
def image_holds_tools(code: Code, audit: Audit) -> Outcome:
    """A function's image holds package managers, compilers or network tools.

    Why: They do nothing for the function, and save an attacker who got in the work to bring their own.
    Fix: Build in one stage and copy only the result into a small base image.
    See: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
    """
    for issue, functions in issues_of(code, audit, ("image-tools",)):
        yield fail(issue.text, at=issue.where, functions=functions)
    _not_built(code, audit)
