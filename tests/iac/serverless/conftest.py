"""Services written in the tests, read like a user's."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from lambdaudit.sources.iac.discover import read_directory
from lambdaudit.sources.iac.lift import Lifted
from lambdaudit.sources.iac.resources import Options

Service = Callable[..., Lifted]


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """Writes a service and files beside it and reads the folder; keyword arguments are those of Options."""

    def read(text: str, files: dict[str, str] | None = None, **options: object) -> Lifted:
        for name, content in {"serverless.yml": text, **(files or {})}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(content), "utf-8")
        return read_directory(tmp_path, Options(tmp_path, **options))  # type: ignore[arg-type]

    return read
