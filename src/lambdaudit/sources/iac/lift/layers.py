"""Layer versions and code signing configurations."""

import msgspec

from lambdaudit.model.arn import parse_arn
from lambdaudit.model.base import Policy
from lambdaudit.model.functions import CodeSigningConfig, Configured, LayerVersion
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.lift.builder import Builder, plain_json
from lambdaudit.sources.iac.lift.identity import Identity
from lambdaudit.sources.iac.lift.props import Props, span_at, sure
from lambdaudit.sources.iac.resources import Resource


def layers(b: Builder) -> None:
    """Add layer versions and code signing configurations; functions must have been added before."""
    _signing(b)
    statements: dict[str, list[tuple[Resource, Props]]] = {}
    for resource, _, props in b.each("AWS::Lambda::LayerVersionPermission"):
        target = props.text("LayerVersionArn", "")
        if isinstance(target, str) and target:
            statements.setdefault(target, []).append((resource, props))
        else:
            b.note(resource.where, "is about a layer version that is not known")
    for resource, identity, props in b.each("AWS::Lambda::LayerVersion"):
        b.add(
            LayerVersion(
                **b.common(resource, identity),
                layer=identity.id.rpartition(":")[0],
                version=1,
                compatible_runtimes=props.texts("CompatibleRuntimes", ()),
                license=props.prose("LicenseInfo", ""),
                latest=1,
                policy=_layer_policy(b, resource, identity, statements.get(identity.id, [])),
            )
        )

    _foreign(b)


def _foreign(b: Builder) -> None:
    """Add the layer versions of other accounts that functions use; only their ARNs are known."""
    for asset in [a for a in b.assets.values() if isinstance(a, Configured) and not isinstance(a.layers, Unknown)]:
        for use in () if isinstance(asset.layers, Unknown) else asset.layers:
            parsed = parse_arn(use.arn)
            layer, _, version = use.arn.rpartition(":")
            if parsed is None or parsed.service != "lambda" or use.arn in b.assets or not version.isdecimal():
                continue
            if parsed.account == asset.account or not parsed.account.isdecimal() or parsed.resource.count(":") != 2:
                continue
            outside = Unknown(f"the layer belongs to account {parsed.account}")
            b.add(
                LayerVersion(
                    id=use.arn,
                    name=parsed.name,
                    where=asset.where / "Layers",
                    account=parsed.account,
                    region=parsed.region,
                    tags=(),
                    layer=layer,
                    version=int(version[:18]),
                    compatible_runtimes=outside,
                    license=outside,
                    created=outside,
                    latest=outside,
                    policy=outside,
                )
            )


def _layer_policy(b: Builder, resource: Resource, identity: Identity, grants: list[tuple[Resource, Props]]) -> Policy | None:
    if not grants:
        return None
    where = msgspec.structs.replace(resource.where, pointer=f"{resource.where.pointer}/Policy")
    statements = []
    b.places.link(where, None, span_at(*grants[0]))
    for number, (grant, props) in enumerate(grants):
        principal = plain_json(props.text("Principal", None))
        if isinstance(principal, str) and principal.isdecimal():
            principal = {"AWS": f"arn:{identity.id.split(':')[1]}:iam::{principal}:root"}
        action = plain_json(props.text("Action", "lambda:GetLayerVersion"))
        statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": identity.id}
        if props.has("OrganizationId"):
            organization = plain_json(props.text("OrganizationId", None))
            statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": organization}}
        statements.append(statement)
        b.places.link(where / "Statement" / number, props.data, span_at(grant, props))
    return Policy(name=identity.name, kind="resource", document={"Version": "2012-10-17", "Statement": statements}, where=where)


def _signing(b: Builder) -> None:
    for resource, identity, props in b.each("AWS::Lambda::CodeSigningConfig"):
        plain = b.opener(resource, "code-signing-config")
        publishers = props.build("AllowedPublishers", lambda f: sure(f.texts("SigningProfileVersionArns", ())), ())
        untrusted = props.build("CodeSigningPolicies", lambda f: sure(f.text("UntrustedArtifactOnDeployment", "Warn")), "Warn")
        b.add(
            CodeSigningConfig(
                **b.common(resource, identity), publishers=plain(publishers, ()), untrusted=plain(untrusted, "Warn")
            )
        )
