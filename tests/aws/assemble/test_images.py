"""Images, their scans and Inspector's findings, from a real run against the fake AWS."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from lambdaudit.model.base import Asset
from lambdaudit.model.functions import Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.resources import ContainerImage, ImageRepository, InspectedFunction, Inspector
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.sources.aws.gather import Options, gather
from lambdaudit.sources.aws.raw import Answer, Key, Raw
from lambdaudit.sources.aws.session import open_account
from tests.aws.assemble import world
from tests.aws.assemble.conftest import made
from tests.aws.assemble.test_denied import with_answer
from tests.aws.test_gather import UNLIMITED
from tests.support import scans
from tests.support.fakeaws import FakeAws
from tests.support.faults import Fault
from tests.support.fixtures import point_at
from tests.support.proxy import Proxy, faults_of

KIND = "application/vnd.docker.distribution.manifest.v2+json"
REGISTRY = f"{world.ACCOUNT}.dkr.ecr.{world.HOME}.amazonaws.com"
FOREIGN = f"{world.FRIEND}.dkr.ecr.{world.HOME}.amazonaws.com/shared:1"


def function(name: str, uri: str) -> str:
    """A function from an image; gives the digest that it runs."""
    role = f"arn:aws:iam::{world.ACCOUNT}:role/app/worker"
    world.client("lambda").create_function(FunctionName=name, Role=role, PackageType="Image", Code={"ImageUri": uri})
    code = world.client("lambda").get_function(FunctionName=name)["Code"]
    return str(code["ResolvedImageUri"].partition("@")[2])


def push(repository: str, tag: str, digest: str, *, scanned: bool = True) -> None:
    ecr = world.client("ecr")
    manifest = json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": digest})
    ecr.put_image(
        repositoryName=repository, imageManifest=manifest, imageManifestMediaType=KIND, imageTag=tag, imageDigest=digest
    )
    if scanned:
        ecr.start_image_scan(repositoryName=repository, imageId={"imageDigest": digest})


def basic(name: str, severity: str = "HIGH", **attributes: str) -> dict[str, Any]:
    told = {"package_name": "openssl", "package_version": "3.0.1", **attributes}
    return {"name": name, "severity": severity, "attributes": [{"key": k, "value": v} for k, v in told.items()]}


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[Proxy, FakeAws, dict[str, str]]]:
    """Functions from images of all sorts; gives the digest of each."""
    with FakeAws() as fake, Proxy(fake) as proxy, pytest.MonkeyPatch.context() as patch:
        point_at(proxy, patch)
        role = world.client("iam").create_role(RoleName="worker", Path="/app/", AssumeRolePolicyDocument=world.TRUST)
        assert role
        ecr = world.client("ecr")
        ecr.create_repository(
            repositoryName="shop/web", imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
            imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "dev-*"}],
            encryptionConfiguration={"encryptionType": "KMS"}, imageScanningConfiguration={"scanOnPush": True},
        )  # fmt: skip
        ecr.create_repository(repositoryName="tools")
        rules = [{"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [{"filter": "shop/*", "filterType": "WILDCARD"}]}]
        ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=rules)
        digests = {name: function(name, f"{REGISTRY}/shop/web:{name}") for name in ("many", "clean", "never", "gone", "enhanced")}
        digests["alone"] = function("alone", f"{REGISTRY}/tools:1")
        function("foreign", FOREIGN)
        digests |= {name: function(name, f"{REGISTRY}/lost:{name}") for name in ("lost-1", "lost-2")}
        for name in ("many", "clean", "enhanced"):
            push("shop/web", name, digests[name])
        push("shop/web", "never", digests["never"], scanned=False)
        push("tools", "1", digests["alone"])
        _scan(fake, digests)
        world.client("inspector2").enable(accountIds=[world.ACCOUNT], resourceTypes=["LAMBDA", "LAMBDA_CODE"])
        clean = world.arn("lambda", "function:clean")
        found = [scans.package(clean, f"CVE-2024-{n:04}", "requests", "2.19.0", severity="LOW") for n in range(249)]
        other = scans.package(world.arn("lambda", "function:not-there"), "CVE-2024-1", "x", "1")
        scans.inspector_says(fake, world.HOME, scans.code(clean, "python/sql@v1", "app.py", 7), *found, other)
        yield proxy, fake, digests


def _scan(fake: FakeAws, digests: dict[str, str]) -> None:
    done = {"status": "COMPLETE"}
    many = [basic(f"CVE-2023-{n:05}", "LOW" if n else "CRITICAL", patched_versions="3.0.12") for n in range(1200)]
    summary = {"imageScanCompletedAt": 1790000000, "findingSeverityCounts": {"CRITICAL": 1, "LOW": 1199}}
    web = (fake, world.HOME, "shop/web")
    scans.scan_says(*web, digests["many"], imageScanStatus=done, imageScanFindings={**summary, "findings": many})
    empty = {"imageScanCompletedAt": 1790000000, "findings": []}
    scans.scan_says(*web, digests["clean"], imageScanStatus=done, imageScanFindings=empty)
    glibc = {"release": "9+deb12u4", "packageManager": "OS", "fixedInVersion": "NotAvailable"}
    also = {"relatedVulnerabilities": ["GLIBC-SA-2024-0004"]}
    package = scans.package("x", "CVE-2024-2961", "glibc", "2.36", details=also, vulnerable=glibc)
    enhanced = {"imageScanCompletedAt": 1790000000, "enhancedFindings": [{**package, "score": 8.8, "exploitAvailable": "YES"}]}
    scans.scan_says(*web, digests["enhanced"], imageScanStatus={"status": "ACTIVE"}, imageScanFindings=enhanced)
    busy = {"imageScanStatus": {"status": "IN_PROGRESS"}, "imageScanFindings": {}}
    scans.scan_says(fake, world.HOME, "tools", digests["alone"], **busy)


@pytest.fixture(scope="module")
def raw(shop: tuple[Proxy, FakeAws, dict[str, str]]) -> Raw:
    return collect()


@pytest.fixture(scope="module")
def found(raw: Raw) -> Inventory:
    return made(raw)


def collect() -> Raw:
    return gather([open_account(region=world.HOME)], regions=[world.HOME], options=Options(rates=UNLIMITED))


def image(found: Inventory, digests: dict[str, str], name: str) -> ContainerImage:
    repository = world.arn("ecr", "repository/tools" if name == "alone" else "repository/shop/web")
    asset = found.get(f"{repository}/{digests[name]}")
    assert isinstance(asset, ContainerImage)
    return asset


def test_repositories_tell_how_they_are_scanned(found: Inventory) -> None:
    web, tools = (found.get(world.arn("ecr", f"repository/{name}")) for name in ("shop/web", "tools"))
    assert isinstance(web, ImageRepository)
    assert isinstance(tools, ImageRepository)
    assert (web.scan_type, web.scan_frequency, web.scan_on_push) == ("ENHANCED", "CONTINUOUS_SCAN", True)
    assert (tools.scan_type, tools.scan_frequency, tools.scan_on_push) == ("ENHANCED", "MANUAL", False)
    assert (web.tag_mutability, web.tag_exclusions, web.encryption) == ("IMMUTABLE_WITH_EXCLUSION", ("dev-*",), "KMS")
    assert (tools.encryption, tools.key) == ("AES256", None)


def test_findings_of_all_pages_the_worst_first_and_bounded(
    raw: Raw, found: Inventory, shop: tuple[Proxy, FakeAws, dict[str, str]]
) -> None:
    many = image(found, shop[2], "many")
    findings = known(many.findings)
    assert (findings[0].name, findings[0].severity, len(findings)) == ("CVE-2023-00000", "CRITICAL", 500)
    assert (findings[0].packages[0].name, findings[0].packages[0].fixed) == ("openssl", "3.0.12")
    assert many.unread == Unknown("only the worst 500 of 1200 findings were kept")
    assert many.counts == (("CRITICAL", 1), ("LOW", 1199))
    assert many.functions == (world.arn("lambda", "function:many"),)
    assert many.image_tags == ("many",)
    asked = [key.subject for key, _ in raw.each("ecr", "DescribeImageScanFindings") if key.subject.startswith(many.id)]
    assert asked == [many.id, f"{many.id}#2"]


def test_scan_states(found: Inventory, shop: tuple[Proxy, FakeAws, dict[str, str]]) -> None:
    digests = shop[2]
    clean, never, alone = (image(found, digests, name) for name in ("clean", "never", "alone"))
    assert (clean.scan_status, clean.findings, clean.unread) == ("COMPLETE", (), None)
    assert isinstance(clean.scanned, str)
    assert clean.scanned.startswith("2026-")
    assert (never.scan_status, never.scanned, never.findings) == (None, None, Unknown("it was never scanned"))
    assert alone.findings == Unknown("its scan has the state IN_PROGRESS")


def test_findings_of_enhanced_scanning(found: Inventory, shop: tuple[Proxy, FakeAws, dict[str, str]]) -> None:
    asset = image(found, shop[2], "enhanced")
    (finding,) = known(asset.findings)
    assert (asset.scan_status, finding.aliases, finding.score, finding.exploit) == ("ACTIVE", ("GLIBC-SA-2024-0004",), 8.8, True)
    package = finding.packages[0]
    assert (package.name, package.version, package.fixed, package.manager) == ("glibc", "2.36-9+deb12u4", "", "OS")


def test_a_deleted_image_is_known_to_be_gone_and_the_others_of_its_batch_are_read(
    raw: Raw, found: Inventory, shop: tuple[Proxy, FakeAws, dict[str, str]]
) -> None:
    gone = f"{world.arn('ecr', 'repository/shop/web')}/{shop[2]['gone']}"
    assert gone in found.absent
    assert found.find(ContainerImage, gone) is None
    assert len([key for key, _ in raw.each("ecr", "DescribeImages") if "shop/web" in key.subject]) == 1 + 5


def test_images_of_a_deleted_repository_are_gone_with_it(found: Inventory, shop: tuple[Proxy, FakeAws, dict[str, str]]) -> None:
    repository = world.arn("ecr", "repository/lost")
    assert {repository, *(f"{repository}/{shop[2][name]}" for name in ("lost-1", "lost-2"))} <= found.absent


def test_an_image_of_another_account_needs_a_right(found: Inventory) -> None:
    fn = found.get(world.arn("lambda", "function:foreign"))
    assert isinstance(fn, Function)
    reference = known(fn.image)
    assert reference
    digest = reference.resolved.partition("@")[2]
    missing = found.find(ContainerImage, f"arn:aws:ecr:{world.HOME}:{world.FRIEND}:repository/shared/{digest}")
    assert isinstance(missing, Unknown)
    assert missing.need == "ecr:DescribeImages"


def test_inspectors_findings_of_all_pages_belong_to_functions(raw: Raw, found: Inventory) -> None:
    (state,) = found.of(Inspector)
    assert (state.packages, state.code, state.images) == ("ENABLED", "ENABLED", "DISABLED")
    (asset,) = found.of(InspectedFunction)
    assert asset.function == world.arn("lambda", "function:clean")
    code, *packages = known(asset.findings)
    assert (code.kind, code.name, code.path, code.line, code.cwes) == ("code", "python/sql@v1", "app.py", 7, ("CWE-89",))
    assert len(packages) == 249
    assert [key.subject for key, _ in raw.each("inspector2", "ListFindings")] == ["", "#2", "#3"]


def test_calls_are_few(shop: tuple[Proxy, FakeAws, dict[str, str]]) -> None:
    proxy, *_ = shop
    proxy.clear()
    collect()
    calls = proxy.ledger.by_operation()
    assert calls["ecr:GetRegistryScanningConfiguration"] == calls["inspector2:BatchGetAccountStatus"] == 1
    assert calls["ecr:DescribeRepositories"] == 3
    assert calls["ecr:DescribeImageScanFindings"] == 6  # many twice, clean, never, enhanced, alone


@pytest.mark.parametrize(
    "operation",
    [
        "ecr:DescribeImages",
        "ecr:DescribeImageScanFindings",
        "ecr:DescribeRepositories",
        "ecr:GetRegistryScanningConfiguration",
        "inspector2:BatchGetAccountStatus",
        "inspector2:ListFindings",
    ],
)
@pytest.mark.parametrize("kind", ["denied", "unsupported"])
def test_what_is_denied_is_not_known(
    shop: tuple[Proxy, FakeAws, dict[str, str]], operation: str, kind: Literal["denied", "unsupported"]
) -> None:
    with faults_of(shop[0], Fault(kind, operation)):
        inventory = made(
            gather([open_account(region=world.HOME)], regions=[world.HOME], options=Options(pause=0.01, rates=UNLIMITED))
        )
    images, repositories = inventory.of(ContainerImage), inventory.of(ImageRepository)
    needs = {missing.unknown.need for missing in inventory.missing}
    if operation == "ecr:DescribeImageScanFindings":
        assert {asset.findings.need for asset in images if isinstance(asset.findings, Unknown)} == {operation}
        assert not any(isinstance(asset.findings, tuple) for asset in images)
    elif operation == "ecr:GetRegistryScanningConfiguration":
        assert {asset.scan_type.need for asset in repositories if isinstance(asset.scan_type, Unknown)} == {operation}
    elif operation == "inspector2:BatchGetAccountStatus":
        (state,) = inventory.of(Inspector)
        assert isinstance(state.packages, Unknown)
        assert state.packages.need == operation
        assert inventory.of(InspectedFunction)  # findings are facts, whoever may read the state
    else:
        assert operation in needs
        kinds: dict[str, type[Asset]] = {"ecr:DescribeImages": ContainerImage, "ecr:DescribeRepositories": ImageRepository}
        assert not inventory.of(kinds.get(operation, InspectedFunction))


def test_inspector_that_is_off_is_a_fact_and_nothing_more_is_asked(raw: Raw) -> None:
    off = {name: {"status": "DISABLED"} for name in ("lambda", "lambdaCode", "ecr")}
    key = Key("inspector2", "BatchGetAccountStatus", world.ACCOUNT, world.HOME)
    found = with_answer(raw, key, Answer({"accounts": [{"accountId": world.ACCOUNT, "resourceState": off}]}))
    found = with_answer(found, key._replace(operation="ListFindings"), Answer({}, inferred="Amazon Inspector does not scan …"))
    (state,) = made(found).of(Inspector)
    assert (state.packages, state.code) == ("DISABLED", "DISABLED")


def test_odd_answers_are_not_known(raw: Raw, shop: tuple[Proxy, FakeAws, dict[str, str]]) -> None:
    web = world.arn("ecr", "repository/shop/web")
    key = Key("ecr", "DescribeImageScanFindings", world.ACCOUNT, world.HOME, f"{web}/{shop[2]['clean']}")
    answers: tuple[Any, ...] = (
        [], {"findings": 7}, {"findings": [{"name": 7}]}, {"enhancedFindings": [{"type": "PACKAGE_VULNERABILITY"}]},
    )  # fmt: skip
    for odd in answers:
        after = made(with_answer(raw, key, Answer({"imageScanStatus": {"status": "COMPLETE"}, "imageScanFindings": odd})))
        assert isinstance(image(after, shop[2], "clean").findings, Unknown), odd
    long = [{"key": "package_name", "value": "p" * 60_000}]
    huge = {"name": "CVE-1 " + "x" * 60_000, "severity": "high\x1b[31m" * 99, "attributes": long}
    after = made(with_answer(raw, key, Answer({"imageScanFindings": {"findings": [huge]}})))
    (finding,) = known(image(after, shop[2], "clean").findings)
    assert (len(finding.name), len(finding.severity), len(finding.packages[0].name)) == (128, 40, 300)
    status = Key("inspector2", "BatchGetAccountStatus", world.ACCOUNT, world.HOME)
    (state,) = made(with_answer(raw, status, Answer({"accounts": []}))).of(Inspector)
    assert isinstance(state.packages, Unknown)


def test_snapshot_of_findings_survives(found: Inventory, tmp_path: Path) -> None:
    from lambdaudit.model import snapshot

    assert snapshot.decode(snapshot.encode(found)).assets == found.assets
