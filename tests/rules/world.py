"""Builds small inventories from the YAML of a rule's example page.

An example is a mapping of asset kinds to named assets, with AWS's shapes shortened:

    function:
      orders: {role: "{role:worker}", url: {auth_type: NONE}}
    role:
      worker: {policies: [{Effect: Allow, Action: "*", Resource: "*"}]}

Everything that is not said is known and harmless (no policy, no URL, a supported runtime), every kind is listed completely, the
account is 111122223333, the region eu-west-1 and the day 2026-11-21. `{kind:name}` stands for an asset's id. A value
``{unknown: lambda:GetPolicy}`` is an Unknown that needs this action. `missing:` lists what could not be listed.
"""

import json
import re
import types
import typing
from typing import Any

import msgspec

from lambdaudit.model.assets import KINDS, AnyAsset, Policy
from lambdaudit.model.finding import Coverage
from lambdaudit.model.functions import EnvironmentVariable, LayerUse
from lambdaudit.model.inventory import Inventory, Listed, Missing
from lambdaudit.model.resources import Grant, Notification, RuleTarget, Subscription, SubscriptionFilter
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where

ACCOUNT, REGION, DAY = "111122223333", "eu-west-1", "2026-11-21T12:00:00+00:00"

_LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}:"
_IDS = {
    "function": _LAMBDA + "function:{0}",
    "function-version": _LAMBDA + "function:{0}",
    "alias": _LAMBDA + "function:{0}",
    "code": _LAMBDA + "function:{0}:code",
    "dockerfile": "dockerfile:{0}",
    "layer-version": _LAMBDA + "layer:{0}",
    "event-source-mapping": _LAMBDA + "event-source-mapping:{0}",
    "code-signing-config": _LAMBDA + "code-signing-config:{0}",
    "role": f"arn:aws:iam::{ACCOUNT}:role/{{0}}",
    "user": f"arn:aws:iam::{ACCOUNT}:user/{{0}}",
    "group": f"arn:aws:iam::{ACCOUNT}:group/{{0}}",
    "managed-policy": f"arn:aws:iam::{ACCOUNT}:policy/{{0}}",
    "account": "arn:aws:iam::{0}:root",
    "api": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{{0}}",
    "route": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{{0}}",
    "stage": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{{0}}",
    "authorizer": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{{0}}",
    "bucket": "arn:aws:s3:::{0}",
    "queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{0}}",
    "topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{0}}",
    "table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{0}}",
    "stream": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{{0}}",
    "event-bus": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{{0}}",
    "event-rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{0}}",
    "key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{{0}}",
    "secret": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{{0}}",
    "parameter": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{{0}}",
    "log-group": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{0}}",
    "image-repository": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{{0}}",
    "container-image": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{{0}}/sha256:{'a' * 64}",
    "inspector": f"arn:aws:inspector2:{REGION}:{ACCOUNT}:{{0}}",
    "inspected-function": _LAMBDA + "function:{0}:inspector",
    "extension-time": _LAMBDA + "function:{0}:extension-time",
    "template": "file:{0}",
    "repository-file": "file:{0}",
}

