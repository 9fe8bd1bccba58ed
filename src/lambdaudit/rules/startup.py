"""Environment variables that change how a function starts, whom it trusts and what it tells."""

import ipaddress
import re
from typing import NamedTuple

from lambdaudit.facts import Audit
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.functions import EnvironmentVariable, Function
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.rules._publishers import publisher_of
from lambdaudit.rules.contract import Outcome, fail, rule


class _Hook(NamedTuple):
    """What a variable does. `loads`: the options that load code, for variables whose other options are harmless."""

    meaning: str
    loads: str = ""
    path: bool = False


_HOOKS = {
    "AWS_LAMBDA_EXEC_WRAPPER": _Hook("a script that starts the runtime"),
    "BASH_ENV": _Hook("a script that every bash script reads first"),
    "DOTNET_STARTUP_HOOKS": _Hook("assemblies that .NET loads before the handler"),
    "LD_AUDIT": _Hook("a library that the loader runs in every process"),
    "LD_PRELOAD": _Hook("a library that is loaded into every process"),
    "JAVA_TOOL_OPTIONS": _Hook("options of the Java machine that load code", r"-javaagent:|-agent(lib|path):|-Xbootclasspath"),
    "JDK_JAVA_OPTIONS": _Hook("options of the Java launcher that load code", r"-javaagent:|-agent(lib|path):|-Xbootclasspath"),
    "_JAVA_OPTIONS": _Hook("options of the Java machine that load code", r"-javaagent:|-agent(lib|path):|-Xbootclasspath"),
    "NODE_OPTIONS": _Hook("options of Node.js that load code", r"(^|\s)(-r|--require|--import|--(experimental-)?loader)\b"),
    "PERL5OPT": _Hook("options of Perl that load code", r"(^|\s)-?[mMdI]\S"),
    "RUBYOPT": _Hook("options of Ruby that load code", r"(^|\s)-?[rI]\s*\S"),
    "LD_LIBRARY_PATH": _Hook("where the loader looks for libraries first", path=True),
    "NODE_PATH": _Hook("where Node.js looks for modules", path=True),
    "PERL5LIB": _Hook("where Perl looks for modules first", path=True),
    "PYTHONHOME": _Hook("where Python looks for its standard library", path=True),
    "PYTHONPATH": _Hook("where Python looks for modules first", path=True),
    "RUBYLIB": _Hook("where Ruby looks for libraries first", path=True),
}
_WRITABLE = re.compile(r"(?<![\w.-])/(tmp|dev/shm|mnt)(?![\w.-])")
"""Places that the function, or everyone who mounts the same file system, can write to."""
_FALSE = ("", "0", "false", "no", "off")
_UNKEPT = "the value of {} is not kept, because it may be a secret"


_LANGUAGES = (
    ("NODE_", "nodejs"),
    ("PYTHON", "python"),
    ("RUBY", "ruby"),
    ("DOTNET_", "dotnet"),
    ("JAVA_", "java"),
    ("JDK_", "java"),
    ("_JAVA_", "java"),
    ("PERL5", "perl"),
)
"""Which language a variable is for, by the start of its name."""


def _counts(name: str, fn: Function) -> bool:
    """Whether the runtime may read a variable: those of another language do nothing. Images and OS-only runtimes may hold any."""
    language = next((runtime for prefix, runtime in _LANGUAGES if name.startswith(prefix)), "")
    runtime = known(fn.runtime) if language else None
    return not runtime or runtime.startswith((language, "provided"))


def _value(variable: EnvironmentVariable) -> str:
    """The value, where it is kept. Raises NotKnown otherwise."""
    if variable.length == 0:
        return ""
    return known(Unknown(_UNKEPT.format(variable.name)) if variable.value is None else variable.value)


@rule(Severity.LOW, maps=("CWE-427", "OWASP:S6:2017", "T1574"))
def environment_start_hook(fn: Function, audit: Audit) -> Outcome:
    """An environment variable makes the runtime load other code before the handler.

    Why: Who can change the function's configuration or one of its layers runs code in it without touching its package; it is how
    backdoors are hidden in functions.
    Fix: Check that the file belongs to your package or to a layer that you trust; otherwise remove the variable.
    See: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html
    """
    for variable in known(fn.environment):
        hook = _HOOKS.get(variable.name)
        if hook is None or variable.length == 0 or not _counts(variable.name, fn):
            continue
        # The mere presence of a file hook tells enough; options and paths are judged by what they hold.
        value = _value(variable) if hook.loads or hook.path else variable.value or ""
        writable = _WRITABLE.search(value)
        if (hook.path and not writable) or (hook.loads and not re.search(hook.loads, value)):
            continue
        shown = f" ({value})" if value else ""
        yield fail(
            f"{fn.name} sets {variable.name}{shown}: {hook.meaning}{_origin(fn, value, audit)}"
            + (f"; {writable[0]} can be written by others than the deployer" if writable else ""),
            at=fn.where / "Environment" / "Variables" / variable.name,
            key=variable.name,
            severity=_severity(fn, value, audit),
        )


def _origin(fn: Function, value: str, audit: Audit) -> str:
    """From which layers a file below /opt may come, in words."""
    if "/opt" not in value or isinstance(fn.layers, Unknown):
        return ""
    names = [":".join(layer.arn.split(":")[6:]) for layer in fn.layers]
    if not names:
        return "; the file would come from a layer, and it has none"
    return f"; from its layer {names[0]}" if len(names) == 1 else f"; from one of its layers {', '.join(names)}"


