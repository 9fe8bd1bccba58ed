"""Programs beside and before the handler: whose they are, what they can see, where they send it."""

import re
from collections.abc import Callable, Iterator

from lambdaudit.facts import Audit
from lambdaudit.facts.extension_times import LEAST_CALLS, outlier
from lambdaudit.facts.power import sensitive
from lambdaudit.model.arn import account_of
from lambdaudit.model.code import Code, Extension
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.measured import ExtensionTime
from lambdaudit.model.unknown import NotKnown, Unknown, known
from lambdaudit.rules._publishers import AWS, VENDORS, publisher_of
from lambdaudit.rules.contract import Outcome, fail, rule, skip

_BESIDE = ("external-extension", "internal-extension")
_OF_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".aws.dev", ".amazonaws.eu")
_OF_VENDOR = {
    "Datadog": ("datadoghq.com", "datadoghq.eu", "ddog-gov.com", "datad0g.com"),
    "New Relic": ("newrelic.com", "nr-data.net"),
    "Dynatrace": ("dynatrace.com", "live.dynatrace.com"),
    "Sentry": ("sentry.io", "sentry-cdn.com"),
    "the OpenTelemetry project": ("opentelemetry.io",),
}
"""Hosts that belong to publishers of extensions."""
_KNOWN_NAMES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^datadog-(?:agent|extension)"), "Datadog"),
    (re.compile(r"^newrelic-lambda-extension"), "New Relic"),
    (re.compile(r"^dynatrace|^lambda-promtail-dynatrace"), "Dynatrace"),
    (re.compile(r"^sentry-"), "Sentry"),
    (re.compile(r"^cloudwatch_lambda_agent$|^aws-parameters-and-secrets|^AWSAppConfig|^lambda-adapter$"), "AWS"),
)
"""File names of well-known extensions and who publishes them."""


def _found(code: Code, audit: Audit, wanted: Callable[[Extension], bool]) -> Iterator[tuple[Extension, tuple[str, ...]]]:
    """Programs of a function's code, each told once, at the first function that runs it: the same file of the same layer."""
    users = audit.once(("extension users",), lambda: _users(audit))
    for extension in known(code.extensions):
        functions = users.get(_identity(code, extension), (code.function,))
        if wanted(extension) and functions[0] == code.function:
            yield extension, functions


def _users(audit: Audit) -> dict[tuple[str, ...], tuple[str, ...]]:
    found: dict[tuple[str, ...], set[str]] = {}
    for code in audit.inventory.of(Code):
        for extension in code.extensions if isinstance(code.extensions, tuple) else ():
            found.setdefault(_identity(code, extension), set()).add(code.function)
    return {key: tuple(sorted(functions)) for key, functions in found.items()}


def _identity(code: Code, extension: Extension) -> tuple[str, ...]:
    """What makes two entries the same one: the file of a layer; a file of a package only together with that package."""
    home = "" if ":layer:" in extension.origin else code.digest or code.id
    return (extension.kind, extension.path, extension.origin if not home else "", extension.sha256, extension.variable, home)


def _names(functions: tuple[str, ...]) -> str:
    return ", ".join(f.rpartition(":")[2] for f in functions[:4]) + (" …" if len(functions) > 4 else "")


def _whose(extension: Extension, audit: Audit) -> str:
    """From where a program comes, in words."""
    if ":layer:" not in extension.origin:
        return "from the function's own package"
    account = audit.elsewhere(extension.origin)
    layer = ":".join(extension.origin.split(":")[6:])
    if not account:
        return f"from your layer {layer}"
    publisher = publisher_of(account)
    return f"from layer {layer} of {f'{publisher}, account {account}' if publisher else f'account {account}'}"


@rule(Severity.MEDIUM, maps=("CWE-829", "OWASP:S9:2017", "ATTACK:T1195.002"))
def extension_of_other_account(code: Code, audit: Audit) -> Outcome:
    """An extension that another account publishes runs beside the handler.

    Why: An extension is a process of its own with the function's role, variables, disk and network; it runs on between calls,
    and may read what the handler leaves.
    Fix: Copy the layer into an account of yours after reviewing it, and narrow the function's role and variables to what both
    need.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-extensions.html
    """
    for extension, functions in _found(code, audit, lambda e: e.kind in _BESIDE and bool(audit.elsewhere(e.origin))):
        account = account_of(extension.origin)
        if account in AWS:
            continue
        yield fail(
            f"{extension.name} {_whose(extension, audit)} runs in {_names(functions)}{_sees(functions[0], audit)}",
            at=code.where,
            key=f"{extension.path} {extension.origin}",
            severity=Severity.LOW if account in VENDORS else Severity.MEDIUM,
            functions=functions,
        )


