"""What holds for every input: no failure, no leak, bounded time."""

import base64
import random
import string
import subprocess
import sys

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.secrets import Context, judge, redact, scan_text

NAMES = st.sampled_from(
    [
        *("DB_PASSWORD", "API_KEY", "TOKEN", "JWT_SECRET", "DB_SECRET", "CREDENTIALS", "KEY", "PATH", "NODE_OPTIONS", "CONFIG"),
        *("TABLE_NAME", "SECRET_NAME", "URL", "X"),
    ]
)
PIECES = st.sampled_from(
    [
        *(
            "password=",
            "://",
            "@",
            ":",
            "/",
            "?",
            "&",
            "token=",
            "eyJ",
            "{",
            "}",
            '"',
            "'",
            "\\",
            "${",
            "{{resolve:",
            "}}",
            "arn:aws:",
        ),
        *(
            "-----BEGIN PRIVATE KEY-----",
            "-----END",
            "AKIA",
            "ghp_",
            "Bearer ",
            "Basic ",
            "jdbc:oracle:thin:",
            "--password ",
            "\n",
            ",",
        ),
        *(
            "postgres",
            "https",
            "s3",
            "=",
            ";",
            "[",
            "]",
            "<",
            ">",
            "\ue000",
            "\ud800",
            "é",
            "0x",
            "MII",
            "AQICAH",
            "secret",
            " ",
        ),
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=40).map("".join))
MARKERS = st.text(string.ascii_letters + string.digits, min_size=14, max_size=14)
CONTEXTS = st.sampled_from(Context)


def written(record: object) -> str:
    return msgspec.json.encode(record).decode()


@settings(max_examples=400, deadline=None)
@given(NAMES | st.text(max_size=30), TEXTS, CONTEXTS)
def test_judge_never_fails_and_shows_only_public_values(name: str, value: str, context: Context) -> None:
    judgement = judge(name, value, context=context)
    assert judgement.length == len(value)
    assert not (judgement.kind and judgement.public)
    bare = value.strip()
    if len(bare) >= 8 and not bare.isalpha() and not judgement.public and bare not in {r.value for r in judgement.references}:
        assert bare not in judgement.reason + judgement.shape + (judgement.kind or "")


@settings(max_examples=300, deadline=None)
@given(
    MARKERS,
    st.sampled_from(
        [
            ("DATABASE_URL", "postgres://app:{}@db.internal/x"),
            ("DATABASE_URL", "postgres://app:p/{}@db.internal/x"),
            ("DATABASE_URL", "postgres://app:{}/@x@db.internal/x"),
            ("DATABASE_URL", "redis://:{}@cache"),
            ("X", "https://{}:x@example.com"),
            ("DB_PASSWORD", "{}"),
            ("DB_PASSWORD", "{}!"),
            ("API_KEY", "key {}"),
            ("CONFIG", '{{"db": {{"password": "{}"}}}}'),
            ("CONFIG", "host=db.internal;password={}"),
            ("CALLBACK", "https://example.com/hook?token={}"),
            ("DOWNLOAD", "https://b.s3.amazonaws.com/k?X-Amz-Signature={}"),
            ("AUTH", "Bearer {}{}"),
            ("JAVA_TOOL_OPTIONS", "-Ddb.password={}"),
            ("NODE_OPTIONS", "--token={}"),
            ("BASIC_AUTH", "admin:{}"),
            ("ARGS", "--password {} --verbose"),
            ("NOTE", "see {} for more"),
        ]
    ),
    CONTEXTS,
)
def test_a_planted_credential_is_in_no_field(marker: str, place: tuple[str, str], context: Context) -> None:
    name, template = place
    value = template.format(marker, marker)
    assert marker not in written(judge(name, value, context=context))
    assert marker.lower() not in written(judge(name, value, context=context)).lower()
    text = f"# {value}\n{name} = '{value}'\n{name}={value}\n"
    for path in ("app.py", ".env", "template.yaml", "README.md"):
        assert all(marker not in written(hit) for hit in scan_text(text, path=path))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_scan_and_redact_never_fail(text: str) -> None:
    for path in ("a.py", "a.yaml", "a.md", "main.tf"):
        for hit in scan_text(text, path=path):
            assert 0 <= hit.start < hit.end <= len(text)
            assert text.count("\n", 0, hit.start) == hit.line - 1
    once = redact(text)
    assert redact(once) == once


HOSTILE = [
    *("a", "a=", 'a="', "password=", 'password: "', "-eyJ", ".eyJ", "://", "x://a:b@", "://:", "-----BEGIN RSA PRIVATE KEY-----"),
    *(
        "{{resolve:",
        "{",
        "[",
        '"a":',
        "/IQoJ",
        "Bearer ",
        "T3BlbkFJ",
        "--password ",
        "<password>",
        "password='x' ",
        "a:1:b:c:",
        "\n",
    ),
]
WORK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
from lambdaudit.secrets import judge, redact, scan_text
for piece in sys.argv[2:]:
    text = (piece * (int(sys.argv[1]) // len(piece) + 1))[:int(sys.argv[1])]
    for path in ("a.py", "a.yaml"):
        sum(1 for _ in scan_text(text, path=path))
    redact(text)
    judge("PASSWORD", text)
"""


@pytest.mark.parametrize(("size", "pieces"), [(20_000, HOSTILE), (1_000_000, ["x://a:b@"])])
def test_hostile_text_stays_within_two_cpu_minutes(size: int, pieces: list[str]) -> None:
    # Quadratic work on a megabyte takes hours; the kernel ends the process long before.
    command = [sys.executable, "-c", WORK, str(size), *pieces]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]


def test_random_megabyte() -> None:
    noise = base64.b64encode(random.Random(1).randbytes(750_000)).decode()
    assert list(scan_text(noise, path="blob.bin")) == []
    assert redact(noise) == noise
