"""Every way up: fires with exactly its rights; not without one of them, under a deny or a guardrail, or for nothing."""

import copy
import shlex
from typing import Any

import msgspec
import pytest

from lambdaudit.facts.access import welcoming
from lambdaudit.facts.audit import Audit
from lambdaudit.facts.escalation import TECHNIQUES, Way, paths, ways
from lambdaudit.facts.escalation.compute_table import NEW_COMPUTE, RUNNING_COMPUTE
from lambdaudit.iam.actions import find_action
from lambdaudit.iam.decide import Attached, Outcome, Request, decide
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.identity import Principal, Role
from lambdaudit.model.unknown import NotKnown, Unknown
from tests.facts.escalation_cases import ACCOUNT, CASES, QUEUE_MAPPING, RAISES, SAML, SERVICES
from tests.rules.world import asset_id, build

ADMIN: list[dict[str, Any]] = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


def allow(*actions: str, on: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def deny(*actions: str, on: Any = "*") -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": on}


def named(name: str, *statements: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "Statement": list(statements)}


def estate(statements: list[dict[str, Any]], extra: dict[str, Any], kind: str, *, strong: bool = True) -> dict[str, Any]:
    """A world with somebody called `me`, and with an administrator of every sort unless it is not `strong`."""
    power: list[dict[str, Any]] = copy.deepcopy(ADMIN) if strong else [allow("logs:PutLogEvents")]
    if extra.get("mfa") and strong:
        power[0]["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    own = [named("own", *statements)]
    me: dict[str, Any] = {"policies": own}
    if extra.get("denied") == "inline":
        me["policies"] = [*own, named("wide", *ADMIN), deny("s3:*", "kms:*", "secretsmanager:*")]
    elif extra.get("denied") == "managed":
        me["policies"] = [*own, named("wide", *ADMIN), named("stop", deny("s3:*", "kms:*", "secretsmanager:*"))]
    elif extra.get("denied") == "group":
        me["policies"] = [*own, named("wide", *ADMIN)]
    if extra.get("bounded"):
        me["policies"] = [*own, named("wide", *ADMIN)]
        me["boundary"] = {
            "type": "policy", "name": "limit", "kind": "boundary", "arn": asset_id("managed-policy", "limit"),
            "where": {"source": "x", "subject": "x"}, "document": {"Version": "2012-10-17", "Statement": statements},
        }  # fmt: skip
    if kind == "user":
        me |= {"groups": ["{group:staff}"]}
    group = {"policies": [deny("s3:*", "kms:*", "secretsmanager:*")] if extra.get("denied") == "group" else []}
    admin: dict[str, Any] = {
        "policies": [named("admins", *power)], "last_used": "2026-11-01T00:00:00Z",
        "trust": [
            {"Effect": "Allow", "Principal": {"Service": SERVICES}, "Action": "sts:AssumeRole"},
            {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
            {"Effect": "Allow", "Principal": {"Federated": SAML}, "Action": "sts:AssumeRoleWithSAML"},
            {"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
             "Action": "sts:AssumeRoleWithWebIdentity",
             "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:pool"}}},
        ],
    }  # fmt: skip
    if extra.get("bound admin"):
        admin["boundary"] = [allow("logs:*")]
    keys = [{"id": "AKIA1"}, {"id": "AKIA2"}] if extra.get("full") else []
    variables: dict[str, Any] = {"KEY": {"kind": "aws-secret-key", "confidence": "high"}} if extra.get("keys") else {}
    function: dict[str, Any] = {"role": "{role:admin}", "environment": variables}
    world: dict[str, Any] = {
        "role": {"admin": admin, **({"me": me} if kind == "role" else {})},
        "user": {
            "boss": {"policies": [named("bosses", *power)], "access_keys": keys, "groups": ["{group:bosses}"]},
            **({"me": me} if kind == "user" else {}),
        },
        "group": {"staff": group, "bosses": {"policies": []}, "strong": {"policies": [named("power", *power)]}},
        "function": {"billing": function},
        "account": {ACCOUNT: {"management_account": ACCOUNT}},
    }
    for name, assets in extra.items():
        if isinstance(assets, dict):
            world[name] = {**world.get(name, {}), **copy.deepcopy(assets)}
    return world


def found(world: dict[str, Any], kind: str = "role") -> dict[str, Way]:
    inventory = build(world)
    me = inventory.get(asset_id(kind, "me"))
    assert isinstance(me, Principal)
    try:
        return {way.technique.id: way for way in ways(me, Audit(inventory))}
    except NotKnown:
        return {}


def rights(case: tuple[str, str, dict[str, Any], str]) -> list[str]:
    return case[1].split()


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_fires_with_its_rights_and_not_without_any_of_them(case: tuple[str, str, dict[str, Any], str]) -> None:
    technique, _, extra, kind = case
    way = found(estate([allow(*rights(case))], extra, kind), kind).get(technique)
    assert way, "it does not fire"
    assert way.steps
    assert way.commands
    assert way.severity in (Severity.CRITICAL, Severity.HIGH) or way.technique.group in ("open-functions", "own-rights")
    for missing in rights(case):
        rest = [action for action in rights(case) if action != missing] or ["logs:PutLogEvents"]
        assert technique not in _without_wide(estate([allow(*rest)], extra, kind), missing, kind), f"without {missing}"


def _without_wide(world: dict[str, Any], missing: str, kind: str) -> dict[str, Way]:
    """What is found when a right is really missing: also from policies that allow everything and are limited otherwise."""
    for policy in world[kind]["me"]["policies"]:
        if policy.get("name") == "wide":
            policy["Statement"] = [{"Effect": "Allow", "NotAction": missing, "Resource": "*"}]
    return found(world, kind)


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_a_deny_a_guardrail_or_a_weak_target_stops_it(case: tuple[str, str, dict[str, Any], str]) -> None:
    technique, _, extra, kind = case
    wanted = rights(case)
    assert technique not in found(estate([allow(*wanted), deny(wanted[-1])], extra, kind), kind), "in spite of a deny"
    guarded = estate([allow(*wanted)], extra, kind)
    guarded["account"] = {ACCOUNT: {"management_account": ACCOUNT, "scps": [[[{"Effect": "Allow", "NotAction": wanted[0],
                                                                              "Resource": "*"}]]]}}  # fmt: skip
    assert technique not in found(guarded, kind), "in spite of a service control policy"
    if technique not in RAISES:
        assert technique not in found(estate([allow(*wanted)], extra, kind, strong=False), kind), "for nothing"


def test_every_technique_has_a_case_and_only_real_actions() -> None:
    assert {case[0] for case in CASES} == {technique.id for technique in TECHNIQUES}
    actions = {ask.action for technique in TECHNIQUES for ask in technique.asks}
    assert not [action for action in actions if find_action(action) != action]
    assert len({ref for technique in TECHNIQUES for ref in technique.ref}) >= 90


def boundary(*statements: dict[str, Any]) -> list[dict[str, Any]]:
    return list(statements)


@pytest.mark.parametrize(
    ("me", "technique"),
    [
        ({"policies": [allow("iam:PutRolePolicy")], "boundary": [allow("iam:PutRolePolicy", "s3:ListBucket")]},
         "put-role-policy"),
        ({"policies": [allow("iam:PutRolePolicy", on="arn:aws:iam::111122223333:role/other")]}, "put-role-policy"),
        ({"policies": [allow("iam:PutRolePolicy",
                             Condition={"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/x"}})]},
         "put-role-policy"),
        ({"policies": [allow("iam:AttachRolePolicy",
                             Condition={"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}})]},
         "attach-role-policy"),
        ({"policies": [allow("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction",
                             Condition={"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}})]},
         "create-function-and-invoke"),
        ({"policies": [allow("lambda:CreateFunction", "lambda:InvokeFunction"),
                       allow("iam:PassRole", on="arn:aws:iam::111122223333:role/lambda-*")]}, "create-function-and-invoke"),
        ({"policies": [allow("iam:PassRole"), allow("lambda:CreateFunction", on="arn:aws:lambda:*:*:function:dev-*"),
                       allow("lambda:InvokeFunction", on="arn:aws:lambda:*:*:function:prod-*")]}, "create-function-and-invoke"),
        ({"policies": [allow("iam:PassRole"), allow("ec2:RunInstances", on="arn:aws:ec2:*:*:instance/*")]}, "ec2-run-instances"),
        ({"policies": [allow("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction",
                             Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})]}, "create-function-and-invoke"),
        ({"policies": [allow("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction",
                             Condition={"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}})]},
         "create-function-and-invoke"),
        ({"policies": [allow("sts:AssumeRole", on="arn:aws:iam::111122223333:role/other")]}, "assume-role"),
        ({"policies": [allow("lambda:UpdateFunctionCode", on="arn:aws:lambda:eu-west-1:111122223333:function:other")]},
         "update-function-code"),
        ({"policies": [allow("lambda:UpdateFunctionConfiguration",
                             Condition={"ForAllValues:ArnLike": {"lambda:Layer": "arn:aws:lambda:*:111122223333:layer:*:*"}})]},
         "attach-layer"),
        ({"policies": [allow("lambda:UpdateFunctionCode", Condition={"StringEquals": {"aws:ResourceTag/team": "mine"}})]},
         "update-function-code"),
        ({"policies": [allow("lambda:UpdateFunctionCode", Condition={"StringEquals": {"aws:PrincipalTag/team": "ops"}})]},
         "update-function-code"),
        ({"policies": [allow("lambda:CreateFunctionUrlConfig", "lambda:AddPermission",
                             Condition={"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}})]}, "open-url"),
    ],
)  # fmt: skip
def test_scopes_and_conditions_stop_it(me: dict[str, Any], technique: str) -> None:
    world = estate([], {}, "role")
    world["role"]["me"] = {**me, "tags": {"team": "web"}}
    assert technique not in found(world)


@pytest.mark.parametrize(
    ("me", "technique"),
    [
        ({"policies": [allow("IAM:put*")]}, "put-role-policy"),
        ({"policies": [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}],
          "boundary": [{"Effect": "Allow", "NotAction": "ec2:*", "Resource": "*"}]}, "create-function-and-invoke"),
        ({"policies": [allow("iam:PassRole", on="{role:admin}", Condition={"StringLike": {"iam:PassedToService": "lambda.*"}}),
                       named("second", allow("lambda:CreateFunction", on="arn:aws:lambda:*:*:function:dev-*"),
                             allow("lambda:InvokeFunction", on="arn:aws:lambda:*:*:function:*-prod"))]},
         "create-function-and-invoke"),
        ({"policies": [allow("lambda:UpdateFunctionConfiguration",
                             Condition={"ForAllValues:ArnLike": {"lambda:Layer": "arn:aws:lambda:*:111122223333:layer:*:*"}})]},
         "start-hook"),
        ({"policies": [allow("lambda:UpdateFunctionCode", Condition={"StringEquals": {"aws:ResourceTag/team": "mine"}}),
                       allow("lambda:TagResource")]}, "update-function-code"),
        ({"policies": [allow("lambda:UpdateFunctionCode", Condition={"StringEquals": {"aws:PrincipalTag/team": "web"}})]},
         "update-function-code"),
        ({"policies": [allow("iam:AttachRolePolicy",
                             Condition={"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/PowerUserAccess"}})]},
         "attach-role-policy"),
        ({"policies": [allow("iam:PassRole", "apprunner:CreateService",
                             Condition={"StringEqualsIfExists": {"iam:PassedToService": "apprunner.amazonaws.com"}})]},
         "apprunner-create"),
        ({"policies": [allow("iam:PutRolePolicy")], "boundary": [allow("iam:PutRolePolicy", "s3:*", "dynamodb:*")]},
         "put-role-policy"),
    ],
)  # fmt: skip
def test_wildcards_and_conditions_that_can_be_met_do_not(me: dict[str, Any], technique: str) -> None:
    world = estate([], {}, "role")
    world["role"]["me"] = {**me, "tags": {"team": "web"}}
    assert technique in found(world)


def test_a_bounded_role_that_writes_its_policy_wins_only_what_the_boundary_leaves() -> None:
    world = estate([], {}, "role")
    world["role"]["me"] = {"policies": [allow("iam:PutRolePolicy")], "boundary": [allow("iam:PutRolePolicy", "s3:GetObject")]}
    way = found(world)["put-role-policy"]
    assert (way.severity, way.won) == (Severity.HIGH, "able to read every object in S3")


def test_a_target_that_can_make_itself_administrator_is_as_good_as_one() -> None:
    world = estate([allow("sts:AssumeRole", on="{role:writer}")], {}, "role")
    world["role"]["writer"] = {
        "policies": [allow("iam:PutRolePolicy", on="{role:writer}")],
        "trust": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
    }
    way = found(world)["assume-role"]
    assert (way.severity, way.won) == (Severity.CRITICAL, "able to make itself administrator")


def test_a_role_of_another_account_in_the_inventory_counts() -> None:
    foreign = "arn:aws:iam::999988887777:role/deploy"
    world = estate([allow("sts:AssumeRole", on=foreign)], {}, "role")
    world["role"]["deploy"] = {
        "id": foreign, "account": "999988887777", "policies": ADMIN,
        "trust": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
    }  # fmt: skip
    way = found(world)["assume-role"]
    assert way.won == "administrator of account 999988887777"


def test_confidence_follows_what_is_not_known() -> None:
    external = estate([allow("sts:AssumeRole")], {}, "role")
    external["role"]["admin"]["trust"][1]["Condition"] = {"StringEquals": {"sts:ExternalId": "42"}}
    way = found(external)["assume-role"]
    assert way.confidence is Confidence.MEDIUM
    assert "sts:ExternalId 42" in str(way.steps[0])
    quiet = estate([allow("lambda:UpdateFunctionCode")], {}, "role")
    assert found(quiet)["update-function-code"].confidence is Confidence.MEDIUM
    called = estate([allow("lambda:UpdateFunctionCode", "lambda:InvokeFunction")], {}, "role")
    assert found(called)["update-function-code"].confidence is Confidence.HIGH
    mapped = quiet | {"event-source-mapping": {"m": QUEUE_MAPPING}, "queue": {"work": {}}}
    assert found(mapped)["update-function-code"].confidence is Confidence.HIGH


def test_service_roles_that_only_aws_can_change_are_no_targets() -> None:
    world = estate([allow("iam:UpdateAssumeRolePolicy")], {}, "role")
    world["role"]["admin"]["path"] = "/aws-service-role/x/"
    assert "rewrite-trust" not in found(world)


def test_what_never_ran_cannot_be_steered() -> None:
    world = estate([allow("ssm:SendCommand")], {}, "role")
    world["role"]["admin"]["last_used"] = ""
    assert "ssm-send-command" not in found(world)


@pytest.mark.parametrize(
    ("change", "need"),
    [
        ({"role": {"me": {"policies": {"unknown": "iam:GetRolePolicy"}}}}, "iam:GetRolePolicy"),
        ({"missing": [{"kind": "role", "need": "iam:GetAccountAuthorizationDetails"}]}, "iam:GetAccountAuthorizationDetails"),
        ({"role": {"admin": {"trust": {"unknown": "iam:GetRole"}}}}, "iam:GetRole"),
        ({"role": {"admin": {"policies": {"unknown": "iam:ListRolePolicies"}}}}, None),
    ],
)
def test_what_was_not_read_is_never_safe(change: dict[str, Any], need: str | None) -> None:
    world = estate([allow("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")], {}, "role")
    for kind, assets in change.items():
        if kind == "role":
            for name, fields in assets.items():
                world["role"][name] |= fields
        else:
            world[kind] = assets
    inventory = build(world)
    me = inventory.get(asset_id("role", "me"))
    assert isinstance(me, Principal)
    with pytest.raises(NotKnown) as raised:
        list(paths(me, Audit(inventory)))
    assert need is None or raised.value.unknown.need == need


def test_one_path_for_each_weakness_the_worst_first() -> None:
    world = estate([allow("iam:*", "lambda:*", "glue:*", "states:*", "ssm:*")], {}, "role")
    inventory = build(world)
    me = inventory.get(asset_id("role", "me"))
    assert isinstance(me, Principal)
    found_paths = list(paths(me, Audit(inventory)))
    groups = [path.id for path in found_paths]
    assert len(groups) == len(set(groups)) <= 8
    assert [path.severity.rank for path in found_paths] == sorted(path.severity.rank for path in found_paths)
    passing = next(path for path in found_paths if path.id == "pass-role")
    assert passing.text == "pass role admin to a new function and act as it"
    assert any("Glue" in text for text in passing.others)


def _replayed(world: dict[str, Any]) -> int:
    """Every step of every way goes through the concrete evaluator again; how many there were."""
    inventory = build(world)
    audit = Audit(inventory)
    me = inventory.get(asset_id("role", "me"))
    assert isinstance(me, Principal)
    count = 0
    for way in ways(me, audit):
        for step in way.steps:
            who = inventory.get(step.principal or me.id)
            assert isinstance(who, Principal)
            layers = audit.layers(who)
            target = inventory.get(step.resource)
            if step.action == "sts:AssumeRole" and isinstance(target, Role) and not isinstance(target.trust, Unknown):
                assert target.trust is not None
                layers = msgspec.structs.replace(layers, resource=Attached("trust", audit.document(target.trust)))
            case = step.request(who.id)
            if "999988887777" in step.resource:
                layers = welcoming(layers)
            request = Request(case["principal"], case["action"], case["resource"], context=case["context"])
            retagged = way.steps[0].action.endswith(("TagResource", "TagRole", "TagUser"))
            assert retagged or decide(request, layers).outcome is Outcome.ALLOWED, (way.technique.id, step)
            count += 1
    return count


def test_every_step_is_allowed_by_the_concrete_evaluator() -> None:
    everything = [allow("iam:*", "lambda:*", "ec2:*", "ecs:*", "ssm:*", "sts:*", "glue:*", "states:*", "sso:*", "ecr:*")]
    assert _replayed(estate(everything, {}, "role")) > 100
    conditions = {"StringEquals": {"aws:PrincipalTag/team": "web", "aws:RequestedRegion": "eu-west-1"},
                  "IpAddress": {"aws:SourceIp": "198.51.100.0/24"}, "Bool": {"aws:SecureTransport": "true"}}  # fmt: skip
    world = estate([{**everything[0], "Condition": conditions}], {}, "role")
    world["role"]["me"]["tags"] = {"team": "web"}
    assert _replayed(world) > 100


def test_hostile_names_are_quoted_in_commands() -> None:
    world = estate([allow("iam:UpdateAssumeRolePolicy")], {}, "role")
    name = "x; rm -rf $HOME #"
    world["role"][name] = world["role"].pop("admin")
    world["function"] = {}
    way = found(world)["rewrite-trust"]
    assert shlex.split(way.commands[0].replace("<", "").replace(">", ""))[4] == name


BUILT_IN_FLAGS = {"outfile", "bootstrap-method", "zip-file", "cli-input-json", "pipeline-definition"}
CUSTOM = {("emr", "create-cluster"), ("ecr", "get-login-password")}


def _commands() -> list[str]:
    lines = {line for technique in TECHNIQUES for line in technique.commands}
    assert len(lines) > 100
    return sorted(line for line in lines if line.startswith("aws "))


@pytest.fixture(scope="module")
def sdk() -> Any:
    import botocore.session

    return botocore.session.get_session()


@pytest.mark.parametrize("line", _commands())
def test_commands_are_real(line: str, sdk: Any) -> None:
    """Each command is an operation of the SDK, with flags that it has and all that it requires."""
    from botocore import xform_name

    names = {"deploy": "codedeploy"}
    words = shlex.split(line)
    service, operation = words[1], words[2]
    if (service, operation) in CUSTOM:
        return
    model = sdk.get_service_model(names.get(service, service))
    found_operation = {xform_name(name, "-"): name for name in model.operation_names}[operation]
    shape = model.operation_model(found_operation).input_shape
    flags = {word[2:] for word in words[3:] if word.startswith("--")}
    members = {xform_name(name, "-"): member for name, member in shape.members.items()}
    assert flags - BUILT_IN_FLAGS - {"interactive", "start-on-creation"} <= set(members), "unknown flags"
    if (service, operation) == ("lambda", "invoke") or "cli-input-json" in flags or "pipeline-definition" in flags:
        return
    required = {
        xform_name(name, "-") for name in shape.required_members if not shape.members[name].metadata.get("idempotencyToken")
    }
    short = {"min-count", "max-count"} if operation == "run-instances" else set()
    assert required - short <= flags


def test_tables_name_the_services_that_take_the_role() -> None:
    assert all(service.endswith(".amazonaws.com") for compute in (*NEW_COMPUTE, *RUNNING_COMPUTE) for service in compute.services)
