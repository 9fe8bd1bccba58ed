"""KMS keys, Secrets Manager secrets and SSM parameters: facts about them, never a value."""

from lambdaudit.model.arn import account_of, parse_arn
from lambdaudit.model.resources import Grant, Key, Parameter, Secret
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.references import Keys
from lambdaudit.sources.aws.assemble.tags import tags_of_list
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.aws.raw import Answer
from lambdaudit.sources.aws.raw import Key as Question

_KEY_DULL = (
    "AWSAccountId",
    "Arn",
    "CreationDate",
    "CurrentKeyMaterialId",
    "CustomerMasterKeySpec",
    "Enabled",
    "EncryptionAlgorithms",
    "KeyAgreementAlgorithms",
    "KeyId",
    "MacAlgorithms",
    "SigningAlgorithms",
)
_SECRET_DULL = ("ARN", "CreatedDate", "LastAccessedDate", "NextRotationDate", "SecretVersionsToStages", "VersionIdsToStages")
_PARAMETER_DULL = ("ARN", "LastModifiedDate", "LastModifiedUser", "Version", "DataType", "AllowedPattern", "Policies")


def keys(b: Builder, references: Keys) -> None:
    """Add the KMS keys that were asked for, by ARN or alias."""
    for key, answer in b.raw.each("kms", "DescribeKey"):
        if isinstance(answer, Answer) and answer.absent:
            b.absent.add(clean(key.subject))
            continue
        metadata = b.single(key, answer, "KeyMetadata")
        if isinstance(metadata, Unknown):
            b.miss("key", metadata, key.account, key.region, clean(key.subject))
            continue
        arn = b.identity(metadata, "Arn", "kms", "key/", clean(key.subject))
        if arn not in b.assets:
            _add_key(b, key._replace(subject=arn), metadata, references.aliases_of(arn))


def _add_key(b: Builder, key: Question, metadata: Fields, aliases: tuple[str, ...]) -> None:
    metadata.ignore(*_KEY_DULL)
    arn = key.subject
    manager = metadata.text("KeyManager", metadata.unsaid)
    spec = metadata.text("KeySpec", metadata.data.get("CustomerMasterKeySpec") or metadata.unsaid)
    origin = metadata.text("Origin", metadata.unsaid)
    policy = key._replace(operation="GetKeyPolicy")
    asset = Key(
        id=arn,
        name=arn.rpartition("/")[2],
        where=place(key),
        account=account_of(arn) or key.account,
        region=key.region,
        tags=Unknown("not asked", "kms:ListResourceTags"),
        manager=manager,
        state=metadata.text("KeyState", metadata.unsaid),
        spec=spec,
        origin=origin,
        rotation=_rotation(b, key, manager, spec, origin),
        policy=b.documents.resource(b.ask(policy, policy.operation), "Policy", name=arn.rpartition("/")[2], where=place(policy)),
        grants=_grants(b, key),
        # Only aliases that something names were looked up, so one that is not here may exist.
        aliases=aliases or Unknown("not asked", "kms:ListAliases"),
        extra=metadata.extra(),
    )
    b.add(asset, metadata)


def _rotation(b: Builder, key: Question, manager: Maybe[str], spec: Maybe[str], origin: Maybe[str]) -> Maybe[bool | None]:
    """Whether the material is rotated by itself; None where KMS cannot (asymmetric, HMAC, imported, own key store)."""
    if manager == "AWS":
        return True
    for fact, rotatable in ((spec, "SYMMETRIC_DEFAULT"), (origin, "AWS_KMS")):
        if isinstance(fact, str) and fact != rotatable:
            return None
    answer = b.ask(key, "GetKeyRotationStatus")
    if isinstance(answer, Unknown):
        return answer
    fields = Fields(answer.data, place(key))
    return fields.flag("KeyRotationEnabled", fields.unsaid)


def _grants(b: Builder, key: Question) -> Maybe[tuple[Grant, ...]]:
    answer = b.ask(key, "ListGrants")
    if isinstance(answer, Unknown) or answer.rest:
        return answer if isinstance(answer, Unknown) else answer.rest or ()
    return Fields(answer.data, place(key._replace(operation="ListGrants"))).each("Grants", _grant, ())


def _grant(grant: Fields) -> Grant:
    retiring = sure(grant.text("RetiringPrincipal", "")) or sure(grant.text("RetiringServicePrincipal", ""))
    return Grant(
        id=sure(grant.text("GrantId", grant.unsaid)),
        grantee=sure(grant.text("GranteePrincipal", "")) or sure(grant.text("GranteeServicePrincipal", "")),
        operations=sure(grant.texts("Operations", ())),
        retiring=retiring,
    )


def secrets(b: Builder, references: Keys) -> None:
    """Add every secret of the regions with functions."""
    for key, record in b.records("secretsmanager", "ListSecrets", "SecretList", "secret"):
        arn = b.identity(record, "ARN", "secretsmanager", "secret:")
        if not arn:
            b.lost(("secret",), key.account, key.region, record.where, "odd record: a secret without an ARN")
            continue
        record.about(arn)
        record.ignore(*_SECRET_DULL)
        policy = key._replace(operation="GetResourcePolicy", subject=arn)
        name = record.plain(record.text("Name", arn.rpartition(":")[2]), arn.rpartition(":")[2])
        rotates = record.build("RotationRules", lambda f: sure(f.integer("AutomaticallyAfterDays", None)), None)
        secret = Secret(
            id=arn,
            name=name,
            where=record.where,
            account=account_of(arn) or key.account,
            region=key.region,
            tags=tags_of_list(record, "Tags"),
            rotation=record.flag("RotationEnabled", False),
            rotation_function=record.text("RotationLambdaARN", None),
            rotation_days=rotates,
            last_rotated=record.time("LastRotatedDate", ""),
            last_changed=record.time("LastChangedDate", ""),
            key=references.id_of(record.text("KmsKeyId", None), key.account, key.region),
            policy=b.documents.resource(b.ask(policy, policy.operation), "ResourcePolicy", name=name, where=place(policy)),
            owning_service=record.text("OwningService", ""),
            extra=record.extra(),
        )
        b.add(secret, record)


def parameters(b: Builder, references: Keys) -> None:
    """Add every SSM parameter of the regions with functions."""
    for key, record in b.records("ssm", "DescribeParameters", "Parameters", "parameter"):
        name = record.text("Name", "")
        made = b.arn(key, "ssm", f"parameter/{name.lstrip('/')}") if isinstance(name, str) and name else ""
        arn = b.identity(record, "ARN", "ssm", "parameter/", made)
        if not arn:
            b.lost(("parameter",), key.account, key.region, record.where, "odd record: a parameter without a name")
            continue
        record.about(arn)
        record.ignore(*_PARAMETER_DULL)
        parsed = parse_arn(arn)
        parameter = Parameter(
            id=arn,
            name=name if isinstance(name, str) and name else parsed.resource.removeprefix("parameter") if parsed else arn,
            where=record.where,
            account=account_of(arn) or key.account,
            region=key.region,
            tags=Unknown("not asked", "ssm:ListTagsForResource"),
            kind=record.text("Type", record.unsaid),
            key=references.id_of(record.text("KeyId", None), key.account, key.region),
            tier=record.text("Tier", "Standard"),
            extra=record.extra(),
        )
        b.add(parameter, record)
