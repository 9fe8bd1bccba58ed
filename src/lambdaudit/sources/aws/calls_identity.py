"""The call table, identity and network: the account, its roles in bulk or one by one, and the VPCs of functions."""

from collections.abc import Iterator
from typing import Any

from lambdaudit.model.arn import parse_arn
from lambdaudit.sources.aws.call import FUNCTION, START, Ask, Call, Pages, Sight, Want, argument, fixed, once
from lambdaudit.sources.aws.identity import BULK
from lambdaudit.sources.aws.raw import NOT_ASKED, PENDING, Answer
from lambdaudit.sources.aws.refs import table, text

_NO_SUCH = frozenset({"NoSuchEntity", "NoSuchEntityException"})
_IAM_PAGES = {"into": "Marker", "out": "Marker", "more": "IsTruncated"}


def _whole_identity(sight: Sight) -> Iterator[Want]:
    if sight.scene.bulk_identity:
        yield Want()


def _one_by_one(sight: Sight) -> bool:
    """Whether roles must be read singly: nothing was asked in bulk, or the bulk answer did not come (wholly)."""
    if not sight.scene.bulk_identity:
        return True
    bulk = sight.scene.raw.ask(*BULK, sight.scene.account)
    return bulk.rest not in (None, PENDING) if isinstance(bulk, Answer) else bulk is not NOT_ASKED


def _role_of(sight: Sight, configuration: dict[str, Any]) -> Iterator[Want]:
    arn = parse_arn(text(configuration.get("Role")))
    if arn is not None and arn.service == "iam" and arn.account == sight.scene.account:
        yield Want(arn.resource.rpartition("/")[2], region="")


def _role(sight: Sight) -> Iterator[Want]:
    if _one_by_one(sight):
        yield from _role_of(sight, sight.page or {})


def _roles_after_bulk(sight: Sight) -> Iterator[Want]:
    if sight.page is None:
        for function in list(sight.scene.raw.functions.values()):
            if function.account == sight.scene.account and isinstance(function.configuration, dict):
                yield from _role_of(sight, function.configuration)


_EACH_ROLE: dict[str, Ask] = {FUNCTION: _role, ":".join(BULK): _roles_after_bulk}


def _inline(sight: Sight) -> Iterator[Want]:
    for name in (sight.page or {}).get("PolicyNames") or []:
        yield Want(f"{sight.subject}/{text(name)}")


def _attached(sight: Sight) -> Iterator[Want]:
    for policy in sight.items("AttachedPolicies"):
        yield Want(text(policy.get("PolicyArn")))


def _boundary(sight: Sight) -> Iterator[Want]:
    boundary = table(table((sight.page or {}).get("Role")).get("PermissionsBoundary"))
    yield Want(text(boundary.get("PermissionsBoundaryArn")))


def _default_version(sight: Sight) -> Iterator[Want]:
    version = text(table((sight.page or {}).get("Policy")).get("DefaultVersionId"))
    if version:
        yield Want(sight.subject, given={"PolicyArn": sight.subject, "VersionId": version})


def _inline_arguments(subject: str) -> dict[str, Any]:
    role, _, policy = subject.partition("/")
    return {"RoleName": role, "PolicyName": policy}


def _regions(sight: Sight) -> Iterator[Want]:
    if not sight.scene.regions:
        yield Want(region=sight.region)


def _regions_otherwise(sight: Sight) -> Iterator[Want]:
    if sight.page is None:
        yield Want()


def _in_vpc(sight: Sight) -> Iterator[Want]:
    vpc = table((sight.page or {}).get("VpcConfig"))
    if vpc.get("SubnetIds") or vpc.get("VpcId"):
        yield Want()


def _organization(operation: str, found: str) -> Call:
    """A list that is read before a run, when an organisation or a unit of it is meant; no event asks for it."""
    return Call(
        service="organizations",
        operation=operation,
        actions=(f"organizations:{operation}",),
        when={},
        fixed=fixed(MaxResults=20),
        pages=Pages("NextToken", "NextToken", (found,)),
        home="global",
        feature="organization",
    )


