"""KMS keys, Secrets Manager secrets and SSM parameters: facts about them, never a value."""

from lambdaudit.model.base import Policy
from lambdaudit.model.resources import Key, Parameter, Secret
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.iac.lift.builder import AFTER_DEPLOYMENT, Builder
from lambdaudit.sources.iac.lift.hung import hung_policies, policy_of
from lambdaudit.sources.iac.lift.identity import Identity
from lambdaudit.sources.iac.lift.props import Props, sure
from lambdaudit.sources.iac.lift.schedules import days_between
from lambdaudit.sources.iac.resources import Resource


def keys_secrets(b: Builder) -> None:
    """Add keys, secrets and parameters."""
    _keys(b)
    _secrets(b)
    _parameters(b)


def _keys(b: Builder) -> None:
    aliases: dict[str, list[str]] = {}
    for resource, identity, props in b.each("AWS::KMS::Alias"):
        target = b.key(props.text("TargetKeyId", None), resource)
        if isinstance(target, str):
            aliases.setdefault(target, []).append(identity.name.removeprefix("alias/"))
    for resource, identity, props in b.each("AWS::KMS::Key", "AWS::KMS::ReplicaKey"):
        spec = props.text("KeySpec", "SYMMETRIC_DEFAULT")
        origin = props.text("Origin", "AWS_KMS")
        enabled = props.flag("Enabled", True)
        rotation: Maybe[bool | None] = props.flag("EnableKeyRotation", False)
        if (isinstance(spec, str) and spec != "SYMMETRIC_DEFAULT") or (isinstance(origin, str) and origin != "AWS_KMS"):
            rotation = None
        if resource.type.endswith("ReplicaKey"):
            rotation = Unknown("the primary key decides")
        policy = b.resource_policy(props, "KeyPolicy", identity.name)
        if policy is None:
            policy = _default_key_policy(b, resource, props, identity)
        b.add(
            Key(
                **b.common(resource, identity),
                manager="CUSTOMER",
                state=enabled if isinstance(enabled, Unknown) else "Enabled" if enabled else "Disabled",
                spec=spec,
                origin=origin,
                rotation=rotation,
                policy=policy,
                grants=(),
                aliases=tuple(sorted(aliases.get(identity.id, ()))),
            )
        )


def _default_key_policy(b: Builder, resource: Resource, props: Props, identity: Identity) -> Policy:
    """The policy that KMS gives a key without one: the account's administrators decide through IAM."""
    place = b.estate.place(resource)
    root = place.arn("iam", "root", region=False)
    statement = {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": root}}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Action": "kms:*", "Resource": "*"}]}
    return Policy(name=identity.name, kind="resource", document=document, where=props.where)


def _secrets(b: Builder) -> None:
    policies = hung_policies(b, "AWS::SecretsManager::ResourcePolicy", "SecretId", "ResourcePolicy")
    rotations: dict[str, Props] = {}
    for resource, _, props in b.each("AWS::SecretsManager::RotationSchedule"):
        secret = props.text("SecretId", "")
        if isinstance(secret, Unknown):
            b.note(resource.where, f"rotates a secret that is not known: {secret.reason}")
        else:
            rotations[secret] = props
    for resource, identity, props in b.each("AWS::SecretsManager::Secret"):
        schedule = rotations.get(identity.id) or rotations.get(identity.name)
        function: Maybe[str | None] = None
        if schedule is not None and schedule.has("RotationLambdaARN"):
            function = b.estate.function_arn(schedule.text("RotationLambdaARN", None), b.estate.place(resource))
        if schedule is not None:
            b.places.link(resource.where / "RotationRules", schedule.data.get("RotationRules"), schedule.data.at("RotationRules"))
        b.add(
            Secret(
                **b.common(resource, identity),
                rotation=schedule is not None,
                rotation_function=function,
                rotation_days=schedule.build("RotationRules", _rotation_days, None) if schedule else None,
                last_rotated="",
                last_changed=AFTER_DEPLOYMENT,
                key=b.key(props.text("KmsKeyId", None), resource),
                policy=policy_of(policies, identity),
                owning_service="",
            )
        )


def _rotation_days(rules: Props) -> int | None:
    days = sure(rules.integer("AutomaticallyAfterDays", None))
    if days is not None:
        return days
    return days_between(sure(rules.text("ScheduleExpression", "")))


def _parameters(b: Builder) -> None:
    for resource, identity, props in b.each("AWS::SSM::Parameter"):
        b.add(
            Parameter(
                **b.common(resource, identity),
                kind=props.text("Type", Unknown("Type is not set")),
                key=None,
                tier=props.text("Tier", "Standard"),
            )
        )
