"""Makes deploy_permissions.json.gz: the rights that CloudFormation's handlers of each resource type need, by what they do.

The source is the registry schema of each type, as cfn-lint (MIT-0) packages it: ``handlers.create.permissions`` and so on. Run it
with the development dependencies installed:  python -m lambdaudit.data.make_deploy
"""

import gzip
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("deploy_permissions.json.gz")
_HANDLERS = ("create", "read", "update", "delete")


def make() -> dict[str, Any]:
    """The table: actions as one sorted list, and by type the numbers of those that each handler needs, and of those for tags."""
    import cfnlint

    folder = Path(cfnlint.__file__).parent / "data" / "schemas"
    types: dict[str, dict[str, list[str]]] = {}
    for file in sorted((folder / "resources").glob("*.json")):
        schema = json.loads(file.read_text("utf-8"))
        handlers = schema.get("handlers")
        if isinstance(handlers, dict) and str(schema.get("typeName", "")).startswith("AWS::"):
            rows = {name: _actions(handlers.get(name)) for name in _HANDLERS}
            types[schema["typeName"]] = {**rows, "tags": _actions(schema.get("tagging"))}
    actions = sorted({action for rows in types.values() for listed in rows.values() for action in listed})
    number = {action: position for position, action in enumerate(actions)}
    return {
        "date": json.loads((folder / "version.json").read_text("utf-8"))["schema_date"][:10],
        "source": f"CloudFormation registry schemas, from cfn-lint {version('cfn-lint')}",
        "actions": actions,
        "types": {
            name: {key: [number[action] for action in listed] for key, listed in rows.items() if listed}
            for name, rows in sorted(types.items())
        },
    }


def _actions(handler: object) -> list[str]:
    permissions = handler.get("permissions") if isinstance(handler, dict) else None
    return sorted({str(one) for one in permissions if ":" in str(one)}) if isinstance(permissions, list) else []


if __name__ == "__main__":
    data = json.dumps(make(), separators=(",", ":"), sort_keys=True).encode()
    TARGET.write_bytes(gzip.compress(data, 9, mtime=0))
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
