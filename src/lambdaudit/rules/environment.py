"""Environment variables: secrets, keys and variables that change how the runtime starts."""

from lambdaudit.facts import Audit
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Configured, EnvironmentVariable, Function, FunctionVersion
from lambdaudit.model.resources import Parameter
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip
from lambdaudit.secrets.names import SECRET_ROLES, read

_AWS_KEYS = ("aws-access-key", "aws-secret-key", "aws-session-token")
_HOOKS = {
    "AWS_LAMBDA_EXEC_WRAPPER": "a script that starts the runtime",
    "BASH_ENV": "a script that every shell reads first",
    "DOTNET_STARTUP_HOOKS": "an assembly that .NET loads before the handler",
    "ENV": "a script that every POSIX shell reads first",
    "JAVA_TOOL_OPTIONS": "options of the Java machine, agents included",
    "JDK_JAVA_OPTIONS": "options of the Java launcher",
    "LD_AUDIT": "a library that the loader runs in every process",
    "LD_LIBRARY_PATH": "where the loader looks for libraries first",
    "LD_PRELOAD": "a library that is loaded into every process",
    "NODE_OPTIONS": "options of Node.js, modules to load first included",
    "NODE_PATH": "where Node.js looks for modules",
    "PERL5LIB": "where Perl looks for modules first",
    "PERL5OPT": "options of every Perl process",
    "PYTHONHOME": "where Python looks for its standard library",
    "PYTHONPATH": "where Python looks for modules first",
    "PYTHONSTARTUP": "a file that interactive Python runs first",
    "RUBYLIB": "where Ruby looks for libraries first",
    "RUBYOPT": "options of every Ruby process",
}


def _variables(fn: Configured) -> tuple[EnvironmentVariable, ...]:
    return known(fn.environment)


def _proof(fn: Configured, variable: EnvironmentVariable) -> tuple[Evidence, ...]:
    text = f"{variable.name}: {variable.length} characters, {variable.reason}; the value is not kept"
    return (Evidence(where=fn.where / "Environment" / "Variables" / variable.name, text=text),)


@rule(Severity.HIGH, maps=("CWE-312", "CWE-526", "OWASP:SLS-A3", "CIS-Compute:4.2"))
def environment_secret(fn: Function | FunctionVersion, audit: Audit) -> Outcome:
    """An environment variable holds a secret.

    Why: Everyone with lambda:GetFunctionConfiguration or ListFunctions reads it in plain text, as does every library, layer and
    extension in the function; it stays in every published version.
    Fix: Put the secret into Secrets Manager or Parameter Store, give the function's role the right to read that one secret, keep
    only its name in the variable, and change the secret: it must count as known.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    for variable in _variables(fn):
        if variable.kind and variable.kind not in _AWS_KEYS and variable.confidence in ("high", "medium"):
            yield fail(
                f"{fn.name} keeps a {_words(variable.kind)} in the variable {variable.name}",
                at=fn.where / "Environment" / "Variables" / variable.name,
                key=variable.name,
                evidence=_proof(fn, variable),
                severity=Severity.HIGH if variable.confidence == "high" else Severity.MEDIUM,
                confidence=Confidence(variable.confidence),
            )


@rule(Severity.CRITICAL, maps=("CWE-798", "CWE-312", "OWASP:SLS-A3"))
def environment_aws_key(fn: Function | FunctionVersion, audit: Audit) -> Outcome:
    """An environment variable holds AWS keys.

    Why: Long-term keys work from anywhere until somebody deletes them, and usually carry more rights than the function's role.
    Fix: Delete the variable, let the SDK use the execution role (assume another role where other rights are needed), and
    deactivate the key.
    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
    """
    for variable in _variables(fn):
        if variable.kind in _AWS_KEYS:
            long_term = variable.kind != "aws-session-token"
            yield fail(
                f"{fn.name} keeps an {_words(variable.kind)} in the variable {variable.name}",
                at=fn.where / "Environment" / "Variables" / variable.name,
                key=variable.name,
                evidence=_proof(fn, variable),
                severity=Severity.CRITICAL if long_term and variable.confidence == "high" else Severity.HIGH,
                confidence=Confidence(variable.confidence),
            )


@rule(Severity.LOW, maps=("CWE-426", "CWE-427", "T1574"))
def environment_start_hook(fn: Function | FunctionVersion, audit: Audit) -> Outcome:
    """An environment variable makes the runtime load other code before the handler.

    Why: Who can change the function's configuration or one of its layers runs code in it without touching its package; it is how
    backdoors are hidden in functions.
    Fix: Check that the file belongs to your package or to a layer that you trust; otherwise remove the variable.
    See: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html
    """
    for variable in _variables(fn):
        if meaning := _HOOKS.get(variable.name):
            shown = f" ({variable.value})" if variable.value else ""
            writable = bool(variable.value and variable.value.startswith("/tmp"))
            foreign = any(audit.foreign(layer.arn) for layer in known(fn.layers))
            yield fail(
                f"{fn.name} sets {variable.name}{shown}: {meaning}"
                + ("; /tmp can be written by the function itself" if writable else ""),
                at=fn.where / "Environment" / "Variables" / variable.name,
                key=variable.name,
                severity=Severity.HIGH if writable else Severity.MEDIUM if foreign else Severity.LOW,
            )


@rule(Severity.LOW, persona="strict", maps=("FSBP:Lambda.1",))
def environment_default_key(fn: Function, audit: Audit) -> Outcome:
    """Environment variables are encrypted with the AWS managed key, not with a key of yours.

    Why: Everyone who may read the function's configuration sees them; with a key of your own, its policy decides as well.
    Fix: Set a customer managed KMS key on the function.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    """
    if not _variables(fn):
        return skip("it has no environment variables")
    if not known(fn.kms_key):
        yield fail(f"{fn.name} encrypts {len(_variables(fn))} variables with the AWS managed key", at=fn.where / "KMSKeyArn")


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-312", "FSBP:SSM.5"))
def parameter_plain_secret(parameter: Parameter, audit: Audit) -> Outcome:
    """A plain-text SSM parameter has the name of a secret.

    Why: A String parameter is readable by everyone with ssm:GetParameter, without a right on any key.
    Fix: Store it as SecureString (or in Secrets Manager), change the value, and delete the old parameter.
    See: https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
    """
    if _names_a_secret(parameter.name) and known(parameter.kind) != "SecureString":
        yield fail(f"{parameter.name} is a {known(parameter.kind)} parameter", at=parameter.where / "Type")


def _names_a_secret(parameter: str) -> bool:
    """Whether the last part of a parameter's path is the name of a secret."""
    return read(parameter.rsplit("/", 1)[-1]).role in SECRET_ROLES


def _words(kind: str) -> str:
    return kind.replace("-", " ").replace("aws", "AWS")
