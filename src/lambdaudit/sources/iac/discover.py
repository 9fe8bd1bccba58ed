"""Configurations in a folder: found by name and content, read each by its format's reader, lifted together."""

import gc
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from lambdaudit.sources.iac.choices import Decisions
from lambdaudit.sources.iac.documents import DocumentError, OtherDocument
from lambdaudit.sources.iac.resources import Options, Read
from lambdaudit.sources.pulumi.sniff import ASSEMBLIES, PROJECTS, is_output

if TYPE_CHECKING:
    from lambdaudit.sources.iac.lift import Lifted

MAX_FILES: Final = 200_000
"""Files and folders that are looked at; a tree with more of them is read in part, and told so."""
MAX_DEPTH: Final = 24
MAX_TEMPLATE: Final = 8_000_000
_SUFFIXES: Final = (".yaml", ".yml", ".json", ".template", ".cfn")
SKIPPED: Final = frozenset(
    (
        "node_modules",
        "__pycache__",
        "site-packages",
        "venv",
        "bower_components",
        "vendor",
    )
)
"""Folders of dependencies, which are not entered; hidden ones are not either."""
_LOCKS: Final = frozenset(("package-lock.json", "package.json", "tsconfig.json", "composer.lock", "pnpm-lock.yaml"))
_TEMPLATE: Final = re.compile(rb"\b(?:AWS|Custom|Alexa)::[A-Za-z0-9]+")
SERVERLESS: Final = ("serverless.yml", "serverless.yaml", "serverless.json")
"""Names of the Serverless Framework's files."""
IN_CODE: Final = ("serverless.ts", "serverless.js", "serverless.mjs", "serverless.cjs")
"""Names of its files that are programs, which are not run: what was packaged is read in their place."""
_MAX_PROGRAM: Final = 1_000_000
PACKAGED: Final = re.compile(r"(?:^|[-_.])(?:packaged|output|transformed|processed)(?:[-_.]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A configuration: its `kind` (``cloudformation``, ``terraform``, ``cdk`` …) and its file or folder."""

    kind: str
    path: Path


Reader = Callable[[Path, Options], "Read | Lifted"]
"""Reads one configuration: its resources, or its assets when the format lifts them itself.

Raises DocumentError with one line when it cannot be read at all.
"""
Part: TypeAlias = "Read | Lifted"
"""What one configuration gave."""
PLAN: Final = "plan"
"""Plans and states of Terraform as JSON, which are files of their own."""
WHOLE: Final = frozenset(("terraform", "pulumi"))
"""Formats whose reader takes a tree of folders at once and finds its way in it."""


def find(root: Path) -> tuple[list[Found], list[str]]:
    """The configurations in a folder, in the order of their paths, and notes about what was not looked at.

    Folders of tools and dependencies are left out, links are not followed. Raises DocumentError when there is no such folder.
    """
    if not root.is_dir():
        raise DocumentError(str(root), 0, "is no folder")
    found: list[Found] = []
    notes: list[str] = []
    seen = 0
    stack = [(root, 0)]
    while stack:
        folder, depth = stack.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            notes.append(f"{folder.relative_to(root).as_posix()}: is not read: {error.strerror or error}")
            continue
        seen += len(listed)
        if seen > MAX_FILES:
            notes.append(f"{root}: holds more than {MAX_FILES:,} files, the rest is not looked at")
            break
        names = {entry.name for entry in listed}
        if "cdk.out" in names and "manifest.json" in names:
            found.append(Found("cdk", folder))
            continue
        found += _hidden_assemblies(folder, names)
        if any(name.endswith((".tf", ".tf.json")) for name in names):
            found.append(Found("terraform", folder))
        found += _files(folder, listed)
        if depth >= MAX_DEPTH:
            notes.append(f"{folder.relative_to(root).as_posix()}: nests too deep and is not looked at")
            continue
        stack.extend((folder / entry.name, depth + 1) for entry in reversed(listed) if _enters(entry))
    if any(one.kind == "terraform" for one in found):
        for one in [one for one in found if one.kind == PLAN]:
            found.remove(one)
            notes.append(f"{_shown(one.path, root)}: the configuration is read, not its plan or state; give it alone to read it")
    return sorted(found, key=lambda one: (one.path.as_posix(), one.kind)), notes


def _hidden_assemblies(folder: Path, names: set[str]) -> Iterator[Found]:
    """The assembly that older versions of SST build in a hidden folder."""
    for inner in ASSEMBLIES:
        hidden, built = inner.partition("/")[0], folder / inner
        linked = (folder / hidden).is_symlink() or built.is_symlink()
        if hidden in names and not linked and (built / "cdk.out").is_file() and (built / "manifest.json").is_file():
            yield Found("cdk", built)


def _enters(entry: os.DirEntry[str]) -> bool:
    if not entry.is_dir(follow_symlinks=False) or entry.name in SKIPPED:
        return False
    return not entry.name.startswith(".") or entry.name == ".github"


def _files(folder: Path, entries: Sequence[os.DirEntry[str]]) -> Iterator[Found]:
    for entry in entries:
        if not entry.is_file(follow_symlinks=False):
            continue
        if entry.name in SERVERLESS or (entry.name in IN_CODE and _is_service(folder / entry.name)):
            yield Found("serverless", folder / entry.name)
        elif entry.name in PROJECTS or (entry.name.endswith(".json") and is_output(folder / entry.name)):
            yield Found("pulumi", folder / entry.name)
        elif entry.name.endswith((".json", ".tfstate")) and _is_plan(folder / entry.name):
            yield Found(PLAN, folder / entry.name)
        elif entry.name.endswith(_SUFFIXES) and entry.name not in _LOCKS and is_template(folder / entry.name):
            yield Found("cloudformation", folder / entry.name)


def _is_plan(path: Path) -> bool:
    from lambdaudit.sources.terraform.sniff import is_plan_or_state

    return is_plan_or_state(path)


def _is_service(path: Path) -> bool:
    """Whether a program looks like a service of the Serverless Framework, and none in YAML or JSON lies beside it."""
    if any((path.parent / name).is_file() for name in SERVERLESS):
        return False
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_PROGRAM)
    except OSError:
        return False
    # As members of an object, the provider with a name: other programs speak of services and providers, too.
    return all(re.search(pattern, text) for pattern in (rb"\bservice\s*[:,]", rb"\bprovider\s*:\s*\{[^}]*\bname\s*:"))


