"""The parser: every legal shape, every illegal one as a problem and a gap, nothing lost, nothing raised."""

import json
import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.iam.language import (
    ALL_GAPS,
    Effect,
    Operator,
    Policy,
    PolicyKind,
    PrincipalKind,
    Qualifier,
    parse,
)
from lambdaudit.model.unknown import Unknown


def policy(*statements: Any, **elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements), **elements}


def allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else []


def codes(found: Policy) -> set[str]:
    return {problem.code for problem in found.problems}


def test_a_legal_policy_has_no_problems() -> None:
    found = parse(
        policy(
            allow(Sid="One", Action=["s3:Get*", "s3:List*"], Resource=["arn:aws:s3:::b", "arn:aws:s3:::b/*"]),
            {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::b/*"},
        )
    )
    assert found.problems == ()
    one, two = found.statements
    assert (one.sid, one.effect, one.index, one.pointer) == ("One", Effect.ALLOW, 0, "/Statement/0")
    assert [entry.raw for entry in one.actions or ()] == ["s3:Get*", "s3:List*"]
    assert [entry.pointer for entry in one.resources or ()] == ["/Statement/0/Resource/0", "/Statement/0/Resource/1"]
    assert two.actions is None
    assert two.resources is None
    assert [entry.raw for entry in two.not_actions or ()] == ["iam:*"]
    assert two.not_resources is not None
    assert not one.gaps | two.gaps


def test_one_statement_needs_no_list_and_json_text_is_read() -> None:
    text = json.dumps({"Version": "2012-10-17", "Id": "x", "Statement": allow()})
    for document in (text, text.encode(), "\ufeff" + text, b"\xef\xbb\xbf" + text.encode()):
        found = parse(document)
        assert found.problems == ()
        assert found.id == "x"
        assert found.statements[0].pointer == "/Statement"


def test_url_encoded_documents_are_read() -> None:
    from urllib.parse import quote

    assert parse(quote(json.dumps(policy(allow())))).statements[0].effect is Effect.ALLOW


def test_element_names_in_any_letter_case_are_read_and_reported() -> None:
    found = parse({"version": "2012-10-17", "STATEMENT": {"effect": "Allow", "action": "s3:*", "resource": "*"}})
    assert codes(found) == {"letter-case"}
    assert found.statements[0].effect is Effect.ALLOW
    assert not found.statements[0].gaps
    assert found.variables


@pytest.mark.parametrize(
    ("version", "variables", "problem"),
    [("2012-10-17", True, False), ("2008-10-17", False, False), (None, False, False), ("2024-01-01", True, True)],
)
def test_versions(version: str | None, variables: bool, problem: bool) -> None:
    document = policy(allow())
    if version is None:
        del document["Version"]
    else:
        document["Version"] = version
    found = parse(document)
    assert found.variables is variables
    assert ("bad-version" in codes(found)) is problem


def test_a_date_from_yaml_is_a_version() -> None:
    assert parse({"Version": date(2012, 10, 17), "Statement": allow()}).problems == ()


@pytest.mark.parametrize(
    ("element", "value", "kind", "account"),
    [
        ("AWS", "*", PrincipalKind.EVERYONE, ""),
        ("AWS", "111122223333", PrincipalKind.ACCOUNT, "111122223333"),
        ("AWS", "arn:aws:iam::111122223333:root", PrincipalKind.ACCOUNT, "111122223333"),
        ("AWS", "arn:aws-cn:iam::111122223333:root", PrincipalKind.ACCOUNT, "111122223333"),
        ("AWS", "arn:aws:iam::111122223333:user/a/b", PrincipalKind.USER, "111122223333"),
        ("AWS", "arn:aws:iam::111122223333:role/r", PrincipalKind.ROLE, "111122223333"),
        ("AWS", "arn:aws:sts::111122223333:assumed-role/r/s", PrincipalKind.SESSION, "111122223333"),
        ("AWS", "arn:aws:sts::111122223333:federated-user/f", PrincipalKind.FEDERATED_USER, "111122223333"),
        ("AWS", "AROAEXAMPLEEXAMPLEID", PrincipalKind.UNIQUE_ID, ""),
        ("AWS", "arn:aws:iam::*:root", PrincipalKind.PATTERN, ""),
        ("AWS", "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1", PrincipalKind.OTHER, ""),
        ("Service", "lambda.amazonaws.com", PrincipalKind.SERVICE, ""),
        ("Federated", "cognito-identity.amazonaws.com", PrincipalKind.FEDERATED, ""),
        ("Federated", "arn:aws:iam::111122223333:saml-provider/x", PrincipalKind.FEDERATED, "111122223333"),
        ("CanonicalUser", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be", PrincipalKind.CANONICAL, ""),
    ],
)
def test_principals(element: str, value: str, kind: PrincipalKind, account: str) -> None:
    for shape in (value, [value]):
        found = parse(policy(allow(Principal={element: shape})), PolicyKind.RESOURCE)
        (principal,) = found.statements[0].principals or ()
        assert (principal.kind, principal.element, principal.value, principal.account) == (kind, element, value, account)


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["*"]}, {"AWS": ["*", "111122223333"]}, {"*": "*"}, ["*"]])
def test_spellings_of_everyone(principal: Any) -> None:
    found = parse(policy(allow(Principal=principal)), PolicyKind.RESOURCE)
    assert any(entry.kind is PrincipalKind.EVERYONE for entry in found.statements[0].principals or ())


def test_a_number_as_account_is_read_with_its_zeros() -> None:
    found = parse(policy(allow(Principal={"AWS": 12345})), PolicyKind.RESOURCE)
    assert [entry.account for entry in found.statements[0].principals or ()] == ["000000012345"]
    assert "number-as-account" in codes(found)


@pytest.mark.parametrize(
    ("change", "gap", "code"),
    [
        ({"Effect": "allow"}, "effect", "bad-effect"),
        ({"Effect": None}, "effect", "bad-effect"),
        ({"Action": 5}, "action", "wrong-type"),
        ({"Action": ["s3:GetObject", None]}, "action", "wrong-type"),
        ({"Action": "GetObject"}, "action", "bad-action"),
        ({"Resource": {"a": 1}}, "resource", "wrong-type"),
        ({"Resource": "bucket"}, "resource", "bad-resource"),
        ({"Resource": Unknown("a parameter")}, "resource", "unresolved"),
        ({"NotAction": "s3:*"}, "action", "both-forms"),
        ({"NotResource": "*"}, "resource", "both-forms"),
        ({"Principal": "*"}, "principal", "principal-not-allowed"),
        ({"Condition": []}, "condition", "wrong-type"),
        ({"Condition": {"StringEquals": "x"}}, "condition", "wrong-type"),
        ({"Ressource": "*"}, "other", "unknown-element"),
    ],
)
def test_illegal_pieces_are_reported_and_leave_a_gap(change: dict[str, Any], gap: str, code: str) -> None:
    found = parse(policy(allow(**change), allow(Sid="Second")))
    assert found.statements[0].gaps == {gap}
    assert code in codes(found)
    second = found.statements[1]
    assert (second.sid, second.effect, second.gaps) == ("Second", Effect.ALLOW, frozenset())


@pytest.mark.parametrize("element", ["Effect", "Action", "Resource"])
def test_missing_elements(element: str) -> None:
    statement = allow()
    del statement[element]
    found = parse(policy(statement))
    assert found.statements[0].gaps == {element.lower()}
    assert "missing-element" in codes(found)


def test_resource_policies_need_a_principal_but_no_resource() -> None:
    statement = {"Effect": "Allow", "Action": "ecr:BatchGetImage"}
    assert parse(policy(statement), PolicyKind.RESOURCE).statements[0].gaps == {"principal"}
    assert parse(policy({**statement, "Principal": "*"}), PolicyKind.RESOURCE).problems == ()


@pytest.mark.parametrize(
    ("written", "operator", "qualifier", "if_exists"),
    [
        ("StringEquals", Operator.STRING_EQUALS, None, False),
        ("stringequals", Operator.STRING_EQUALS, None, False),
        ("StringLikeIfExists", Operator.STRING_LIKE, None, True),
        ("ForAnyValue:ArnLike", Operator.ARN_LIKE, Qualifier.ANY, False),
        ("ForAllValues:StringEqualsIgnoreCaseIfExists", Operator.STRING_EQUALS_IGNORE_CASE, Qualifier.ALL, True),
        ("Null", Operator.NULL, None, False),
    ],
)
def test_operators(written: str, operator: Operator, qualifier: Qualifier | None, if_exists: bool) -> None:
    found = parse(policy(allow(Condition={written: {"aws:SourceArn": ["a", "b"]}})))
    (condition,) = found.statements[0].conditions
    assert (condition.operator, condition.qualifier, condition.if_exists) == (operator, qualifier, if_exists)
    assert (condition.key, condition.written_key, condition.gap) == ("aws:sourcearn", "aws:SourceArn", False)
    assert found.problems == ()


@pytest.mark.parametrize("written", ["StringMatches", "NullIfExists", "ForSomeValues:StringLike", "", "IfExists"])
def test_unknown_operators_are_gaps(written: str) -> None:
    found = parse(policy(allow(Condition={written: {"aws:x": "a"}, "Bool": {"aws:SecureTransport": True}})))
    strange, plain = found.statements[0].conditions
    assert strange.operator is None
    assert strange.gap
    assert not plain.gap
    assert [entry.raw for entry in plain.values] == ["true"]
    assert "unknown-operator" in codes(found)


def test_a_number_is_not_remembered_as_the_text_of_its_digits() -> None:
    statement = {"Effect": "Allow", "Resource": "*"}
    number, text = (parse({"Statement": statement | {"Action": action}}) for action in (71623, "71623"))
    assert "wrong-type" in codes(number)
    assert "wrong-type" not in codes(text)


def test_numbers_keep_their_spelling() -> None:
    found = parse(
        '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NumericEquals": {"a:b": [1.50, 007]}}}}'
    )
    assert "bad-json" in codes(found)
    found = parse(
        '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NumericEquals": {"a:b": [1.50, 7e2]}}}}'
    )
    assert [entry.raw for entry in found.statements[0].conditions[0].values] == ["1.50", "7e2"]


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ('"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"', "effect"),
        ('"Effect": "Allow", "Action": "*", "action": "s3:*", "Resource": "*"', "action"),
        ('"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}, "Condition": {}', "condition"),
        ('"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {}, "Null": {}}', "condition"),
    ],
)
def test_duplicate_keys_decide_nothing(text: str, gap: str) -> None:
    found = parse('{"Version": "2012-10-17", "Statement": {' + text + "}}")
    assert found.statements[0].gaps == {gap}
    assert "duplicate-key" in codes(found)


def test_a_condition_key_twice_is_open() -> None:
    found = parse(policy(allow(Condition={"StringEquals": {"aws:SourceAccount": "1", "aws:sourceaccount": "2"}})))
    assert [(c.gap, c.values) for c in found.statements[0].conditions] == [(True, ()), (True, ())]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "bad-json"),
        ("{", "bad-json"),
        ('{"Statement": [NaN]}', "bad-json"),
        ("[]", "wrong-type"),
        ("null", "wrong-type"),
        (b"\xff\xfe{}", "bad-encoding"),
        ("[" * 100_000, "too-deep"),
        ('{"Statement":' * 40 + "1" + "}" * 40, "too-deep"),
        (" " * 1_000_001, "too-large"),
        ('{"Statement": ' + "1" * 5_000 + "}", "wrong-type"),
        ("[" * 33 + '"' + '\\"' * 300_000, "too-deep"),
        ("[]" * 40 + '"' + '\\"' * 300_000, "bad-json"),
        (None, "wrong-type"),
        (5, "wrong-type"),
        ({"Statement": "x"}, "wrong-type"),
        ({"Statement": [5]}, "wrong-type"),
        ({"Statement": Unknown("not resolved")}, "unresolved"),
        ({"Version": "2012-10-17", "Statement": nested(40)}, "too-deep"),
    ],
)
def test_unreadable_documents_could_be_anything(document: Any, code: str) -> None:
    found = parse(document)
    assert code in codes(found)
    assert [statement.gaps for statement in found.statements] == [ALL_GAPS]


@pytest.mark.parametrize("document", ["{}", '{"Version": "2012-10-17"}', '{"Statement": []}'])
def test_documents_without_statements_say_nothing(document: str) -> None:
    found = parse(document)
    assert found.statements == ()
    assert codes(found) <= {"missing-element", "empty-list"}


def test_a_cyclic_mapping_is_refused() -> None:
    loop: dict[str, Any] = {"Version": "2012-10-17"}
    loop["Statement"] = [loop]
    assert codes(parse(loop)) == {"too-deep"}


def test_problems_of_a_hostile_document_are_bounded() -> None:
    found = parse(json.dumps({"Version": "2012-10-17", "Statement": [5] * 100_000}))
    assert len(found.problems) == 1001
    assert len(found.statements) == 100_000


def test_equal_documents_share_one_result_and_kinds_do_not_mix() -> None:
    text = json.dumps(policy(allow(Principal="*")))
    assert parse(text) is parse(text)
    assert parse(text) == parse(text.encode())
    assert parse(text, PolicyKind.RESOURCE) != parse(text, PolicyKind.IDENTITY)
    assert hash(parse(text)) == hash(parse(text.encode()))


def test_messages_hold_no_control_characters() -> None:
    found = parse(policy(allow(Effect="\x1b[31mAllow\n::error::", Action="a\u202eb")))
    assert all(problem.text.isprintable() and len(problem.text) < 200 for problem in found.problems)


WORDS = [
    "Version", "2012-10-17", "2008-10-17", "Statement", "Effect", "Allow", "Deny", "Action", "NotAction", "Resource",
    "NotResource", "Principal", "NotPrincipal", "Condition", "Sid", "Id", "AWS", "Service", "Federated", "*", "s3:*",
    "arn:aws:s3:::b/${aws:username}", "111122223333", "StringEquals", "ForAllValues:StringLike", "Null", "IfExists",
    "aws:SourceIp", "true", "", "${", "\x00", "\ud800", "arn:aws:iam::111122223333:root", "STATEMENT", "effect",
]  # fmt: skip


def random_value(dice: random.Random, depth: int) -> Any:
    choice = dice.randrange(9)
    if depth > 0 and choice < 3:
        return {dice.choice(WORDS): random_value(dice, depth - 1) for _ in range(dice.randrange(5))}
    if depth > 0 and choice < 5:
        return [random_value(dice, depth - 1) for _ in range(dice.randrange(4))]
    return dice.choice([dice.choice(WORDS), dice.choice(WORDS), dice.random(), dice.randrange(10**13), None, True, Unknown("?")])


def random_document(dice: random.Random) -> Any:
    document: Any = {
        "Version": dice.choice(["2012-10-17", "2008-10-17", random_value(dice, 1)]),
        "Statement": [
            {dice.choice(WORDS): random_value(dice, 4) for _ in range(dice.randrange(7))} for _ in range(dice.randrange(4))
        ],
    }
    if dice.random() < 0.3:
        return document
    text = json.dumps(document, default=lambda unknown: unknown.reason)
    if dice.random() < 0.5:
        place = dice.randrange(len(text))
        text = text[:place] + dice.choice(['"', "{", "]", ",", "\\", "", "NaN"]) + text[place + dice.randrange(4) :]
    return text


@settings(max_examples=1000, deadline=None)
@given(st.integers(min_value=0), st.sampled_from(PolicyKind))
def test_random_documents_never_raise(seed: int, kind: PolicyKind) -> None:
    """Ten documents for each example: 10,000 in all."""
    dice = random.Random(seed)
    for _ in range(10):
        found = parse(random_document(dice), kind)
        assert isinstance(found, Policy)
        for statement in found.statements:
            assert statement.effect is not None or "effect" in statement.gaps


@settings(max_examples=500)
@given(st.text() | st.binary() | st.none() | st.integers() | st.lists(st.text()))
def test_anything_at_all_never_raises(document: Any) -> None:
    assert isinstance(parse(document), Policy)
