"""Templates written in the tests, read and judged like a user's."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from lambdaudit.sources.cloudformation import read_cloudformation
from lambdaudit.sources.iac.lift import Lifted

Reader = Callable[..., Lifted]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Writes a template and reads it; keyword arguments are those of read_cloudformation."""

    def read(text: str, *, name: str = "template.yaml", **options: object) -> Lifted:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), "utf-8")
        lifted = read_cloudformation(path, root=tmp_path, **{"stack": "app", **options})  # type: ignore[arg-type]
        assert lifted.errors == []
        return lifted

    return read
