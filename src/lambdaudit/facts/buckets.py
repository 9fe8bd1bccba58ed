"""Whether a bucket is open: its policy, its access control list, object ownership and both public access blocks together.

Source: S3 user guide, "Blocking public access to your Amazon S3 storage" and "Controlling ownership of objects".
"""

from collections.abc import Iterator
from typing import NamedTuple

from lambdaudit.facts.audit import Audit
from lambdaudit.model.finding import Evidence
from lambdaudit.model.identity import Account
from lambdaudit.model.resources import AclGrant, Bucket
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.model.where import Where

_GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "everyone",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "everyone with an AWS account",
}
_WRITES = ("s3:put", "s3:delete", "s3:replicate", "s3:restore", "s3:abort", "s3:bypass", "s3:object", "s3:create", "s3:update")
_IGNORE_ACLS, _RESTRICT = 1, 3
"""Positions of IgnorePublicAcls and RestrictPublicBuckets in a public access block."""


class Exposure(NamedTuple):
    """One way in: for whom, what it allows in words, the proof, and whether it allows to write."""

    who: str
    text: str
    where: Where
    key: str
    writes: bool
    evidence: tuple[Evidence, ...]


def exposures(bucket: Bucket, audit: Audit) -> Iterator[Exposure]:
    """Every way in for strangers. Raises NotKnown when a part that decides could not be read.

    What was not read of the public access blocks matters only where there is something to block.
    """
    block = _block(bucket, audit, _RESTRICT)
    if block is not True and (ways := tuple(_policy(bucket, audit))):
        known(block)
        yield from ways
    block = _block(bucket, audit, _IGNORE_ACLS)
    if block is True or bucket.ownership == "BucketOwnerEnforced":
        return
    if grants := [grant for grant in known(bucket.acl) if grant.grantee in _GROUPS]:
        known(bucket.ownership)
        known(block)
        yield from (_grant(bucket, grant) for grant in grants)


def _block(bucket: Bucket, audit: Audit, setting: int) -> bool | Unknown:
    """Whether the bucket's own or the account's block has a setting on. One that is on is enough, whatever the other says."""
    account = next((a for a in audit.inventory.of(Account) if a.account == bucket.account), None)
    shared = Unknown("the account's public access block was not read", "s3:GetAccountPublicAccessBlock")
    blocks = (bucket.public_access_block, account.public_access_block if account else shared)
    if any(not isinstance(one, Unknown) and one is not None and one[setting] for one in blocks):
        return True
    return next((one for one in blocks if isinstance(one, Unknown)), False)


def _policy(bucket: Bucket, audit: Audit) -> Iterator[Exposure]:
    policy = known(bucket.policy)
    if policy is None:
        return
    for witness in audit.public(policy, bucket.id, bucket.account):
        writes = any(action.lower().startswith(_WRITES) for action in witness.actions)
        key = f"policy-{witness.kind}-{'write' if writes else 'read'}"
        yield Exposure("everyone", witness.text, policy.where, key, writes, audit.proof(policy, witness))


def _grant(bucket: Bucket, grant: AclGrant) -> Exposure:
    who = _GROUPS[grant.grantee]
    where = Where(source="s3:GetBucketAcl", subject=bucket.name, pointer="/Grants")
    text = f"its access control list grants {grant.permission} to {who}"
    writes = grant.permission in ("WRITE", "WRITE_ACP", "FULL_CONTROL")
    return Exposure(who, text, where, f"acl-{grant.permission}-{who}", writes, (Evidence(where=where, text=text),))
