"""What the syntax of own code tells a reviewer, through the analysis of a package."""

import io
from typing import Any

import pytest

from lambdaudit.code.analysis import analyse_function
from lambdaudit.code.filesystem import Part, compose
from lambdaudit.model.code import CodeIssue
from tests.code.analysis.test_analysis import FN, function
from tests.code.zips import zipped

KINDS = ("many-paths", "refusal-not-logged", "client-in-handler")


def habits(files: dict[str, str], **more: Any) -> list[tuple[str, str, int]]:
    """(kind, file, line) of what is told about the files of a package."""
    package = io.BytesIO(zipped(dict(files)))
    code = analyse_function(compose(Part(FN, package), ()), function=function(**more))
    assert isinstance(code.issues, tuple)
    found: list[CodeIssue] = [issue for issue in code.issues if issue.kind in KINDS]
    return sorted((i.kind, i.where.source.removeprefix("/var/task/"), i.where.line) for i in found)


def test_python_paths_are_counted_for_each_function() -> None:
    branches = "".join(f"    if event['a'] == {n} and event['b']:\n        return {n}\n" for n in range(20))
    crowded = f"def handler(event, context):\n{branches}"
    inner = "\ndef calm(event):\n    def one(x):\n        return x if x else 1\n    return [one(y) for y in event if y]\n"
    assert habits({"app.py": crowded + inner}) == [("many-paths", "app.py", 1)]


def test_javascript_paths_are_counted_for_each_function() -> None:
    lines = "".join(f"  if (event.a === {n} && event.b) return event.c ? {n} : 0;\n" for n in range(12))
    source = f"exports.handler = async (event) => {{\n{lines}}};\nconst calm = (x) => x.map((y) => y ? 1 : 2);\n"
    assert habits({"index.js": source}, runtime="nodejs22.x", handler="index.handler") == [("many-paths", "index.js", 1)]


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        ("return {'statusCode': 403}", True),
        ("return {'isAuthorized': False}", True),
        ("raise Exception('Unauthorized')", True),
        ("logger.warning('refused %s', event['user']); return {'statusCode': 403}", False),
        ("print('no'); raise Exception('Unauthorized')", False),
        ("return {'statusCode': 404}", False),
        ("return {'isAuthorized': event['ok']}", False),
    ],
)
def test_a_refusal_without_a_log_line(refusal: str, told: bool) -> None:
    source = f"import logging\nlogger = logging.getLogger()\ndef handler(event, context):\n    {refusal}\n"
    assert habits({"app.py": source}) == ([("refusal-not-logged", "app.py", 4)] if told else [])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return { statusCode: 401 };", True),
        ("throw new Error('Unauthorized');", True),
        ("console.warn('refused'); return { statusCode: 401 };", False),
        ("return check(event, () => { console.log('x'); return { statusCode: 401 }; });", False),
    ],
)
def test_a_refusal_in_javascript(body: str, told: bool) -> None:
    found = habits({"index.mjs": f"export const handler = async (event) => {{\n  {body}\n}};\n"}, runtime="nodejs22.x",
                   handler="index.handler")  # fmt: skip
    assert found == ([("refusal-not-logged", "index.mjs", 2)] if told else [])


def test_a_client_for_each_event() -> None:
    inside = "import boto3\ndef handler(event, context):\n    boto3.client('s3').list_buckets()\n"
    outside = "import boto3\ns3 = boto3.client('s3')\ndef handler(event, context):\n    s3.list_buckets()\n"
    assert habits({"app.py": inside}) == [("client-in-handler", "app.py", 3)]
    assert habits({"app.py": outside}) == []


def test_a_client_for_each_event_in_javascript() -> None:
    head = 'import { S3Client, ListBucketsCommand } from "@aws-sdk/client-s3";\n'
    body = "  const s3 = new S3Client({});\n  return s3.send(new ListBucketsCommand({}));\n"
    inside = f"export const handler = async () => {{\n{body}}};\n"
    outside = "const s3 = new S3Client({});\nexport const handler = async () => s3.send(new ListBucketsCommand({}));\n"
    kinds: dict[str, Any] = {"runtime": "nodejs22.x", "handler": "index.handler"}
    assert habits({"index.mjs": head + inside}, **kinds) == [("client-in-handler", "index.mjs", 3)]
    assert habits({"index.mjs": head + outside}, **kinds) == []


def test_libraries_and_generated_files_are_left_out() -> None:
    refuses = "def f(event):\n    return {'statusCode': 403}\n"
    wide = "def f(event):\n    return {'statusCode': 403}  #" + "x" * 3000 + "\n"
    files = {"app.py": "def handler(event, context):\n    return 1\n", "node_modules/x/a.py": refuses, "wide.py": wide}
    assert habits(files) == []
