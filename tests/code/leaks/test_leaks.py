"""SEC-2, CODE-13: secrets in a function's own files, never their values, never in libraries."""

import io
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.filesystem import FileSystem, Part, compose
from lambdaudit.code.leaks import Leaks, leaks_of
from lambdaudit.code.vendored import Vendored
from tests.code.zips import zipped
from tests.secrets.secret_cases import build

FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
LAYER = "arn:aws:lambda:eu-west-1:999988887777:layer:agent:4"
KEY = b"0123456789abcdef"
TOKEN = build("⟦ghsum ghp⟧", "leaks")
PEM = build("⟦pem RSA PRIVATE KEY⟧", "leaks")
PASSWORD = "Tr0ub4dor&3-horse"
NUMBERS = ",".join(map(str, range(200_000)))
Contents = dict[str, bytes | str]


def tree(task: Contents, opt: Contents | None = None) -> FileSystem:
    return compose(Part(FN, io.BytesIO(zipped(task))), [Part(LAYER, io.BytesIO(zipped(opt or {})))])


def leaks(task: Contents, opt: Contents | None = None, foreign: tuple[str, ...] = ()) -> Leaks:
    files = tree(task, opt)
    return leaks_of(files, Vendored(files), KEY, foreign=foreign)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.py", f'password = "{PASSWORD}"'),
        ("src/index.mjs", f"const token = '{TOKEN}'"),
        (".env", f"DB_PASSWORD={PASSWORD}\n"),
        ("config/prod.yaml", f"db:\n  password: {PASSWORD}\n"),
        ("explore.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": [f'password = "{PASSWORD}"\n']}]})),
        ("terraform.tfstate", json.dumps({"resources": [{"instances": [{"attributes": {"password": PASSWORD}}]}]}, indent=1)),
        ("appsettings.json", json.dumps({"ConnectionStrings": {"Db": f"Server=db;User ID=app;Password={PASSWORD};"}})),
        (".git/config", f"[remote]\nurl = https://bot:{TOKEN}@github.com/a/b.git\n"),
        ("bootstrap", f"#!/bin/sh\ncurl -H 'Authorization: Bearer {TOKEN}' https://x\n"),
        ("Program.cs", f'var password = "{PASSWORD}";'),
    ],
)
def test_sec_2_secrets_in_own_files(path: str, text: str) -> None:
    found = leaks({path: text})
    (secret,) = found.secrets
    assert (secret.where.source, secret.where.subject) == (f"/var/task/{path}", FN)
    assert secret.where.line
    assert len(secret.fingerprint) == 16
    shown = msgspec.json.encode((found.secrets, found.issues)).decode() + repr(found)
    assert PASSWORD not in shown
    assert TOKEN not in shown


def test_equal_secrets_have_equal_fingerprints() -> None:
    found = leaks(
        {"a.py": f'password = "{PASSWORD}"', "b.js": f'let dbPassword = "{PASSWORD}"', "c.py": 'password = "0ther-Pa55phrase"'}
    )
    prints = [secret.fingerprint for secret in found.secrets]
    assert (len(prints), len(set(prints))) == (3, 2)


@pytest.mark.parametrize(
    "path",
    [
        "node_modules/x/index.js",
        "vendor/lib/a.py",
        "requests/sessions.py",
        "yaml/loader.py",
        "six.py",
        "boto3/session.py",
    ],
)
def test_libraries_are_not_looked_into(path: str) -> None:
    metadata: Contents = {
        "requests-2.31.0.dist-info/RECORD": "requests/sessions.py,sha256=x,12\n../bin/x,,\n",
        "PyYAML-6.0.dist-info/METADATA": "Name: PyYAML",
        "six-1.16.0.dist-info/top_level.txt": "six\n",
    }
    assert not leaks({**metadata, path: f'password = "{PASSWORD}"', "app.py": "x"}).secrets
    assert len(leaks({**metadata, "app.py": f'password = "{PASSWORD}"'}).secrets) == 1


def test_layers_of_other_publishers_are_not_own_code_and_own_layers_are() -> None:
    layer: Contents = {"python/shared.py": f'password = "{PASSWORD}"'}
    (secret,) = leaks({"app.py": "x"}, layer).secrets
    assert secret.where.subject == LAYER
    assert not leaks({"app.py": "x"}, layer, foreign=(LAYER,)).secrets


def test_keys_are_secrets_and_certificates_are_not() -> None:
    found = leaks(
        {"key.pem": PEM, "ca.pem": build("⟦pem CERTIFICATE⟧", "c"), "s.p12": b"\x30\x82" + bytes(range(256)), "e.key": ""}
    )
    assert [(secret.kind, secret.where.source) for secret in found.secrets] == [("private-key", "/var/task/key.pem")]


def test_code_13_copies_of_data_are_told_once_a_sort() -> None:
    found = leaks({"a.sql": "x", "b/dump.rdb": b"x", "explore.ipynb": "{}", "app.py": "x", "node_modules/x/a.sql": ""})
    told = sorted((issue.where.source, issue.kind, issue.confidence) for issue in found.issues)
    assert told == [("/var/task/a.sql", "development-files", "medium"), ("/var/task/explore.ipynb", "development-files", "low")]


def test_g_11_code_that_fetches_its_secret_gives_nothing() -> None:
    code = """
import json, os, boto3, pymysql
client = boto3.client("secretsmanager")
def handler(event, context):
    value = client.get_secret_value(SecretId=os.environ["DB_SECRET_NAME"])
    secret = json.loads(value["SecretString"])
    return pymysql.connect(host=os.environ["DB_HOST"], user=os.environ["DB_USER"], password=secret["password"], db="orders")
"""
    found = leaks(
        {"app.py": code, "template.yaml": "Environment:\n  Variables:\n    DB_SECRET_NAME: prod/orders/db\n    DB_USER: app\n"}
    )
    assert (found.secrets, found.issues, found.limits) == ([], [], [])


def test_what_is_left_out_is_said() -> None:
    found = leaks({"big.json": NUMBERS, "app.py": f'password = "{PASSWORD}"'})
    assert len(found.secrets) == 1
    assert found.limits == ["secrets were looked for in the first 1000000 characters of /var/task/big.json only"]
    many = leaks({f"f{i}.csv": NUMBERS[:900_000] for i in range(12)})
    assert many.limits == [
        "secrets were not looked for in /var/task/f7.csv, /var/task/f8.csv, /var/task/f9.csv: too large, or too much before it"
    ]


def test_a_large_file_hides_nothing_behind_it() -> None:
    found = leaks({"data.json": "x" * 9_000_000, "conf/settings.py": f'password = "{PASSWORD}"'})
    assert [s.where.source for s in found.secrets] == ["/var/task/conf/settings.py"]
    assert found.limits == ["secrets were not looked for in /var/task/data.json: too large, or too much before it"]


@given(
    st.sampled_from([".env", "a.py", "k.pem", "n.ipynb", "x-1.dist-info/RECORD", "x.egg-info/SOURCES.txt"]),
    st.binary(max_size=300),
)
@settings(max_examples=120, deadline=None)
def test_no_content_raises(name: str, content: bytes) -> None:
    found = leaks({name: content, "app.py": "x"})
    assert all(secret.where.subject == FN for secret in found.secrets)
