"""What goes wrong between here and AWS: nothing raises, nothing vanishes, and nothing that failed looks like nothing there."""

import os
import signal
import threading
import time

import pytest

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.budget import Rate
from lambdaudit.sources.aws.gather import Options, Progress, gather
from lambdaudit.sources.aws.raw import Answer, Key, Raw, Tally
from lambdaudit.sources.aws.session import Account, open_account
from lambdaudit.sources.aws.targets import select
from tests.aws.estate import ACCOUNT, HOME, OTHER, QUIET, function_arn, small_pages
from tests.support.faults import INVENTED, Fault
from tests.support.proxy import Proxy, faults_of

FAST = Options(rates={"": Rate(10_000, 1_000)}, pause=0.01)
MAIN = function_arn("main")


def line(raw: Raw, operation: str, region: str = HOME, service: str = "lambda") -> Tally:
    return next(t for t in raw.ledger() if (t.service, t.operation, t.region) == (service, operation, region))


def balanced(raw: Raw) -> bool:
    """Whether every question of the ledger has exactly one outcome, and every gap of the store is in it."""
    for tally in raw.ledger():
        bad = tally.denied + tally.failed + tally.throttled + tally.unsupported + tally.interrupted
        gaps = [k for k, _ in raw.gaps(tally.service, tally.operation) if (k.account, k.region) == (tally.account, tally.region)]
        if tally.asked != tally.answered + tally.absent + bad or len(gaps) != bad + tally.skipped:
            return False
    return True


def test_a_denied_call_is_unknown_and_names_the_action(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("denied", "lambda:GetPolicy"), Fault("denied", "s3:GetBucketEncryption")):
        raw = gather([account], options=FAST, regions=[HOME])
    denied = raw.ask("lambda", "GetPolicy", ACCOUNT, HOME, MAIN)
    assert isinstance(denied, Unknown)
    assert denied.need == "lambda:GetPolicy"
    assert denied.reason.startswith("access denied: AccessDenied")
    tally = line(raw, "GetPolicy")
    assert (tally.denied, tally.answered, tally.need) == (tally.asked, 0, "lambda:GetPolicy")
    assert "not authorized" in tally.message
    assert line(raw, "GetBucketEncryption", "", "s3").need == "s3:GetEncryptionConfiguration"
    assert balanced(raw)
    # A policy that cannot be read may allow anything, so what it could show is asked.
    assert isinstance(raw.ask("lambda", "ListFunctionUrlConfigs", ACCOUNT, HOME, MAIN), Answer)
    assert line(raw, "GetResources", service="apigateway").answered == 1
    assert line(raw, "ListTargetsByRule", service="events").answered == 1


def test_every_single_denial_ends_in_the_ledger(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("denied", "*", share=0.3, seed=7)):
        raw = gather([account], options=FAST, regions=[HOME, OTHER, QUIET])
    assert balanced(raw)
    assert sum(t.denied for t in raw.ledger()) > 5
    for tally in raw.ledger():
        assert not tally.denied or (tally.need and tally.message)


def test_roles_are_read_one_by_one_when_the_bulk_read_is_denied(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("denied", "iam:GetAccountAuthorizationDetails")):
        raw = gather([account], options=FAST, regions=[HOME])
    assert [key.subject for key, _ in raw.each("iam", "GetRole")] == ["worker"]
    assert sorted(key.subject for key, _ in raw.each("iam", "GetRolePolicy")) == ["worker/inline"]
    assert len(list(raw.each("iam", "GetPolicyVersion"))) == 2
    assert isinstance(
        raw.ask("dynamodb", "DescribeTable", ACCOUNT, HOME, f"arn:aws:dynamodb:{HOME}:{ACCOUNT}:table/orders"), Answer
    )


def test_regions_come_from_elsewhere_when_they_may_not_be_listed(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("denied", "ec2:DescribeRegions")):
        first = gather([account], options=FAST, selection=select(["api-v1"]))
    with faults_of(full, Fault("denied", ("ec2:DescribeRegions", "account:ListRegions"))):
        second = gather([account], options=FAST, selection=select(["api-v1"]))
    assert len(first.accounts[ACCOUNT].regions) == 17
    assert second.accounts[ACCOUNT].regions == tuple(account.known_regions())
    assert [note.kind for note in second.notes] == ["region"]
    assert list(first.functions) == list(second.functions) == [function_arn("api-v1", QUIET)]


