"""Which files of a folder are looked at for literal secrets, and as what."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lambdaudit.sources.iac.discover import MAX_DEPTH, MAX_FILES, SERVERLESS, SKIPPED, is_template

MAX_LOOKED: Final = 5_000
"""Files other than templates that are looked at."""
TEMPLATES: Final = frozenset(("cloudformation", "serverless", "terraform", "parameters", "state"))
"""Formats of infrastructure as code; all others are other files of a repository."""

_HIDDEN: Final = frozenset((".github", ".gitlab", ".circleci", ".aws", ".docker", ".ssh", ".buildkite", ".chalice"))
_BUILT: Final = frozenset(("dist", "target", "cdk.out", "coverage", "htmlcov"))
_HEAD: Final = 4096


def _names(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


# By the path below the audited folder, with a slash before it; the first that fits counts.
_BY_PATH: Final = (
    (
        "workflow",
        _names(
            r".*/\.github/(?:workflows|actions)/.*\.ya?ml",
            r".*/\.gitlab(?:-ci\.yml|/.*\.ya?ml)",
            r".*/\.circleci/.*\.ya?ml",
            r".*/\.buildkite/.*\.ya?ml",
            r".*/(?:buildspec|appspec)[^/]*\.ya?ml",
            r".*/(?:bitbucket|azure)-pipelines?[^/]*\.ya?ml",
            r".*/(?:\.travis|\.?appveyor|\.drone|cloudbuild|\.gitlab-ci[^/]*|codemagic)\.ya?ml",
            r".*/Jenkinsfile[^/]*|.*\.jenkinsfile",
        ),
    ),
    ("compose", _names(r".*/(?:docker-)?compose[^/]*\.ya?ml")),
    ("notebook", _names(r".*\.ipynb")),
    ("environment", _names(r".*/\.env(?:rc|\.[\w.-]+)?|.*\.env")),
    (
        "package-manager",
        _names(
            r".*/(?:\.npmrc|\.yarnrc(?:\.yml)?|\.pypirc|pip\.(?:conf|ini)|nuget\.config|auth\.json)", r".*/\.docker/config\.json"
        ),
    ),
    (
        "credentials",
        _names(
            r".*/(?:\.?credentials(?:\.csv)?|\.boto|\.s3cfg|\.netrc|\.git-credentials|\.pgpass)|.*_accesskeys\.csv|.*/\.aws/config"
        ),
    ),
    ("key", _names(r".*\.(?:pem|key|ppk|pk8)|.*/id_(?:rsa|dsa|ecdsa|ed25519)")),
    ("state", _names(r".*\.tfstate(?:\.[\w.-]*backup)?")),
    ("terraform", _names(r".*\.tf(?:\.json)?", r".*\.tofu")),
    ("parameters", _names(r".*\.tfvars(?:\.json)?", r".*/samconfig\.(?:toml|ya?ml)")),
    ("configuration", _names(r".*/\.?secrets?(?:[._-][\w.-]+)?\.(?:ya?ml|json|toml)", r".*/\.chalice/config\.json")),
)
_DOCUMENT: Final = (".yaml", ".yml", ".json", ".template", ".cfn")
_PARAMETERS: Final = re.compile(rb'"ParameterKey"\s*:|"Parameters"\s*:\s*\{|^\s*-?\s*ParameterKey\s*:', re.M)
_PLAN: Final = re.compile(rb'"terraform_version"')


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to look at: its `format`, and its `label`: the path below the audited folder, with forward slashes."""

    format: str
    path: Path
    label: str


@dataclass(slots=True)
class Candidates:
    """Files to look at in the order of their paths, and notes about what was left out."""

    files: list[Candidate] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def candidates(target: Path) -> Candidates:
    """The files of a folder, or the one file that was given. Links are not followed, folders of tools are not entered."""
    found = Candidates()
    if target.is_file():
        if sort := format_of(target, target.name):
            found.files.append(Candidate(sort, target, target.name))
        return found
    others = 0
    for path in _walk(target):
        label = path.relative_to(target).as_posix()
        sort = format_of(path, label)
        built = not _BUILT.isdisjoint(label.split("/")[:-1])
        if not sort or (built and sort not in TEMPLATES):
            continue
        if sort not in TEMPLATES:
            others += 1
            if others > MAX_LOOKED:
                found.notes.append(f"secrets were looked for in the first {MAX_LOOKED:,} files that are no templates")
                break
        found.files.append(Candidate(sort, path, label))
    return found


def _walk(root: Path) -> Iterator[Path]:
    seen = 0
    stack = [(root, 0)]
    while stack:
        folder, depth = stack.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue  # discovery tells of folders that it cannot read
        seen += len(listed)
        if seen > MAX_FILES:
            return
        yield from (folder / entry.name for entry in listed if entry.is_file(follow_symlinks=False))
        if depth < MAX_DEPTH:
            stack.extend((folder / entry.name, depth + 1) for entry in reversed(listed) if _enters(entry))


def _enters(entry: os.DirEntry[str]) -> bool:
    if not entry.is_dir(follow_symlinks=False) or entry.name in SKIPPED or entry.name.startswith("asset."):
        return False
    return not entry.name.startswith(".") or entry.name in _HIDDEN


def format_of(path: Path, label: str) -> str:
    """The format of a file by its name, and by its first bytes where the name does not tell; empty for all other files."""
    name = path.name
    if name in SERVERLESS:
        return "serverless"
    shown = f"/{label}"
    for sort, pattern in _BY_PATH:
        if pattern.fullmatch(shown):
            return "" if name == ".terraform.lock.hcl" else sort
    if name.endswith(_DOCUMENT):
        return _document(path)
    return ""


def _document(path: Path) -> str:
    if is_template(path):
        return "cloudformation"
    if path.suffix not in (".json", ".yaml", ".yml"):
        return ""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return ""
    if _PLAN.search(head) and b'"format_version"' in head:
        return "state"
    return "parameters" if _PARAMETERS.search(head) else ""
