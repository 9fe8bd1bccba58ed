"""Layers and code signing: other people's code in a function."""

from lambdaudit.facts import Audit
from lambdaudit.model.arn import account_of
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.functions import CodeSigningConfig, Function, FunctionVersion, LayerVersion
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip

PUBLISHERS = {
    "017000801446": "AWS (Powertools)",
    "094274105915": "AWS (Powertools)",
    "133490724326": "AWS (parameters and secrets)",
    "177933569100": "AWS (parameters and secrets)",
    "184161586896": "AWS Distro for OpenTelemetry community",
    "187925254637": "AWS (parameters and secrets)",
    "336392948345": "AWS (SDK for pandas)",
    "451483290750": "New Relic",
    "464622532012": "Datadog",
    "580247275435": "AWS (Lambda Insights)",
    "725887861453": "Dynatrace",
    "753240598075": "AWS (Lambda web adapter)",
    "901920570463": "AWS Distro for OpenTelemetry",
}
"""Accounts that publish well-known layers, from the ARNs in the vendors' own instructions (checked 2026-11)."""


@rule(Severity.MEDIUM, maps=("CWE-829", "OWASP:SLS-A9", "T1195.002"))
def layer_foreign(fn: Function, audit: Audit) -> Outcome:
    """The function runs a layer that another account publishes.

    Why: A layer's code runs inside the function with its role, its variables and every event; who owns that account decides what
    the next version of it does, and can delete it or withdraw it.
    Fix: Copy the layer into an account of yours and use that copy, or name the account as trusted (--trusted-account).
    See: https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
    """
    for layer in known(fn.layers):
        if account := audit.foreign(layer.arn):
            publisher = PUBLISHERS.get(account)
            yield fail(
                f"{fn.name} runs layer {_short(layer.arn)} of "
                + (f"{publisher}, account {account}" if publisher else f"account {account}, which is not one of yours"),
                at=fn.where / "Layers",
                key=layer.arn.rsplit(":", 1)[0],
                severity=Severity.INFO if publisher else Severity.MEDIUM,
            )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-1104",))
def layer_outdated(layer: LayerVersion, audit: Audit) -> Outcome:
    """Functions run an older version of a layer than the newest one.

    Why: Fixes in a newer layer version reach a function only when its configuration names that version.
    Fix: Read what changed, then point the functions at the newest version.
    See: https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
    """
    if not audit.users(layer):
        return skip("no function uses it")
    latest = known(layer.latest)
    if latest and latest > layer.version:
        yield fail(
            f"{layer.name} version {layer.version} is in use, version {latest} is the newest",
            at=layer.where,
            severity=Severity.INFO if latest - layer.version < 3 else Severity.LOW,
        )


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-829",))
def layer_gone(fn: Function | FunctionVersion, audit: Audit) -> Outcome:
    """The function uses a layer version of your own account that was deleted.

    Why: The function keeps running a copy that nobody can read, scan or rebuild any more.
    Fix: Publish the layer again from its source and point the function at the new version.
    See: https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
    """
    own = [layer for layer in known(fn.layers) if account_of(layer.arn) == fn.account]
    if not own:
        return skip("it uses no layer of its own account")
    for layer in own:
        if audit.find(LayerVersion, layer.arn) is None:
            yield fail(
                f"{fn.name} runs {_short(layer.arn)}, which does not exist any more", at=fn.where / "Layers", key=layer.arn
            )


@rule(Severity.MEDIUM, maps=("CWE-347", "OWASP:SLS-A9"))
def code_signing_only_warns(config: CodeSigningConfig, audit: Audit) -> Outcome:
    """A code signing configuration lets unsigned code be deployed.

    Why: With the policy Warn, code without a valid signature is deployed all the same; only a metric counts it.
    Fix: Set the configuration's policy for untrusted artifacts to Enforce.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
    """
    if not audit.users(config):
        return skip("no function uses it")
    if config.untrusted != "Enforce":
        yield fail(
            f"{config.name} is set to {config.untrusted}",
            at=config.where / "CodeSigningPolicies" / "UntrustedArtifactOnDeployment",
            commands=(
                f"aws lambda update-code-signing-config --code-signing-config-arn {config.id} "
                "--code-signing-policies UntrustedArtifactOnDeployment=Enforce",
            ),
        )


@rule(Severity.LOW, persona="strict", maps=("CWE-347", "FSBP:Lambda.8"))
def code_not_signed(fn: Function, audit: Audit) -> Outcome:
    """The function accepts code from any publisher: no code signing configuration.

    Why: Who obtains lambda:UpdateFunctionCode can deploy any code; with enforced signing the signing key is needed too.
    Fix: Attach a code signing configuration that enforces, and sign in the pipeline.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
    """
    if known(fn.package_type) == "Image":
        return skip("code signing does not exist for container images")
    if known(fn.code_signing) is None:
        yield fail(f"{fn.name} has no code signing configuration", at=fn.where)


def _short(layer_arn: str) -> str:
    return ":".join(layer_arn.split(":")[6:])
