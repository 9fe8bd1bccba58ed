"""CODE-4 to CODE-10, CODE-16: what is told about the labelled handlers agrees with their labels."""

import pytest

from tests.code.flow.labelled import FOLDERS, handlers, score


@pytest.mark.parametrize("folder", FOLDERS["python"])
def test_precision_and_recall(folder: str) -> None:
    total = score(folder)
    told = f"wrong: {total.wrong}\nmissed: {total.missed}"
    assert total.precision >= 0.95, told
    assert total.recall >= 0.9, told
    assert not total.partial


def test_the_corpus_is_large_and_half_of_it_is_harmless() -> None:
    every = [handler for folder in FOLDERS["python"] for handler in handlers(folder)]
    harmless = [handler for handler in every if not handler.expected]
    assert len(every) >= 100
    assert len(harmless) >= len(every) * 0.4
