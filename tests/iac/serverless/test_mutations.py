"""Damaged services and assemblies: whatever stands where, the reader ends, and what it tells is one line each."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit.sources.cdk import read_cdk
from lambdaudit.sources.iac.discover import lifted
from lambdaudit.sources.iac.documents import DocumentError, parse
from lambdaudit.sources.iac.resources import Options
from lambdaudit.sources.serverless import read_serverless

CASES = Path(__file__).parent.parent
SERVICES = ["orders", "perfn", "front"]
STACKS = [
    "manifest.json",
    "Main.template.json",
    "Main.metadata.json",
    "Main.assets.json",
    "MainPart30CBEDB7.nested.template.json",
]
ODD: list[Any] = [
    None, 5, 1.5, True, "", "*", "${ssm:/a}", "${self:service}", "a${env:X}b", "arn:", "\x00", [], {}, [1, [2]],
    {"Ref": "X"}, {"Ref": 5}, {"Fn::GetAtt": ["X", "Arn"]}, {"Fn::Sub": "${X}-${ssm:/x}"}, {"Fn::Join": 5}, {"Fn::If": ["a"]},
]  # fmt: skip
mutations = st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(ODD)), min_size=1, max_size=5)


def _damaged(value: Any, changes: list[tuple[int, Any]]) -> Any:
    places: list[tuple[Any, Any]] = []
    stack = [value]
    while stack:
        one = stack.pop()
        for key, inner in one.items() if isinstance(one, dict) else enumerate(one):
            places.append((one, key))
            if isinstance(inner, dict | list):
                stack.append(inner)
    for number, odd in changes:
        container, key = places[number % len(places)]
        container[key] = odd
    return value


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(SERVICES), mutations)
def test_services(name: str, changes: list[tuple[int, Any]]) -> None:
    value = parse((CASES / "serverless" / name / "serverless.yml").read_text("utf-8"), name).value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "serverless.yml"
        path.write_text(f"# {name}\n{json.dumps(_damaged(value, changes))}", "utf-8")
        try:
            read = read_serverless(path, Options(path.parent))
        except DocumentError as error:
            assert "\n" not in str(error)  # noqa: PT017 - damage may also make it no service
            return
        found = lifted(read, Options(path.parent))
        assert all("\n" not in line for line in (*read.notes, *read.errors, *found.notes))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(STACKS), mutations)
def test_assemblies(name: str, changes: list[tuple[int, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(CASES / "cdk" / "shop" / "cdk.out", Path(folder) / "cdk.out")
        path = Path(folder) / "cdk.out" / name
        path.write_text(json.dumps(_damaged(json.loads(path.read_text("utf-8")), changes)), "utf-8")
        try:
            read = read_cdk(path.parent, Options(Path(folder)))
        except DocumentError as error:
            assert "\n" not in str(error)  # noqa: PT017 - damage may also make it no manifest
            return
        found = lifted(read, Options(Path(folder)))
        assert all("\n" not in line for line in (*read.notes, *read.errors, *found.notes))
