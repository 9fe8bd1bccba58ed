"""What the lab remembers about Lambda because moto does not: settings, policies, packages, foreign layers."""

import base64
import hashlib
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.support.wire import ACCOUNT, PACKAGES, Call

PLACEHOLDER = "http://packages.invalid"
"""Stands for the proxy's address in an answer; the proxy puts its own there, so that answers may be kept."""
MODIFIED = "2026-01-15T08:30:00.000+0000"
# Settings that moto drops on creation or on update; the lab answers with what was last asked for.
KEPT = (
    *("DeadLetterConfig", "FileSystemConfigs", "LoggingConfig", "SnapStart", "KMSKeyArn", "TracingConfig"),
    *("EphemeralStorage", "DurableConfig", "TenancyConfig", "CapacityProviderConfig"),
)


def revision(*parts: object) -> str:
    """A stable revision id."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, repr(parts)))


@dataclass
class Settings:
    """Everything about one function that moto does not keep, by qualifier where AWS keeps it so ("" is unqualified)."""

    region: str
    name: str
    extras: dict[str, dict[str, Any]] = field(default_factory=lambda: {"$LATEST": {}})
    policies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    urls: dict[str, dict[str, Any]] = field(default_factory=dict)
    invokes: dict[str, dict[str, Any]] = field(default_factory=dict)
    provisioned: dict[str, int] = field(default_factory=dict)
    runtime_management: dict[str, dict[str, Any]] = field(default_factory=dict)
    reserved: int | None = None
    recursion: str = "Terminate"
    signing: str = ""
    changes: int = 0

    def arn(self, qualifier: str = "") -> str:
        """The function's ARN, qualified if asked."""
        suffix = f":{qualifier}" if qualifier else ""
        return f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{self.name}{suffix}"


@dataclass
class LabState:
    """All state that the lab keeps itself, nearly all of it Lambda's."""

    functions: dict[tuple[str, str], Settings] = field(default_factory=dict)
    packages: dict[str, bytes] = field(default_factory=dict)
    layer_packages: dict[str, str] = field(default_factory=dict)
    layer_policies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    foreign_layers: dict[str, dict[str, Any]] = field(default_factory=dict)
    mappings: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    mapping_targets: dict[str, str] = field(default_factory=dict)
    signing: dict[str, dict[str, Any]] = field(default_factory=dict)
    lists: dict[tuple[str, ...], list[Any]] = field(default_factory=dict)
    authorizers: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    bucket_regions: dict[str, str] = field(default_factory=dict)
    eventbridge_buckets: set[str] = field(default_factory=set)
    aws_keys: set[str] = field(default_factory=set)

    def find(self, call: Call) -> tuple[Settings | None, str]:
        """The function that a call names (by name, ARN or partial ARN) and the qualifier, from name or argument."""
        name, qualifier = split(call.labels["FunctionName"])
        return self.functions.get((call.region, name)), qualifier or call.arguments.get("Qualifier", "")

    def keep_package(self, content: dict[str, Any]) -> str:
        """Keep an uploaded zip; its SHA-256 in hex, or an empty string when the request carried none."""
        if "ZipFile" not in content:
            return ""
        return self.keep(base64.b64decode(content["ZipFile"]))

    def keep(self, raw: bytes) -> str:
        """Keep a package; its SHA-256 in hex."""
        digest = hashlib.sha256(raw).hexdigest()
        self.packages[digest] = raw
        return digest

    def location(self, region: str, digest: str) -> str:
        """Where a package can be downloaded, with a query that looks like a pre-signed one."""
        signature = hashlib.sha256(digest.encode()).hexdigest()
        query = f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=600&X-Amz-Signature={signature}"
        return f"{PLACEHOLDER}{PACKAGES}{region}/{digest}.zip?{query}"


def split(name: str) -> tuple[str, str]:
    """(name, qualifier) of a function name in any of Lambda's forms."""
    match = re.fullmatch(r"(?:(?:arn:[^:]+:lambda:[^:]+:)?\d{12}:function:)?([^:]+)(?::([^:]+))?", name)
    return (match[1], match[2] or "") if match else (name, "")


def parts_of(arn: str) -> tuple[str, str, str]:
    """(region, function name, qualifier) of a function's ARN."""
    fields = arn.split(":")
    return fields[3], fields[6], fields[7] if len(fields) > 7 else ""
