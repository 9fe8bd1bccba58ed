"""Live collection through the public function: what is asked, how often, and that pages and lists lose nothing."""

import boto3
import msgspec

from lambdaudit import engine
from lambdaudit.model.functions import Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.snapshot import decode, encode
from lambdaudit.reporters import json_report
from lambdaudit.sources.aws.collect import Request, collect
from tests.support.estate import Estate
from tests.support.fakeaws import FakeAws
from tests.support.faults import Fault
from tests.support.proxy import faults_of


def test_each_resource_is_read_once(estate_small: Estate) -> None:
    """REG-22: no role, bucket, key or queue is fetched again for every function that uses it."""
    estate_small.proxy.clear()
    collect(Request())
    twice = {request[0]: count for request, count in estate_small.proxy.ledger.requests.items() if count > 1}
    assert not twice


def test_no_rights_are_simulated_before_asking(estate_small: Estate) -> None:
    """REG-16: we try, record and go on; simulation calls need rights of their own and know no inline policies."""
    estate_small.proxy.clear()
    collect(Request())
    assert not [name for name in estate_small.proxy.ledger.by_operation() if "Simulate" in name]


def test_small_pages_give_the_same_inventory(estate_small: Estate) -> None:
    """REG-8: every list call pages, far beyond the second page."""
    whole = collect(Request())
    proxy, fake = estate_small.proxy, estate_small.proxy.backend
    assert isinstance(fake, FakeAws)
    try:
        fake.page_size = 3
        proxy.answers.clear()
        paged = collect(Request())
    finally:
        fake.page_size = None
        proxy.answers.clear()
    assert encode(_undated(paged)) == encode(_undated(whole))


def test_a_list_file_is_audited_once_whatever_the_regions(estate_small: Estate) -> None:
    """REG-13: three functions of two regions in a file, each asked exactly once; a bad line is reported and the rest runs."""
    functions = collect(Request()).of(Function)
    first = next(f for f in functions if f.region == "us-east-1")
    chosen = [first, *[f for f in functions if f.region == "eu-west-1"][:2]]
    problems: list[str] = []
    lines = ("# three functions", "", *(f.id for f in chosen), "arn:aws:sqs:eu-west-1:123456789012:not-a-function")
    estate_small.proxy.clear()
    inventory = collect(Request(lines=lines, source="list.txt"), on_problem=problems.append)
    assert {f.id for f in inventory.of(Function)} == {f.id for f in chosen}
    assert problems
    assert problems[0].startswith("list.txt:6:")
    asked = estate_small.proxy.ledger.requests
    assert {request[0] for request in asked} >= {"lambda:GetPolicy"}
    assert not [request for request, count in asked.items() if count > 1]


def test_a_blocked_region_is_a_coverage_line_and_the_others_are_audited(estate_small: Estate) -> None:
    with faults_of(estate_small.proxy, Fault("denied", "*", regions="ap-southeast-2")):
        inventory = collect(Request())
    assert {f.region for f in inventory.of(Function)} == {"us-east-1", "eu-west-1"}
    report = engine.audit(inventory)
    assert any(n.region == "ap-southeast-2" for n in report.not_assessed)
    assert not inventory.coverage.complete


def test_odd_records_never_end_the_run(estate_small: Estate) -> None:
    whole = {f.id for f in collect(Request()).of(Function)}
    with faults_of(estate_small.proxy, Fault("odd", "*", share=0.5, seed=3)):
        inventory = collect(Request())
        report = engine.audit(inventory)
    assert {f.id for f in inventory.of(Function)} == whole
    assert not [n for n in report.not_assessed if n.status == "error"]


def test_container_image_functions_are_there(estate_small: Estate) -> None:
    """REG-12."""
    images = [f for f in collect(Request()).of(Function) if f.package_type == "Image"]
    assert images
    assert all(f.image for f in images)


def test_no_presigned_address_is_kept(estate_small: Estate) -> None:
    """REG-19."""
    text = encode(collect(Request())).decode()
    assert "X-Amz-Signature" not in text
    assert "awslambda-" not in text


def test_a_snapshot_gives_exactly_the_live_result(estate_small: Estate) -> None:
    inventory = collect(Request())
    live = json_report.render(engine.audit(inventory))
    assert json_report.render(engine.audit(decode(encode(inventory)))) == live


def _undated(inventory: Inventory) -> Inventory:
    return Inventory(
        [msgspec.structs.replace(a, **_blank(a)) for a in inventory.assets],
        missing=inventory.missing,
        listed=inventory.listed,
        absent=inventory.absent,
    )


def _blank(asset: object) -> dict[str, object]:
    """Fingerprints are keyed by a random key of each run."""
    variables = getattr(asset, "environment", ())
    if not isinstance(variables, tuple) or not variables:
        return {}
    return {"environment": tuple(msgspec.structs.replace(v, fingerprint="") for v in variables)}


def test_an_audit_of_one_function_is_about_what_is_around_it(estate_small: Estate) -> None:
    every = estate_small.truth.functions["eu-west-1"]
    chosen = every[0]
    others = {arn for region in estate_small.truth.functions.values() for arn in region} - {chosen}
    report = engine.audit(collect(Request(functions=(chosen,))))
    assert [view["id"] for view in report.functions] == [chosen]
    assert report.findings
    for finding in report.findings:
        assert not finding.functions or chosen in finding.functions, finding.message
        assert finding.asset not in others
    groups = {finding.asset_name for finding in report.findings if finding.asset_kind == "log-group"}
    assert groups <= {f"/aws/lambda/{chosen.rpartition(':')[2]}"}


def test_old_versions_whose_policy_is_left_out_open_nothing_else(estate_small: Estate) -> None:
    function = estate_small.truth.functions["eu-west-1"][0]
    client = boto3.client("lambda", region_name="eu-west-1")
    published: list[str] = []
    try:
        for number in range(12):
            client.update_function_configuration(FunctionName=function, Description=f"release {number}")
            published.append(client.publish_version(FunctionName=function)["Version"])
        report = engine.audit(collect(Request(regions=("eu-west-1",))))
    finally:
        for version in published:
            client.delete_function(FunctionName=function, Qualifier=version)
        client.update_function_configuration(FunctionName=function, Description="")
    kinds = {row.asset_kind for row in report.not_assessed if row.need == "lambda:GetPolicy"}
    assert kinds == {"function-version"}


def test_layers_are_not_gone_because_their_list_is_denied(estate_small: Estate) -> None:
    with faults_of(estate_small.proxy, Fault("denied", "lambda:ListLayers")):
        report = engine.audit(collect(Request()))
    assert [finding.message for finding in report.findings if finding.rule == "layer-gone"] == []
