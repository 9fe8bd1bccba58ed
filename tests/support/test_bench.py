"""The benchmark measures what a command took, keeps recordings and says which bars are cleared."""

import dataclasses
import os
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from bench import collect_bench, measure
from bench.collect_bench import Result
from bench.peers import TOOLS
from bench.stage import Stage
from tests.support.estate_plan import REGIONS, Plan
from tests.support.wire import ACCOUNT

FUNCTIONS = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"
BURN = "import time\nstop = time.process_time() + 0.3\nwhile time.process_time() < stop: pass\n"


def test_cpu_of_grandchildren_exit_code_and_output_are_measured(tmp_path: Path) -> None:
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}]); print('done'); sys.exit(3)"
    usage = measure.run([sys.executable, "-c", nested], tmp_path, os.environ, limit=60)
    assert usage.exit == 3
    assert usage.cpu >= 0.3
    assert usage.wall >= 0.3
    assert usage.peak_mib > 5
    assert (tmp_path / "output.txt").read_text() == "done\n"


def test_a_command_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    usage = measure.run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, os.environ, limit=0.5)
    assert usage.exit is None
    assert usage.wall < 30


@pytest.mark.slow
def test_a_stage_answers_from_disk_the_second_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDAUDIT_BENCH_CACHE", str(tmp_path))
    plan = Plan(3, REGIONS[:1])
    with Stage(plan) as stage:
        assert not stage.recorded
        functions = client(stage)
        first = functions.list_functions()["Functions"]
        name = next(one["FunctionName"] for one in first if one["PackageType"] == "Zip")
        functions.add_permission(
            FunctionName=name, StatementId="x", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
        )
        first = functions.list_functions()["Functions"]
        policy = functions.get_policy(FunctionName=name)["Policy"]
        location = functions.get_function(FunctionName=name)["Code"]["Location"]
        assert location.startswith(stage.proxy.url)
        stage.save()
        truth = stage.truth
    with Stage(plan) as stage:
        assert stage.recorded
        assert stage.truth == truth
        functions = client(stage)
        assert functions.list_functions()["Functions"] == first
        answer = functions.get_function(FunctionName=name)
        assert answer["Code"]["Location"].startswith(stage.proxy.url)
        assert not stage.proxy.ledger.missed
        assert functions.get_resource_policy(ResourceArn=f"{FUNCTIONS}{name}")["Policy"] == policy
        assert stage.unknown == 0
        with pytest.raises(ClientError, match="NotRecorded"):
            functions.list_layers()
        assert stage.unknown == 1


def client(stage: Stage) -> Any:
    return boto3.client(
        "lambda",
        region_name="us-east-1",
        endpoint_url=stage.proxy.url,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="made-up",
    )


def result(tool: str, wall: float, **changes: object) -> Result:
    plain = Result(tool, functions=100, regions=3, latency_ms=30, quotas=True, bound=10, wall=wall, exits=[0])
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def test_bars_are_missed_by_exactly_what_is_above_them() -> None:
    good = result("lambdaudit", 13, cpu=9.9, peak_mib=286, calls={"lambda:GetPolicy": 400, "lambda-package:Download": 9})
    assert all(line.startswith("  ok") for line in collect_bench.bars(good, [result("slow", 130)]))
    bad = result("lambdaudit", 13.1, cpu=10, peak_mib=287, calls={"lambda:GetPolicy": 401}, refused={"lambda:GetPolicy": 1})
    assert all(line.startswith("  MISS") for line in collect_bench.bars(bad, [result("slow", 130)]))


def test_the_table_has_a_row_for_each_tool() -> None:
    lines = collect_bench.table([result("one", 20), result("two", 5, exits=[0, None])]).splitlines()
    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1
    assert "2.00" in lines[2]
    assert "0, stopped" in lines[3]


def test_every_tool_names_its_regions_and_its_folder(tmp_path: Path) -> None:
    for tool in TOOLS.values():
        commands = tool.commands(["us-east-1", "eu-west-1"], tmp_path)
        text = " ".join(part for command in commands for part in command)
        assert "us-east-1" in text
        assert "eu-west-1" in text
        assert str(tmp_path) in text


def test_all_stands_for_every_tool() -> None:
    assert collect_bench.parse(["--tool", "all"]).tools == list(TOOLS)
    assert collect_bench.parse([]).tools == ["lambdaudit"]