def is_template(path: Path) -> bool:
    """Whether the text of a file looks like a CloudFormation or SAM template; nothing is parsed for it."""
    try:
        if path.stat().st_size > MAX_TEMPLATE:
            return False
        data = path.read_bytes()
    except OSError:
        return False
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.replace(b"\x00", b"")
    return b"Resources" in data and _TEMPLATE.search(data) is not None


def readers() -> dict[str, Reader]:
    """The readers of the formats that are read, by kind."""
    from lambdaudit.sources.cdk import read_cdk
    from lambdaudit.sources.serverless import read_serverless

    return {
        "cloudformation": _read_cloudformation,
        "terraform": _read_terraform,
        PLAN: _read_terraform,
        "serverless": read_serverless,
        "cdk": read_cdk,
        "pulumi": _read_pulumi,
    }


def _read_pulumi(path: Path, options: Options) -> "Lifted":
    from lambdaudit.sources.pulumi.read import read_pulumi

    return read_pulumi(path, options)


def _read_terraform(path: Path, options: Options) -> "Lifted":
    from lambdaudit.sources.terraform.read import TerraformError, read_terraform

    try:
        return read_terraform(
            path,
            variables=options.parameters,
            var_files=options.variable_files,
            account=options.account,
            region=options.region,
            root=options.root,
            decided=options.decided,
        )
    except TerraformError as error:
        raise DocumentError(str(error), 0, "") from None


