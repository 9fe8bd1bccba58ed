"""The proxy counts, paces, refuses and spoils calls so that real boto3 sees what AWS would show it."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from tests.support.faults import INVENTED, Fault
from tests.support.proxy import Proxy, faults_of
from tests.support.quotas import AWS_QUOTAS, Quota, TokenBucket

pytest_plugins = ["tests.support.fixtures"]
ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=60)
TRUST = '{"Version":"2012-10-17","Statement":[]}'
Ask = Callable[[], Any]


@cache
def client(service: str, region: str = "us-east-1") -> Any:
    return boto3.client(service, region_name=region, config=ONCE)  # type: ignore[call-overload]


def code_of(ask: Ask) -> str:
    with pytest.raises(ClientError) as caught:
        ask()
    return str(caught.value.response["Error"]["Code"])


# One reading call in each protocol: rest-json, query, ec2, json, json with query errors, rest-xml, rpc-v2-cbor.
ASKS: dict[str, Ask] = {
    "lambda:ListFunctions": lambda: client("lambda").list_functions(),
    "apigateway:GetRestApis": lambda: client("apigateway").get_rest_apis(),
    "apigatewayv2:GetApis": lambda: client("apigatewayv2").get_apis(),
    "iam:ListRoles": lambda: client("iam").list_roles(),
    "sns:ListTopics": lambda: client("sns").list_topics(),
    "sts:GetCallerIdentity": lambda: client("sts").get_caller_identity(),
    "ec2:DescribeVpcs": lambda: client("ec2").describe_vpcs(),
    "dynamodb:ListTables": lambda: client("dynamodb").list_tables(),
    "dynamodbstreams:ListStreams": lambda: client("dynamodbstreams").list_streams(),
    "kms:ListKeys": lambda: client("kms").list_keys(),
    "sqs:ListQueues": lambda: client("sqs").list_queues(),
    "s3:ListBuckets": lambda: client("s3").list_buckets(),
    "s3control:ListAccessPoints": lambda: client("s3control").list_access_points(AccountId="123456789012"),
    "cloudwatch:ListDashboards": lambda: client("cloudwatch").list_dashboards(),
}


@pytest.mark.parametrize("name", ASKS)
def test_each_call_is_counted_by_operation_and_region(aws: Proxy, name: str) -> None:
    ASKS[name]()
    assert dict(aws.ledger.calls) == {(name, "us-east-1"): 1}
    assert not aws.ledger.escaped


def test_regions_are_counted_apart(aws: Proxy) -> None:
    for region in ("us-east-1", "eu-west-1", "eu-west-1"):
        client("lambda", region).list_functions()
    assert aws.ledger.calls["lambda:ListFunctions", "eu-west-1"] == 2
    assert aws.ledger.by_operation()["lambda:ListFunctions"] == 3


DENIED = {"sns:ListTopics": "AuthorizationError", "ec2:DescribeVpcs": "UnauthorizedOperation"}
DENIED |= dict.fromkeys(
    ("iam:ListRoles", "sts:GetCallerIdentity", "s3:ListBuckets", "s3control:ListAccessPoints"), "AccessDenied"
)


@pytest.mark.parametrize("name", ASKS)
def test_a_denied_call_raises_the_code_of_its_service(aws: Proxy, name: str) -> None:
    with faults_of(aws, Fault("denied", name)):
        assert code_of(ASKS[name]) == DENIED.get(name, "AccessDeniedException")
        assert aws.ledger.by_operation(aws.ledger.faulted) == {name: 1}
    ASKS[name]()


THROTTLED = {"ec2:DescribeVpcs": "RequestLimitExceeded", "s3:ListBuckets": "SlowDown"}
THROTTLED |= dict.fromkeys(("lambda:ListFunctions", "apigateway:GetRestApis", "apigatewayv2:GetApis"), "TooManyRequestsException")
THROTTLED |= dict.fromkeys(("iam:ListRoles", "sns:ListTopics", "sts:GetCallerIdentity"), "Throttling")


@pytest.mark.parametrize("name", ASKS)
def test_a_throttled_call_raises_the_code_of_its_service(aws: Proxy, name: str) -> None:
    with faults_of(aws, Fault("throttled", name)):
        assert code_of(ASKS[name]) == THROTTLED.get(name, "ThrottlingException")


@pytest.mark.parametrize("name", ["lambda:ListFunctions", "iam:ListRoles", "sqs:ListQueues", "s3:ListBuckets"])
def test_a_failure_of_the_service_is_a_server_error(aws: Proxy, name: str) -> None:
    with faults_of(aws, Fault("failed", name)), pytest.raises(ClientError) as caught:
        ASKS[name]()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_a_denied_head_request_has_no_body(aws: Proxy) -> None:
    with faults_of(aws, Fault("denied", "s3:HeadBucket")):
        assert code_of(lambda: client("s3").head_bucket(Bucket="somewhere")) == "403"


def test_a_retry_gets_past_a_passing_fault(aws: Proxy) -> None:
    retrying = boto3.client("lambda", config=Config(retries={"total_max_attempts": 3, "mode": "standard"}))
    with faults_of(aws, Fault("throttled", "lambda:*", attempts=1)):
        retrying.list_functions()
        assert aws.ledger.calls["lambda:ListFunctions", "us-east-1"] == 2


def test_a_hung_call_times_out_and_a_cut_one_breaks(aws: Proxy) -> None:
    impatient = boto3.client("lambda", config=ONCE.merge(Config(read_timeout=0.3)))
    with faults_of(aws, Fault("hang", "lambda:*")), pytest.raises(ReadTimeoutError):
        impatient.list_functions()
    with faults_of(aws, Fault("cut", "lambda:*")), pytest.raises(ConnectionClosedError):
        client("lambda").list_functions()


@pytest.mark.parametrize("name", ["lambda:ListFunctions", "iam:ListRoles", "dynamodb:ListTables"])
def test_garbage_does_not_parse(aws: Proxy, name: str) -> None:
    with faults_of(aws, Fault("garbage", name)), pytest.raises((ResponseParserError, UnicodeDecodeError)):
        ASKS[name]()


def test_an_expired_token_is_named(aws: Proxy) -> None:
    with faults_of(aws, Fault("expired")):
        assert code_of(ASKS["iam:ListRoles"]) == "ExpiredToken"
        assert code_of(ASKS["lambda:ListFunctions"]) == "ExpiredTokenException"


def test_odd_records_keep_their_identity_and_gain_keys(aws: Proxy) -> None:
    iam = client("iam")
    for number in range(8):
        iam.create_role(RoleName=f"odd-{number}", AssumeRolePolicyDocument=TRUST)
    kms = client("kms")
    keys = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(8)}
    with faults_of(aws, Fault("odd")):
        roles = iam.list_roles()["Roles"]
        described = [kms.describe_key(KeyId=key)["KeyMetadata"] for key in keys]
    assert {role["RoleName"] for role in roles} >= {f"odd-{number}" for number in range(8)}
    assert any("MaxSessionDuration" not in role or "CreateDate" not in role for role in roles)
    assert {key["KeyId"] for key in described} == keys
    assert any(INVENTED in key.values() for key in described)


def test_a_share_strikes_the_same_calls_for_the_same_seed(aws: Proxy) -> None:
    iam = client("iam")

    def struck(seed: int) -> set[int]:
        found = set()
        with faults_of(aws, Fault("denied", share=0.3, seed=seed)):
            for number in range(60):
                try:
                    iam.get_role(RoleName=f"role-{number}")
                except ClientError as problem:
                    if problem.response["Error"]["Code"] == "AccessDenied":
                        found.add(number)
        return found

    first = struck(1)
    assert 6 <= len(first) <= 32
    assert struck(1) == first
    assert struck(2) != first


def test_quotas_refuse_what_is_above_them_per_region(aws: Proxy) -> None:
    aws.quotas = (Quota(("lambda:ListFunctions",), 0.001, 2), Quota(("iam:*",), 0.001, 1, regional=False))
    for region in ("us-east-1", "eu-west-1"):
        lambda_client = client("lambda", region)
        lambda_client.list_functions()
        lambda_client.list_functions()
        assert code_of(lambda_client.list_functions) == "TooManyRequestsException"
    client("iam").list_users()
    assert code_of(client("iam").list_roles) == "Throttling"
    assert sum(aws.ledger.refused.values()) == 3


def test_awss_quotas_put_the_two_large_lambda_reads_aside() -> None:
    def shared(name: str) -> Quota | None:
        return next((quota for quota in AWS_QUOTAS if quota.fits(name)), None)

    rest = shared("lambda:ListFunctions")
    assert rest
    assert rest is shared("lambda:GetFunctionConfiguration") is shared("lambda:GetFunctionUrlConfig")
    assert shared("lambda:GetFunction") != rest != shared("lambda:GetPolicy")
    assert shared("apigateway:GetResources") is shared("apigatewayv2:GetApis")
    assert shared("sqs:ListQueues") is None


def test_a_token_bucket_fills_at_its_rate() -> None:
    bucket = TokenBucket(rate=10, burst=2)
    assert [bucket.take(0), bucket.take(0), bucket.take(0)] == [True, True, False]
    assert [bucket.take(0.05), bucket.take(0.11), bucket.take(0.12)] == [False, True, False]
    assert [bucket.take(60), bucket.take(60), bucket.take(60)] == [True, True, False]


def test_latency_delays_every_answer(aws: Proxy) -> None:
    aws.latency = 0.2
    asked = client("sts")
    before = time.monotonic()
    asked.get_caller_identity()
    assert time.monotonic() - before >= 0.2


def test_replay_answers_without_the_backend_until_something_changes(aws: Proxy) -> None:
    iam = client("iam")
    aws.replay = True
    try:
        assert iam.list_users()["Users"] == iam.list_users()["Users"]
        assert sum(aws.ledger.missed.values()) == 1
        iam.create_user(UserName="replayed")
        assert "replayed" in [user["UserName"] for user in iam.list_users()["Users"]]
    finally:
        aws.replay = False
        aws.answers.clear()


def test_what_would_leave_the_machine_is_refused_and_counted(aws: Proxy) -> None:
    outside = boto3.client("lambda", endpoint_url="https://lambda.us-east-1.amazonaws.com", config=ONCE)
    with pytest.raises(Exception, match=r"(?i)proxy"):
        outside.list_functions()
    assert aws.ledger.escaped["lambda.us-east-1.amazonaws.com:443"] == 1


def test_bodies_of_all_sizes_arrive(aws: Proxy) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="things")
    for size in (0, 1, 70_000, 3_000_000):
        s3.put_object(Bucket="things", Key=f"{size}", Body=b"x" * size)
        assert len(s3.get_object(Bucket="things", Key=f"{size}")["Body"].read()) == size
        assert s3.head_object(Bucket="things", Key=f"{size}")["ContentLength"] == size
