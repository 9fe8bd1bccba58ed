"""Variables: what is resolved, what stays open, and that nothing outside the folder is read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.documents import parse
from lambdaudit.sources.iac.values import Map, Span, Text, span_of
from lambdaudit.sources.serverless.syntax import parts_of
from lambdaudit.sources.serverless.variables import MISSING, Resolver, size_of

CONFIG = """\
service: shop
provider:
  name: aws
  stage: ${opt:stage, 'dev'}
  region: ${opt:region, self:custom.home}
params:
  default: {size: small, shared: yes-all}
  prod: {size: large}
custom:
  home: eu-west-1
  stage: ${self:provider.stage}
  dev: {name: table-dev, limit: 5}
  prod: {name: table-prod, limit: 50}
  current: ${self:custom.${self:custom.stage}}
  list: [a, {deep: ["${self:service}"]}]
  loop: ${self:custom.pool}
  pool: ${self:custom.loop}
  nothing: null
  file: ${file(./conf/${self:custom.stage}.yml)}
"""
FILES = {
    "conf/dev.yml": "db: {host: 'h-${self:service}'}\n",
    "conf/x.json": '{"a": {"b": [1, "two"]}}',
    "note.txt": "hello",
    "x.js": "module.exports = {a: 1}",
}


def _resolver(text: str = CONFIG, given: dict[str, str] | None = None, **more: str) -> Resolver:
    root = parse(text, "serverless.yml").value
    assert isinstance(root, Map)

    def read(path: str) -> Any:
        key = path.removeprefix("./")
        if key not in FILES:
            return MISSING
        return parse(FILES[key], key).value if key.endswith((".yml", ".json")) else FILES[key]

    return Resolver(root, read, given or {}, account=more.get("account", ""), region=more.get("region", ""))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("${self:service}", "shop"),
        ("x-${self:service}-y", "x-shop-y"),
        ("${self:custom.current.name}", "table-dev"),
        ("${self:custom.current.limit}", 5),
        ("${self:custom.${self:custom.stage}.name}", "table-dev"),
        ("${self:custom.list.1.deep.0}", "shop"),
        ("${self:custom.missing, 'fallback'}", "fallback"),
        ('${self:custom.missing, "fall, back"}', "fall, back"),
        ("${self:custom.missing, self:custom.other, ${self:custom.home}}", "eu-west-1"),
        ("${self:custom.missing, 5}", 5),
        ("${self:custom.missing, true}", True),
        ("${self:custom.missing, ''}", ""),
        ("${self:custom.missing, null}", None),
        ("${self:custom.nothing, 'set'}", "set"),
        ("${opt:other, 'o'}", "o"),
        ("${sls:stage}", "dev"),
        ("${param:size}", "small"),
        ("${param:shared}", "yes-all"),
        ("${aws:region}", "eu-west-1"),
        ("${self:custom.file.db.host}", "h-shop"),
        ("${file(./conf/x.json):a.b.1}", "two"),
        ("${file(conf/x.json):a.b}", [1, "two"]),
        ("${file(./gone.yml):a, 'no file'}", "no file"),
        ("${file(./note.txt)}", "hello"),
        ("${strToBool('true')}", True),
        ("${strToBool(${self:custom.missing, 'false'})}", False),
        ("${env:HOME, 'nobody'}", "nobody"),
        # These are no variables of the framework.
        ("${AWS::Region}", "${AWS::Region}"),
        ("arn:${AWS::Partition}:x-${self:service}", "arn:${AWS::Partition}:x-shop"),
        ("${aws:username}", "${aws:username}"),
        ("${Table.Arn}", "${Table.Arn}"),
        ("${!Literal}", "${!Literal}"),
        ("\\${self:service}", "${self:service}"),
        ("${unclosed", "${unclosed"),
        ("$self", "$self"),
    ],
)
def test_resolved(written: str, expected: object) -> None:
    assert _resolver().value(written) == expected


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("${opt:flavour}", "--param flavour=… would settle it"),
        ("${env:HOME}", "--param HOME=… would settle it"),
        ("${ssm:/prod/key}", "Parameter Store"),
        ("${ssm:/prod/key, 'default'}", "Parameter Store"),
        ("${aws:ssm:/prod/key}", "Parameter Store"),
        ("${cf:other-stack.Output}", "another stack"),
        ("${cf(us-east-1):other-stack.Output}", "another stack"),
        ("${s3:bucket/key}", "object in S3"),
        ("${file(./x.js):a}", "code, which is not run"),
        ("${file(./x.ts):a, 'd'}", "code, which is not run"),
        ("${git:sha1}", "repository"),
        ("${doppler:X}", "plugin"),
        ("${sls:instanceId}", "when it is deployed"),
        ("${self:custom.loop}", "refers to itself"),
        ("${self:custom.missing}", "is not set"),
        ("${param:none}", "--param none="),
        ("${self:custom.${opt:flavour}.x}", "not"),
    ],
)
def test_open(written: str, reason: str) -> None:
    found = _resolver().value(written)
    assert isinstance(found, Unknown)
    assert reason in found.reason
    text = _resolver().value(f"a-{written}-b")
    assert isinstance(text, Text)
    assert text.parts[0] == "a-"
    assert text.parts[-1] == "-b"


def test_values_given_by_hand() -> None:
    given_ = {"stage": "prod", "flavour": "sweet", "TOKEN": "t", "region": "eu-north-1"}
    value = _resolver(given=given_).value
    assert value("${self:custom.current.name}") == "table-prod"
    assert value("${opt:flavour}${env:TOKEN}") == "sweett"
    assert value("${param:size}") == "large"
    assert value("${sls:stage} ${self:provider.stage} ${aws:region}") == "prod prod eu-north-1"
    assert _resolver(region="ap-south-1").value("${aws:region}") == "ap-south-1"


def test_the_auditors_environment_is_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDAUDIT_CANARY", "seen")
    assert _resolver().value("${env:LAMBDAUDIT_CANARY, 'unseen'}") == "unseen"
    assert isinstance(_resolver().value("${env:LAMBDAUDIT_CANARY}"), Unknown)


def test_the_account_is_left_to_the_template() -> None:
    assert _resolver(account="111122223333").value("${aws:accountId}") == "111122223333"
    assert _resolver().value("${aws:accountId}") == {"Ref": "AWS::AccountId"}
    assert _resolver().value("x:${aws:accountId}:y") == {"Fn::Join": ["", ["x:", {"Ref": "AWS::AccountId"}, ":y"]]}


def test_holes_inside_sub_stay_small() -> None:
    found = _resolver().value(Map({"Fn::Sub": "arn:${AWS::Partition}:s3:::${opt:bucket}/*"}))
    pieces = found["Fn::Join"][1]
    assert pieces[0] == {"Fn::Sub": ["arn:${AWS::Partition}:s3:::"]}
    assert isinstance(pieces[1], Unknown)
    assert pieces[2] == {"Fn::Sub": ["/*"]}


def test_places() -> None:
    root = parse(CONFIG, "serverless.yml").value
    resolver = _resolver()
    custom = resolver.value(root["custom"])
    assert span_of(custom["stage"]) == Span("serverless.yml", 11, 10)
    assert span_of(custom["current"]["name"]) == Span("serverless.yml", 12, 15)
    assert span_of(custom["current"]) == Span("serverless.yml", 12, 8, Span("serverless.yml", 14, 12))
    host = custom["file"]["db"]["host"]
    assert (host, span_of(host)) == ("h-shop", Span("conf/dev.yml", 1, 12))


def _deep(text: str) -> Callable[[], object]:
    return lambda: _resolver(text).value(parse(text, "s").value)


@pytest.mark.parametrize(
    "text",
    [
        "custom:\n  a0: xxxxxxxxxx\n"
        + "".join(f"  a{i}: ${{self:custom.a{i - 1}}}${{self:custom.a{i - 1}}}\n" for i in range(1, 60)),
        "custom:\n  a0: [x]\n"
        + "".join(f"  a{i}: ['${{self:custom.a{i - 1}}}', '${{self:custom.a{i - 1}}}']\n" for i in range(1, 60)),
        "custom:\n  a0: x\n" + "".join(f"  a{i}: ${{self:custom.a{i - 1}}}\n" for i in range(1, 3000)),
        "custom:\n  x: " + "${self:custom." * 500 + "y" + "}" * 500 + "\n",
        "custom:\n  x: " + "'${" + "a:" * 50_000 + "'\n",
        "custom:\n  x: '" + "${" * 20_000 + "'\n",
        "custom:\n  x: '" + "${self:" * 5_000 + "'\n",
        "custom:\n  x: '" + "${file(" * 3_000 + ")" * 3_000 + "'\n",
        "custom: ${self:custom}\n",
        "custom: ${self:}\n",
        "provider: {stage: '${sls:stage}', region: '${aws:region}'}\n",
    ],
    ids=[
        "doubling texts",
        "doubling lists",
        "long chain",
        "deep",
        "colons",
        "openings",
        "sources",
        "calls",
        "self",
        "whole",
        "loop",
    ],
)
def test_hostile_variables_end(text: str) -> None:
    # That it ends, and within the bounds of what variables may insert, is the point.
    assert size_of(_deep(text)(), 10_000_000) < 2_000_000


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="${}():,'\"\\ab.-/~ self:opt:file", max_size=60))
def test_any_text_is_resolved(text: str) -> None:
    found = _resolver().value(text)
    if "${" not in text:
        assert found == text
    assert "".join(part if isinstance(part, str) else part.text for part in parts_of(text)) == text.replace("\\${", "${")


def test_files_outside_the_folder_are_not_read(tmp_path: Path) -> None:
    from lambdaudit.sources.iac.resources import Options
    from lambdaudit.sources.serverless import read_serverless

    inner = tmp_path / "app"
    inner.mkdir()
    (tmp_path / "secret.yml").write_text("a: leaked\n")
    (inner / "link.yml").symlink_to(tmp_path / "secret.yml")
    names = ["../secret.yml", str(tmp_path / "secret.yml"), "link.yml", "~/x.yml", "a\x00b.yml", "."]
    lines = "".join(f"      V{i}: '${{file({name}):a}}'\n" for i, name in enumerate(names) if "\x00" not in name)
    (inner / "serverless.yml").write_text(
        f"service: s\nprovider: {{name: aws}}\nfunctions:\n  f:\n    handler: h.f\n    environment:\n{lines}"
    )
    read = read_serverless(inner / "serverless.yml", Options(inner))
    function = next(one for one in read.resources if one.type == "AWS::Lambda::Function")
    values = function.properties["Environment"]["Variables"].values()
    assert len(values) == 5
    assert all(isinstance(value, Unknown) for value in values)