def _read_cloudformation(path: Path, options: Options) -> Read:
    """A template, with the parameters of a samconfig file beside it where none are given."""
    from lambdaudit.sources.cloudformation.parameters import SAMCONFIGS, sam_settings
    from lambdaudit.sources.cloudformation.template import read_template

    stack, notes = "", []
    beside = (path.parent / name for name in SAMCONFIGS)
    settings = next((one for one in beside if one.is_file() and not one.is_symlink()), None)
    if settings is not None:
        try:
            found = sam_settings(settings)
            stack = found.stack
            options = replace(
                options, parameters={**found.parameters, **options.parameters}, region=options.region or found.region
            )
        except DocumentError as error:
            notes.append(str(error))
    read = read_template(path, options, stack=stack)
    read.notes += notes
    return read


def read_directory(path: Path, options: Options, *, using: Mapping[str, Reader] | None = None) -> "Lifted":
    """Everything that is configured in a folder, or in one file, as assets that know each other.

    `using` are readers by kind. A file that cannot be read is one line in the result's `errors` and stops no other. Raises
    DocumentError when there is no such file or folder. The result can be read `again` with choices decided: only what makes
    them is opened for it.
    """
    known = using or readers()
    options = replace(options, kept={})
    found, notes = _found(path)
    parts: dict[Found, Part] = {}

    def again(decisions: Decisions) -> "Lifted":
        return _whole(path, found, notes, replace(options, decided=decisions), known, parts)

    whole = _whole(path, found, notes, options, known, {}, keep=parts)
    whole.again = again
    return whole


def _whole(
    path: Path,
    found: Sequence[Found],
    notes: Sequence[str],
    options: Options,
    using: Mapping[str, Reader],
    before: "Mapping[Found, Part]",
    *,
    keep: "dict[Found, Part] | None" = None,
) -> "Lifted":
    """Everything found, lifted together; what was read `before` and decides nothing of the options is taken as it is."""
    with patient_collector():
        read, others = _read_all(path, found, notes, options, using, before, {} if keep is None else keep)
        whole = lifted(read, options)
        if others and not read.resources:
            # Nothing stands in the account that the options name or leave open.
            whole.accounts = whole.regions = ()
        for other in others:
            whole.take(other)
        return whole


def _found(path: Path) -> tuple[list[Found], list[str]]:
    """The configurations to read: in a folder all of them, trees that are read as a whole once; else the file."""
    if path.is_file():
        return [Found(_kind(path), path)], []
    found, notes = find(path)
    return list(dict.fromkeys(Found(one.kind, path) if one.kind in WHOLE else one for one in found)), notes


def _kind(path: Path) -> str:
    """The format of a file that was given by hand."""
    if path.name in SERVERLESS or path.name in IN_CODE:
        return "serverless"
    if path.name in PROJECTS or is_output(path):
        return "pulumi"
    if path.name.endswith((".tf", ".tf.json", ".tfstate")) or (path.suffix == ".json" and _is_plan(path)):
        return "terraform"
    return "cloudformation"


def _decides(part: "Part", decisions: Decisions) -> bool:
    """Whether one of the decisions is about a choice of this part."""
    owners = {scope.partition("#")[0] for scope, _ in decisions}
    return any(choice.owner in owners for opening in part.openings for choice in opening())


