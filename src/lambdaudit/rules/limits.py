"""How much room Lambda's quotas leave: a function without any cannot take one more layer, variable or security extension."""

from lambdaudit.facts import Audit
from lambdaudit.model.code import Code
from lambdaudit.model.finding import Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.rules.contract import Outcome, fail, rule, skip

_LAYERS = 5
_EXTENSIONS = 10
_ENVIRONMENT = 4096
_UNZIPPED = 250 * 1024 * 1024
_NEAR = 0.9
"""The share of a quota of sizes from which on it is told."""


@rule(Severity.INFO, persona="strict", maps=("CWE-770",))
def function_near_quota(fn: Function, audit: Audit) -> Outcome:
    """A function has used up its layers, or nearly all room for variables.

    Why: In an emergency there is no room for a patch that comes as a layer, for an agent that watches the function, or for the
    variable that switches something off.
    Fix: Merge layers that always go together, and move configuration to Parameter Store or AppConfig.
    See: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    layers = fn.layers
    if not isinstance(layers, Unknown) and len(layers) >= _LAYERS:
        yield fail(f"{fn.name} uses all {_LAYERS} layers that a function may have", at=fn.where / "Layers", key="layers")
    variables = known(fn.environment)
    size = sum(len(v.name.encode()) + v.length for v in variables if not v.unread)
    if size >= _NEAR * _ENVIRONMENT:
        yield fail(
            f"the variables of {fn.name} take {size} of {_ENVIRONMENT} bytes", at=fn.where / "Environment", key="environment"
        )
    known(layers)


@rule(Severity.INFO, persona="strict", maps=("CWE-770",))
def package_near_quota(code: Code, audit: Audit) -> Outcome:
    """A package with its layers is nearly as large as Lambda allows, or brings as many extensions.

    Why: A security fix in a dependency that makes it a little larger cannot be deployed, nor one more agent be added.
    Fix: Leave out what the code does not use (see development-files-in-package), or go over to a container image.
    See: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    fn = audit.find(Function, code.function)
    size, extensions = code.size, code.extensions
    if not isinstance(extensions, Unknown):
        count = sum(e.kind in ("external-extension", "internal-extension") for e in extensions)
        if count >= _EXTENSIONS:
            yield fail(f"{code.name} brings {count} extensions, and {_EXTENSIONS} may be registered", key="extensions")
    if fn is None or known(fn.package_type) == "Image":
        return skip("it is a container image, which may have 10 GB")
    if known(size) >= _NEAR * _UNZIPPED:
        yield fail(f"{code.name} is {known(size) / 1048576:.0f} of {_UNZIPPED // 1048576} MiB large with its layers", key="size")
    known(extensions)