def _severity(fn: Function, value: str, audit: Audit) -> Severity:
    if found := _WRITABLE.search(value):
        return Severity.MEDIUM if found[1] == "mnt" else Severity.HIGH
    layers = () if isinstance(fn.layers, Unknown) else fn.layers
    if "/opt" not in value or not layers:
        return Severity.LOW
    foreign = [account for layer in layers if (account := audit.elsewhere(layer.arn))]
    if not foreign:
        return Severity.LOW
    return Severity.INFO if all(publisher_of(account) for account in foreign) else Severity.MEDIUM


_UNCHECKED: dict[str, tuple[tuple[str, ...], str]] = {
    "NODE_TLS_REJECT_UNAUTHORIZED": (("0",), "Node.js accepts any certificate"),
    "GIT_SSL_NO_VERIFY": ((), "git accepts any certificate"),
    "VAULT_SKIP_VERIFY": ((), "the Vault client accepts any certificate"),
    "PGSSLMODE": (("disable",), "connections to PostgreSQL are not encrypted"),
}
"""Variables that switch the check of certificates off: the values that do (none named: every true one), and what follows."""
_TRUSTED_FILES = ("AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE")


@rule(Severity.MEDIUM, maps=("CWE-295", "OWASP:S6:2017", "T1557"))
def environment_disables_tls_checks(fn: Function, audit: Audit) -> Outcome:
    """An environment variable switches the check of TLS certificates off, or lets a writable file decide.

    Why: Who sits between the function and the services that it calls shows any certificate, reads tokens and data, and answers
    in the service's name.
    Fix: Remove the variable; give the client the certificate authority that it needs, as a file in the package.
    See: https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue
    """
    for variable in known(fn.environment):
        meaning = ""
        if not _counts(variable.name, fn):
            continue
        if variable.name in _UNCHECKED:
            values, text = _UNCHECKED[variable.name]
            value = _value(variable).strip().lower()
            meaning = text if (value in values if values else value not in _FALSE) else ""
        elif variable.name in _TRUSTED_FILES and (found := _WRITABLE.search(_value(variable))):
            meaning = f"the certificates that it trusts stand in {found[0]}, which others than the deployer can write"
        if meaning:
            at = fn.where / "Environment" / "Variables" / variable.name
            yield fail(f"{fn.name} sets {variable.name}: {meaning}", at=at, key=variable.name)


_ENDPOINT = re.compile(r"AWS_ENDPOINT_URL(_[A-Z0-9_]+)?")
_AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn", ".amazonaws.eu")


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-923", "T1557"))
def environment_redirects_aws_calls(fn: Function, audit: Audit) -> Outcome:
    """The function's calls of AWS services go to an address that is not AWS's.

    Why: Whoever runs that address receives every request of the SDK with its data and session token, and chooses the answers.
    Fix: Remove the variable, or point it at an endpoint of AWS or a VPC endpoint of yours.
    See: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    variables = {v.name: v for v in known(fn.environment)}
    ignored = variables.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
    if ignored and (ignored.value or "").lower() == "true":
        return
    for name, variable in variables.items():
        if not _ENDPOINT.fullmatch(name) or variable.length == 0:
            continue
        hosts = [text.removeprefix("host:") for text in variable.references if text.startswith("host:")]
        host = known(hosts[0] if hosts else Unknown(_UNKEPT.format(name))).lower().rstrip(".")
        if host.endswith(_AWS_HOSTS) or _is_local(host):
            continue
        service = name.removeprefix("AWS_ENDPOINT_URL").strip("_").replace("_", " ").title() or "all AWS services"
        yield fail(
            f"{fn.name} sends its calls of {service} to {host}",
            at=fn.where / "Environment" / "Variables" / name,
            key=name,
            severity=Severity.LOW if _is_private(host) else Severity.MEDIUM,
        )


def _is_local(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or host in ("::1", "[::1]")


def _is_private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_private
    except ValueError:
        return host.endswith((".internal", ".local"))


_DEBUG = {
    "APP_DEBUG": "its error pages show code and configuration",
    "DJANGO_DEBUG": "its error pages show code and configuration",
    "FLASK_DEBUG": "its error pages show code, and the development server's console runs what a visitor types",
    "POWERTOOLS_DEBUG": "internals of Powertools, events included, are written to the log",
    "POWERTOOLS_LOGGER_LOG_EVENT": "every event is written to the log with the tokens and personal data in it",
}


@rule(Severity.LOW, maps=("CWE-489", "OWASP:S6:2017"))
def environment_debug_on(fn: Function, audit: Audit) -> Outcome:
    """An environment variable switches a debugging aid on.

    Why: Error pages and logs then give away code, settings, tokens and personal data to callers or to everyone who reads logs.
    Fix: Switch it off outside of development.
    See: https://docs.aws.amazon.com/powertools/python/latest/#environment-variables
    """
    for variable in known(fn.environment):
        if variable.name in _DEBUG and _value(variable).strip().lower() not in _FALSE:
            at = fn.where / "Environment" / "Variables" / variable.name
            yield fail(f"{fn.name} sets {variable.name}: {_DEBUG[variable.name]}", at=at, key=variable.name)
