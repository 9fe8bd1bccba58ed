"""The labelled handlers of JavaScript and TypeScript: what must be found is found, and nothing else above low confidence."""

import pytest

from tests.code.flow.labelled import FOLDERS, handlers, score


@pytest.mark.parametrize("folder", FOLDERS["javascript"])
def test_precision_and_recall(folder: str) -> None:
    found = score(folder)
    assert found.precision >= 0.95, found.wrong
    assert found.recall >= 0.95, found.missed
    assert not found.partial


def test_enough_of_both_kinds() -> None:
    every = [handler for folder in FOLDERS["javascript"] for handler in handlers(folder)]
    assert len(every) >= 110
    assert sum(not handler.expected for handler in every) >= 50
