"""The small picture of a function's neighbourhood: what invokes it, what it runs as, what that gives it. Coordinates only."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

COLUMN = 282
ROW = 46
NODE_WIDTH = 172
NODE_HEIGHT = 34
MOST = 7
"""Nodes in a column; what is beyond becomes one node that counts the rest."""

View = Mapping[str, Any]


@dataclass(slots=True)
class Node:
    """One box: `id` names an asset or function where there is one, `tone` how it is drawn."""

    id: str
    kind: str
    label: str
    column: int
    tone: str = ""
    x: int = 0
    y: int = 0


@dataclass(slots=True)
class Picture:
    """Boxes and lines between their indexes; a line's tone is empty, ``weak`` (only permitted) or ``off`` (disabled, stale)."""

    nodes: list[Node] = field(default_factory=list)
    lines: list[tuple[int, int, str, str]] = field(default_factory=list)

    def add(self, node: Node) -> int:
        """Add a box, return its index."""
        self.nodes.append(node)
        return len(self.nodes) - 1


def picture(view: View, assets: Mapping[str, View]) -> dict[str, Any]:
    """The neighbourhood of a function's page, as plain data.

    ``width``, ``height``, ``nodes`` as [id, kind, label, tone, x, y] (middle of the left edge), ``lines`` as
    [from, to, label, tone]. Columns: triggers, the function, its role and what it sends to, the services that the role names.
    """
    drawn = Picture()
    center = drawn.add(Node(view["id"], "function", view["name"], 1, "center"))
    for node, label, tone in _limited(list(_sources(view)), 0, "triggers"):
        drawn.lines.append((drawn.add(node), center, label, tone))
    role = _role(view, drawn, center)
    for node, label, tone in _limited(list(_targets(view)), 2, "more"):
        drawn.lines.append((center, drawn.add(node), label, tone))
    if role is not None:
        page = assets.get(view["role"], {})
        for node, label, tone in _limited(list(_services(page.get("access"))), 3, "services"):
            drawn.lines.append((role, drawn.add(node), label, tone))
    return _placed(drawn)


Spoke = tuple[Node, str, str]


def _sources(view: View) -> Iterator[Spoke]:
    """One box for each source; routes of one API are one box."""
    grouped: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for trigger in view["triggers"]:
        grouped.setdefault((trigger["kind"], trigger["source"] or trigger["name"]), []).append(trigger)
    for (kind, _), triggers in grouped.items():
        first = triggers[0]
        detail = first["detail"]
        label = detail.get("api") or first["name"]
        tone = {"wired": "", "disabled": "off", "stale": "off"}.get(first["status"], "weak")
        if kind == "function-url":
            open_to_all = detail.get("auth_type") == "NONE"
            yield (
                Node("", kind, "anyone: function URL" if open_to_all else "function URL", 0, "danger" if open_to_all else ""),
                "",
                tone,
            )
        else:
            routes = f"{len(triggers)} routes" if kind == "apigateway" and len(triggers) > 1 else ""
            words = routes or ("" if first["status"] == "wired" else first["status"])
            yield Node(first["source"], kind, label, 0), words, tone


def _role(view: View, drawn: Picture, center: int) -> int | None:
    role = view["role"]
    if isinstance(role, str) and role:
        index = drawn.add(Node(role, "role", role.rsplit("/", 1)[-1], 2))
        drawn.lines.append((center, index, "runs as", ""))
        return index
    if role:
        drawn.lines.append((center, drawn.add(Node("", "role", "role not read", 2, "unknown")), "runs as", "weak"))
    return None


def _targets(view: View) -> Iterator[Spoke]:
    seen = set()
    for row in view["destinations"]:
        if row["target"] not in seen:
            seen.add(row["target"])
            yield Node(row["target"], "destination", row["name"], 2), row["kind"], ""
    for row in view["neighbours"]:
        if row["relation"] == "names" and row["id"] not in seen:
            seen.add(row["id"])
            yield Node(row["id"], row["kind"], row["name"], 2), "environment", "weak"
    vpc = view["vpc"]
    if isinstance(vpc, dict) and vpc.get("vpc"):
        yield Node("", "vpc", vpc["vpc"], 2), "attached to", ""


def _services(access: Any) -> Iterator[Spoke]:
    if isinstance(access, dict):
        yield Node("", "service", "policies not read", 3, "unknown"), "", "weak"
        return
    for row in access or ():
        whole = ("*", "*:*", f"{row['service']}:*")
        everything = any(action in whole or action.startswith("not:") for action in row["actions"])
        label = "every service" if row["service"] == "*" else row["service"]
        yield Node("", "service", label, 3, "danger" if everything else ""), _amount(row["actions"], everything), ""


def _amount(actions: list[str], everything: bool) -> str:
    if everything:
        return "all but some" if all(a.startswith("not:") for a in actions) else "all actions"
    return f"{len(actions)} action" + ("s" if len(actions) > 1 else "")


def _limited(spokes: list[Spoke], column: int, what: str) -> Iterable[Spoke]:
    spokes.sort(key=lambda spoke: (spoke[0].tone != "danger", spoke[2] == "off"))
    if len(spokes) <= MOST:
        return spokes
    rest = len(spokes) - MOST + 1
    return [
        *spokes[: MOST - 1],
        (Node("", "rest", f"{rest} more" if what == "more" else f"{rest} more {what}", column), "", "weak"),
    ]


def _placed(drawn: Picture) -> dict[str, Any]:
    columns: dict[int, list[Node]] = {}
    for node in drawn.nodes:
        columns.setdefault(node.column, []).append(node)
    used = sorted(columns)
    height = max(len(nodes) for nodes in columns.values()) * ROW
    for position, column in enumerate(used):
        nodes = columns[column]
        top = (height - len(nodes) * ROW) // 2
        for row, node in enumerate(nodes):
            node.x, node.y = position * COLUMN, top + row * ROW + ROW // 2
    return {
        "width": (len(used) - 1) * COLUMN + NODE_WIDTH,
        "height": height,
        "nodes": [[n.id, n.kind, n.label[:200], n.tone, n.x, n.y] for n in drawn.nodes],
        "lines": [list(line) for line in drawn.lines],
    }
