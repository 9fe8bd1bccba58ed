"""A whole collection: what is asked, how often, what is kept, and which functions it is about."""

import os
from collections import Counter
from itertools import pairwise

import pytest

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.budget import Rate
from lambdaudit.sources.aws.gather import Options, Progress, gather
from lambdaudit.sources.aws.raw import Answer, Raw
from lambdaudit.sources.aws.session import Account
from lambdaudit.sources.aws.targets import select
from tests.aws import estate
from tests.aws.estate import ACCOUNT, HOME, OTHER, QUIET, function_arn, small_pages
from tests.support.fixtures import point_at
from tests.support.proxy import Ledger, Proxy

UNLIMITED = {"": Rate(10_000, 1_000)}
FAST = Options(rates=UNLIMITED)
"""Without the documented quotas, which the fake AWS does not have."""


def asked(raw: Raw, operation: str, service: str = "lambda") -> list[str]:
    """The subjects that were put to an operation, sorted."""
    return sorted(key.subject for key, answer in raw.each(service, operation) if not is_inferred(answer))


def is_inferred(answer: Answer | Unknown) -> bool:
    return isinstance(answer, Answer) and bool(answer.inferred)


def answer(raw: Raw, service: str, operation: str, subject: str = "", region: str = "") -> Answer:
    found = raw.ask(service, operation, ACCOUNT, region, subject)
    assert isinstance(found, Answer), found
    return found


