"""What an attribute refers to, from the configuration part of a plan."""

import re
from typing import TYPE_CHECKING, Any, Final

from lambdaudit.sources.iac.values import Map, Ref, Value

from .references import ATTRIBUTES

if TYPE_CHECKING:
    from .show import Row

MAX_HOPS = 20
_INDEX = re.compile(r"\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\]")

_WHOLE: Final = frozenset(
    [
        "role",
        "role_arn",
        "role_name",
        "function_name",
        "function_arn",
        "bucket",
        "queue_url",
        "topic_arn",
        "arn",
        "rest_api_id",
        "resource_id",
        "parent_id",
        "api_id",
        "authorizer_id",
        "deployment_id",
        "target_key_id",
        "key_id",
        "kms_key_id",
        "kms_key_arn",
        "kms_master_key_id",
        "user",
        "group",
        "policy_arn",
        "event_source_arn",
        "secret_id",
        "secret_arn",
        "layer_name",
        "route_table_id",
        "subnet_id",
        "vpc_id",
        "security_group_id",
        "gateway_id",
        "nat_gateway_id",
        "log_group_name",
        "destination_arn",
        "destination",
        "event_bus_name",
        "rule",
        "stage_name",
        "endpoint",
        "rotation_lambda_arn",
        "repository",
        "resource_arn",
        "lambda_function_arn",
        "queue_arn",
        "target_arn",
        "code_signing_config_arn",
        "permissions_boundary",
        "layers",
        "subnet_ids",
        "security_group_ids",
        "vpc_security_group_ids",
        "roles",
        "users",
        "groups",
        "target_id",
        "file_system_id",
        "user_pool_id",
        "web_acl_arn",
        "provider_arns",
        "managed_policy_arns",
        "stream_arn",
        "image_uri",
    ]
)
"""Arguments that are a reference and nothing else when they refer to one thing."""


class PlanReferences:
    """The configuration part of a plan, by module."""

    def __init__(self, document: Map, addresses: set[str]) -> None:
        configuration = document.get("configuration")
        root = configuration.get("root_module") if isinstance(configuration, Map) else None
        self.root: Map = root if isinstance(root, Map) else Map()
        self.addresses = addresses

    def _module(self, address: str) -> Map | None:
        """The configuration of the module with this address."""
        current = self.root
        for name in re.findall(r"(?:^|\.)module\.([^.\[]+)", _INDEX.sub("", address)):
            calls = current.get("module_calls")
            call = calls.get(name) if isinstance(calls, Map) else None
            inner = call.get("module") if isinstance(call, Map) else None
            if not isinstance(inner, Map):
                return None
            current = inner
        return current

    def arguments(self, row: "Row") -> Map | None:
        """The expressions of a resource by argument; None when the configuration does not have it."""
        module = self._module(row.module)
        resources = module.get("resources") if module is not None else None
        for one in resources if isinstance(resources, list) else []:
            if isinstance(one, Map) and (one.get("type"), one.get("name"), one.get("mode")) == (row.type, row.name, "managed"):
                found = one.get("expressions")
                return found if isinstance(found, Map) else Map()
        return None

    def target(self, row: "Row", name: str, expression: Any) -> Value:
        """The reference that an argument is; None when it is none or not only one."""
        if name not in _WHOLE:
            return None
        found = _references(expression, name)
        if found is None:
            return None
        targets = {t for reference in found for t in self._resolve(reference, row.module, row.address, 0)}
        return Ref(*targets.pop()) if len(targets) == 1 else None

    def _resolve(self, reference: str, module: str, own: str, hops: int) -> list[tuple[str, str]]:
        """(address, attribute) of what a reference in a module means."""
        parts = reference.split(".")
        if hops > MAX_HOPS or len(parts) < 2:
            return []
        if parts[0] == "var":
            return self._argument(parts[1], module, own, hops)
        if parts[0] == "module":
            return self._output(parts, module, own, hops)
        if parts[0] in ("local", "each", "count", "data", "path", "terraform", "self") or len(parts) < 3:
            return []
        kind, name, attribute = parts[0], _INDEX.sub("", parts[1]), parts[2]
        known = ATTRIBUTES.get(kind, {}).get(_INDEX.sub("", attribute))
        address = self._address(f"{module}.{kind}.{parts[1]}" if module else f"{kind}.{parts[1]}", own)
        return [(address, known)] if known and address and name else []

    def _address(self, wanted: str, own: str) -> str:
        if wanted in self.addresses:
            return wanted
        index = str(next(iter(reversed(_INDEX.findall(own.rpartition(".")[2]))), ""))
        if index and wanted + index in self.addresses:
            return wanted + index
        return wanted + "[0]" if wanted + "[0]" in self.addresses and wanted + "[1]" not in self.addresses else ""

    def _argument(self, name: str, module: str, own: str, hops: int) -> list[tuple[str, str]]:
        """What a variable of a module gets from its call."""
        if not module:
            return []
        parent, _, call = module.rpartition("module.")
        outer = parent.rstrip(".")
        config = self._module(outer)
        calls = config.get("module_calls") if config is not None else None
        inner = calls.get(_INDEX.sub("", call)) if isinstance(calls, Map) else None
        expressions = inner.get("expressions") if isinstance(inner, Map) else None
        found = _references(expressions.get(name), name) if isinstance(expressions, Map) else None
        return [t for r in found or () for t in self._resolve(r, outer, module, hops + 1)]

    def _output(self, parts: list[str], module: str, own: str, hops: int) -> list[tuple[str, str]]:
        """What an output of a module is."""
        if len(parts) < 3:
            return []
        inner = f"{module}.module.{parts[1]}" if module else f"module.{parts[1]}"
        config = self._module(inner)
        outputs = config.get("outputs") if config is not None else None
        output = outputs.get(_INDEX.sub("", parts[2])) if isinstance(outputs, Map) else None
        found = _references(output.get("expression"), "") if isinstance(output, Map) else None
        return [t for r in found or () for t in self._resolve(r, inner, own, hops + 1)]


def _references(expression: Any, name: str) -> list[str] | None:
    """The most specific references of an expression; of nested blocks, of the one argument with this name."""
    if isinstance(expression, list):
        rows = [found for one in expression if (found := _references(one, name)) is not None]
        return rows[0] if len(rows) == 1 else None
    if not isinstance(expression, dict):
        return None
    listed = expression.get("references")
    if isinstance(listed, list):
        texts = [str(one) for one in listed if isinstance(one, str)]
        return [t for t in texts if not any(o != t and o.startswith((f"{t}.", f"{t}[")) for o in texts)]
    inner = expression.get(name)
    if inner is not None:
        return _references(inner, name)
    rows = [
        found for one in expression.values() if isinstance(one, list | dict) and (found := _references(one, name)) is not None
    ]
    return rows[0] if len(rows) == 1 else None
