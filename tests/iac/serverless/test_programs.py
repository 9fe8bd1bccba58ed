"""Services of the Serverless Framework that are programs: never run, read as they were packaged."""

import json
from pathlib import Path

import pytest

from lambdaudit.model.functions import Function
from lambdaudit.sources.iac.discover import find, read_directory
from lambdaudit.sources.iac.resources import Options

PROGRAM = "const service: AWS = { service: 'orders', provider: { name: 'aws' }, functions: {} };\nmodule.exports = service;\n"
PACKAGED = {
    "Resources": {
        "OrdersLambdaFunction": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "orders-dev-list",
                "Handler": "a.b",
                "Runtime": "nodejs24.x",
                "Role": "arn:aws:iam::111122223333:role/orders",
                "Code": {"S3Bucket": "b", "S3Key": "serverless/orders/dev/orders.zip"},
            },
        }
    }
}


@pytest.mark.parametrize("name", ["serverless.ts", "serverless.js", "serverless.mjs"])
def test_a_program_is_one_line_that_says_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(PROGRAM, "utf-8")
    lifted = read_directory(tmp_path, Options(tmp_path))
    assert lifted.assets == []
    (line,) = lifted.errors
    assert line.startswith(f"{name}: ")
    assert "serverless package" in line
    assert read_directory(tmp_path / name, Options(tmp_path)).errors == [line]


def test_what_was_packaged_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "orders"
    (folder / ".serverless").mkdir(parents=True)
    (folder / "serverless.ts").write_text(PROGRAM, "utf-8")
    (folder / ".serverless" / "cloudformation-template-update-stack.json").write_text(json.dumps(PACKAGED), "utf-8")
    lifted = read_directory(tmp_path, Options(tmp_path))
    assert lifted.errors == []
    assert [asset.name for asset in lifted.assets if isinstance(asset, Function)] == ["orders-dev-list"]
    assert any("as it was last packaged" in note for note in lifted.notes)


def test_other_programs_of_that_name_and_services_with_a_file_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "component").mkdir()
    (tmp_path / "component" / "serverless.js").write_text("module.exports = class extends Component {}\n", "utf-8")
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "serverless.js").write_text("class Tool { run(service, provider, functions) {} }\n", "utf-8")
    (tmp_path / "both").mkdir()
    (tmp_path / "both" / "serverless.ts").write_text(PROGRAM, "utf-8")
    (tmp_path / "both" / "serverless.yml").write_text("service: orders\nprovider: {name: aws}\n", "utf-8")
    found, _ = find(tmp_path)
    assert [one.path.name for one in found] == ["serverless.yml"]
