"""Broken and hostile outputs: read in part or refused in one line, within bounds, never a traceback."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit.model.functions import Function
from lambdaudit.reporters import json_report
from lambdaudit.sources.iac.discover import read_directory
from lambdaudit.sources.iac.documents import DocumentError
from lambdaudit.sources.iac.resources import Options
from lambdaudit.sources.pulumi.names import names_of, snake
from lambdaudit.sources.pulumi.read import read_pulumi
from lambdaudit.sources.pulumi.sniff import is_output
from tests.iac.parity.applications import judge

from .shop import shop
from .stack import ARCHIVE, FILE, SIGNATURE, UNKNOWN, Program, archive
from .test_reading import worker

_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        -1,
        1e308,
        "",
        "x",
        UNKNOWN,
        f"arn:aws:iam::1:role/{UNKNOWN}",
        [],
        {},
        [[]],
        [{}],
        [None],
        {"a": [1]},
        {SIGNATURE: "no such kind"},
        {SIGNATURE: ARCHIVE, "assets": {"": {SIGNATURE: ARCHIVE, "assets": []}}},
        {SIGNATURE: FILE, "path": "\x00"},
        {SIGNATURE: _OUTPUT, "value": {SIGNATURE: _OUTPUT}},
        {SIGNATURE: _RESOURCE, "urn": "urn:pulumi:a::b::c::d"},
        "urn:pulumi:dev::shop::aws:lambda/function:Function::orders",
        "project:///x#0",
        "read",
        "delete",
        "aws:iam/role:Role",
        "aws-native:lambda:Function",
    ]
)
_SMALL = [row for row in shop().rows if row.own in ("jobs", "orders", "rest", "gate", "common", "carter", "uploads", "copy")]


def _document(preview: bool) -> Any:
    program = Program(rows=_SMALL)
    return json.loads(json.dumps(program.preview() if preview else program.export()))


def _paths(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(deeper for key, value in inner for deeper in _paths(value, (*path, key)))]


_DOCUMENTS = [(document, _paths(document)[1:]) for document in (_document(True), _document(False))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_odd_documents_are_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    original, paths = data.draw(st.sampled_from(_DOCUMENTS))
    document = json.loads(json.dumps(original))
    for path in data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=4)):
        target = document
        with contextlib.suppress(KeyError, IndexError, TypeError):
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = json.loads(json.dumps(data.draw(_ODD)))
    (tmp_path / "p.json").write_text(json.dumps(document), "utf-8")
    with contextlib.suppress(DocumentError):
        found = read_pulumi(tmp_path / "p.json", Options(tmp_path))
        found.inventory(source="x", created="2026-11-21T00:00:00+00:00")
        assert UNKNOWN not in repr([asset.id for asset in found.assets])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_behind_the_marks(tmp_path: Path, rest: bytes) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(b'{"steps": [{"urn": "urn:pulumi:' + rest)
    assert is_output(path)
    with contextlib.suppress(DocumentError):
        read_pulumi(path, Options(tmp_path))


def test_one_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    worker(program := Program())
    program.write(tmp_path / "good.json")
    (tmp_path / "bad.json").write_text('{"deployment": {"resources": [{"urn": "urn:pulumi:a::b::c::d",', "utf-8")
    lifted = read_directory(tmp_path, Options(tmp_path))
    assert [a.name for a in lifted.assets if isinstance(a, Function)] == ["orders"]
    assert len(lifted.errors) == 1
    assert lifted.errors[0].startswith("bad.json:1: is not JSON")


def test_deep_values_and_circles_end(tmp_path: Path) -> None:
    deep: Any = "x"
    for _ in range(150):
        deep = {"a": deep}
    members: Any = archive("x")
    for _ in range(80):
        members = {SIGNATURE: ARCHIVE, "assets": {"m": members}}
    program = Program()
    function = worker(program, environment={"variables": {"A": deep}}, code=members)
    function.extra["parent"] = function.urn
    function.extra["dependencies"] = [function.urn]
    program.write(tmp_path / "p.json")
    lifted = read_directory(tmp_path, Options(tmp_path))
    assert [a.name for a in lifted.assets if isinstance(a, Function)] == ["orders"]


def test_texts_that_no_json_can_carry_become_ones_that_it_can(tmp_path: Path) -> None:
    """Lone surrogates and control characters in names, keys and types reach every output as valid Unicode."""
    program = Program()
    odd = "\ud800\x1b[31m"
    worker(program, environment={"variables": {odd: UNKNOWN, "B": {SIGNATURE: odd}}}, tags={odd: odd})
    queue = program.add("aws:sqs/queue:Queue", f"q{odd}", name=f"q{odd}", policy=[UNKNOWN])
    program.add("aws:sqs/queuePolicy:QueuePolicy", "p", queueUrl=queue.id, policy=odd)
    program.add(f"aws:no{odd}/such:Thing", "y")
    (tmp_path / "p.json").write_text(json.dumps(program.export()), "utf-8")
    lifted = read_directory(tmp_path, Options(tmp_path))
    inventory = lifted.inventory(source="x", created="2026-11-22T00:00:00Z")
    assert json_report.render(judge(inventory))
    "".join(inventory.coverage.notes).encode()


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    worker(program := Program())
    program.write(tmp_path / "out.json")
    (tmp_path / "in/link.json").symlink_to(tmp_path / "out.json")
    assert read_directory(tmp_path / "in", Options(tmp_path / "in")).assets == []


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("aws:lambda/function:Function", "aws_lambda_function"),
        ("aws:lambda:Function", "aws_lambda_function"),
        ("aws:s3/bucketV2:BucketV2", "aws_s3_bucket"),
        ("aws:apigateway/restApi:RestApi", "aws_api_gateway_rest_api"),
        ("aws:ec2/vpc:Vpc", "aws_vpc"),
        ("aws-native:ec2:Vpc", "AWS::EC2::VPC"),
        ("aws-native:wafv2:WebAclAssociation", "AWS::WAFv2::WebACLAssociation"),
        ("kubernetes:core/v1:Pod", None),
        ("", None),
    ],
)
def test_types_by_token(token: str, expected: str | None) -> None:
    found = names_of(token)
    assert (found.type if found else None) == expected


@given(st.from_regex(r"[a-z][a-z0-9]{0,5}(?:_[a-z][a-z0-9]{0,5}){0,4}", fullmatch=True))
def test_camel_case_and_back(name: str) -> None:
    first, *rest = name.split("_")
    assert snake(first + "".join(part.capitalize() for part in rest)) == name