def _sees(function: str, audit: Audit) -> str:
    """What of a function an extension shares, as far as it is known: variables by name, and what the role can do."""
    try:
        fn = audit.find(Function, function)
        if fn is None:
            return ""
        variables = known(fn.environment)
        role = audit.role(fn)
        abilities = [ability.text for ability in sensitive(role, audit)] if role else []
    except NotKnown:
        return ""
    secret = [v.name for v in variables if v.kind]
    parts = [f"it sees {', '.join(secret[:4])}"] if secret else []
    parts += [f"its role can {', '.join(abilities[:3])}"] if abilities else []
    return f"; {'; '.join(parts)}" if parts else ""


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-201", "OWASP:S9:2017", "ATTACK:T1567"))
def extension_ships_logs(code: Code, audit: Audit) -> Outcome:
    """An extension can receive all logs of the function and knows hosts outside of AWS.

    Why: What subscribes to the Logs or Telemetry API gets every line that the function writes, with the personal data and tokens
    in it, and sends it where it wants, past CloudWatch.
    Fix: Make sure that the receiver is one that may have these data; else remove the extension.
    See: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html
    """
    subscribed = {"logs", "telemetry"}
    for extension, functions in _found(code, audit, lambda e: bool(subscribed & set(e.uses)) and account_of(e.origin) not in AWS):
        vendor = VENDORS.get(account_of(extension.origin), "")
        others = [h for h in extension.hosts if not h.endswith(_OF_AWS) and not _is_of(h, vendor)]
        if not others and (extension.hosts or not audit.elsewhere(extension.origin)):
            continue
        where = (
            f"it knows {', '.join(others[:5])}{' …' if len(others) > 5 else ''}" if others else "where it sends them is not in it"
        )
        yield fail(
            f"{extension.name} {_whose(extension, audit)} can receive the logs of {_names(functions)}; {where}",
            at=code.where,
            key=f"{extension.path} {extension.origin}",
            severity=Severity.INFO if vendor else Severity.MEDIUM if audit.elsewhere(extension.origin) else Severity.LOW,
            functions=functions,
        )


def _is_of(host: str, vendor: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in _OF_VENDOR.get(vendor, ()))


@rule(Severity.MEDIUM, maps=("CWE-829", "OWASP:S9:2017", "ATTACK:T1036.005"))
def extension_looks_like_known_one(code: Code, audit: Audit) -> Outcome:
    """An extension has the name of a well-known one and comes from another account.

    Why: A name that everybody trusts is the best disguise for a program that sees every secret of the function.
    Fix: Compare its hash with the publisher's; use the layer from the publisher's own account.
    See: https://docs.aws.amazon.com/lambda/latest/dg/extensions-api-partners.html
    """
    for extension, functions in _found(code, audit, lambda e: e.kind == _BESIDE[0] and bool(audit.elsewhere(e.origin))):
        publisher = next((name for pattern, name in _KNOWN_NAMES if pattern.search(extension.name)), "")
        actual = publisher_of(account_of(extension.origin))
        if publisher and actual != publisher:
            yield fail(
                f"{extension.name} is a name of {publisher}'s, and comes {_whose(extension, audit)}; SHA-256 {extension.sha256}",
                at=code.where,
                key=f"{extension.path} {extension.origin}",
                functions=functions,
            )


@rule(Severity.LOW, maps=("CWE-427", "CWE-1164", "OWASP:S6:2017"))
def start_hook_without_file(code: Code, audit: Audit) -> Outcome:
    """A variable makes the runtime load a file that is neither in the package nor in a layer.

    Why: The function may not start; or whoever can add a layer, or write to the place, puts a file of theirs there and runs.
    Fix: Remove the variable, or deploy the file with the package.
    See: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html
    """
    fn = audit.find(Function, code.function)
    if fn is not None:
        known(fn.environment)
    unkept = ""
    for extension, functions in _found(code, audit, lambda e: bool(e.variable) and not e.exists):
        if not extension.path:
            unkept = extension.variable
        elif extension.path.startswith(("/opt/", "/var/task/")) and not _is_folder(extension):
            yield fail(
                f"{extension.variable} of {_names(functions)} names {extension.path}, which is not there",
                at=code.where,
                key=f"{extension.variable} {extension.path}",
                functions=functions,
            )
    if unkept:
        raise NotKnown(Unknown(f"the value of {unkept} is not kept, because it may be a secret"))


def _is_folder(extension: Extension) -> bool:
    """Whether it stands for a place to look in: those may be empty."""
    return extension.variable.endswith(("PATH", "LIB")) and not extension.variable.startswith("CORECLR")


def _starts_by_itself(extension: Extension) -> bool:
    return extension.kind == "start-up-hook" and not extension.variable and ":layer:" in extension.origin


@rule(Severity.INFO, maps=("CWE-427", "OWASP:S9:2017", "ATTACK:T1546"))
def layer_runs_code_at_start(code: Code, audit: Audit) -> Outcome:
    """A layer holds a module or path file that Python runs at its start, without any setting.

    Why: sitecustomize.py, usercustomize.py and .pth files with an import run before the handler's first line, and nothing in the
    function's configuration shows it.
    Fix: Review the file; take the layer out if it is not yours.
    See: https://docs.python.org/3/library/site.html
    """
    for extension, functions in _found(code, audit, _starts_by_itself):
        account = audit.elsewhere(extension.origin)
        known_publisher = bool(publisher_of(account)) if account else True
        yield fail(
            f"{extension.path} {_whose(extension, audit)} runs before the handler of {_names(functions)}",
            at=code.where,
            key=f"{extension.path} {extension.origin}",
            severity=Severity.INFO if known_publisher else Severity.MEDIUM,
            functions=functions,
        )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-306", "OWASP:S2:2017"))