def _read_all(
    path: Path,
    found: Sequence[Found],
    notes: Sequence[str],
    options: Options,
    using: Mapping[str, Reader],
    before: "Mapping[Found, Part]",
    keep: "dict[Found, Part]",
) -> "tuple[Read, list[Lifted]]":
    whole = Read(notes=list(notes))
    others: list[Lifted] = []
    parts: dict[Found, Read] = {}
    for one in found:
        part = before.get(one)
        if part is not None and not _decides(part, options.decided):
            if isinstance(part, Read):
                parts[one] = part
            else:
                others.append(part)
            continue
        if before and part is None:
            continue
        reader = using.get(one.kind)
        if reader is None:
            whole.notes.append(f"{_shown(one.path, options.root)}: is a configuration of the kind {one.kind}, which is not read")
            continue
        try:
            part = reader(one.path, options)
        except OtherDocument as error:
            # In a folder the text of a file only promised a template (an OpenAPI body with pseudo parameters does, too).
            if path.is_file():
                whole.errors.append(str(error))
            continue
        except DocumentError as error:
            whole.errors.append(str(error))
            continue
        if isinstance(part, Read):
            part.effort += _size(one, part) // 200
            parts[one] = part
        else:
            others.append(part)
            keep[one] = part
        whole.effort += part.effort
    parts = _with_imports(parts, options, using)
    keep.update(parts)
    nested = {path for part in parts.values() for path in part.nested}
    dropped = _packaged(parts)
    for one, part in parts.items():
        if one.path.resolve() in nested:
            continue
        if one in dropped:
            whole.notes.append(
                f"{_shown(one.path, options.root)}: is left out, it is {_shown(dropped[one], options.root)} packaged"
            )
            continue
        whole.resources += part.resources
        whole.code.update(part.code)
        whole.notes += part.notes
        whole.errors += part.errors
        whole.openings += part.openings
    return whole, others


def _size(one: Found, part: Read) -> int:
    """The bytes of the files of a configuration."""
    files = one.path.glob("*.json") if one.kind == "cdk" else (one.path, *part.nested)
    total = 0
    for file in files:
        try:
            total += file.stat().st_size
        except OSError:
            continue
    return total


def _with_imports(parts: dict[Found, Read], options: Options, using: Mapping[str, Reader]) -> dict[Found, Read]:
    """The parts with what they import from each other: those that import are read once more."""
    exports = {name: value for part in parts.values() for name, value in part.exports.items()}
    if not exports:
        return parts
    again = replace(options, imports={**exports, **options.imports})
    for one in [one for one in parts if one.path.is_file() and b"ImportValue" in one.path.read_bytes()]:
        part = using[one.kind](one.path, again)
        if isinstance(part, Read):
            parts[one] = part
    return parts


def _packaged(parts: Mapping[Found, Read]) -> dict[Found, Path]:
    """Templates that a packaging tool made of another one in the same folder: same resources, a name that says so."""
    dropped: dict[Found, Path] = {}
    for one, part in parts.items():
        if one.kind != "cloudformation" or not PACKAGED.search(one.path.stem):
            continue
        own = {resource.where.subject for resource in part.resources}
        beside = [o for o in parts if o != one and o.path.parent == one.path.parent and o not in dropped]
        for other in beside if own else ():
            if own == {resource.where.subject for resource in parts[other].resources}:
                dropped[one] = other.path
    return dropped


def _shown(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix() or "."
    except ValueError:
        return path.as_posix()


def lifted(read: Read, options: Options) -> "Lifted":
    """The assets of what was read."""
    from lambdaudit.sources.cdk.marks import mark
    from lambdaudit.sources.iac.lift import PLACEHOLDER_ACCOUNT, PLACEHOLDER_REGION, Settings, lift

    account, region = options.account or PLACEHOLDER_ACCOUNT, options.region or PLACEHOLDER_REGION
    made = lift(read.resources, Settings(account, region, options.partition))
    mark(made, read.resources)
    made.code = {made.ids[address]: code for address, code in read.code.items() if address in made.ids}
    made.notes = [*read.notes, *made.notes]
    made.errors = list(dict.fromkeys(read.errors))
    made.openings = list(read.openings)
    made.effort = read.effort
    return made


@contextmanager
def patient_collector() -> Iterator[None]:
    """With a garbage collector that looks seldom: trees of values are made by the million and hold no cycles."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
