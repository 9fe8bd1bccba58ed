"""The cheap proofs agree with the symbolic engine: what they settle, it would have settled in the same way."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.iam import questions, shortcuts
from lambdaudit.iam.decide import Attached, Layers
from lambdaudit.iam.language import PolicyKind, parse

ACCOUNT, OTHER = "111122223333", "444455556666"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:inbox"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"

PRINCIPALS = st.sampled_from(
    [
        "*",
        {"AWS": "*"},
        {"AWS": ACCOUNT},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"},
        {"AWS": OTHER},
        {"AWS": [f"arn:aws:iam::{OTHER}:user/ann", ACCOUNT]},
        {"Service": "sns.amazonaws.com"},
        {"Service": "*"},
        {"Service": ["sns.amazonaws.com", "s3.amazonaws.com"], "AWS": ACCOUNT},
        {"Federated": "accounts.google.com"},
        {"AWS": "AIDAEXAMPLE0000000000"},
        {"Service": 5},
    ]
)
SOURCES = [
    f"arn:aws:sns:eu-west-1:{ACCOUNT}:news",
    f"arn:aws:sns:eu-west-1:{OTHER}:news",
    "arn:aws:s3:::uploads",
    "*",
    "arn:aws:sns:*:*:*",
]
CONDITIONS = st.one_of(
    st.none(),
    st.builds(
        lambda operator, value: {operator: {"aws:SourceArn": value}},
        st.sampled_from(["ArnLike", "ArnEquals", "StringEquals", "StringNotEquals", "ArnLikeIfExists", "ForAllValues:ArnLike"]),
        st.sampled_from([*SOURCES, [SOURCES[0], SOURCES[1]], "arn:aws:sns:eu-west-1:${aws:PrincipalAccount}:news"]),
    ),
    st.builds(
        lambda operator, value: {operator: {"AWS:SourceAccount": value}},
        st.sampled_from(["StringEquals", "StringLike", "StringNotLike", "StringEqualsIfExists"]),
        st.sampled_from([ACCOUNT, OTHER, "*", [ACCOUNT], [ACCOUNT, OTHER], "1111*"]),
    ),
    st.builds(
        lambda operator, key, value: {operator: {key: value}},
        st.sampled_from(
            ["StringEquals", "StringLike", "StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringLike", "ArnLike"]
        ),
        st.sampled_from(["AWS:SourceOwner", "aws:PrincipalAccount", "kms:CallerAccount", "aws:ResourceAccount"]),
        st.sampled_from([ACCOUNT, OTHER, "*", "anonymous", [], [ACCOUNT], [ACCOUNT, OTHER], "1111*", "${aws:userid}", "false"]),
    ),
    st.builds(
        lambda operator, value: {operator: {"aws:PrincipalOrgID": value}},
        st.sampled_from(["StringEquals", "StringLike", "StringNotEquals", "StringEqualsIfExists", "ForAnyValue:StringEquals"]),
        st.sampled_from(["o-a1b2c3d4e5", "o-short", "o-*", "*", ["o-a1b2c3d4e5", "o-b1b2c3d4e5"], [], "${aws:PrincipalOrgID}"]),
    ),
)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny", "Perhaps"])),
        draw(st.sampled_from(["Principal", "Principal", "Principal", "NotPrincipal"])): draw(PRINCIPALS),
        "Action": draw(st.sampled_from(["sqs:SendMessage", "sqs:*", "*"])),
        "Resource": draw(st.sampled_from([QUEUE, "*"])),
    }
    condition = draw(CONDITIONS)
    return statement | ({"Condition": condition} if condition else {})


def test_the_default_policy_of_topics_is_settled_at_once() -> None:
    topic = f"arn:aws:sns:eu-west-1:{ACCOUNT}:news"
    own = {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}
    allow = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "SNS:Publish", "Resource": topic}
    policy = parse({"Version": "2008-10-17", "Statement": [allow | {"Condition": own}]}, PolicyKind.RESOURCE)
    assert shortcuts.names_everyone_it_lets_in(policy)
    assert shortcuts.stays_inside(policy, {ACCOUNT})
    assert not shortcuts.stays_inside(policy, {OTHER})
    assert shortcuts.services_act_for(policy, ACCOUNT)


def test_an_organization_in_a_condition_is_whom_a_policy_names() -> None:
    own = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": QUEUE}
    policy = parse({"Version": "2012-10-17", "Statement": allow | {"Condition": own}}, PolicyKind.RESOURCE)
    assert shortcuts.names_everyone_it_lets_in(policy)
    assert shortcuts.services_act_for(policy, ACCOUNT)
    assert not shortcuts.stays_inside(policy, {ACCOUNT})


def test_a_deny_may_leave_a_service_to_another_account() -> None:
    rows = [
        {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}},
        {"Effect": "Deny", "Principal": "*", "Condition": {"StringNotEquals": {"aws:SourceArn": SOURCES[1]}}},
    ]
    document = {"Statement": [row | {"Action": "sqs:SendMessage", "Resource": QUEUE} for row in rows]}
    policy = parse(document, PolicyKind.RESOURCE)
    assert not shortcuts.stays_inside(policy, {ACCOUNT})
    assert isinstance(questions.outside_access(policy, resource=QUEUE, account=ACCOUNT), questions.Violated)


DOCUMENTS = st.lists(statements(), max_size=3).map(lambda rows: {"Version": "2012-10-17", "Statement": rows})


@settings(max_examples=250, deadline=None)
@given(DOCUMENTS)
def test_what_a_cheap_proof_settles_the_engine_proves_too(document: dict[str, Any]) -> None:
    policy = parse(document, PolicyKind.RESOURCE)
    if shortcuts.names_everyone_it_lets_in(policy):
        verdict = questions.public_access(policy, resource=QUEUE, account=ACCOUNT)
        assert isinstance(verdict, questions.Proved), verdict
    if shortcuts.stays_inside(policy, {ACCOUNT}):
        verdict = questions.outside_access(policy, resource=QUEUE, account=ACCOUNT)
        assert isinstance(verdict, questions.Proved), verdict
    if shortcuts.services_act_for(policy, ACCOUNT):
        verdict = questions.confused_deputy(policy, resource=QUEUE, account=ACCOUNT)
        assert isinstance(verdict, questions.Proved), verdict


RESOURCES = st.sampled_from(
    [
        "*", "arn:aws:s3:::photos/*", QUEUE, "arn:aws:s3:::*/cat", "arn:aws:s3:::${aws:PrincipalTag/team}/*",
        "execute-api:/prod/*", [QUEUE, "arn:aws:s3:::photos/c?t"], [], 7,
    ]
)  # fmt: skip
IDENTITY = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Allow", "Deny", "Odd"]),
        },
        optional={
            "Resource": RESOURCES,
            "NotResource": RESOURCES,
            "Action": st.sampled_from(
                [
                    "s3:GetObject",
                    "execute-api:Invoke",
                    "s3:Get*",
                    ["kms:*", "sts:*"],
                    "*",
                    "SQS:sendmessage",
                    ["s3:P?tObject", "sqs:*"],
                ]
            ),
            "NotAction": st.sampled_from(["s3:*", ["sqs:*", "iam:*"]]),
            "Condition": st.sampled_from(
                [{"StringEquals": {"aws:PrincipalTag/team": "x"}}, {"Bool": {"aws:SecureTransport": "true"}}]
            ),
        },
    ),
    max_size=3,
)
REQUESTS = st.sampled_from(
    [
        ("s3:GetObject", "arn:aws:s3:::photos/cat"),
        ("s3:PutObject", "arn:aws:s3:::other/cat"),
        ("sqs:SendMessage", QUEUE),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/x"),
        ("execute-api:Invoke", f"arn:aws:execute-api:eu-west-1:{ACCOUNT}:abcdef1234/prod/GET/items"),
        ("s3:GetObject", "arn:aws:s3:::photos/*"),
        ("s3:GetObject", "*"),
        ("sqs:SendMessage", "*"),
        ("iam:PassRole", "*"),
        ("kms:Decrypt", "*"),
        ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/x"),
    ]
)


@settings(max_examples=250, deadline=None)
@given(IDENTITY, REQUESTS)
def test_what_is_never_or_at_once_allowed_the_engine_says_too(rows: list[dict[str, Any]], request: tuple[str, str]) -> None:
    action, resource = request
    layers = Layers(identity=(Attached("p", parse({"Version": "2012-10-17", "Statement": rows})),))
    abilities = shortcuts.Abilities(ROLE, layers, ACCOUNT)
    verdict = questions.grants(layers, actions=(action,), resources=(resource,), principal=ROLE)
    if abilities.never(action) or abilities.never_on(action, resource):
        assert isinstance(verdict, questions.Proved), verdict
    for delegated in (False, True):
        if witness := abilities.at_once(action, resource, delegated=delegated):
            assert isinstance(verdict, questions.Violated), verdict
            assert witness.request.action == action


def test_a_statement_about_other_resources_settles_a_question_at_once() -> None:
    rows = [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::photos-${aws:username}/*"},
            {"Effect": "Allow", "Action": "sqs:*", "Resource": QUEUE}]  # fmt: skip
    layers = Layers(identity=(Attached("p", parse({"Version": "2012-10-17", "Statement": rows})),))
    abilities = shortcuts.abilities_of(ROLE, layers, ACCOUNT)
    assert abilities.never_on("sqs:SendMessage", QUEUE + "-2")
    assert not abilities.never_on("sqs:SendMessage", QUEUE)
    assert not abilities.never_on("sqs:SendMessage", QUEUE + "*")
    assert not abilities.never_on("s3:GetObject", "arn:aws:s3:::other/cat")  # hangs on the user's name
    assert abilities.never_on("iam:PassRole", ROLE)


def test_keys_and_roles_may_leave_the_decision_to_the_account() -> None:
    layers = Layers(identity=(Attached("p", parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})),))
    abilities = shortcuts.abilities_of(ROLE, layers, ACCOUNT)
    assert abilities.at_once("kms:Decrypt", "*") is None
    assert abilities.at_once("kms:Decrypt", "*", delegated=True)
    assert abilities.at_once("sts:AssumeRole", ROLE) is None
    assert abilities.at_once("sts:AssumeRole", ROLE, delegated=True)