def extension_serves_secrets(code: Code, audit: Audit) -> Outcome:
    """An extension serves secrets on a local port, and nothing shows that it asks for a token.

    Why: Every piece of code in the function can ask for every secret, and so can whoever makes the handler send a request to an
    address of their choice (localhost).
    Fix: Use AWS's Parameters and Secrets extension, which asks for the session token in a header, or check such a header.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html
    """
    for extension, functions in _found(code, audit, lambda e: "secrets-port" in e.uses):
        yield fail(
            f"{extension.name} {_whose(extension, audit)} fetches secrets and listens on a local port in {_names(functions)}",
            at=code.where,
            key=f"{extension.path} {extension.origin}",
            functions=functions,
        )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-312", "CWE-922", "OWASP:S7:2017"))
def extension_keeps_secrets_on_disk(code: Code, audit: Audit) -> Outcome:
    """A program beside the handler fetches secrets and writes to /tmp.

    Why: Files in /tmp outlive a call: the next one, and whoever can make the handler read a file, gets them.
    Fix: Keep secrets in memory.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html
    """
    for extension, functions in _found(code, audit, lambda e: "secrets-on-disk" in e.uses):
        yield fail(
            f"{extension.name} {_whose(extension, audit)} fetches secrets and writes to /tmp in {_names(functions)}",
            at=code.where,
            key=f"{extension.path} {extension.origin}",
            functions=functions,
        )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-300", "OWASP:S9:2017", "ATTACK:T1557"))
def program_between_lambda_and_runtime(code: Code, audit: Audit) -> Outcome:
    """A wrapper, bootstrap or extension puts itself between Lambda and the runtime.

    Why: It sees and can change every event and every answer; that is how firewalls in functions work, and how hidden ones steal.
    Fix: Make sure that you know the program and trust who publishes it.
    See: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
    """
    for extension, functions in _found(code, audit, lambda e: "runtime-proxy" in e.uses):
        account = audit.elsewhere(extension.origin)
        yield fail(
            f"{extension.path} {_whose(extension, audit)} changes the address of the runtime interface in {_names(functions)}",
            at=code.where,
            key=f"{extension.path} {extension.origin}",
            severity=Severity.MEDIUM if account and not publisher_of(account) else Severity.LOW,
            functions=functions,
        )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-400",))
def extension_slow_after_response(time: ExtensionTime, audit: Audit) -> Outcome:
    """Extensions run on for long after the function has answered.

    Why: Until they are done the environment takes no further event: the same load needs more environments of the account's
    concurrency, and a flood exhausts it sooner. All of it is billed, and counts towards the function's timeout.
    Fix: Let the extension send in batches or less often, give it a way to its endpoint that does not time out, or more memory;
    take out what is not needed.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-extensions.html
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    calls = known(time.calls)
    if calls < LEAST_CALLS:
        return skip(f"called {calls} times in {time.days} days, which is too seldom to judge by")
    found = outlier(time, audit)
    if found:
        longest = f", at most {_span(time.longest)}" if not isinstance(time.longest, Unknown) and time.longest else ""
        usual = f"; {found.peers} functions with the same layers have a median of {_span(found.usual)}" if found.peers else ""
        yield fail(
            f"extensions ran on for {_span(found.mean)} on average after each of {calls:,} calls of {time.name} in {time.days} "
            f"days{longest}: {found.share:.0%} of the function's time{usual}; {_likely(time, audit)}",
            at=time.where,
            functions=(time.function,),
        )


def _span(milliseconds: float) -> str:
    return f"{milliseconds:,.0f} ms" if milliseconds < 10_000 else f"{milliseconds / 1000:,.0f} s"


def _likely(time: ExtensionTime, audit: Audit) -> str:
    """What probably runs there, as far as it is known: the extensions that were seen in its code, or what may bring them."""
    code, fn = audit.inventory.get(f"{time.function}:code"), audit.inventory.get(time.function)
    if isinstance(code, Code) and isinstance(code.extensions, tuple):
        seen = [f"{e.name} {_whose(e, audit)}" for e in code.extensions if e.kind == _BESIDE[0]]
        if seen:
            return f"there {'is' if len(seen) == 1 else 'are'} {' and '.join(seen[:5])}"
    if isinstance(fn, Function) and isinstance(fn.layers, tuple) and fn.layers:
        layers = [_whose(Extension(name="", path="", kind="", origin=layer.arn), audit) for layer in fn.layers]
        return f"likely one {' or '.join(layers[:5])}"
    if isinstance(fn, Function) and fn.image and not isinstance(fn.image, Unknown):
        return "likely one in its image"
    return "which it is has to be looked up"
