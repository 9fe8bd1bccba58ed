"""S3 buckets that something names: policy, ACL, ownership, public access, notifications, encryption."""

from typing import Any

from lambdaudit.model.resources import AclGrant, Bucket, Notification
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.references import Keys
from lambdaudit.sources.aws.assemble.tags import tags_of_answer
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.aws.raw import Answer, Key

READS = (
    "GetBucketPolicy",
    "GetPublicAccessBlock",
    "GetBucketOwnershipControls",
    "GetBucketAcl",
    "GetBucketEncryption",
    "GetBucketVersioning",
    "GetBucketNotificationConfiguration",
)
BLOCK = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_NOTIFIED = (
    ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
    ("QueueConfigurations", "QueueArn"),
    ("TopicConfigurations", "TopicArn"),
)
NO_VERSIONS = "Disabled"


def buckets(b: Builder, keys: Keys) -> None:
    """Add the buckets that were asked about by name."""
    listed = _listed(b)
    asked = {(key.account, key.subject): key for operation in READS for key, _ in b.raw.each("s3", operation)}
    for key, answer in b.raw.each("s3", "GetBucketLocation"):
        asked.setdefault((key.account, key.subject), key)
        if isinstance(answer, Answer) and answer.absent:
            b.absent.add(b.arn(key, "s3", clean(key.subject), region="").replace(f"::{key.account}:", ":::"))
    for key in asked.values():
        _add(b, key, listed, keys)


def _listed(b: Builder) -> dict[tuple[str, str], Fields]:
    """The account's own buckets by account and name."""
    found = {}
    for key, record in b.records("s3", "ListBuckets", "Buckets", "bucket"):
        name = record.text("Name", "")
        if isinstance(name, str) and name:
            record.about(clean(name))
            found[key.account, name] = record
        else:
            b.lost(("bucket",), key.account, "", record.where, "odd record: a bucket without a name")
    return found


def _add(b: Builder, key: Key, listed: dict[tuple[str, str], Fields], keys: Keys) -> None:
    name = clean(key.subject)
    arn = f"arn:{b.partition(key.account)}:s3:::{name}"
    if arn in b.absent:
        return
    answers = {operation: b.ask(key, operation) for operation in READS}
    own = listed.get((key.account, key.subject))
    gaps = [answer for answer in answers.values() if isinstance(answer, Unknown)]
    if own is None and len(gaps) == len(READS):
        location = b.ask(key, "GetBucketLocation")
        b.miss("bucket", location if isinstance(location, Unknown) and not _asked(b, key) else gaps[0], key.account, "", arn)
        return
    region = _region(b, key, own)
    encryption = _read(b, key, answers, "GetBucketEncryption", ("AES256", None), _encryption)
    acl = _read(b, key, answers, "GetBucketAcl", ((), ""), _acl)
    bucket = Bucket(
        id=arn,
        name=name,
        where=own.where if own else Where("s3:GetBucketPolicy", name),
        account=key.account if own else "",
        region=region,
        tags=tags_of_answer(b, key, "GetBucketTagging", "TagSet", listed=True),
        policy=b.documents.resource(
            answers["GetBucketPolicy"], "Policy", name=name, where=place(key._replace(operation="GetBucketPolicy"))
        ),
        acl=acl if isinstance(acl, Unknown) else acl[0],
        owner=acl if isinstance(acl, Unknown) else acl[1],
        ownership=_read(b, key, answers, "GetBucketOwnershipControls", None, _ownership),
        public_access_block=_read(b, key, answers, "GetPublicAccessBlock", None, _block),
        notifications=_read(b, key, answers, "GetBucketNotificationConfiguration", (), _notifications),
        # S3 encrypts every new object since January 2023, also where nothing is configured.
        encryption=encryption if isinstance(encryption, Unknown) else encryption[0],
        key=encryption if isinstance(encryption, Unknown) else keys.id_of(encryption[1], key.account, region),
        versioning=_read(b, key, answers, "GetBucketVersioning", NO_VERSIONS, lambda f: sure(f.text("Status", NO_VERSIONS))),
        extra={},
    )
    b.add(bucket)


def _asked(b: Builder, key: Key) -> bool:
    """Whether more than the bucket's region was asked."""
    return any(key._replace(operation=operation) in b.raw for operation in READS)


