"""Precision and recall by line on the labelled files."""

from pathlib import Path

import pytest

from lambdaudit.model.files import RepositoryFile, Template
from lambdaudit.secrets.formats import tokens
from lambdaudit.sources.iac.literals import secret_files

from .labelled import CORPUS, load

FILES = ("leaks", "lookalikes", "hard")


def flagged(folder: Path) -> set[int]:
    """The lines of the one file in a folder that are told to hold a secret."""
    assets, notes = secret_files(folder)
    assert notes == []
    files = [asset for asset in assets if isinstance(asset, Template | RepositoryFile)]
    return {s.where.line for file in files if isinstance(file.secrets, tuple) for s in file.secrets}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_precision_and_recall(tmp_path: Path, seed: int) -> None:
    hits = alarms = secrets = 0
    wrong = []
    for number, case in enumerate(case for name in FILES for case in load(name, seed)):
        path = tmp_path / str(number) / case.path
        path.parent.mkdir(parents=True)
        path.write_text(case.text, "utf-8")
        found = flagged(tmp_path / str(number))
        hits, alarms, secrets = hits + len(found & case.lines), alarms + len(found - case.lines), secrets + len(case.lines)
        if found != case.lines:
            wrong.append((case.id, found ^ case.lines))
    assert hits / (hits + alarms) >= 0.97, wrong
    assert hits / secrets >= 0.95, wrong


@pytest.mark.parametrize("name", FILES)
def test_stored_files_hold_nothing_token_shaped(name: str) -> None:
    text = (CORPUS / f"{name}.txt").read_text("utf-8")
    assert {found.kind for found in tokens(text) if found.kind} == set()
    assert "PRIVATE KEY-----" not in text
