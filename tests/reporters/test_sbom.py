"""Bills of materials are valid, complete and the same for the same content."""

import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from lambdaudit.model.code import Component
from lambdaudit.reporters.sbom import Subject, render

CREATED = "2026-11-21T12:00:00+00:00"


def component(purl: str, name: str, version: str, ecosystem: str = "PyPI", **more: Any) -> Component:
    return Component(purl=purl, name=name, version=version, ecosystem=ecosystem, **more)


PARTS = (
    component("pkg:pypi/requests@2.28.2", "requests", "2.28.2", path="/var/task/r/METADATA", licence="Apache-2.0", origin="arn:f", reached=True, direct=True),  # noqa: E501
    component("pkg:pypi/requests@2.28.2", "requests", "2.28.2", path="/opt/r/METADATA", origin="arn:layer"),
    component("pkg:npm/%40aws-sdk/client-s3@3.1.0", "@aws-sdk/client-s3", "3.1.0", "npm", licence="Some licence of ours", reached=False),  # noqa: E501
    component("pkg:maven/org.a/b@1.0", "org.a:b", "1.0", "Maven", licence="MIT OR Apache-2.0", hashes=(("SHA-512", "ab" * 64),)),
    component("pkg:generic/openssl@1.1.1k", "openssl", "1.1.1k", "", how="content", path="lib/libssl.so"),
    component("pkg:npm/ms", "ms", "", "npm", how="bundle comment", path="index.js"),
    component("pkg:pypi/flask@2.0.1", "flask", "2.0.1", how="lock file", path="requirements.txt"),
    component("pkg:deb/debian/libssl3@3.0?arch=amd64&upstream=openssl", "libssl3", "3.0", "Debian:12"),
)  # fmt: skip
HOSTILE = component("pkg:pypi/x@1", "x", "1", path='a"}\x1b[31m\u202e</script>', licence="<b>\x1b")
ONE = Subject(
    "arn:aws:lambda:eu-west-1:111122223333:function:orders", "orders", PARTS, "sha", ("boto3",), ("half of it was not read",)
)
TWO = Subject("arn:aws:lambda:eu-west-1:111122223333:function:returns", "returns", (PARTS[0], HOSTILE))


@pytest.mark.parametrize("subjects", [(ONE,), (ONE, TWO), (TWO,), (Subject("x", "x", ()),)])
def test_cyclonedx_is_valid(subjects: tuple[Subject, ...]) -> None:
    text = render(subjects, "cyclonedx", title="two functions", created=CREATED).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_cyclonedx_says_what_is_known() -> None:
    bom = json.loads(render((ONE,), "cyclonedx", title="", created=CREATED))
    assert bom["metadata"]["timestamp"] == CREATED
    assert bom["metadata"]["component"]["name"] == "orders"
    own = {(p["name"], p["value"]) for p in bom["metadata"]["component"]["properties"]}
    assert own == {("lambdaudit:provided-by-runtime", "boto3"), ("lambdaudit:note", "half of it was not read")}
    parts = {c["purl"]: c for c in bom["components"]}
    assert set(parts) == {c.purl for c in PARTS}
    requests = parts["pkg:pypi/requests@2.28.2"]
    assert requests["scope"] == "required"
    assert {o["location"] for o in requests["evidence"]["occurrences"]} == {"/var/task/r/METADATA", "/opt/r/METADATA"}
    assert requests["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert ("lambdaudit:origin", "arn:layer") in {(p["name"], p["value"]) for p in requests["properties"]}
    assert parts["pkg:npm/%40aws-sdk/client-s3@3.1.0"]["group"] == "@aws-sdk"
    assert parts["pkg:npm/%40aws-sdk/client-s3@3.1.0"]["scope"] == "optional"
    assert parts["pkg:npm/%40aws-sdk/client-s3@3.1.0"]["licenses"] == [{"license": {"name": "Some licence of ours"}}]
    assert parts["pkg:maven/org.a/b@1.0"]["licenses"] == [{"expression": "MIT OR Apache-2.0"}]
    assert parts["pkg:maven/org.a/b@1.0"]["hashes"] == [{"alg": "SHA-512", "content": "ab" * 64}]
    assert parts["pkg:pypi/flask@2.0.1"]["scope"] == "excluded"
    assert "version" not in parts["pkg:npm/ms"]
    assert "scope" not in parts["pkg:generic/openssl@1.1.1k"]


def test_several_functions_share_one_document() -> None:
    bom = json.loads(render((ONE, TWO), "cyclonedx", title="2 functions", created=CREATED))
    tree = {d["ref"]: set(d.get("dependsOn", ())) for d in bom["dependencies"]}
    assert tree["lambdaudit:all"] == {f"lambdaudit:{ONE.id}", f"lambdaudit:{TWO.id}"}
    assert tree[f"lambdaudit:{TWO.id}"] == {"pkg:pypi/requests@2.28.2", "pkg:pypi/x@1"}


def test_spdx_is_valid() -> None:
    json_parser = pytest.importorskip("spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser")
    validator = pytest.importorskip("spdx_tools.spdx.validation.document_validator")
    document = json.loads(render((ONE, TWO), "spdx", title="2 functions", created=CREATED))
    parsed = json_parser.JsonLikeDictParser().parse(document)
    assert validator.validate_full_spdx_document(parsed) == []


def test_spdx_says_what_is_known() -> None:
    document = json.loads(render((ONE,), "spdx", title="", created=CREATED))
    assert document["creationInfo"]["created"] == "2026-11-21T12:00:00Z"
    packages = {p["name"]: p for p in document["packages"]}
    assert packages["requests"]["licenseDeclared"] == "Apache-2.0"
    assert packages["@aws-sdk/client-s3"]["licenseDeclared"] == "NOASSERTION"
    assert packages["@aws-sdk/client-s3"]["licenseComments"] == "stated as: Some licence of ours"
    assert packages["org.a:b"]["checksums"] == [{"algorithm": "SHA512", "checksumValue": "ab" * 64}]
    assert "provided by the runtime: boto3" in packages["orders"]["comment"]
    kinds = {
        (r["relationshipType"], r["relatedSpdxElement"].rpartition("-")[0].partition("-")[2].lstrip("0123456789-"))
        for r in document["relationships"]
    }
    assert ("CONTAINS", "pypi-requests") in kinds
    assert ("DEPENDS_ON", "pypi-flask") in kinds
    assert len({p["SPDXID"] for p in document["packages"]}) == len(document["packages"])


@pytest.mark.parametrize("form", ["cyclonedx", "spdx"])
def test_the_same_content_gives_the_same_document(form: str) -> None:
    first = render((ONE, TWO), form, title="t", created=CREATED)
    turned = Subject(ONE.id, ONE.name, PARTS, "sha", ("boto3",), ("half of it was not read",))
    assert render((TWO, turned), form, title="t", created=CREATED) == first
    other = render((TWO, Subject(ONE.id, ONE.name, PARTS[1:])), form, title="t", created=CREATED)
    key = "serialNumber" if form == "cyclonedx" else "documentNamespace"
    assert json.loads(other)[key] != json.loads(first)[key]


def test_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="cyclonedx, spdx"):
        render((ONE,), "swid", title="", created=CREATED)
