"""The page of one function as text: all that is set on it, what invokes it, what it is tied to, what is wrong with it."""

from collections.abc import Iterator
from typing import Any

from lambdaudit.model.finding import Report

_SETTINGS = (
    ("description", "description"), ("runtime", "runtime"), ("handler", "handler"), ("package", "package_type"),
    ("architecture", "architectures"), ("state", "state"), ("last modified", "last_modified"), ("code hash", "code_sha256"),
    ("code size", "code_size"), ("memory, MB", "memory"), ("timeout, s", "timeout"), ("/tmp, MB", "ephemeral_storage"),
    ("tracing", "tracing"), ("KMS key", "kms_key"), ("reserved concurrency", "reserved_concurrency"), ("recursion", "recursion"),
    ("code signing", "code_signing"), ("SnapStart", "snap_start"),
)  # fmt: skip
_MOST = 40
"""Rows of one section; the JSON output has all of them."""
_INSIDE = ("flows", "calls", "issues", "secrets", "components", "extensions", "shadowed", "problems")


def function_text(view: dict[str, Any], report: Report) -> Iterator[str]:
    """Lines for a terminal, without colour. Foreign text in them is not yet harmless: the caller spells it out.

    `view` is the function's page in `report`, as :func:`lambdaudit.overview.functions.function_views` makes it.
    """
    yield view["name"]
    yield f"  {view['id']}"
    yield from _section("Settings", _settings(view))
    yield from _section("Invoked by", [_trigger(t) for t in view["triggers"]], none="nothing that could be seen")
    yield from _section("Function URL", _url(view["url"]))
    yield from _section("Resource-based policies", [_permission(p) for p in view["permissions"]], none=_none(view["policy"]))
    yield from _section("Execution role", _role(view, report))
    yield from _section("Environment", _rows(view["environment"], _variable))
    yield from _section("Layers, in order", _rows(view["layers"], lambda layer: layer["arn"]))
    yield from _section("Versions", _rows(view["versions"], _version))
    yield from _section("Aliases", _rows(view["aliases"], _alias))
    yield from _section("Results go to", [f"{d['kind']}: {d['name']}" for d in view["destinations"]])
    yield from _section("Network", _network(view["vpc"]))
    yield from _section("Tied to", [_neighbour(n) for n in view["neighbours"]])
    yield from _section("May be changed by", [f"{w['kind']} {w['name']}: {', '.join(w['actions'][:6])}" for w in view["writers"]])
    yield from _section("Code", _code(view["code"]))
    yield from _section("Tags", _rows(view["tags"], lambda pair: f"{pair[0]} = {pair[1]}"))
    yield from _section("Findings", _findings(view, report), none="none")
    yield from _section("Not known", [_open(n) for n in report.not_assessed])


def _section(title: str, rows: list[str], none: str = "") -> Iterator[str]:
    if not rows and not none:
        return
    yield ""
    yield title
    for row in rows[:_MOST] or [none]:
        yield f"  {row}"
    if len(rows) > _MOST:
        yield f"  … and {len(rows) - _MOST} more (--json has all)"


def _unknown(value: Any) -> str:
    """The words for a value that was not read; empty for one that was."""
    if not isinstance(value, dict) or "unknown" not in value:
        return ""
    return f"not known: {value['unknown']}" + (f" ({value['need']})" if value.get("need") else "")


def _none(value: Any) -> str:
    return _unknown(value) or "none"


def _rows(value: Any, line: Any) -> list[str]:
    gap = _unknown(value)
    return [gap] if gap else [_unknown(row) or line(row) for row in value or ()]


def _settings(view: dict[str, Any]) -> list[str]:
    rows = [("account", view["account"]), ("region", view["region"])]
    rows += [(label, _plain(view[name])) for label, name in _SETTINGS]
    if isinstance(view["image"], dict) and not _unknown(view["image"]):
        rows += [("image", view["image"].get("uri", "")), ("digest", view["image"].get("resolved", "").partition("@")[2])]
    if isinstance(view["logging"], dict) and not _unknown(view["logging"]):
        rows.append(("log group", f"{view['logging'].get('group', '')} ({view['logging'].get('format', '')})"))
    return [f"{label:<22}{value}" for label, value in rows if value not in ("", None)]


def _plain(value: Any) -> str:
    if value is None or value == "":
        return ""
    return _unknown(value) or (", ".join(map(str, value)) if isinstance(value, list) else str(value))


