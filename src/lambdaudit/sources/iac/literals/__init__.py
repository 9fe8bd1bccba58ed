"""Literal secrets in the files of a folder: templates of every format, state, workflows, notebooks, settings, keys.

Everything is judged where it is written, in the text of its file, whatever a deployment would make of it. No value is kept.
"""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambdaudit.model.assets import AnyAsset
from lambdaudit.model.code import CodeSecret
from lambdaudit.model.files import RepositoryFile, Template
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where
from lambdaudit.secrets import run_key
from lambdaudit.sources.iac.documents import DocumentError, parse_all, read_file
from lambdaudit.sources.iac.literals.find import TEMPLATES, Candidate, candidates
from lambdaudit.sources.iac.literals.judging import MOST, Judge
from lambdaudit.sources.iac.literals.reported import Reported
from lambdaudit.sources.iac.literals.texts import binary_key, of_notebook, of_text
from lambdaudit.sources.iac.literals.trees import leaves

if TYPE_CHECKING:
    from lambdaudit.sources.iac.lift import Lifted

MAX_TOTAL = 512_000_000
"""Characters of all files together; files beyond them are not looked at, and say so."""
_TREES = frozenset(("cloudformation", "serverless", "workflow", "compose", "parameters", "state", "configuration"))
_DOCUMENTS = (".json", ".yaml", ".yml", ".template", ".cfn", ".tfstate", ".backup")


def secret_files(target: Path, lifted: "Lifted | None" = None, *, key: bytes | None = None) -> tuple[list[AnyAsset], list[str]]:
    """An asset for each file of a folder (or the one file) that may hold secrets, and notes about what was not looked at.

    `lifted` is what was read of the same folder: literals that reach a variable of a function or stage are told there. `key` is
    that of fingerprints, by default the run's. Never raises for what the files hold.
    """
    found = candidates(target)
    judge = Judge(key or run_key())
    reported = Reported(lifted)
    left = MAX_TOTAL
    assets: list[AnyAsset] = []
    for one in found.files:
        secrets: Maybe[tuple[CodeSecret, ...]]
        try:
            text = read_file(one.path, one.label)
            left -= len(text)
            if left < 0:
                secrets = Unknown("the folder holds more text than is looked at")
            else:
                secrets = reported.without(_secrets(judge, one, text))
        except DocumentError as error:
            secrets = binary_key(one.path, one.label) if one.format == "key" else Unknown(str(error))
        assets.append(_asset(one, secrets))
    return _without_copies(assets), found.notes


def _asset(one: Candidate, secrets: Maybe[tuple[CodeSecret, ...]]) -> AnyAsset:
    cls = Template if one.format in TEMPLATES else RepositoryFile
    return cls(id=f"file:{one.label}", name=one.label, where=Where(one.label), format=one.format, secrets=secrets)


def _secrets(judge: Judge, one: Candidate, text: str) -> tuple[CodeSecret, ...]:
    """The secrets of one file: as a document of its format where it is one, else as plain text."""
    name = one.path.name
    if one.format in ("terraform", "parameters") and not name.endswith((".json", ".yaml", ".yml", ".toml")):
        from lambdaudit.sources.iac.literals.terraform import tree_of
        from lambdaudit.sources.terraform.hcl import parse

        body, _ = parse(text.encode("utf-8", "surrogatepass"), one.label)
        return judge.secrets(leaves(tree_of(body)), one.label, text)
    if one.format == "notebook" or (one.format in _TREES | {"terraform"} and name.endswith(_DOCUMENTS)):
        trees = _documents(text, one.label)
        if trees is not None and one.format == "notebook":
            return tuple(islice((s for tree in trees for s in of_notebook(judge, tree, one.label)), MOST))
        if trees is not None:
            return tuple(islice((s for tree in trees for s in judge.secrets(leaves(tree), one.label, text)), MOST))
    return tuple(islice(of_text(judge, text, one.label), MOST))


def _documents(text: str, source: str) -> Sequence[Any] | None:
    """The documents of a YAML or JSON text; None when it is neither."""
    try:
        return [document.value for document in parse_all(text, source)]
    except DocumentError:
        return None


def _without_copies(assets: list[AnyAsset]) -> list[AnyAsset]:
    """The files without templates that a packaging tool made of another one: their secrets are all in the other, too."""
    return [asset for asset in assets if not any(_copies(asset, other) for other in assets)] if _packaged(assets) else assets


def _packaged(assets: Sequence[AnyAsset]) -> bool:
    from lambdaudit.sources.iac.discover import PACKAGED

    return any(PACKAGED.search(Path(asset.name).stem) for asset in assets)


def _copies(asset: AnyAsset, other: AnyAsset) -> bool:
    from lambdaudit.sources.iac.discover import PACKAGED

    if asset is other or not isinstance(asset, Template) or not isinstance(other, Template):
        return False
    here, there = Path(asset.name), Path(other.name)
    if here.parent != there.parent or not PACKAGED.search(here.stem) or PACKAGED.search(there.stem):
        return False
    return bool(asset.secrets) and _prints(asset) <= _prints(other)


def _prints(template: Template) -> set[str]:
    return set() if isinstance(template.secrets, Unknown) else {secret.fingerprint for secret in template.secrets}