_ROLE = {
    "policies": [],
    "boundary": None,
    "trust": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_CONFIGURED: dict[str, Any] = {
    "runtime": "python3.13", "handler": "app.handler", "role": None, "timeout": 10, "memory": 256, "ephemeral_storage": 512,
    "code_size": 1000, "code_sha256": "c2hhMjU2", "environment": [], "kms_key": None, "layers": [], "vpc": None,
    "file_systems": [], "tracing": "PassThrough", "dead_letter": None, "logging": None,
}  # fmt: skip
_KNOWN: dict[str, dict[str, Any]] = {
    "function": {**_CONFIGURED, "policy": None, "url": None, "invoke_config": None, "reserved_concurrency": None,
                 "code_signing": None, "versions": [], "aliases": [], "recursion": "Terminate"},
    "function-version": {**_CONFIGURED, "policy": None, "invoke_config": None},
    "alias": {"policy": None, "url": None, "invoke_config": None},
    "code": {"language": "python", "entry": None, "files": 1, "size": 1000, "flows": [], "calls": [], "issues": [], "secrets": [],
             "components": [], "extensions": [], "shadowed": [], "problems": []},
    "dockerfile": {"images": [], "secrets": [], "issues": []},
    "layer-version": {"compatible_runtimes": [], "latest": None, "policy": None},
    "role": _ROLE,
    "user": {"policies": [], "boundary": None, "access_keys": []},
    "group": {"policies": [], "boundary": None},
    "account": {"organization": None, "management_account": None, "public_access_block": None, "scps": []},
    "region-settings": {"concurrent_executions": 1000, "unreserved": 1000},
    "api": {"policy": None},
    "route": {"authorization": "NONE"},
    "bucket": {"policy": None, "acl": [], "ownership": "BucketOwnerEnforced", "public_access_block": [True] * 4,
               "notifications": [], "encryption": "AES256", "versioning": "Enabled"},
    "queue": {"policy": None, "visibility_timeout": 180, "encryption": "sqs"},
    "topic": {"policy": None, "key": None, "subscriptions": []},
    "table": {"policy": None, "stream": None, "stream_policy": None, "encryption": "default", "deletion_protection": True,
              "point_in_time_recovery": True},
    "stream": {"policy": None, "encryption": "KMS"},
    "event-bus": {"policy": None},
    "event-rule": {"state": "ENABLED", "targets": []},
    "key": {"manager": "CUSTOMER", "state": "Enabled", "spec": "SYMMETRIC_DEFAULT", "origin": "AWS_KMS", "rotation": True,
            "policy": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*",
                        "Resource": "*"}], "grants": []},
    "secret": {"rotation": True, "policy": None},
    "parameter": {"kind": "SecureString"},
    "log-group": {"retention": 30, "filters": [], "data_protection": False},
    "image-repository": {"policy": None, "tag_mutability": "IMMUTABLE", "scan_on_push": True, "scan_type": "BASIC",
                         "scan_frequency": "MANUAL", "encryption": "AES256"},
    "container-image": {"image_tags": ["prod"], "pushed": "2026-11-01T00:00:00Z", "pulled": None, "scan_status": "COMPLETE",
                        "scanned": "2026-11-20T00:00:00Z", "counts": [], "findings": []},
    "inspector": {"packages": "ENABLED", "code": "ENABLED", "images": "ENABLED"},
    "inspected-function": {"findings": []},
    "extension-time": {"days": 14, "calls": 10_000, "after": 0, "longest": 0, "duration": 2_000_000},
    "vpc-endpoint": {"policy": None},
    "template": {"format": "cloudformation", "secrets": [], "disclosed": []},
    "repository-file": {"format": "workflow", "secrets": []},
}  # fmt: skip
_REFERENCE = re.compile(r"\{([a-z-]+):([^{}]*)\}")
_POLICY_FIELDS = {"policy": "resource", "trust": "trust", "boundary": "boundary", "stream_policy": "resource"}
_PARTS: dict[str, type[msgspec.Struct]] = {
    "environment": EnvironmentVariable, "layers": LayerUse, "notifications": Notification, "subscriptions": Subscription,
    "targets": RuleTarget, "grants": Grant, "filters": SubscriptionFilter,
}  # fmt: skip


def asset_id(kind: str, name: str) -> str:
    """The id that an asset of a kind and name gets."""
    return _IDS.get(kind, f"arn:aws:ec2:{REGION}:{ACCOUNT}:{kind}/{{0}}").format(name)


def build(example: dict[str, Any]) -> Inventory:
    """The inventory of one example. Raises msgspec.ValidationError for a field that the model does not have."""
    example = _resolve(dict(example))
    missing = tuple(
        Missing(
            kind=row["kind"],
            unknown=Unknown("access denied", row.get("need", "")),
            subject=row.get("subject", ""),
            account=ACCOUNT,
            region=row.get("region", ""),
        )
        for row in example.pop("missing", [])
    )
    unlisted = {m.kind for m in missing if not m.subject} | set(example.pop("unlisted", []))
    absent = example.pop("absent", [])
    created = example.pop("created", DAY)
    assets = [_asset(kind, str(name), fields or {}) for kind, named in example.items() for name, fields in named.items()]
    assets = _versions_and_aliases(assets)
    return Inventory(
        assets,
        missing=missing,
        absent=absent,
        listed=[
            Listed(kind=k, account=a, region=r) for k in KINDS if k not in unlisted for a in (ACCOUNT, "") for r in (REGION, "")
        ],
        coverage=Coverage(source="example", accounts=(ACCOUNT,), regions=(REGION,)),
        created=created,
    )


def _resolve(value: Any) -> Any:
    if isinstance(value, str):
        return _REFERENCE.sub(lambda m: asset_id(m[1], m[2]) if m[1] in KINDS else m[0], value)
    if isinstance(value, dict):
        return {k if k in KINDS else _resolve(k): _resolve(v) for k, v in value.items()}
    return [_resolve(v) for v in value] if isinstance(value, list) else value


