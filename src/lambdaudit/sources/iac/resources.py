"""Resources of a configuration in CloudFormation's shape, whatever format it was written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.iac.choices import Decisions, Opening
from lambdaudit.sources.iac.values import Map, Value


@dataclass(slots=True)
class Resource:
    """One resource.

    `address` is unique among all resources that are lifted together; `type` CloudFormation's type name and `properties` its
    property names, with values of :mod:`lambdaudit.sources.iac.values`. `name` is the name that it gets when its own is not
    known: deterministic, so that references between resources meet. `where` has the author's name for it as its subject and
    an empty pointer, which stands for the properties.

    `undecided` says that a condition decides whether the resource exists; `unknown` that its properties are not known (a
    macro, an error). `account` and `region` differ from those of the configuration for resources of another provider.
    `owner` is the address of the resource that its author wrote, when a tool made this one for it.
    """

    address: str
    type: str
    properties: Map
    where: Where
    name: str
    undecided: Unknown | None = None
    unknown: Unknown | None = None
    account: str = ""
    region: str = ""
    owner: str = ""
    metadata: Map = field(default_factory=Map)


@dataclass(frozen=True, slots=True)
class CodeLocation:
    """Where the code of a function, or the content of a layer version, is: every field that does not apply is empty.

    `path` is a folder or an archive on this machine; `inline` the text of the one file `inline_name`, which begins at
    `where`'s line; `image` a reference to a container image, `dockerfile` and `context` what it is built from, `target` the stage
    and `arguments` what is given to the build: texts with their places, None for one that is open. `uri` is an address elsewhere
    (``s3://bucket/key``). `patterns` say in order which files of a folder are packed. `unknown` says why nothing is known.
    """

    where: Where
    handler: str = ""
    runtime: str = ""
    path: Path | None = None
    inline: str = ""
    inline_name: str = ""
    image: str = ""
    dockerfile: Path | None = None
    context: Path | None = None
    uri: str = ""
    unknown: Unknown | None = None
    target: str = ""
    arguments: Mapping[str, tuple[str, Where] | None] = field(default_factory=dict)
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How configurations are read.

    `root` is the folder that no reference may leave and that paths are shown relative to. `parameters` are values given by
    hand, `variable_files` files of them that Terraform reads. Empty `account` and `region` stand for placeholders; conditions
    that depend on them stay undecided. `imports` are the exports of other stacks. `decided` are choices that a reading takes
    as made, `kept` is what readings of the same, unchanged files share: expansions that do not depend on what is decided
    (None: nothing).
    """

    root: Path
    parameters: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    region: str = ""
    partition: str = "aws"
    imports: Mapping[str, Value] = field(default_factory=dict)
    decided: Decisions = field(default_factory=dict)
    kept: dict[Any, Any] | None = None
    variable_files: tuple[Path, ...] = ()


@dataclass(slots=True)
class Read:
    """What a configuration gives before the lift.

    `code` is by the address of the function or layer, `exports` by name, `nested` the files that were read as a part of
    others, `stacks` how often; `notes` are sentences for the coverage, `errors` one line for each file that could not be read.
    `openings` give the choices of each stack that nobody made. `effort` measures the reading: a unit is some hundred evaluated
    values or some hundred bytes.
    """

    resources: list[Resource] = field(default_factory=list)
    code: dict[str, CodeLocation] = field(default_factory=dict)
    exports: dict[str, Value] = field(default_factory=dict)
    nested: set[Path] = field(default_factory=set)
    stacks: int = 0
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    effort: int = 0
