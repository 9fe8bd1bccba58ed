"""Who proposes updates for the repository around a folder, and where the manifest of a component is shown."""

import json
from pathlib import Path

import pytest

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.repository import repository_around
from tests.cli.conftest import Run
from tests.cli.conftest import run as run


def repo(folder: Path, files: dict[str, str]) -> Path:
    """A folder below the root of a repository with these files."""
    (folder / ".git").mkdir()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    below = folder / "services" / "shop"
    below.mkdir(parents=True, exist_ok=True)
    return below


DEPENDABOT = """\
version: 2
updates:
  - {package-ecosystem: pip, directory: /services/shop/src, schedule: {interval: weekly}}
  - {package-ecosystem: npm, directories: ["/web/*", /], schedule: {interval: daily}}
  - {package-ecosystem: docker, directory: /}
"""


def test_dependabot(tmp_path: Path) -> None:
    found = repository_around(repo(tmp_path, {".github/dependabot.yml": DEPENDABOT}))
    assert found is not None
    assert (found.below, found.updaters) == ("services/shop", ("Dependabot",))
    assert found.watched == (("PyPI", "services/shop/src"), ("npm", "web/*"), ("npm", ""))


@pytest.mark.parametrize(
    "files", [{"renovate.json5": "{}"}, {".github/renovate.json": "{}"}, {"package.json": json.dumps({"renovate": {}})}]
)
def test_renovate_watches_everything(tmp_path: Path, files: dict[str, str]) -> None:
    found = repository_around(repo(tmp_path, files))
    assert found is not None
    assert found.watched == (("*", "**"),)


@pytest.mark.parametrize("text", ["updates: [", "- 1", "updates: {a: 1}", "updates: [{directory: /}, 7]", "\x00"])
def test_odd_configurations(tmp_path: Path, text: str) -> None:
    found = repository_around(repo(tmp_path, {".github/dependabot.yml": text}))
    assert found is not None
    assert isinstance(found.watched, Unknown) or found.watched == ()


def test_a_folder_outside_of_any_repository(tmp_path: Path) -> None:
    assert repository_around(tmp_path) is None or not (tmp_path / ".git").exists()


def test_components_and_updates_are_told_at_the_manifest(run: Run, tmp_path: Path) -> None:
    template = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: "
    files = {
        "template.yaml": template + "{Runtime: python3.13, Handler: app.handler, CodeUri: src/}\n",
        "src/app.py": "def handler(event, context):\n    return 1\n",
        "src/requirements.txt": "requests==2.19.0\n",
    }
    repo(tmp_path, files)
    result = run("audit", ".", "--persona", "strict", "--select", "dependency-updates-not-watched", "-o", "r.json")
    (finding,) = json.loads((tmp_path / "r.json").read_text())["findings"]
    assert finding["where"]["source"] == "src/requirements.txt", result.stdout
