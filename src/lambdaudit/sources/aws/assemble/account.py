"""The accounts themselves, and Lambda's settings in each region."""

from lambdaudit.model.identity import Account, RegionSettings
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.aws.assemble.buckets import public_access_block
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.text import redacted
from lambdaudit.sources.aws.raw import AccountFacts, Answer, Key


def accounts(b: Builder) -> None:
    """Add every account that was asked, and its regional settings of Lambda."""
    for account in b.raw.accounts.values():
        _add(b, account)
    for key, answer in b.raw.each("lambda", "GetAccountSettings"):
        _add_settings(b, key, answer)


def _add(b: Builder, facts: AccountFacts) -> None:
    key = Key("organizations", "DescribeOrganization", facts.id)
    organization = _organization(b, key, "Id")
    b.add(
        Account(
            id=f"arn:{facts.partition or 'aws'}:iam::{facts.id}:root",
            name=redacted(facts.name) or facts.id,
            where=Where("sts:GetCallerIdentity", facts.id),
            account=facts.id,
            tags=Unknown("not asked", "organizations:ListTagsForResource"),
            alias=_alias(b, key),
            organization=organization,
            management_account=_organization(b, key, "MasterAccountId"),
            public_access_block=_public_access_block(b, facts.id),
            # Who is in no organization has no service control policies over him.
            scps=() if organization is None else Unknown("not asked", "organizations:ListPoliciesForTarget"),
        )
    )


def _alias(b: Builder, key: Key) -> Maybe[str]:
    answer = b.ask(key, "ListAccountAliases", service="iam", subject="")
    if isinstance(answer, Unknown):
        return answer
    names = answer.items("AccountAliases")
    if not names:
        return answer.rest or ""
    return redacted(names[0]) if isinstance(names[0], str) else Unknown("odd value: the account alias is not a text")


def _organization(b: Builder, key: Key, name: str) -> Maybe[str | None]:
    answer = b.ask(key, "DescribeOrganization")
    if isinstance(answer, Answer) and answer.absent:
        return None
    organization = b.single(key, answer, "Organization")
    return organization if isinstance(organization, Unknown) else organization.text(name, organization.unsaid)


def _public_access_block(b: Builder, account: str) -> Maybe[tuple[bool, bool, bool, bool] | None]:
    for key, answer in b.raw.each("s3control", "GetPublicAccessBlock"):
        if account in (key.account, key.subject):
            if isinstance(answer, Answer) and (answer.absent or answer.inferred):
                return None
            block = b.single(key, answer, "PublicAccessBlockConfiguration")
            return block if isinstance(block, Unknown) else block.attempt(public_access_block)
    return Unknown("not asked", "s3:GetAccountPublicAccessBlock")


def _add_settings(b: Builder, key: Key, answer: Answer | Unknown) -> None:
    if isinstance(answer, Unknown):
        return  # told with the other lists that were not read
    limits = b.single(key, answer, "AccountLimit")
    if isinstance(limits, Unknown):
        b.miss("region-settings", limits, key.account, key.region)
        return
    b.add(
        RegionSettings(
            id=b.arn(key, "lambda", "account-settings"),
            name=key.region,
            where=place(key),
            account=key.account,
            region=key.region,
            concurrent_executions=limits.integer("ConcurrentExecutions", limits.unsaid),
            unreserved=limits.integer("UnreservedConcurrentExecutions", limits.unsaid),
        )
    )
