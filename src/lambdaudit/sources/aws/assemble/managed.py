"""Managed policies by ARN: from the bulk answer, from single reads, or from the catalogue of AWS's own."""

from lambdaudit.model.base import Policy
from lambdaudit.model.identity import ManagedPolicy
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.aws.assemble.builder import Builder
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.tags import tags_of_list
from lambdaudit.sources.aws.raw import Answer, Key

BULK = "GetAccountAuthorizationDetails"
KIND = "managed-policy"


def is_aws_managed(arn: str) -> bool:
    """Whether AWS owns the policy: its ARN has ``aws`` in the place of the account."""
    return arn.split(":")[4:5] == ["aws"]


class ManagedPolicies:
    """Documents of managed policies, for the principals that have them attached; adds their assets."""

    def __init__(self, b: Builder) -> None:
        self._b = b
        self._found: dict[tuple[str, str], Maybe[Policy]] = {}
        for key, record in b.records("iam", BULK, "Policies", KIND):
            self._add_from_bulk(key, record)
        for key, answer in b.raw.each("iam", "GetPolicy"):
            if isinstance(answer, Answer) and not answer.absent and (key.account, key.subject) not in self._found:
                self._add_from_single(key, answer)

    def document(self, key: Key, arn: str, kind: str = "") -> Maybe[Policy]:
        """The policy with its default document; Unknown when nobody could read it. `kind` replaces its own (``boundary``)."""
        found = self._found.get((key.account, arn))
        if found is None:
            found = self._found[key.account, arn] = self._elsewhere(key, arn)
        if isinstance(found, Unknown) or not kind:
            return found
        return Policy(name=found.name, kind=kind, document=found.document, where=found.where, arn=arn, raw=found.raw)

    def _elsewhere(self, key: Key, arn: str) -> Maybe[Policy]:
        if is_aws_managed(arn):
            known = self._from_catalogue(key, arn)
            if known is not None:
                return known
        single = self._b.ask(key, "GetPolicy", subject=arn)
        if isinstance(single, Unknown) and key._replace(operation="GetPolicy", subject=arn) in self._b.raw:
            return single
        bulk = self._b.ask(key, BULK, subject="")
        gap = bulk if isinstance(bulk, Unknown) else bulk.rest
        return gap or Unknown(f"the document of {arn} was not in the answers", "iam:GetPolicyVersion")

    def _from_catalogue(self, key: Key, arn: str) -> Maybe[Policy] | None:
        """A policy that AWS manages as the shipped catalogue has it; None when it is not there."""
        from lambdaudit.iam.actions import managed_policy

        found = managed_policy(arn)
        if found is None:
            return None
        where = Where(f"catalogue of AWS managed policies, {found.changed}", arn)
        policy = self._policy(dict(found.document), arn, where)
        if arn not in self._b.assets:
            asset = ManagedPolicy(id=arn, name=found.name, where=where, policy=policy, versions=((found.version, True),))
            self._b.add(asset)
        return policy

    def _policy(self, document: object, arn: str, where: Where) -> Maybe[Policy]:
        kind = "aws-managed" if is_aws_managed(arn) else "customer-managed"
        return self._b.documents.policy(document, name=arn.rpartition("/")[2], kind=kind, where=where, arn=arn)

    def _add_from_bulk(self, key: Key, record: Fields) -> None:
        arn = self._b.identity(record, "Arn", "iam", "policy/")
        if not arn:
            self._b.lost((KIND,), key.account, "", record.where, "odd record: a managed policy without an ARN")
            return
        record.about(arn)
        documents: dict[str, tuple[object, Fields]] = {}
        versions = record.each("PolicyVersionList", lambda f: _version(f, documents), ())
        default = record.text("DefaultVersionId", "")
        policy: Maybe[Policy] = record.unsaid
        if isinstance(versions, Unknown):
            policy = versions
        else:
            for identifier, is_default in versions:
                if is_default or identifier == default:
                    document, version = documents[identifier]
                    policy = self._policy(document, arn, version.where / "Document")
        self._found[key.account, arn] = policy
        self._add(key, arn, record, policy, () if isinstance(versions, Unknown) else versions)

    def _add_from_single(self, key: Key, answer: Answer) -> None:
        record = self._b.single(key, answer, "Policy")
        arn = key.subject
        if isinstance(record, Unknown):
            self._found[key.account, arn] = record
            return
        version_key = key._replace(operation="GetPolicyVersion")
        version = self._b.single(version_key, self._b.ask(key, "GetPolicyVersion"), "PolicyVersion")
        policy: Maybe[Policy]
        if isinstance(version, Unknown):
            policy = version
        else:
            policy = self._policy(version.take("Document"), arn, version.where / "Document")
        self._found[key.account, arn] = policy
        identifier = record.text("DefaultVersionId", "")
        self._add(key, arn, record, policy, ((identifier, True),) if isinstance(identifier, str) and identifier else ())

    def _add(self, key: Key, arn: str, record: Fields, policy: Maybe[Policy], versions: tuple[tuple[str, bool], ...]) -> None:
        record.ignore("CreateDate", "UpdateDate", "IsAttachable", "PolicyId", "PolicyName", "Arn", "Path")
        record.ignore("DefaultVersionId", "PermissionsBoundaryUsageCount", "PolicyVersionList")
        asset = ManagedPolicy(
            id=arn,
            name=arn.rpartition("/")[2],
            where=record.where,
            account="" if is_aws_managed(arn) else key.account,
            tags=tags_of_list(record, "Tags") if "Tags" in record.data else Unknown("not asked", "iam:ListPolicyTags"),
            policy=policy,
            versions=versions,
            attachments=record.plain(record.integer("AttachmentCount", 0), 0),
            extra=record.extra(),
        )
        self._b.add(asset, record)


def _version(version: Fields, documents: dict[str, tuple[object, Fields]]) -> tuple[str, bool]:
    identifier = sure(version.text("VersionId", version.unsaid))
    documents[identifier] = (version.take("Document"), version)
    version.ignore("CreateDate")
    return identifier, sure(version.flag("IsDefaultVersion", False))
