"""Other people's code in a function: layers, images, shared file systems, and whose signature counts."""

from lambdaudit.facts import Audit
from lambdaudit.model.arn import account_of
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import CodeSigningConfig, Function, LayerVersion
from lambdaudit.model.unknown import known
from lambdaudit.rules._publishers import AWS, VENDORS
from lambdaudit.rules.contract import Outcome, fail, rule, skip


@rule(Severity.MEDIUM, maps=("CWE-829", "OWASP:S9:2017", "T1195.002"))
def layer_foreign(layer: LayerVersion, audit: Audit) -> Outcome:
    """Functions run a layer that another account publishes.

    Why: A layer's code runs inside the function with its role, its variables and every event, and nobody on your side reviewed
    it; who takes over the publisher's account decides what its next version does.
    Fix: Copy the layer into an account of yours and use that copy, or name the account as trusted (--trusted-account).
    See: https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
    """
    account = audit.elsewhere(layer.id)
    if not account or account in AWS:
        return None
    functions = audit.users(layer)
    if not functions:
        return skip("no function uses it")
    names = ", ".join(f.rpartition(":")[2] for f in functions[:4]) + (" …" if len(functions) > 4 else "")
    vendor = VENDORS.get(account) or (audit.foreign(layer.id) and "")
    yield fail(
        f"{names} run{'s' if len(functions) == 1 else ''} layer {_short(layer.id)} of "
        + (f"{vendor}, account {account}" if vendor else f"account {account}, which is not one of yours"),
        at=layer.where,
        severity=Severity.INFO if vendor else Severity.MEDIUM,
        functions=functions,
    )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-1104", "OWASP:S9:2017"))
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


@rule(Severity.LOW, maps=("CWE-1104", "OWASP:S9:2017"))
def layer_gone(fn: Function, audit: Audit) -> Outcome:
    """The function uses a layer version of your own account that was deleted.

    Why: The function keeps running a copy that nobody can read, scan or rebuild any more, so a flaw in it stays unseen.
    Fix: Publish the layer again from its source and point the function at the new version.
    See: https://docs.aws.amazon.com/lambda/latest/dg/creating-deleting-layers.html
    """
    own = [layer for layer in known(fn.layers) if account_of(layer.arn) == fn.account]
    if not own:
        return skip("it uses no layer of its own account")
    for layer in own:
        if audit.find(LayerVersion, layer.arn) is None:
            yield fail(
                f"{fn.name} runs {_short(layer.arn)}, which does not exist any more", at=fn.where / "Layers", key=layer.arn
            )


@rule(Severity.MEDIUM, maps=("CWE-347", "OWASP:S9:2017"))
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


@rule(Severity.MEDIUM, maps=("CWE-347", "OWASP:S9:2017", "T1195.002"))
def code_signing_trusts_other_account(config: CodeSigningConfig, audit: Audit) -> Outcome:
    """A code signing configuration accepts what another account signs.

    Why: Whoever takes over that account signs code that your functions accept as yours.
    Fix: Remove the foreign signing profile from the allowed publishers, or name the account as trusted.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
    """
    if not audit.users(config):
        return skip("no function uses it")
    for profile in config.publishers:
        if account := audit.foreign(profile):
            yield fail(
                f"{config.name} accepts what signing profile {profile.partition(':/')[2] or profile} of account {account} signs",
                at=config.where / "AllowedPublishers" / "SigningProfileVersionArns",
                key=profile,
            )


@rule(Severity.LOW, persona="strict", maps=("CWE-347", "CIS-Compute:4.8"))
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


@rule(Severity.MEDIUM, maps=("CWE-829", "OWASP:S9:2017", "T1195.002"))
def image_foreign(fn: Function, audit: Audit) -> Outcome:
    """The function was deployed from an image in another account's registry.

    Why: Who controls that registry decides what the next deployment of the tag runs with the function's role, and can delete
    the image, so that nobody can look at what runs.
    Fix: Copy the image into a repository of yours and deploy it from there by digest, or name the account as trusted.
    See: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
    """
    image = known(fn.image)
    if image is None or ".dkr.ecr" not in image.uri:
        return skip("it is not a container image, or its reference was not returned")
    if account := audit.foreign(image.uri.partition(".")[0]):
        yield fail(f"{fn.name} runs {image.uri}, an image of account {account}", at=fn.where / "Code" / "ImageUri")


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-732", "OWASP:S5:2017", "T1080"))
def file_system_shared_across_roles(fn: Function, audit: Audit) -> Outcome:
    """Functions with different roles mount the same file system access point.

    Why: What one of them writes, the others read or even load as code: who gets into the weakest takes over the rights of the
    strongest.
    Fix: Give each function an access point with a directory and user of its own; let those that only read mount read-only
    through the file system's policy.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html
    """
    mounts = known(fn.file_systems)
    if not mounts:
        return skip("it mounts no file system")
    others = audit.every(Function)
    for mount in mounts:
        sharers = [f for f in others if any(m.arn == mount.arn for m in known(f.file_systems))]
        roles = sorted({(known(f.role) or "").rpartition("/")[2] for f in sharers})
        if len(roles) > 1 and sharers[0].id == fn.id:
            yield fail(
                f"{', '.join(f.name for f in sharers)} mount {mount.arn.rpartition('/')[2]} with {len(roles)} different roles",
                at=fn.where / "FileSystemConfigs",
                key=mount.arn,
                evidence=tuple(
                    Evidence(where=f.where / "FileSystemConfigs", text=f"{f.name} mounts {mount.arn}") for f in sharers
                ),
                functions=tuple(f.id for f in sharers),
            )


def _short(layer_arn: str) -> str:
    return ":".join(layer_arn.split(":")[6:])
