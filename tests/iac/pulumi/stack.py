"""A small stand-in for Pulumi's engine: resources written with Pulumi's names become the preview and the export of a stack.

Sentinels, marks and shapes are those of Pulumi 3: outputs that AWS assigns are unknown in a preview and take everything with
them that they are a part of; an export has them.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
FILE = "c44067f5952c0a294b673a41bacd8c17"
SECRET = "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True)
class Out:
    """An output of a resource."""

    owner: "Made"
    name: str


@dataclass(frozen=True)
class Join:
    """A text of parts (``pulumi.interpolate``), or with `encoded` the JSON text of a value (``pulumi.jsonStringify``)."""

    parts: tuple[Any, ...]
    encoded: bool = False


def text(*parts: Any) -> Join:
    """A text of parts, some of them outputs."""
    return Join(parts)


def encoded(value: Any) -> Any:
    """A JSON text, with outputs in it or without."""
    return Join((value,), True)


def archive(path: str) -> dict[str, str]:
    """A ``FileArchive``."""
    return {SIGNATURE: ARCHIVE, "hash": "0" * 64, "path": path}


def secret(value: Any) -> dict[str, Any]:
    """A secret as an export has it; `value` is shown only with ``--show-secrets``."""
    return {SIGNATURE: SECRET, "ciphertext": "v1:AAAAAAAA:BBBB", **({"plaintext": json.dumps(value)} if value else {})}


@dataclass(eq=False)
class Made:
    """A resource of the stack."""

    stack: "Program"
    token: str
    own: str
    inputs: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    group: "Made | None" = None

    def __getattr__(self, name: str) -> Out:
        if name.startswith("_"):
            raise AttributeError(name)
        return Out(self, name)

    @property
    def urn(self) -> str:
        return f"urn:pulumi:{self.stack.name}::{self.stack.project}::{self.token}::{self.own}"


@dataclass
class Program:
    """A stack and where it is deployed to."""

    project: str = "shop"
    name: str = "dev"
    account: str = "123456789012"
    region: str = "us-east-1"
    rows: list[Made] = field(default_factory=list)

    def add(self, token: str, own: str, extra: Any = None, /, **inputs: Any) -> Made:
        """A resource with its inputs; `extra` are members of its state."""
        made = Made(self, token, own, inputs, extra or {})
        self.rows.append(made)
        return made

    def preview(self) -> dict[str, Any]:
        """What ``pulumi preview --json`` prints before the first deployment."""
        steps = [{"op": "create", "urn": r.urn, "newState": self._state(r, known=False), "detailedDiff": None} for r in self.rows]
        return {"config": {"aws:region": self.region}, "steps": steps, "changeSummary": {"create": len(steps)}}

    def export(self) -> dict[str, Any]:
        """What ``pulumi stack export`` prints after it."""
        manifest = {"time": "2026-11-20T10:00:00Z", "magic": "0", "version": "v3.200.0"}
        return {"version": 3, "deployment": {"manifest": manifest, "resources": [self._state(r, known=True) for r in self.rows]}}

    def write(self, path: Path, *, preview: bool = False) -> Path:
        path.write_text(json.dumps(self.preview() if preview else self.export(), indent=4), "utf-8")
        return path

    def _state(self, row: Made, *, known: bool) -> dict[str, Any]:
        inputs = {name: noted(self.value(value, known)) for name, value in row.inputs.items()}
        depends = {name: sorted({o.owner.urn for o in outs(value)}) for name, value in row.inputs.items()}
        custom = (":" in row.token and "/" in row.token) or row.token.startswith("aws-native:")
        state = {
            "urn": row.urn,
            "custom": custom,
            "type": row.token,
            "inputs": {**inputs, "__defaults": []},
            "propertyDependencies": depends,
            "dependencies": sorted({urn for urns in depends.values() for urn in urns}),
            **row.extra,
        }
        if known:
            state["id"] = self.output(row, "id")
            state["outputs"] = {**inputs, "arn": self.output(row, "arn"), **row.outputs}
            if row.token == "aws:sqs/queue:Queue":
                state["outputs"]["url"] = state["id"]
            for name in ("rootResourceId", "streamArn", "keyId", "repositoryUrl", "executionArn", "invokeArn"):
                state["outputs"][name] = self.output(row, name)
        return state

    def value(self, value: Any, known: bool) -> Any:
        """An input as it is written; unknown as a whole when a part of a text is."""
        if isinstance(value, Out):
            if value.name in value.owner.inputs:
                return self.value(value.owner.inputs[value.name], known)
            return self.output(value.owner, value.name) if known else UNKNOWN
        if isinstance(value, Join):
            parts = [self.value(part, known) for part in value.parts]
            if any(UNKNOWN in json.dumps(part) for part in parts):
                return UNKNOWN
            return json.dumps(parts[0]) if value.encoded else "".join(map(str, parts))
        if isinstance(value, dict):
            return {key: self.value(inner, known) for key, inner in value.items()}
        return [self.value(inner, known) for inner in value] if isinstance(value, list) else value

    def output(self, row: Made, name: str) -> str:
        """What AWS would assign."""
        own = self.value(row.inputs.get("name", row.inputs.get("bucket", row.inputs.get("layerName", row.own))), True)
        own = own if isinstance(own, str) else row.own
        short = hashlib.sha256(row.urn.encode("utf-8", "replace")).hexdigest()
        place, kind = f"{self.region}:{self.account}", row.token.split(":")[-1]
        bus = f"{self.value(row.inputs['eventBusName'], True)}/" if "eventBusName" in row.inputs else ""
        arns = {
            "Function": f"arn:aws:lambda:{place}:function:{own}",
            "Role": f"arn:aws:iam::{self.account}:role/{own}",
            "Policy": f"arn:aws:iam::{self.account}:policy/{own}",
            "Queue": f"arn:aws:sqs:{place}:{own}",
            "Topic": f"arn:aws:sns:{place}:{own}",
            "Bucket": f"arn:aws:s3:::{own}",
            "Table": f"arn:aws:dynamodb:{place}:table/{own}",
            "Stream": f"arn:aws:kinesis:{place}:stream/{own}",
            "EventBus": f"arn:aws:events:{place}:event-bus/{own}",
            "EventRule": f"arn:aws:events:{place}:rule/{bus}{own}",
            "LogGroup": f"arn:aws:logs:{place}:log-group:{own}",
            "Secret": f"arn:aws:secretsmanager:{place}:secret:{own}-{short[:6]}",
            "Key": f"arn:aws:kms:{place}:key/{_uuid(short)}",
            "Repository": f"arn:aws:ecr:{place}:repository/{own}",
            "LayerVersion": f"arn:aws:lambda:{place}:layer:{own}:1",
            "CodeSigningConfig": f"arn:aws:lambda:{place}:code-signing-config:csc-{short[:17]}",
            "RestApi": f"arn:aws:apigateway:{self.region}::/restapis/{short[:10]}",
            "Vpc": f"arn:aws:ec2:{place}:vpc/vpc-{short[:17]}",
            "Subnet": f"arn:aws:ec2:{place}:subnet/subnet-{short[:17]}",
            "SecurityGroup": f"arn:aws:ec2:{place}:security-group/sg-{short[:17]}",
        }
        arn = arns.get(kind, f"arn:aws:x:{place}:{short[:10]}")
        if name == "arn":
            return arn
        if name == "executionArn":
            return f"arn:aws:execute-api:{place}:{short[:10]}"
        if name == "invokeArn":
            return f"arn:aws:apigateway:{self.region}:lambda:path/2015-03-31/functions/{arn}/invocations"
        if name == "streamArn":
            return f"{arn}/stream/2026-01-01T00:00:00.000"
        if name == "rootResourceId":
            return hashlib.sha256(short.encode()).hexdigest()[:10]
        if name == "repositoryUrl":
            return f"{self.account}.dkr.ecr.{self.region}.amazonaws.com/{own}"
        if name == "version":
            return "1"
        ids = {
            "Queue": f"https://sqs.{self.region}.amazonaws.com/{self.account}/{own}",
            "Key": _uuid(short),
            **dict.fromkeys(("Topic", "Policy", "Secret", "LayerVersion", "Stream", "CodeSigningConfig"), arn),
            **dict.fromkeys(("Vpc", "Subnet", "SecurityGroup"), arn.rpartition("/")[2]),
            **dict.fromkeys(("Function", "Role", "Bucket", "Table", "EventRule", "EventBus", "LogGroup", "Repository"), own),
        }
        return ids.get(kind, short[:10])


def _uuid(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


def noted(value: Any) -> Any:
    """A value with the engine's note of defaults in every object."""
    if isinstance(value, dict) and SIGNATURE not in value:
        return {"__defaults": [], **{key: noted(inner) for key, inner in value.items()}}
    return [noted(inner) for inner in value] if isinstance(value, list) else value


def outs(value: Any) -> list[Out]:
    """Every output in a value."""
    if isinstance(value, Out):
        return [value]
    if isinstance(value, Join):
        return [one for part in value.parts for one in outs(part)]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for part in inner for one in outs(part)]