def _read(b: Builder, key: Key, answers: dict[str, Answer | Unknown], operation: str, none: Any, build: Any) -> Any:
    """What `build` makes of an answer; `none` when S3 said that nothing is set."""
    answer = answers[operation]
    if isinstance(answer, Unknown):
        return answer
    if answer.absent or answer.inferred:
        return none
    return Fields(answer.data, place(key._replace(operation=operation))).attempt(build)


def _region(b: Builder, key: Key, own: Fields | None) -> str:
    """The bucket's region; the oldest names stand for us-east-1 and eu-west-1 (S3 API reference, LocationConstraint)."""
    region = own.text("BucketRegion", "") if own else ""
    if isinstance(region, str) and region:
        return region
    location = b.ask(key, "GetBucketLocation")
    if isinstance(location, Unknown) or location.absent or location.inferred:
        return ""
    name = location.data.get("LocationConstraint")
    if not name:
        return "us-east-1"
    return {"EU": "eu-west-1"}.get(name, clean(name)) if isinstance(name, str) else ""


def _acl(acl: Fields) -> tuple[tuple[AclGrant, ...], str]:
    owner = sure(acl.build("Owner", lambda f: sure(f.text("ID", "")), ""))
    return sure(acl.each("Grants", _grant, ())), owner


def _grant(grant: Fields) -> AclGrant:
    grantee = sure(grant.record("Grantee"))
    name = ""
    if grantee:
        name = sure(grantee.text("URI", "")) or sure(grantee.text("ID", "")) or sure(grantee.text("EmailAddress", ""))
    if not name:
        sure(Unknown("odd value: a grant without a grantee"))
    return AclGrant(grantee=name, permission=sure(grant.text("Permission", grant.unsaid)))


def _ownership(answer: Fields) -> str | None:
    controls = sure(answer.record("OwnershipControls"))
    rules = sure(controls.each("Rules", lambda f: sure(f.text("ObjectOwnership", f.unsaid)), ())) if controls else ()
    return rules[0] if rules else None


def _block(answer: Fields) -> tuple[bool, bool, bool, bool] | None:
    return sure(answer.build("PublicAccessBlockConfiguration", public_access_block, None))


def public_access_block(block: Fields) -> tuple[bool, bool, bool, bool]:
    """The four settings in the model's order; one that is not said is off (S3 API reference, default FALSE)."""
    first, second, third, fourth = (sure(block.flag(name, False)) for name in BLOCK)
    return first, second, third, fourth


def _notifications(answer: Fields) -> tuple[Notification, ...]:
    found: tuple[Notification, ...] = ()
    for field, target in _NOTIFIED:
        found += sure(answer.each(field, lambda f, target=target: _notification(f, target), ()))  # type: ignore[misc]
    return found


def _notification(configuration: Fields, target: str) -> Notification:
    rules: dict[str, str] = {}
    filters = sure(configuration.record("Filter"))
    name_filter = sure(filters.record("Key")) if filters else None
    if name_filter:
        rules = dict(sure(name_filter.each("FilterRules", _filter_rule, ())))
    return Notification(
        target=sure(configuration.text(target, configuration.unsaid)),
        events=sure(configuration.texts("Events", ())),
        prefix=rules.get("prefix", ""),
        suffix=rules.get("suffix", ""),
    )


def _filter_rule(rule: Fields) -> tuple[str, str]:
    return sure(rule.text("Name", "")).lower(), sure(rule.prose("Value", ""))


def _encryption(answer: Fields) -> tuple[str, str | None]:
    configuration = sure(answer.record("ServerSideEncryptionConfiguration"))
    rules: Maybe[tuple[tuple[str, str | None], ...]] = ()
    if configuration:
        rules = configuration.each("Rules", _default_encryption, ())
    return next(iter(sure(rules)), ("AES256", None))


def _default_encryption(rule: Fields) -> tuple[str, str | None]:
    default = sure(rule.record("ApplyServerSideEncryptionByDefault"))
    if not default:
        return "AES256", None
    return sure(default.text("SSEAlgorithm", "AES256")), sure(default.text("KMSMasterKeyID", None))