def _trigger(trigger: dict[str, Any]) -> str:
    qualifier = f" on {trigger['qualifier']}" if trigger["qualifier"] else ""
    status = "" if trigger["status"] == "wired" else f" ({trigger['status']})"
    told = "; ".join(f"{k} {_plain(v)}" for k, v in trigger["detail"].items() if v not in ("", None, [], {}, 0))
    return f"{trigger['kind']}: {trigger['name']}{qualifier}{status}" + (f"; {told}" if told else "")


def _url(url: Any) -> list[str]:
    if not isinstance(url, dict):
        return []
    if gap := _unknown(url):
        return [gap]
    cors = url.get("cors")
    origins = f", cross-origin for {', '.join(cors['origins'])}" if isinstance(cors, dict) and cors.get("origins") else ""
    return [f"{url['url']} (auth type {url['auth_type']}{origins})"]


def _permission(permission: dict[str, Any]) -> str:
    who = ", ".join(permission["principals"]) or "nobody by name"
    sources = f" for {', '.join(permission['sources'])}" if permission["sources"] else ""
    count = permission["conditions"]
    conditions = f", under {count} condition{'' if count == 1 else 's'}" if count else ""
    qualifier = f" on {permission['qualifier']}" if permission["qualifier"] else ""
    name = f" [{permission['sid']}]" if permission["sid"] else ""
    return f"{permission['effect']} {', '.join(permission['actions'])} to {who}{sources}{conditions}{qualifier}{name}"


def _role(view: dict[str, Any], report: Report) -> list[str]:
    if gap := _unknown(view["role"]):
        return [gap]
    page = next((asset for asset in report.assets if asset.get("id") == view["role"]), None)
    rows = [view["role"] or "none"]
    for access in (page or {}).get("access", ()) if isinstance((page or {}).get("access"), list) else ():
        actions, resources = ", ".join(access["actions"][:8]), ", ".join(access["resources"][:4])
        more = " …" if len(access["actions"]) > 8 else ""
        limited = ", under conditions" if access["conditional"] else ""
        rows.append(f"{access['service']}: {actions}{more} on {resources}{limited}")
    return rows


def _variable(variable: dict[str, Any]) -> str:
    if variable.get("kind"):
        return f"{variable['name']}: {variable['kind']} ({variable['reason']}), {variable['length']} characters"
    value = variable.get("value")
    return f"{variable['name']}" + (f" = {value}" if value is not None else f": {variable['length']} characters")


def _version(version: dict[str, Any]) -> str:
    differs = ", ".join(version["differs"]) or "nothing"
    return f"{version['version']} of {_plain(version['last_modified'])}; differs from $LATEST in {differs}"


def _alias(alias: dict[str, Any]) -> str:
    weights = ", ".join(f"{share} to {version}" for version, share in alias.get("weights") or ())
    return f"{alias['name']} -> {alias['version']}" + (f" ({weights})" if weights else "")


def _network(vpc: Any) -> list[str]:
    if not isinstance(vpc, dict):
        return []
    if gap := _unknown(vpc):
        return [gap]
    return [f"subnets {', '.join(vpc['subnets'])}", f"security groups {', '.join(vpc['security_groups'])}"]


def _neighbour(neighbour: dict[str, Any]) -> str:
    arrow = "<-" if neighbour["direction"] == "in" else "->"
    told = f" (by {', '.join(neighbour['via'][:3])})" if neighbour["relation"] == "names" else ""
    return f"{arrow} {neighbour['relation']}: {neighbour['kind']} {neighbour['name']}{told}"


def _code(code: Any) -> list[str]:
    if not isinstance(code, dict):
        return []
    head = f"{_plain(code['language'])}, {_plain(code['files'])} files, {_plain(code['size'])} bytes"
    counts = [f"{len(code[name])} {name}" for name in _INSIDE if isinstance(code[name], list) and code[name]]
    gaps = [f"{name} {_unknown(code[name])}" for name in _INSIDE if not isinstance(code[name], list)]
    return [head, *([", ".join(counts)] if counts else []), *gaps]


def _findings(view: dict[str, Any], report: Report) -> list[str]:
    mine = set(view["findings"])
    rows = []
    for finding in report.findings:
        if finding.fingerprint in mine:
            rows += [f"{finding.severity.value:<9} {finding.message} [{finding.rule}]", f"{'':<9} fix: {finding.fix.text}"]
    return rows


def _open(row: Any) -> str:
    return f"{row.rule}: {row.reason}" + (f" (needs {row.need})" if row.need else "")
