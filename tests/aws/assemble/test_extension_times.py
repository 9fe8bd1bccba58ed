"""How long extensions run on, as CloudWatch measured it: asked only on request, of few, in few calls; never taken for zero."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from lambdaudit import engine
from lambdaudit.model import snapshot
from lambdaudit.model.functions import Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.measured import ExtensionTime
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.calls_metrics import BATCH, DAYS, may_have_extensions
from lambdaudit.sources.aws.gather import Options, gather
from lambdaudit.sources.aws.raw import Answer, Key, Raw, Seen
from lambdaudit.sources.aws.session import open_account
from tests.aws.assemble import world
from tests.aws.assemble.conftest import made
from tests.aws.assemble.test_denied import with_answer
from tests.aws.estate import code
from tests.aws.test_gather import UNLIMITED
from tests.support.fakeaws import FakeAws
from tests.support.faults import Fault
from tests.support.fixtures import point_at
from tests.support.proxy import Proxy, faults_of

NEED = "cloudwatch:GetMetricData"
KEY = Key("cloudwatch", "GetMetricData", world.ACCOUNT, world.HOME)
METERED = Options(metrics=True, rates=UNLIMITED, pause=0.01)


def function(name: str, *layers: str) -> None:
    world.client("lambda").create_function(
        FunctionName=name, Role=f"arn:aws:iam::{world.ACCOUNT}:role/worker", Runtime="python3.13", Handler="app.handler",
        Code={"ZipFile": code()}, Layers=list(layers),
    )  # fmt: skip


def measure(name: str, day: int, calls: int, after: tuple[float, ...], duration: float) -> None:
    """What Lambda sends to CloudWatch, some days ago: values of single calls, and all others as one sum."""
    moment = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=1, microsecond=0) - dt.timedelta(days=day)
    common: dict[str, Any] = {"Dimensions": [{"Name": "FunctionName", "Value": name}], "Timestamp": moment}
    rows = [("Invocations", float(calls)), ("Duration", duration), *(("PostRuntimeExtensionsDuration", ms) for ms in after)]
    data = [{"MetricName": metric, "Value": value, **common} for metric, value in rows]
    world.client("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=data)


@pytest.fixture(scope="module")
def shop() -> Iterator[Proxy]:
    """Four functions: with a slow extension, with a layer and never called, with a quick one, and without a layer."""
    with FakeAws() as fake, Proxy(fake) as proxy, pytest.MonkeyPatch.context() as patch:
        point_at(proxy, patch)
        iam, lam = world.client("iam"), world.client("lambda")
        iam.create_role(RoleName="worker", AssumeRolePolicyDocument=world.TRUST)
        layer = lam.publish_layer_version(LayerName="agent", Content={"ZipFile": code()})["LayerVersionArn"]
        for name in ("slow", "idle", "quick"):
            function(name, layer)
        function("plain")
        for day in (0, 3):
            measure("slow", day, 300, (90_000.0, 4_000.5), 150_000.0)
        measure("slow", DAYS + 1, 9_999, (1e9,), 1e9)  # too long ago
        measure("quick", 1, 5_000, (25_000.0,), 1_000_000.0)
        measure("plain", 1, 5_000, (), 1_000_000.0)
        yield proxy


@pytest.fixture
def reached(shop: Proxy, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    point_at(shop, monkeypatch)
    shop.restore()
    return shop


@pytest.fixture(scope="module")
def raw(shop: Proxy) -> Raw:
    with pytest.MonkeyPatch.context() as patch:
        point_at(shop, patch)
        shop.restore()
        return gather([open_account(region=world.HOME)], regions=[world.HOME], options=METERED)


def collect(options: Options = METERED) -> Inventory:
    return made(gather([open_account(region=world.HOME)], regions=[world.HOME], options=options))


def time(inventory: Inventory, name: str) -> ExtensionTime:
    found = inventory.get(world.arn("lambda", f"function:{name}:extension-time"))
    assert isinstance(found, ExtensionTime)
    return found


def test_days_are_added_up_and_what_is_older_does_not_count(raw: Raw) -> None:
    inventory = made(raw)
    slow = time(inventory, "slow")
    assert (slow.calls, slow.after, slow.longest, slow.duration) == (600, 188_001.0, 90_000.0, 300_000.0)
    assert (slow.name, slow.function, slow.days) == ("slow", world.arn("lambda", "function:slow"), 14)
    idle = time(inventory, "idle")
    assert (idle.calls, idle.after, idle.longest, idle.duration) == (0, 0.0, 0.0, 0.0)
    assert {asset.name for asset in inventory.of(ExtensionTime)} == {"slow", "idle", "quick"}
    assert not inventory.missing_of(ExtensionTime)
    assert inventory.coverage.complete
    assert [(line.asked, line.answered, line.need) for line in inventory.coverage.calls if line.operation == NEED] == [
        (1, 1, NEED)
    ]


def test_the_rule_names_the_slow_one_also_from_a_snapshot(raw: Raw) -> None:
    inventory = made(raw)
    again = snapshot.decode(snapshot.encode(inventory))
    assert again.assets == inventory.assets
    for judged in (inventory, again):
        report = engine.audit(judged)
        (finding,) = [f for f in report.findings if f.rule == "extension-slow-after-response"]
        assert finding.functions == (world.arn("lambda", "function:slow"),)
        assert "313 ms on average after each of 600 calls" in finding.message
        assert finding.message.endswith("63% of the function's time; likely one from your layer agent:1")


def test_by_default_not_one_call_more_is_made_and_that_is_said(reached: Proxy) -> None:
    inventory = collect(Options(rates=UNLIMITED))
    usual = reached.ledger.by_operation()
    assert not [name for name in usual if name.startswith("cloudwatch")]
    assert not inventory.of(ExtensionTime)
    (row,) = inventory.missing_of(ExtensionTime)
    assert (row.region, row.unknown) == (world.HOME, Unknown("not asked: left to --metrics", NEED))
    assert inventory.coverage.complete
    reached.restore()
    collect()
    assert reached.ledger.by_operation() == usual + type(usual)({NEED: 1})


def test_thorough_asks_about_all(reached: Proxy) -> None:
    inventory = collect(Options(rates=UNLIMITED, metrics=True, thorough=True))
    assert time(inventory, "plain").calls == 5_000
    assert reached.ledger.by_operation()[NEED] == 1


@pytest.mark.parametrize("kind", ["denied", "unsupported", "failed", "throttled"])
def test_what_is_denied_is_not_known(reached: Proxy, kind: Literal["denied", "unsupported", "failed", "throttled"]) -> None:
    with faults_of(reached, Fault(kind, NEED)):
        inventory = collect(Options(metrics=True, rates=UNLIMITED, pause=0.01, refusals=1))
    assert not inventory.of(ExtensionTime)
    (row,) = inventory.missing_of(ExtensionTime)
    assert (row.region, row.unknown.need) == (world.HOME, NEED)
    (line,) = [line for line in inventory.coverage.calls if line.operation == NEED]
    assert line.asked == line.denied + line.failed + line.unsupported == 1
    report = engine.audit(inventory)
    assert [n.need for n in report.not_assessed if n.rule == "extension-slow-after-response"] == [NEED]


def results(raw: Raw) -> list[dict[str, Any]]:
    answer = raw[KEY]
    assert isinstance(answer, Answer)
    return [dict(item) for item in answer.items("MetricDataResults")]


def changed(raw: Raw, **change: Any) -> Inventory:
    """With another result for the time after the code of `slow`."""
    rows = [row | change if (row["Label"], row["Id"][:5]) == ("slow", "after") else row for row in results(raw)]
    return made(with_answer(raw, KEY, Answer({"MetricDataResults": rows})))


@pytest.mark.parametrize(
    "change",
    [
        {"StatusCode": "PartialData"}, {"StatusCode": "InternalError"}, {"StatusCode": None}, {"Values": None}, {"Values": 7},
        {"Values": ["90"]}, {"Values": [float("nan")]}, {"Values": [float("inf")]}, {"Values": [-1.0]}, {"Values": [True]},
    ],
    ids=str,
)  # fmt: skip
def test_a_part_or_an_odd_value_is_not_known(raw: Raw, change: dict[str, Any]) -> None:
    inventory = changed(raw, **change)
    assert isinstance(time(inventory, "slow").after, Unknown)
    assert time(inventory, "slow").calls == 600
    assert time(inventory, "quick").after == 25_000.0


def test_parts_on_several_pages_belong_together(raw: Raw) -> None:
    rows = results(raw)
    first = next(row for row in rows if (row["Label"], row["Id"][:5]) == ("slow", "after"))
    early, late = first | {"Values": first["Values"][:1], "StatusCode": "PartialData"}, first | {"Values": first["Values"][1:]}
    rest = [row for row in rows if row is not first]
    inventory = made(with_answer(raw, KEY, Answer({"MetricDataResults": [early, *rest, late]})))
    assert time(inventory, "slow").after == 188_001.0


def test_results_that_are_not_there_or_of_nobody_are_told(raw: Raw) -> None:
    rows = [row for row in results(raw) if row["Label"] != "slow"]
    inventory = made(with_answer(raw, KEY, Answer({"MetricDataResults": rows})))
    slow = world.arn("lambda", "function:slow:extension-time")
    found = inventory.find(ExtensionTime, slow)
    assert isinstance(found, Unknown)
    assert found.need == NEED
    strange = [*results(raw), rows[0] | {"Label": "stranger"}, rows[0] | {"Id": "price_1"}, "no record", rows[0] | {"Label": 7}]
    inventory = made(with_answer(raw, KEY, Answer({"MetricDataResults": strange})))
    assert time(inventory, "slow").calls == 600
    assert len(inventory.of(ExtensionTime)) == 3
    assert inventory.missing_of(ExtensionTime)
    assert not inventory.coverage.complete


def test_what_breaks_off_is_not_known(raw: Raw) -> None:
    gap = Unknown("throttled too often", NEED)
    inventory = made(with_answer(raw, KEY, Answer({"MetricDataResults": results(raw)[:5]}, rest=gap)))
    assert {row.unknown for row in inventory.missing_of(ExtensionTime)} == {gap}
    for asset in inventory.of(ExtensionTime):
        assert (asset.calls, asset.after, asset.longest, asset.duration) == (gap,) * 4


def test_questions_are_about_many_functions_each(reached: Proxy, raw: Raw) -> None:
    """A region with many functions, as the run sees it, in requests that the real SDK finds in order."""
    from lambdaudit.sources.aws.call import SETTLED, Scene, Sight
    from lambdaudit.sources.aws.calls import row

    many = Raw()
    for number in range(2 * BATCH + 1):
        arn = world.arn("lambda", f"function:f{number}")
        many.functions[arn] = Seen(world.ACCOUNT, world.HOME, arn, {"Layers": [{"Arn": "x"}]}, [])
    sight = Sight(Scene(many, world.ACCOUNT, "aws", metrics=True), world.HOME, "", {})
    wants = list(row("cloudwatch", "GetMetricData").when[SETTLED](sight))
    assert [want.subject for want in wants] == ["", "#2", "#3"]
    queries = [want.given["MetricDataQueries"] for want in wants if want.given]
    assert [len(some) for some in queries] == [500, 500, 4]
    assert len({q["Label"] for some in queries for q in some}) == 2 * BATCH + 1
    for want in wants:
        assert want.given
        answer = world.client("cloudwatch").get_metric_data(**want.given)
        assert len(answer["MetricDataResults"]) == len(want.given["MetricDataQueries"])


def test_a_run_that_was_ended_early_says_so() -> None:
    early = Raw()
    early.interrupted = True
    arn = world.arn("lambda", "function:f")
    early.functions[arn] = Seen(world.ACCOUNT, world.HOME, arn, {"FunctionArn": arn, "Layers": [{"Arn": "x"}]}, [])
    (row,) = made(early).missing_of(ExtensionTime)
    assert row.unknown == Unknown("interrupted before it was asked", NEED)


def test_where_extensions_can_be() -> None:
    def seen(configuration: Any, *versions: Any) -> Seen:
        return Seen("1", "r", "arn", configuration, list(versions))

    assert not may_have_extensions(seen({"PackageType": "Zip"}, {"Layers": []}))
    assert may_have_extensions(seen({"Layers": [{"Arn": "x"}]}))
    assert may_have_extensions(seen({"PackageType": "Image"}))
    assert may_have_extensions(seen({}, {"Layers": [{"Arn": "x"}]}))
    assert may_have_extensions(seen(Unknown("denied")))


def test_the_world_has_them_too(inventory: Inventory) -> None:
    orders = world.arn("lambda", "function:orders")
    assert isinstance(inventory.get(orders), Function)
    assert isinstance(inventory.get(f"{orders}:extension-time"), ExtensionTime)
    assert f"{orders}:extension-time" in {edge.source for edge in inventory.to(orders)}
