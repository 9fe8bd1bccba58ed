"""Faults in code that need no foreign data: checks that are switched off, keys and tokens that stand in it."""

from collections.abc import Iterator

from lambdaudit.facts import Audit
from lambdaudit.facts.flows import issues_of
from lambdaudit.model.code import Code
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.rules.contract import Fail, Outcome, fail, rule


def _issues(code: Code, audit: Audit, *kinds: str) -> Iterator[Fail]:
    """A fail for each issue of these kinds, told once for all functions with the same package."""
    for issue, functions in issues_of(code, audit, kinds):
        yield fail(
            f"{issue.where}: {issue.text}",
            at=issue.where,
            key=f"{issue.kind} {issue.where.source} {issue.text}"[:200],
            severity=Severity.INFO if issue.confidence == "low" else None,
            confidence=Confidence(issue.confidence),
            functions=functions,
        )


@rule(Severity.LOW, maps=("CWE-459", "CWE-377", "OWASP:S6:2017"))
def temporary_file_left(code: Code, audit: Audit) -> Outcome:
    """Data is left in /tmp for the next invocation, or read from there.

    Why: /tmp lives as long as the environment: the next event, or whoever finds a way to read a file, gets what is left; a
    guessable name can be planted beforehand.
    Fix: Work in memory, or use a temporary directory with a random name that is removed in a finally block.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """
    yield from _issues(code, audit, "tmp-left", "tmp-read")


@rule(Severity.HIGH, maps=("CWE-798", "CWE-208", "OWASP:S2:2017"))
def authorizer_token_in_code(code: Code, audit: Audit) -> Outcome:
    """An authorizer compares with a token in the code, or in a way that takes longer the more is right.

    Why: The token is known to everyone who can read the code, the repository or an old version, and can hardly be changed;
    a comparison that stops at the first difference lets it be guessed.
    Fix: Verify a signed token (JWT), or compare the hash of a value from Secrets Manager with hmac.compare_digest or
    crypto.timingSafeEqual.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
    """
    yield from _issues(code, audit, "authorizer-token", "token-comparison", "authorizer-header-case")


@rule(Severity.MEDIUM, maps=("CWE-295", "OWASP:S3:2017"))
def tls_verification_off(code: Code, audit: Audit) -> Outcome:
    """The certificate or key of the other side is not verified.

    Why: Whoever sits between the function and the server reads and changes what they say, tokens included.
    Fix: Remove the switch; give the CA bundle of the server if it is a private one.
    See: https://cwe.mitre.org/data/definitions/295.html
    """
    yield from _issues(code, audit, "tls-verification-off", "host-key-not-verified")


@rule(Severity.HIGH, maps=("CWE-798", "OWASP:S2:2017", "ATTACK:T1552.001"))
def static_credentials_in_code(code: Code, audit: Audit) -> Outcome:
    """A client is made with keys that stand in the code.

    Why: Long-lived keys are known to everyone who can read the package, and work from anywhere until somebody revokes them.
    Fix: Leave the keys out: the SDK takes those of the execution role. For another account assume a role.
    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
    """
    yield from _issues(code, audit, "static-credentials")


@rule(Severity.HIGH, maps=("CWE-347", "OWASP:API2:2023", "OWASP:S2:2017"))
def token_not_verified(code: Code, audit: Audit) -> Outcome:
    """A token is decoded without verifying its signature.

    Why: Anyone writes a token with the name and rights of their choice.
    Fix: Verify signature, algorithm, issuer, audience and expiry before anything in it is believed.
    See: https://cheatsheetseries.owasp.org/cheatsheets/JSON_Web_Token_for_Java_Cheat_Sheet.html
    """
    yield from _issues(code, audit, "token-not-verified")


@rule(Severity.LOW, maps=("CWE-330", "CWE-328", "CWE-916"))
def weak_randomness_or_hash(code: Code, audit: Audit) -> Outcome:
    """Tokens come from a predictable generator, or passwords go through a fast hash.

    Why: Predictable tokens are guessed; MD5 and SHA-1 of passwords are reversed with a table.
    Fix: Use secrets or crypto.randomBytes for tokens, and argon2, scrypt or bcrypt for passwords.
    See: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
    """
    yield from _issues(code, audit, "weak-random", "weak-hash")


@rule(Severity.LOW, maps=("CWE-489", "OWASP:S6:2017"))
def debug_mode_in_code(code: Code, audit: Audit) -> Outcome:
    """A framework runs in debug mode.

    Why: Debug pages show the source, the variables and sometimes a console to whoever causes an error.
    Fix: Switch debug mode off in what is deployed.
    See: https://cwe.mitre.org/data/definitions/489.html
    """
    yield from _issues(code, audit, "debug-mode")