@pytest.fixture(scope="module")
def collection(built: Proxy, opened: Account) -> tuple[Raw, Ledger]:
    """A collection of the whole account, and what the fake AWS saw of it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        point_at(built, monkeypatch)
        built.restore()
        raw = gather([opened], options=FAST)
        return raw, built.ledger


@pytest.fixture(scope="module")
def whole(collection: tuple[Raw, Ledger]) -> Raw:
    return collection[0]


def test_everything_is_found_and_each_thing_is_read_once(collection: tuple[Raw, Ledger]) -> None:
    whole, ledger = collection
    quiet = [function_arn(name, QUIET) for name in ("api-v1", "api-v2", "batch")]
    assert sorted(whole.functions) == [function_arn("far", OTHER), *quiet, function_arn("boxed"), function_arn("main")]
    assert [v["Version"] for v in whole.functions[function_arn("main")].versions] == ["1"]
    assert whole.accounts[ACCOUNT].partition == "aws"
    assert len(whole.accounts[ACCOUNT].regions) == 17
    assert not whole.notes
    assert not whole.interrupted
    assert not ledger.broken
    assert not ledger.escaped
    assert all(tally.asked == tally.answered + tally.absent + tally.unsupported for tally in whole.ledger())
    assert whole.calls == sum(ledger.calls.values())
    single = {"lambda:GetFunction", "sqs:GetQueueAttributes", "kms:GetKeyPolicy", "s3:GetBucketPolicy", "iot:GetTopicRule"}
    for operation in single:
        service, _, name = operation.partition(":")
        assert ledger.by_operation()[operation] == len(asked(whole, name, service)) > 0


def test_what_lies_around_the_functions_is_read(whole: Raw) -> None:
    main = function_arn("main")
    asked_here = [subject for subject in asked(whole, "GetPolicy") if HOME in subject]
    assert asked_here == [function_arn("boxed"), main, f"{main}:1", f"{main}:live"]
    assert "s3.amazonaws.com" in answer(whole, "lambda", "GetPolicy", main, HOME).data["Policy"]
    assert answer(whole, "lambda", "GetPolicy", f"{main}:1", HOME).absent
    assert answer(whole, "lambda", "ListFunctionUrlConfigs", main, HOME).items("FunctionUrlConfigs")
    assert asked(whole, "GetBucketPolicy", "s3") == ["far-away", "named-in-env", "uploads-of-ours"]
    assert asked(whole, "GetBucketNotificationConfiguration", "s3") == ["uploads-of-ours"]
    assert asked(whole, "GetBucketLocation", "s3") == []
    assert asked(whole, "GetTopicAttributes", "sns") == [f"arn:aws:sns:{HOME}:{ACCOUNT}:news"]
    assert len(asked(whole, "GetResourcePolicy", "dynamodb")) == 2
    used, unused = asked(whole, "GetResourcePolicy", "secretsmanager")
    assert ":secret:db-" in used
    left = whole.ask("secretsmanager", "GetResourcePolicy", ACCOUNT, HOME, unused)
    assert isinstance(left, Unknown)
    assert "left to --thorough, as no function rotates the secret" in left.reason
    assert asked(whole, "ListTargetsByRule", "events") == [f"arn:aws:events:{HOME}:{ACCOUNT}:rule/nightly"]
    assert asked(whole, "DescribeLogGroups", "logs") == ["/aws/lambda/"] * 3 + ["/other/group"]
    assert answer(whole, "kms", "GetKeyPolicy", asked(whole, "DescribeKey", "kms")[0], HOME).data["Policy"]


def test_what_other_answers_settle_is_not_asked(whole: Raw) -> None:
    quiet = answer(whole, "lambda", "ListFunctionUrlConfigs", function_arn("far", OTHER), OTHER)
    assert quiet.inferred
    assert quiet.data == {}
    assert "switched off" in answer(whole, "s3", "GetBucketAcl", "named-in-env").inferred
    assert asked(whole, "GetBucketAcl", "s3") == ["far-away", "uploads-of-ours"]
    assert asked(whole, "GetFunctionRecursionConfig") == []
    assert whole.ask("lambda", "GetRuntimeManagementConfig", ACCOUNT, HOME, function_arn("main")) == Unknown("not asked")


def test_no_link_to_code_is_kept(whole: Raw) -> None:
    for _key, found in whole.each("lambda", "GetFunction"):
        assert isinstance(found, Answer)
        assert "Location" not in found.data["Code"]


def test_empty_regions_cost_one_call(collection: tuple[Raw, Ledger]) -> None:
    calls: Counter[str] = Counter()
    for (_name, region), count in collection[1].calls.items():
        calls[region] += count
    assert calls["ap-south-1"] == 1


def test_thorough_asks_the_rest(account: Account) -> None:
    raw = gather([account], options=Options(rates=UNLIMITED, thorough=True), regions=[HOME])
    every = [function_arn("boxed"), function_arn("main")]
    for operation in ("GetFunctionRecursionConfig", "GetRuntimeManagementConfig", "ListFunctionUrlConfigs"):
        assert asked(raw, operation) == every
    assert asked(raw, "GetLayerVersionByArn") == [estate.FOREIGN_LAYER]
    assert not list(raw.gaps("secretsmanager", "GetResourcePolicy"))
    assert raw.accounts[ACCOUNT].regions == (HOME,)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not let a program choose its processors")
def test_a_run_keeps_to_one_processor_and_gives_the_others_back(account: Account) -> None:
    before = os.sched_getaffinity(0)
    during: list[set[int]] = []
    gather([account], options=FAST, regions=[QUIET], progress=lambda _: during.append(os.sched_getaffinity(0)))
    assert {len(one) for one in during[:-1]} <= {1}
    assert os.sched_getaffinity(0) == before


def test_one_function_by_arn_does_not_list_the_account(full: Proxy, account: Account) -> None:
    full.clear()
    raw = gather([account], selection=select([function_arn("main") + ":live"]), options=FAST)
    assert list(raw.functions) == [function_arn("main")]
    assert [v["Version"] for v in raw.functions[function_arn("main")].versions] == ["1"]
    made = full.ledger.by_operation()
    for bulk in ("lambda:ListFunctions", "iam:GetAccountAuthorizationDetails", "ec2:DescribeRegions"):
        assert not made[bulk]
    assert made["iam:GetRole"] == made["lambda:GetFunction"] == 1
    assert asked(raw, "GetPolicyVersion", "iam") == [f"arn:aws:iam::{ACCOUNT}:policy/{name}" for name in ("limit", "logging")]
    assert asked(raw, "ListEventSourceMappings") == [function_arn("main")]
    assert asked(raw, "GetBucketPolicy", "s3") == ["far-away", "named-in-env", "uploads-of-ours"]


def test_a_list_of_arns_is_read_once_whatever_the_regions(full: Proxy, account: Account) -> None:
    lines = [function_arn("main"), function_arn("far", OTHER), function_arn("main") + ":1", "nonsense here", "# far"]
    full.clear()
    raw = gather([account], selection=select(lines=lines, source="list"), regions=[HOME, OTHER, "us-west-2"], options=FAST)
    assert sorted(raw.functions) == [function_arn("far", OTHER), function_arn("main")]
    assert full.ledger.by_operation()["lambda:GetFunction"] == 2
    assert {region for (name, region) in full.ledger.calls if name.startswith("lambda:")} == {HOME, OTHER}
    assert [note.message for note in raw.notes] == ["list:4: 'nonsense here': not a function's name, ARN or pattern"]


def test_names_patterns_and_tags(account: Account) -> None:
    def chosen(*targets: str) -> list[str]:
        raw = gather([account], selection=select(targets), regions=[QUIET, "us-west-2"], options=FAST)
        assert not raw.notes
        return sorted(arn.split(":")[6] for arn in raw.functions)

    assert chosen("batch", "api-v1:7") == ["api-v1", "batch"]
    assert chosen("api-*") == ["api-v1", "api-v2"]
    assert chosen("tag:team=red") == ["api-v1", "batch"]
    assert chosen("tag:cost", "*2") == ["api-v2", "batch"]


def test_a_target_that_is_not_there_is_noted(account: Account) -> None:
    elsewhere = function_arn("x").replace(ACCOUNT, "999999999999")
    raw = gather([account], selection=select(["gone", elsewhere]), regions=[QUIET], options=FAST)
    assert not raw.functions
    assert [(note.kind, note.subject) for note in raw.notes] == [("target", "gone"), ("target", elsewhere)]
    assert "999999999999" in raw.notes[1].message


def test_an_empty_selection_asks_nothing(full: Proxy, account: Account) -> None:
    full.clear()
    raw = gather([account], selection=select(lines=[], source="list"), options=FAST)
    assert not raw.functions
    assert not full.ledger.calls


def test_progress_ends_with_everything_done(account: Account) -> None:
    seen: list[Progress] = []
    raw = gather([account], progress=seen.append, options=FAST, regions=[QUIET])
    last = seen[-1]
    assert last.done == last.total_known == sum(tally.asked for tally in raw.ledger())
    assert (last.eta_seconds, last.refused, last.functions) == (0.0, 0, 3)
    assert all(before.done <= after.done for before, after in pairwise(seen))


def test_every_list_is_read_to_its_end(full: Proxy, account: Account, whole: Raw) -> None:
    with small_pages(full, 1):
        paged = gather([account], options=FAST)
    assert paged.calls > whole.calls
    assert sorted(paged.functions) == sorted(whole.functions)
    assert {key: sizes(found) for key, found in paged.items()} == {key: sizes(found) for key, found in whole.items()}


def sizes(found: Answer | Unknown) -> dict[str, int] | str:
    """How long each list of an answer is; what an Unknown says."""
    if isinstance(found, Unknown):
        return found.reason
    assert found.rest is None
    return {name: len(value) for name, value in found.data.items() if isinstance(value, list) and value}


def test_versions_beyond_the_newest_are_left_to_thorough(account: Account) -> None:
    raw = gather([account], options=FAST, regions=[QUIET])
    function = function_arn("api-v2", QUIET)
    assert answer(raw, "lambda", "GetPolicy", f"{function}:2", QUIET).absent
    older = raw.ask("lambda", "GetPolicy", ACCOUNT, QUIET, f"{function}:1")
    assert isinstance(older, Unknown)
    assert "--thorough" in older.reason
    assert older.need == "lambda:GetPolicy"
    tally = next(t for t in raw.ledger() if t.operation == "GetPolicy")
    assert (tally.asked, tally.absent, tally.skipped, tally.complete) == (4, 4, 1, False)
    thorough = gather([account], options=Options(rates=UNLIMITED, thorough=True), regions=[QUIET])
    assert answer(thorough, "lambda", "GetPolicy", f"{function}:1", QUIET).absent
    assert all(t.complete for t in thorough.ledger())