def test_a_blocked_region_is_a_gap_and_the_others_are_read(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("denied", "lambda:*", regions=QUIET), Fault("unsupported", "lambda:*", regions="us-west-2")):
        raw = gather([account], options=FAST, regions=[QUIET, OTHER, "us-west-2"])
    assert list(raw.functions) == [function_arn("far", OTHER)]
    assert line(raw, "ListFunctions", QUIET).denied == 1
    assert line(raw, "ListFunctions", "us-west-2").unsupported == 1


def test_named_functions_are_looked_up_when_the_list_is_denied(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("denied", ("lambda:ListFunctions", "lambda:GetFunction"))):
        raw = gather([account], options=FAST, regions=[QUIET], selection=select(["api-v1", "b*"]))
    assert list(raw.functions) == [function_arn("api-v1", QUIET)]
    seen = raw.functions[function_arn("api-v1", QUIET)].configuration
    assert isinstance(seen, dict)
    assert seen["Handler"] == "app.handler"


def test_a_function_that_is_named_but_cannot_be_read_stays(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("denied", ("lambda:GetFunction", "lambda:GetFunctionConfiguration"))):
        raw = gather([account], options=FAST, selection=select([MAIN]))
    configuration = raw.functions[MAIN].configuration
    assert isinstance(configuration, Unknown)
    assert configuration.need == "lambda:GetFunctionConfiguration"
    assert isinstance(raw.ask("lambda", "GetPolicy", ACCOUNT, HOME, MAIN), Answer)


def test_tags_that_may_not_be_searched_are_read_from_each_function(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("denied", "resourcegroupstaggingapi:*")):
        raw = gather([account], options=FAST, regions=[QUIET], selection=select(["tag:team=red"]))
    assert sorted(raw.functions) == [function_arn("api-v1", QUIET), function_arn("batch", QUIET)]


def test_buckets_are_located_when_they_may_not_be_listed(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("denied", "s3:ListBuckets")):
        raw = gather([account], options=FAST, regions=[HOME])
        assert full.ledger.calls["s3:GetBucketPolicy", OTHER] == 1
    assert sorted(key.subject for key, _ in raw.each("s3", "GetBucketLocation")) == ["far-away", "uploads-of-ours"]
    assert isinstance(raw.ask("s3", "GetBucketOwnershipControls", ACCOUNT, "", "far-away"), Answer)


def test_throttled_calls_are_asked_again(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("throttled", "*", attempts=1), Fault("failed", "*", share=0.05, seed=3)) as proxy:
        raw = gather([account], options=FAST, regions=[QUIET])
        calls = sum(proxy.ledger.calls.values())
    assert len(raw.functions) == 3
    assert all(t.asked == t.answered + t.absent for t in raw.ledger())
    assert raw.calls == calls > 2 * sum(t.asked for t in raw.ledger()) - 3


def test_endless_throttling_is_given_up(full: Proxy, account: Account) -> None:
    options = Options(rates=FAST.rates, refusals=2)
    with faults_of(full, Fault("throttled", "lambda:GetPolicy")):
        raw = gather([account], options=options, regions=[QUIET])
    assert line(raw, "GetPolicy", QUIET).throttled == 4
    given_up = raw.ask("lambda", "GetPolicy", ACCOUNT, QUIET, function_arn("batch", QUIET))
    assert isinstance(given_up, Unknown)
    assert given_up.reason.startswith("throttled too often")


@pytest.mark.parametrize("kind", ["garbage", "truncated"])
def test_an_answer_that_cannot_be_read_is_no_empty_answer(full: Proxy, account: Account, kind: str) -> None:
    with faults_of(full, Fault(kind, ("lambda:*", "sns:*", "kms:*", "s3:ListBuckets"))):  # type: ignore[arg-type]
        raw = gather([account], options=FAST, regions=[QUIET])
        named = gather([account], options=FAST, selection=select([MAIN]))
    assert not raw.functions
    assert line(raw, "ListFunctions", QUIET).failed == 1
    assert isinstance(raw.ask("s3", "ListBuckets", ACCOUNT), Unknown)
    assert isinstance(named.functions[MAIN].configuration, Unknown)
    assert balanced(raw)
    assert balanced(named)