def _iam(operation: str, **more: Any) -> Call:
    defaults: dict[str, Any] = {"settles": True, "home": "global", "absent": _NO_SUCH, "feature": "roles"}
    return Call(service="iam", operation=operation, actions=(f"iam:{operation}",), **defaults | more)


def _network(operation: str, field: str) -> Call:
    return Call(
        service="ec2",
        operation=operation,
        actions=(f"ec2:{operation}",),
        when={FUNCTION: _in_vpc},
        fixed=fixed(MaxResults=1000),
        pages=Pages("NextToken", "NextToken", (field,)),
        feature="network",
    )


IDENTITY: tuple[Call, ...] = (
    Call(
        service="sts",
        operation="GetCallerIdentity",
        actions=("sts:GetCallerIdentity",),
        when={},  # asked when the credentials are checked
        home="global",
    ),
    Call(
        service="ec2",
        operation="DescribeRegions",
        actions=("ec2:DescribeRegions",),
        when={START: _regions},
        home="global",
        urgency=0,
    ),
    Call(
        service="account",
        operation="ListRegions",
        actions=("account:ListRegions",),
        when={"ec2:DescribeRegions": _regions_otherwise},
        fixed=fixed(MaxResults=50, RegionOptStatusContains=["ENABLED", "ENABLED_BY_DEFAULT"]),
        pages=Pages("NextToken", "NextToken", ("Regions",)),
        home="global",
        urgency=0,
    ),
    Call(
        service="resourcegroupstaggingapi",
        operation="GetResources",
        actions=("tag:GetResources",),
        when={},  # asked when functions are chosen by tag
        fixed=fixed(ResourceTypeFilters=["lambda:function"], ResourcesPerPage=100),
        pages=Pages("PaginationToken", "PaginationToken", ("ResourceTagMappingList",)),
        settles=True,
        urgency=0,
        feature="tags",
    ),
    _organization("ListAccounts", "Accounts"),
    _organization("ListAccountsForParent", "Accounts"),
    _organization("ListOrganizationalUnitsForParent", "OrganizationalUnits"),
    Call(
        service="organizations",
        operation="DescribeOrganization",
        actions=("organizations:DescribeOrganization",),
        when={START: once},
        absent=frozenset({"AWSOrganizationsNotInUseException"}),
        home="global",
    ),
    _iam(
        "GetAccountAuthorizationDetails",
        when={START: _whole_identity},
        fixed=fixed(MaxItems=1000),
        pages=Pages(lists=("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"), **_IAM_PAGES),
        absent=frozenset(),
        urgency=0,
        feature="core",
    ),
    _iam(
        "ListAccountAliases",
        when={START: once},
        fixed=fixed(MaxItems=100),
        pages=Pages(lists=("AccountAliases",), **_IAM_PAGES),
        settles=False,
        feature="core",
    ),
    _iam("GetRole", when=_EACH_ROLE, arguments=argument("RoleName")),
    _iam(
        "ListAttachedRolePolicies",
        when=_EACH_ROLE,
        arguments=argument("RoleName"),
        fixed=fixed(MaxItems=1000),
        pages=Pages(lists=("AttachedPolicies",), **_IAM_PAGES),
    ),
    _iam(
        "ListRolePolicies",
        when=_EACH_ROLE,
        arguments=argument("RoleName"),
        fixed=fixed(MaxItems=1000),
        pages=Pages(lists=("PolicyNames",), **_IAM_PAGES),
    ),
    _iam("GetRolePolicy", when={"iam:ListRolePolicies": _inline}, arguments=_inline_arguments),
    _iam(
        "GetPolicy",
        when={"iam:ListAttachedRolePolicies": _attached, "iam:GetRole": _boundary},
        arguments=argument("PolicyArn"),
    ),
    _iam("GetPolicyVersion", when={"iam:GetPolicy": _default_version}),
)

NETWORK: tuple[Call, ...] = (
    _network("DescribeSubnets", "Subnets"),
    _network("DescribeRouteTables", "RouteTables"),
    _network("DescribeSecurityGroups", "SecurityGroups"),
    _network("DescribeVpcEndpoints", "VpcEndpoints"),
    _network("DescribeNetworkAcls", "NetworkAcls"),
    _network("DescribeNatGateways", "NatGateways"),
    _network("DescribeInternetGateways", "InternetGateways"),
)
