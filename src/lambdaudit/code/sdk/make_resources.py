"""Part of ``make_index.py``: boto3's resources (``s3.Bucket("b").objects.all()``) in a compact form."""

from typing import Any


def resources(name: str, session: Any) -> dict[str, Any]:
    """The resource types of a service; the key "" is the service resource itself, empty for a service without resources.

    A type has `ids` (identifiers), `load` (the operation that reads it, with its parameters), `attributes` (each makes it
    load), `actions`, `waiters` and `batch` (method → request), `many` (collection → request and type), `has` (reference →
    type and where its identifiers come from: ``=X`` an identifier of this one, ``?`` an argument, ``.`` data).
    A request is [operation, {parameter path: source}], a source as above or ``"text`` for a constant.
    """
    import boto3.session
    from botocore.exceptions import DataNotFoundError, UnknownServiceError

    loader = boto3.session.Session(botocore_session=session)._loader
    try:
        data = loader.load_service_model(name, "resources-1")
    except (DataNotFoundError, UnknownServiceError):
        return {}
    model = session.get_service_model(name)
    found = {"": _type(data["service"], model)}
    found |= {kind: _type(row, model) for kind, row in data["resources"].items()}
    return found


def _type(row: dict[str, Any], model: Any) -> dict[str, Any]:
    from botocore import xform_name

    ids = [each["name"] for each in row.get("identifiers", ())]
    out: dict[str, Any] = {"ids": ids}
    if "load" in row:
        out["load"] = _request(row["load"]["request"])
    if "shape" in row:
        taken = {each.get("memberName", each["name"]) for each in row.get("identifiers", ())}
        out["attributes"] = sorted(xform_name(name) for name in model.shape_for(row["shape"]).members if name not in taken)
    for key, name in (("actions", "actions"), ("batchActions", "batch")):
        if key in row:
            out[name] = {
                xform_name(action): [*_request(each["request"]), (each.get("resource") or {}).get("type", "")]
                for action, each in row[key].items()
            }
    if "waiters" in row:
        out["waiters"] = {
            f"wait_until_{xform_name(name)}": [each["waiterName"], _parameters(each.get("params", ()))]
            for name, each in row["waiters"].items()
        }
    if "hasMany" in row:
        out["many"] = {
            xform_name(name): [*_request(each["request"]), each["resource"]["type"], _sources(each["resource"])]
            for name, each in row["hasMany"].items()
            if "request" in each
        }
    if "has" in row:
        out["has"] = {name: [each["resource"]["type"], _sources(each["resource"])] for name, each in row["has"].items()}
    return out


def _request(row: dict[str, Any]) -> list[Any]:
    return [row["operation"], _parameters(row.get("params", ()))]


def _parameters(rows: Any) -> dict[str, str]:
    return {each["target"]: _source(each) for each in rows}


def _sources(row: dict[str, Any]) -> dict[str, str]:
    return {each["target"]: _source(each) for each in row.get("identifiers", ())}


def _source(row: dict[str, Any]) -> str:
    match row["source"]:
        case "identifier":
            return f"={row['name']}"
        case "input":
            return "?"
        case "string" | "integer" | "boolean":
            return f'"{row["value"]}'
        case "requestParameter":
            return f"<{row['path']}"
        case _:
            return "."
