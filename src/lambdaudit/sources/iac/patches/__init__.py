"""Patches: the edits of templates that mend findings, each as a unified diff, all of them together as new texts of the files.

:data:`.table.MENDS` says which rule's findings are mended and with what value. An edit replaces a value where it stands or adds
what is missing in the style of its neighbours; everything else in the file stays as it is, which is checked by reading the
result. What comes from elsewhere (a function, a shared parameter, a module that is not here) is left to its author.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from lambdaudit.model.finding import Finding, Report
from lambdaudit.model.inventory import Inventory
from lambdaudit.sources.iac.resources import Resource

from . import blocks, documents
from .edits import Edit, apply, between, overlap, unified
from .nodes import Path as Place
from .nodes import Tree, Unfit
from .state import Files
from .table import MENDS, Mend
from .targets import World

if TYPE_CHECKING:
    from lambdaudit.sources.iac.lift import Lifted

__all__ = ["MENDS", "FilePatch", "Patches", "propose"]

_MAX_ROUNDS: Final = 8
_GLOBALS: Final = {
    "AWS::Serverless::Function": "Function",
    "AWS::Serverless::Api": "Api",
    "AWS::Serverless::HttpApi": "HttpApi",
    "AWS::Serverless::SimpleTable": "SimpleTable",
}


@dataclass(frozen=True, slots=True)
class FilePatch:
    """One file that changes: its path as findings show it, where it is, its content before and after, and the diff.

    `diff` is empty when it would show a secret that stands directly beside the change.
    """

    path: str
    real: Path
    before: bytes
    after: bytes
    diff: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Patches:
    """The report with a patch at every finding that has one, and the files with all of them."""

    report: Report
    files: tuple[FilePatch, ...]


@dataclass(slots=True)
class _Change:
    """Edits by file, with names of what they change, so that two changes of one thing are told apart."""

    edits: list[tuple[str, Edit]] = field(default_factory=list)
    names: list[tuple[str, Place]] = field(default_factory=list)

    def add(self, path: str, change: documents.Change | blocks.Change) -> None:
        if isinstance(change, documents.Change):
            new = [(path, edit) for edit in change.edits]
            names: list[tuple[str, Place]] = [(path, place) for place in change.paths]
        else:
            new = list(change.edits)
            names = [(file, (name,)) for file in dict.fromkeys(f for f, _ in change.edits) for name in change.names]
        self.edits += [one for one in new if one not in self.edits]
        self.names += [one for one in names if one not in self.names]

    def files(self) -> list[str]:
        return list(dict.fromkeys(path for path, _ in self.edits))

    def of(self, path: str) -> list[Edit]:
        return [edit for file, edit in self.edits if file == path]


@dataclass(slots=True)
class _Job:
    """A finding that is to be mended."""

    number: int
    finding: Finding
    mend: Mend


def propose(
    report: Report,
    inventory: Inventory,
    lifted: "Lifted",
    *,
    root: Path,
    parameters: Collection[str],
    successor: Callable[[str], str],
) -> Patches:
    """The patches for the findings of a report about templates.

    `root` is the folder that paths are relative to, `parameters` the names of those whose value is given by hand, `successor`
    gives the runtime that a runtime's functions should move to (empty: none). Files that changed since they were read get no
    patch where that matters.
    Reads files, writes none.
    """
    files = Files(root, frozenset(parameters))
    worker = _Worker(World(inventory, lifted, successor), files)
    pending = [_Job(n, f, MENDS[f.rule]) for n, f in enumerate(report.findings) if f.rule in MENDS]
    patches: dict[int, str] = {}
    mended: dict[str, set[str]] = {}
    first = True
    for _ in range(_MAX_ROUNDS):
        if not pending:
            break
        changes = worker.changes(pending)
        accepted, deferred = _accepted(changes)
        for job, change in changes:
            if first:
                diffs = [unified(path, files.sheet(path), change.of(path)) for path in change.files()]
                patches[job.number] = "".join(diffs) if all(diffs) else ""
        good = worker.take(accepted)
        for job, change in accepted:
            if (job, change) not in good:
                patches.pop(job.number, None)
                continue
            for path in change.files():
                mended.setdefault(path, set()).add(job.finding.rule)
        pending, first = deferred, False
    for job in pending:
        patches.pop(job.number, None)
    findings = [_with_patch(f, patches[n]) if n in patches else f for n, f in enumerate(report.findings)]
    made = tuple(
        FilePatch(
            path=path,
            real=files.real(path),
            before=files.raw[path],
            after=files.now[path].encode("utf-8"),
            diff=unified(path, files.sheet(path), worker.edits[path]),
            rules=tuple(sorted(mended.get(path, ()))),
        )
        for path in sorted(worker.edits)
    )
    return Patches(msgspec.structs.replace(report, findings=tuple(findings)), made)


def _with_patch(finding: Finding, patch: str) -> Finding:
    note = MENDS[finding.rule].note
    text = f"{finding.fix.text} {note}" if note else finding.fix.text
    return msgspec.structs.replace(finding, fix=msgspec.structs.replace(finding.fix, text=text, patch=patch))


def _accepted(changes: "list[tuple[_Job, _Change]]") -> "tuple[list[tuple[_Job, _Change]], list[_Job]]":
    """The changes that go together, and the findings whose turn comes when these are made."""
    edits: dict[str, list[Edit]] = {}
    names: dict[str, dict[Place, list[Edit]]] = {}
    accepted, deferred = [], []
    for job, change in changes:
        if any(_conflicts(path, change, edits, names) for path in change.files()):
            deferred.append(job)
            continue
        accepted.append((job, change))
        for path in change.files():
            own = change.of(path)
            edits.setdefault(path, []).extend(edit for edit in own if edit not in edits[path])
            names.setdefault(path, {}).update({place: own for file, place in change.names if file == path})
    return accepted, deferred


def _conflicts(path: str, change: _Change, edits: dict[str, list[Edit]], names: dict[str, dict[Place, list[Edit]]]) -> bool:
    own, taken = change.of(path), names.get(path, {})
    for _, place in (one for one in change.names if one[0] == path):
        for other, held in taken.items():
            shorter = min(len(place), len(other))
            if place[:shorter] == other[:shorter] and not all(edit in held for edit in own):
                return True
    return any(overlap(edit, other) and edit != other for edit in own for other in edits.get(path, ()))


class _Worker:
    """Works the changes out on the files as they are by now, and makes them."""

    def __init__(self, world: World, files: Files) -> None:
        self._world = world
        self._files = files
        self.edits: dict[str, list[Edit]] = {}

    def changes(self, jobs: list[_Job]) -> list[tuple[_Job, _Change]]:
        """The changes of the findings that have any."""
        found = []
        for job in jobs:
            try:
                change = self._change(job)
            except Unfit:
                continue
            if change.edits:
                found.append((job, change))
        return found

    def _change(self, job: _Job) -> _Change:
        made = _Change()
        for resource in self._world.targets(job.finding, job.mend):
            if resource.where.source.endswith(".tf"):
                self._terraform(resource, job, made)
            else:
                self._document(resource, job, made)
        return made

    def _terraform(self, resource: Resource, job: _Job, made: _Change) -> None:
        kind, name = _terraform(resource)
        path = resource.where.source
        module = self._files.module(path, is_root=not _address(resource).startswith("module."))
        block = module.files[path]
        own = next((b for b in block.blocks() if b.labels == ("resource", kind, name)), None)
        if own is None:
            raise Unfit("the resource is not in the file")
        for one in job.mend.puts.get(kind, ()):
            settled = self._world.settled(job.finding, one)
            try:
                made.add(path, blocks.put(module, own, settled))
            except Unfit:
                where = job.finding.where
                if where.source == path or not where.source.endswith(".tf"):
                    raise
                caller = self._files.module(where.source, is_root=True).files[where.source]
                made.add(where.source, blocks.argument(module, own, settled, caller, where.line))
        for companion in job.mend.companions:
            beside = [b for b in module.of_type(companion.kind) if f"{kind}.{name}." in f"{b.written(companion.by)}."]
            for other in beside:
                for one in companion.puts:
                    made.add(other.source.path, blocks.put(module, other, one))
            wanted = companion.add and companion.kind.startswith(kind)
            inside = any(b.labels[:1] == (companion.unless,) for b in own.inner())
            if wanted and not beside and not inside:
                if own.attribute("count") or own.attribute("for_each") or module.find("resource", companion.kind, name):
                    raise Unfit("it stands for several resources")
                made.add(path, blocks.beside(own, companion.kind, companion.by, companion.puts))

    def _document(self, resource: Resource, job: _Job, made: _Change) -> None:
        path = resource.where.source
        tree = self._files.tree(path)
        for base, kind, inherited in _bases(resource, tree):
            fixed = self._files.fixed(path)
            if "/" in resource.address.rpartition("#")[2]:
                declared = tree.at(("Parameters",))
                fixed |= {key.text for key, _ in declared.pairs} if declared is not None else set()
            for one in job.mend.puts.get(kind, ()):
                made.add(path, documents.put(tree, base, self._world.settled(job.finding, one), inherited, fixed))
            return

    def take(self, accepted: list[tuple[_Job, _Change]]) -> list[tuple[_Job, _Change]]:
        """Make the changes that leave everything else as it is; those that were made."""
        good = accepted
        if not all(self._fits(path, good) for path in self._paths(good)):
            good = [one for one in good if all(self._fits(path, [one]) for path in one[1].files())]
            if not all(self._fits(path, good) for path in self._paths(good)):
                return []
        for path in self._paths(good):
            edits = list(dict.fromkeys(edit for _, change in good for edit in change.of(path)))
            old = self._files.now[path]
            new = self._files.now[path] = apply(old, edits)
            known = path in self.edits
            self.edits[path] = between(self._files.before[path], new) if known else edits
        return good

    @staticmethod
    def _paths(changes: list[tuple[_Job, _Change]]) -> list[str]:
        return sorted({path for _, change in changes for path in change.files()})

    def _fits(self, path: str, changes: list[tuple[_Job, _Change]]) -> bool:
        edits = list(dict.fromkeys(edit for _, change in changes for edit in change.of(path)))
        names = list(dict.fromkeys(place for _, change in changes for file, place in change.names if file == path))
        try:
            if path.endswith(".tf"):
                source = blocks.Source(path, self._files.now[path])
                blocks.check(source, edits, [str(place[0]) for place in names])
            else:
                documents.check(self._files.tree(path), documents.Change(edits, names))
        except Unfit:
            return False
        return True


def _address(resource: Resource) -> str:
    """The address without the file or folder that it is in."""
    return (resource.owner or resource.address).rpartition("#")[2]


def _terraform(resource: Resource) -> tuple[str, str]:
    """Type and name of a Terraform resource, without modules and keys. Raises Unfit for what is no name."""
    plain, depth = "", 0
    for character in resource.owner or resource.address:
        depth += (character == "[") - (character == "]")
        if depth == 0 and character != "]":
            plain += character
    kind, dot, name = ".".join(plain.rpartition("#")[2].split(".")[-2:]).partition(".")
    if not dot:
        raise Unfit("the resource's name is none")
    return kind, name.partition("/")[0]


def _bases(resource: Resource, tree: Tree) -> Iterator[tuple[Place, str, tuple[Place, ...]]]:
    """Where the author wrote a resource, the type that he gave it, and what it inherits from."""
    logical = _address(resource).rpartition("/")[2]
    for head in (("Resources",), ("resources", "Resources")):
        base: Place = (*head, logical)
        node = tree.at(base)
        if node is not None and node.kind == "map" and (written := node.get("Type")) is not None:
            shared = _GLOBALS.get(written.text)
            yield base, written.text, (("Globals", shared),) if shared else ()
            return
    place = _at_line(tree, resource)
    # Functions may be one object, or a list of objects.
    depth = 3 if len(place) > 1 and isinstance(place[1], int) else 2
    if len(place) >= depth and place[0] == "functions":
        yield place[:depth], "serverless", (("provider",),)


def _at_line(tree: Tree, resource: Resource) -> Place:
    """The path of the key that stands where a resource is said to be."""
    starts = [0]
    for line in tree.text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    where = resource.where
    if not 0 < where.line < len(starts):
        return ()
    offset = starts[where.line - 1] + max(where.column, 1) - 1
    for path, node in tree.walk():
        for key, _ in node.pairs:
            if key.start == offset:
                return (*path, key.text)
    return ()