def test_odd_records_are_kept_with_all_their_members(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("odd", "*", seed=5)):
        raw = gather([account], options=FAST, regions=[HOME, OTHER, QUIET])
    assert len(raw.functions) == 6
    main = raw.functions[MAIN].configuration
    assert isinstance(main, dict)
    assert sum(1 for name in main if name.startswith("LabInvented")) == 20
    listed = [record for _, record in raw.records("lambda", "ListFunctions", "Functions")]
    assert INVENTED in str(listed)
    assert balanced(raw)


def test_a_list_that_breaks_off_keeps_what_came(full: Proxy, account: Account) -> None:
    with small_pages(full, 1), faults_of(full, Fault("denied", "lambda:ListFunctions", containing="Marker=")):
        raw = gather([account], options=FAST, regions=[QUIET])
    assert len(raw.functions) == 1
    listed = raw.ask("lambda", "ListFunctions", ACCOUNT, QUIET)
    assert isinstance(listed, Answer)
    assert len(listed.items("Functions")) == 1
    assert listed.rest is not None
    assert listed.rest.need == "lambda:ListFunctions"
    assert line(raw, "ListFunctions", QUIET).denied == 1


def test_a_call_that_hangs_is_given_up(full: Proxy, account: Account) -> None:
    options = Options(rates=FAST.rates, deadline=4, tries=1)
    with faults_of(full, Fault("hang", "lambda:GetPolicy", seconds=30)):
        raw = gather([account], options=options, regions=[QUIET])
    assert line(raw, "GetPolicy", QUIET).failed == 4
    assert line(raw, "GetFunction", QUIET).answered == 3


def test_credentials_that_expire_on_the_way_end_the_run(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("expired", "lambda:GetPolicy")):
        raw = gather([account], options=FAST, regions=[QUIET, OTHER])
    assert raw.interrupted
    assert len(raw.functions) >= 1
    assert "expired" in next(note.message for note in raw.notes if note.kind == "account")
    assert balanced(raw)


def slow() -> Options:
    """So slow that a run cannot end by itself while the test waits for it."""
    return Options(rates={"": Rate(10_000, 1_000), "lambda:GetPolicy": Rate(0.05)})


def test_stopping_keeps_what_came_and_marks_the_rest(full: Proxy, account: Account) -> None:
    stop = threading.Event()

    def progress(now: Progress) -> None:
        if now.functions == 3 and now.total_known - now.done <= 3:
            stop.set()

    raw = gather([account], options=slow(), regions=[QUIET], progress=progress, stop=stop)
    assert raw.interrupted
    assert len(raw.functions) == 3
    tally = line(raw, "GetPolicy", QUIET)
    assert (tally.asked, tally.interrupted) == (4, 3)
    left = [found for _, found in raw.each("lambda", "GetPolicy") if isinstance(found, Unknown)]
    assert sum((found.reason, found.need) == ("interrupted", "lambda:GetPolicy") for found in left) == 3
    assert raw.ask(*Key("lambda", "ListAliases", ACCOUNT, QUIET, "x")).reason == "interrupted before it was asked"  # type: ignore[union-attr]
    assert balanced(raw)


def test_ctrl_c_keeps_what_came(full: Proxy, account: Account) -> None:
    def interrupt() -> None:
        time.sleep(0.7)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    threading.Thread(target=interrupt).start()
    raw = gather([account], options=slow(), regions=[QUIET])
    assert raw.interrupted
    assert raw.functions
    assert line(raw, "GetPolicy", QUIET).interrupted
    assert signal.getsignal(signal.SIGINT) is before


def test_an_endpoint_that_nobody_answers_fails_fast(full: Proxy, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    raw = gather([open_account()], options=FAST, regions=[HOME])
    assert line(raw, "ListBuckets", "", "s3").failed == 1
    assert all(t.failed == t.asked for t in raw.ledger() if t.service == "s3")
    assert line(raw, "GetPolicy").complete
    assert ACCOUNT in raw.accounts
