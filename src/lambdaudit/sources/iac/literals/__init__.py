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
from lambdaudit.secrets.scan import LIMIT
from lambdaudit.sources.iac.documents import DocumentError, parse_all, read_file
from lambdaudit.sources.iac.literals.find import TEMPLATES, Candidate, candidates
from lambdaudit.sources.iac.literals.judging import MOST, Judge
from lambdaudit.sources.iac.literals.outputs import disclosed
from lambdaudit.sources.iac.literals.reported import Reported
from lambdaudit.sources.iac.literals.texts import binary_key, of_notebook, of_text
from lambdaudit.sources.iac.literals.trees import leaves

if TYPE_CHECKING:
    from lambdaudit.sources.iac.lift import Lifted

MAX_TOTAL = 512_000_000
"""Characters of all files together; files beyond them are not looked at, and say so."""
_WITH_OUTPUTS = frozenset(("cloudformation", "serverless"))
_DOCUMENTED = frozenset(
    ("cloudformation", "terraform", "serverless", "workflow", "compose", "parameters", "state", "configuration")
)
_DOCUMENTS = (".json", ".yaml", ".yml", ".template", ".cfn", ".tfstate", ".backup")
_Secrets = Maybe[tuple[CodeSecret, ...]]


def secret_files(target: Path, lifted: "Lifted | None" = None, *, key: bytes | None = None) -> tuple[list[AnyAsset], list[str]]:
    """An asset for each file of a folder (or the one file) that may hold secrets, and notes about what was not looked at.

    `lifted` is what was read of the same folder: literals that reach a variable of a function or stage are told there. `key` is
    that of fingerprints, by default the run's. Never raises for what the files hold.
    """
    from lambdaudit.sources.cloudformation.template import looks_like_template

    found = candidates(target)
    judge = Judge(key or run_key())
    reported = Reported(lifted)
    left = MAX_TOTAL
    assets: list[AnyAsset] = []
    for one in found.files:
        try:
            text = read_file(one.path, one.label)
        except DocumentError as error:
            unread = Unknown(str(error))
            assets.append(_asset(one, binary_key(one.path, one.label) if one.format == "key" else unread, unread))
            continue
        left -= len(text)
        if left < 0:
            unread = Unknown("the folder holds more text than is looked at")
            assets.append(_asset(one, unread, unread))
            continue
        trees = _trees(one, text)
        if one.format == "cloudformation" and trees is not None and not any(map(looks_like_template, trees)):
            continue  # another document, which only speaks of resources
        shown = tuple(s for tree in trees or () for s in disclosed(tree, one.label)) if one.format in _WITH_OUTPUTS else ()
        secrets = _secrets(judge, one, text, trees)
        if len(secrets) >= MOST:
            found.notes.append(f"{one.label}: only the first {MOST} secrets are told")
        if trees is None and len(text) > LIMIT:
            found.notes.append(f"{one.label}: secrets were looked for in the first {LIMIT:,} characters")
        assets.append(_asset(one, reported.without(secrets), shown))
    return _without_copies(assets), found.notes


def _asset(one: Candidate, secrets: _Secrets, shown: _Secrets) -> AnyAsset:
    where = Where(one.label)
    if one.format in TEMPLATES:
        return Template(id=f"file:{one.label}", name=one.label, where=where, format=one.format, secrets=secrets, disclosed=shown)
    return RepositoryFile(id=f"file:{one.label}", name=one.label, where=where, format=one.format, secrets=secrets)


def _secrets(judge: Judge, one: Candidate, text: str, trees: Sequence[Any] | None) -> tuple[CodeSecret, ...]:
    """The secrets of one file: of its documents where it is of such a format, else of its text."""
    if trees is None:
        return tuple(islice(of_text(judge, text, one.label), MOST))
    if one.format == "notebook":
        return tuple(islice((s for tree in trees for s in of_notebook(judge, tree, one.label)), MOST))
    return tuple(islice((s for tree in trees for s in judge.secrets(leaves(tree), one.label, text)), MOST))


def _trees(one: Candidate, text: str) -> Sequence[Any] | None:
    """The documents of a file: YAML, JSON, or Terraform's language; None when it is none of them."""
    name = one.path.name
    if one.format in ("terraform", "parameters") and not name.endswith((".json", ".yaml", ".yml", ".toml")):
        from lambdaudit.sources.iac.literals.terraform import tree_of
        from lambdaudit.sources.terraform.hcl import parse

        body, _ = parse(text.encode("utf-8", "surrogatepass"), one.label)
        return [tree_of(body)]
    if one.format == "notebook" or (one.format in _DOCUMENTED and name.endswith(_DOCUMENTS)):
        try:
            return [document.value for document in parse_all(text, one.label)]
        except DocumentError:
            return None
    return None


def _without_copies(assets: list[AnyAsset]) -> list[AnyAsset]:
    """The files without templates that a packaging tool made of another one: their secrets are all in the other, too."""
    from lambdaudit.sources.iac.discover import PACKAGED

    made = {asset.id for asset in assets if isinstance(asset, Template) and PACKAGED.search(Path(asset.name).stem)}
    written: dict[Path, set[str]] = {}
    for asset in assets if made else ():
        if isinstance(asset, Template) and asset.id not in made:
            written.setdefault(Path(asset.name).parent, set()).update(_prints(asset))

    def copied(asset: AnyAsset) -> bool:
        prints = _prints(asset) if isinstance(asset, Template) and asset.id in made else set()
        return bool(prints) and prints <= written.get(Path(asset.name).parent, set())

    return [asset for asset in assets if not copied(asset)]


def _prints(template: Template) -> set[str]:
    return set() if isinstance(template.secrets, Unknown) else {secret.fingerprint for secret in template.secrets}
