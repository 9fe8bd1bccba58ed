"""Layer versions and code signing configurations."""

import msgspec

from lambdaudit.model.base import Policy
from lambdaudit.model.functions import CodeSigningConfig, LayerVersion
from lambdaudit.sources.iac.lift.builder import Builder, plain_json
from lambdaudit.sources.iac.lift.identity import Identity
from lambdaudit.sources.iac.lift.props import Props, span_at, sure
from lambdaudit.sources.iac.resources import Resource


def layers(b: Builder) -> None:
    """Add layer versions and code signing configurations."""
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