def _asset(kind: str, name: str, given: dict[str, Any]) -> AnyAsset:
    identity = given.pop("id", asset_id(kind, name))
    where = Where(source=f"example:{kind}", subject=identity)
    defaults: dict[str, Any] = {
        "id": identity, "name": given.pop("name", name), "account": ACCOUNT, "region": "" if ":iam:" in identity else REGION,
        **_KNOWN.get(kind, {}),
    }  # fmt: skip
    if kind == "function-version":
        defaults |= {"function": identity.rsplit(":", 1)[0], "version": identity.rsplit(":", 1)[1]}
    if kind == "code":
        defaults["function"] = identity.removesuffix(":code")
        given = {k: _placed(v, defaults["function"]) for k, v in given.items()}
    if kind in ("template", "repository-file"):
        given = {k: _placed(v, "", name) for k, v in given.items()}
    if kind == "dockerfile":
        given = {k: _placed(v, "") for k, v in given.items()}
    if kind == "external-report":
        given = {k: _placed(v, "") for k, v in given.items()}
    if kind == "inspected-function":
        defaults["function"] = identity.removesuffix(":inspector")
    if kind == "extension-time":
        defaults["function"] = identity.removesuffix(":extension-time")
    if kind == "container-image":
        defaults["repository"], _, defaults["digest"] = identity.rpartition("/")
    fields = {k: _field(k, v, where) for k, v in (defaults | given).items()}
    fields["type"], fields["where"] = kind, msgspec.to_builtins(where)
    return typing.cast(AnyAsset, msgspec.convert(fields, KINDS[kind]))


def _placed(value: Any, function: str, file: str = "/var/task/app.py") -> Any:
    """Rows of an asset with their `where`: ``file``, ``line`` and ``pointer`` in an example, `file` and 1 when not said."""
    if isinstance(value, list):
        return [_placed(row, function, file) for row in value]
    if not isinstance(value, dict) or set(value) == {"unknown"} or not {"kind", "text", "operation", "line"} & set(value):
        return value
    row = {k: _placed(v, function, file) for k, v in value.items() if k not in ("file", "line", "pointer")}
    if "path" not in row:
        row.setdefault(
            "where",
            {
                "source": value.get("file", file),
                "subject": function,
                "line": value.get("line", 1),
                "pointer": value.get("pointer", ""),
            },
        )
    return row


def _field(name: str, value: Any, where: Where) -> Any:
    if isinstance(value, dict) and set(value) == {"unknown"}:
        return {"type": "unknown", "reason": "access denied", "need": value["unknown"]}
    if name in _POLICY_FIELDS and isinstance(value, list | str):
        return _policy(value, _POLICY_FIELDS[name], where / name)
    if name == "policies":
        return [
            _policy([v], "inline", where / name / i) if "Effect" in v else _named(v, where / name / i)
            for i, v in enumerate(value)
        ]
    if name == "scps":
        return [[_policy([s] if isinstance(s, dict) else s, "scp", where / name) for s in level] for level in value]
    if isinstance(value, dict) and name in ("url", "invoke_config"):
        tag = "url" if name == "url" else "invoke-config"
        return (
            {"type": tag, "url": f"https://{where.subject[-4:]}.example/", **value, "where": msgspec.to_builtins(where / name)}
            if (name == "url")
            else {"type": tag, **value, "where": msgspec.to_builtins(where / name)}
        )
    if isinstance(value, dict) and name in ("vpc", "logging", "image", "cors"):
        return {"type": name, **value}
    if name == "environment" and isinstance(value, dict):
        return [{"name": k, **({"length": 8} | (v or {}))} for k, v in value.items()]
    if name == "layers":
        return [{"arn": v} if isinstance(v, str) else v for v in value]
    if name == "tags" and isinstance(value, dict):
        return list(value.items())
    return value


def _policy(statements: Any, kind: str, where: Where) -> dict[str, Any]:
    policy = {"type": "policy", "name": kind, "kind": kind, "where": msgspec.to_builtins(where)}
    if isinstance(statements, str):
        return policy | {"document": {}, "raw": statements}
    return policy | {"document": {"Version": "2012-10-17", "Statement": json.loads(json.dumps(statements))}}


def _named(value: dict[str, Any], where: Where) -> dict[str, Any]:
    return _policy(value["Statement"], value.get("kind", "customer-managed"), where) | {
        "name": value["name"], "arn": value.get("arn", asset_id("managed-policy", value["name"])),
    }  # fmt: skip


def _versions_and_aliases(assets: list[AnyAsset]) -> list[AnyAsset]:
    """Functions list the versions and aliases that the example has, unless it says otherwise."""
    out: list[AnyAsset] = []
    for asset in assets:
        if isinstance(asset, KINDS["function"]):
            changes: dict[str, Any] = {}
            for field, kind in (("versions", "function-version"), ("aliases", "alias")):
                ids = tuple(a.id for a in assets if isinstance(a, KINDS[kind]) and getattr(a, "function", "") == asset.id)
                if ids and getattr(asset, field) == ():
                    changes[field] = ids
            asset = msgspec.structs.replace(asset, **changes)
        out.append(asset)
    return out


__all__ = ["ACCOUNT", "DAY", "REGION", "Policy", "asset_id", "build", "types"]
