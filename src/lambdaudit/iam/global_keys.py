"""The condition keys that every service knows, with their types and whether every request has them.

Source: IAM user guide, "AWS global condition context keys", and the cross-service keys on the same page.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec

from lambdaudit.iam.actions import condition_keys, key_families, services
from lambdaudit.iam.patterns import Matcher, Wild, glob


class KeyType(msgspec.Struct, frozen=True):
    """The type of a condition key: ``String``, ``ARN``, ``Bool``, ``Numeric``, ``Date``, ``IPAddress`` or ``Binary``."""

    name: str
    base: str
    many: bool = False
    always: bool = False


_ALWAYS: Final = (
    "CurrentTime:Date EpochTime:Date PrincipalAccount:String PrincipalType:String RequestedRegion:String "
    "SecureTransport:Bool UserAgent:String ViaAWSService:Bool"
)
_SOMETIMES: Final = (
    "AssumedRoot:Bool CalledVia:Strings CalledViaAWSMCP:String CalledViaFirst:String CalledViaLast:String "
    "IsMcpServiceAction:Bool "
    "ChatbotSourceArn:ARN Ec2InstanceSourcePrivateIPv4:IPAddress Ec2InstanceSourceVpc:String FederatedProvider:String "
    "MultiFactorAuthAge:Numeric MultiFactorAuthPresent:Bool PrincipalArn:ARN PrincipalIsAWSService:Bool "
    "PrincipalOrgID:String PrincipalOrgPaths:Strings PrincipalServiceName:String PrincipalServiceNamesList:Strings "
    "PrincipalTag/*:String Referer:String RequestTag/*:String ResourceAccount:String ResourceOrgID:String "
    "ResourceOrgPaths:Strings ResourceTag/*:String SignInSessionArn:ARN SourceAccount:String SourceArn:ARN "
    "SourceIdentity:String SourceIp:IPAddress SourceOrgID:String SourceOrgPaths:Strings SourceOwner:String "
    "SourceVpc:String SourceVpcArn:ARN SourceVpce:String TagKeys:Strings TokenIssueTime:Date ViaAWSMCPService:Bool "
    "VpceAccount:String VpceOrgID:String VpceOrgPaths:Strings VpcSourceIp:IPAddress userid:String username:String"
)


def _table() -> Mapping[str, KeyType]:
    found: dict[str, KeyType] = {}
    for words, always in ((_ALWAYS, True), (_SOMETIMES, False)):
        for word in words.split():
            name, _, kind = word.partition(":")
            base = kind.removesuffix("s") if kind == "Strings" else kind
            found[f"aws:{name.lower()}"] = KeyType(f"aws:{name}", base, kind == "Strings", always)
    return found


GLOBAL_KEYS: Final[Mapping[str, KeyType]] = _table()
"""Key in lower case (``aws:principaltag/*`` for a family of keys) → its type."""

ROLE_SESSION_KEYS: Final = frozenset(
    {
        "codebuild:buildarn",
        "codebuild:projectarn",
        "ec2:roledelivery",
        "ec2:sourceinstancearn",
        "glue:credentialissuingservice",
        "glue:roleassumedby",
        "identitystore:userid",
        "lambda:sourcefunctionarn",
        "ssm:sourceinstancearn",
    }
)
"""Keys of one service that are in requests to every other one: they tell where a role session comes from."""


def global_key(key: str) -> KeyType | None:
    """The type of a global key, given in lower case; None for another one."""
    found = GLOBAL_KEYS.get(key)
    if found is None and "/" in key:
        family = GLOBAL_KEYS.get(key.split("/", 1)[0] + "/*")
        return family if family is not None and not key.endswith("/") else None
    return found


@lru_cache(maxsize=4096)
def key_type(key: str) -> KeyType | None:
    """The type of any known condition key, given in lower case; None for an unknown one."""
    prefix = key.partition(":")[0]
    if prefix == "aws":
        return global_key(key)
    known_by = (prefix,) if prefix in services() else _families(prefix)
    for service in known_by:
        for name, kind in condition_keys(service).items():
            if same_key(name, key):
                return KeyType(name, kind.removeprefix("ArrayOf"), kind.startswith("ArrayOf"))
    return None


def _families(prefix: str) -> tuple[str, ...]:
    for family, known in key_families().items():
        if same_key(family, prefix):
            return known
    return ()


@lru_cache(maxsize=8192)
def _key_matcher(name: str) -> Matcher:
    """A matcher for a key of the catalogue, in which ``${TagKey}`` and ``<key>`` stand for any text."""
    parts: list[str | Wild] = []
    rest = name.lower()
    while rest:
        starts = [place for mark in ("${", "<") if (place := rest.find(mark)) >= 0]
        if not starts:
            parts.append(rest)
            break
        start = min(starts)
        end = rest.find("}" if rest[start] == "$" else ">", start)
        parts.extend([rest[:start]] if start else [])
        parts.append(Wild.STAR)
        rest = rest[end + 1 :] if end >= 0 else ""
    return glob(parts)


def same_key(name: str, key: str) -> bool:
    """Whether a key (lower case) is the one of the catalogue, which may hold placeholders."""
    return _key_matcher(name)(key)
