"""DEP-19 to DEP-21: what a Dockerfile puts into the image: secrets, private files, code that nobody checks."""

from pathlib import Path

import msgspec
import pytest

from lambdaudit.code.image.dockerfile import Build, for_lambda, is_dockerfile, look
from lambdaudit.code.image.dockerfile.collect import dockerfiles_of
from lambdaudit.code.image.dockerfile.context import fits, ignored
from lambdaudit.model.dockerfile import BuildSecret, Dockerfile
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from tests.secrets.secret_cases import build

KEY = b"0123456789abcdef"
KEY_ID, SECRET, TOKEN = build("⟦akid AKIA⟧", "file"), build("⟦b64 40⟧", "file"), build("⟦ghsum ghp⟧", "file")
PASSWORD = "hunter2-prod-92!x"
SEED = """\
FROM alpine:latest

ARG AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-"us-east-1"}
ARG AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-""}
ARG AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-""}
ENV AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION}
ENV AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID}
ENV AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY}

RUN apk add aws-cli curl unzip
RUN curl $(aws lambda get-layer-version-by-arn --arn x --query 'Content.Location' --output text) --output layer.zip
"""


def looked(tmp_path: Path, text: str, target: str = "", **arguments: tuple[str, Where] | None) -> Dockerfile:
    file = tmp_path / "Dockerfile"
    file.write_text(text)
    made = look(Build(file, tmp_path, target, arguments), identity="dockerfile:Dockerfile", shown="Dockerfile", key=KEY)
    stored = msgspec.json.encode(made).decode()
    for value in (KEY_ID, SECRET, TOKEN, PASSWORD):
        assert value not in stored
    return made


def secrets(made: Dockerfile) -> dict[str, BuildSecret]:
    assert isinstance(made.secrets, tuple)
    return {secret.name: secret for secret in made.secrets}


def issues(made: Dockerfile) -> list[tuple[str, int, str]]:
    assert isinstance(made.issues, tuple)
    return [(issue.kind, issue.where.line, issue.confidence) for issue in made.issues]


def test_g_16_keys_as_arguments_and_variables(tmp_path: Path) -> None:
    found = secrets(looked(tmp_path, SEED))
    assert set(found) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    secret = found["AWS_SECRET_ACCESS_KEY"]
    assert (secret.kind, secret.given, secret.kept, secret.where.line) == ("aws-secret-key", True, True, 8)
    assert [place.line for place in secret.places] == [5, 8]


def test_literals_and_what_the_image_keeps(tmp_path: Path) -> None:
    text = (
        f"FROM alpine AS build\nENV DB_PASSWORD={PASSWORD}\nARG NPM_TOKEN\nRUN npm ci\nFROM alpine\nARG API_TOKEN={TOKEN}\n"
        f'LABEL api.secret="{SECRET}"\nRUN aws configure set aws_secret_access_key {SECRET[::-1]} && \\\n'
        f"    git clone https://user:{PASSWORD}@example.com/x\nENV COPY_OF=$API_TOKEN\n"
    )
    made = looked(tmp_path, text)
    found = secrets(made)
    assert (found["DB_PASSWORD"].kept, found["DB_PASSWORD"].given) == (True, False), "a command of the image has it too"
    assert [place.line for place in found["DB_PASSWORD"].places] == [2, 9]
    assert found["DB_PASSWORD"].where.line == 9
    assert [place.line for place in found["API_TOKEN"].places] == [6, 10]
    assert "NPM_TOKEN" not in found
    assert secrets(looked(tmp_path, text, "build"))["NPM_TOKEN"].kept


def test_a_literal_of_an_earlier_stage_stays_out_of_the_image(tmp_path: Path) -> None:
    made = looked(tmp_path, f"FROM a AS b\nENV DB_PASSWORD={PASSWORD}\nFROM scratch\nCOPY --from=b /x /x\n")
    assert not secrets(made)["DB_PASSWORD"].kept


def test_what_is_no_secret(tmp_path: Path) -> None:
    made = looked(
        tmp_path,
        "FROM a\nARG VERSION=1.2\nARG SECRET_NAME\nARG DB_SECRET_ARN\nENV DB_PASSWORD=$DB_PASSWORD TOKEN_URL=https://example.com/t\n"
        "ENV SECRET_ARN=arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf PATH=$PATH:/opt\n"
        "RUN --mount=type=secret,id=npm,env=NPM_TOKEN npm ci\nRUN --mount=type=secret,id=t TOKEN=$(cat /run/secrets/t) make\n",
    )
    assert made.secrets == ()


def test_arguments_of_a_template(tmp_path: Path) -> None:
    place = Where("template.yaml", "Orders", line=12, column=9)
    text = "FROM a\nARG API_TOKEN\nARG STAGE\nENV TOKEN=$API_TOKEN\n"
    found = secrets(looked(tmp_path, text, API_TOKEN=(TOKEN, place), STAGE=("prod", place), OTHER=None))
    assert [str(p) for p in found["API_TOKEN"].places] == ["template.yaml:12", "Dockerfile:2", "Dockerfile:4"]
    assert (found["API_TOKEN"].given, found["API_TOKEN"].where.line) == (False, 2)
    unused = secrets(looked(tmp_path, "FROM a\n", API_TOKEN=(TOKEN, place)))
    assert (unused["API_TOKEN"].kept, unused["API_TOKEN"].where) == (False, place)
    opened = secrets(looked(tmp_path, text, API_TOKEN=None))
    assert opened["API_TOKEN"].given


def test_here_documents_hold_secrets_too(tmp_path: Path) -> None:
    text = f"FROM a\nCOPY <<EOF /root/.netrc\nmachine x\npassword={PASSWORD}\nEOF\nRUN <<EOF\nexport T={TOKEN}\nEOF\n"
    made = looked(tmp_path, text)
    assert isinstance(made.secrets, tuple)
    assert {secret.where.line for secret in made.secrets} == {4, 7}


def test_code_from_the_network(tmp_path: Path) -> None:
    made = looked(
        tmp_path,
        "FROM a AS test\nRUN curl https://x.example/i | sh\nFROM b AS c\nRUN curl -sSL https://x.example/i | bash\nFROM d\n"
        "RUN apk add curl && \\\n    curl -fsSL https://x.example/i.sh \\\n   | sh -s -- && \\\n"
        "    curl -k https://y.example/z -o z\n"
        'RUN ["sh", "-c", "wget -O- https://x.example/i | sh"]\n'
        "ADD https://x.example/y.tgz /opt/\nADD --checksum=sha256:00 https://x.example/y.tgz /opt/\n"
        "ADD http://x.example/z /\n"
        f"ADD https://github.com/o/r.git#{'a' * 40} /r\nCOPY --from=c /x /x\n"
        "RUN <<EOF\ntrue\nwget -qO- https://x.example/i | sh\nEOF\n"
        "RUN curl -o x https://x.example/x && echo 'abc x' | sha256sum -c && sh x\n",
    )
    assert [row[:2] for row in issues(made)] == [
        ("remote-code", 4), ("remote-code", 7), ("plain-download", 9), ("remote-code", 10), ("remote-code", 18),
        ("unchecked-download", 11), ("plain-download", 13),
    ]  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A context with private files: with secrets, without, and ones that are ignored."""
    (tmp_path / ".env").write_text(f"DB_PASSWORD={PASSWORD}\n")
    (tmp_path / ".env.example").write_text("DB_PASSWORD=changeme\n")
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / ".npmrc").write_text("//registry.example.com/:_authToken=${NPM_TOKEN}\n")
    (tmp_path / "conf" / ".pypirc").write_text(f"[pypi]\nusername = a\npassword = {PASSWORD}\n")
    (tmp_path / "cert.pem").write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    (tmp_path / "store.p12").write_bytes(b"\0\1")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.pem").write_text(f"password={PASSWORD}")
    return tmp_path


def test_a_copy_of_everything_takes_private_files_along(project: Path) -> None:
    made = looked(project, "FROM a AS b\nCOPY . .\nFROM a\nCOPY . .\nCOPY conf/ /c/\nCOPY *.p12 /k/\nCOPY src app.py ./\n")
    assert issues(made) == [
        ("private-file-copied", 4, "high"), ("private-file-copied", 4, "high"), ("private-file-copied", 4, "medium"),
        ("private-file-copied", 5, "high"), ("private-file-copied", 6, "medium"),
    ]  # fmt: skip
    assert isinstance(made.issues, tuple)
    assert [i.text.split(" ")[2] for i in made.issues][:3] == [".env", "conf/.pypirc", "store.p12"]


def test_what_the_ignore_file_leaves_out_is_not_copied(project: Path) -> None:
    (project / ".dockerignore").write_text("# all\n**/.pypirc\n.env*\n*.p12\n")
    assert issues(looked(project, "FROM a\nCOPY . .\n")) == []
    (project / "Dockerfile.dockerignore").write_text("*\n!conf\n")
    assert issues(looked(project, "FROM a\nCOPY . .\n")) == [("private-file-copied", 2, "high")]
    assert issues(looked(project, "FROM a\nCOPY --exclude=**/.pypirc . .\n")) == []


def test_private_files_by_name_where_they_are_not_here(tmp_path: Path) -> None:
    made = looked(
        tmp_path,
        "FROM a\nCOPY .aws /root/.aws\nADD ./id_rsa /root/.ssh/id_rsa\nCOPY app.py .env.example cert.crt ./\n"
        "COPY --from=a .npmrc .\n",
    )
    assert issues(made) == [("private-file-copied", 2, "medium"), ("private-file-copied", 3, "medium")]


def test_secret_mounts_that_are_written_into_the_image(tmp_path: Path) -> None:
    made = looked(
        tmp_path,
        "FROM a\nRUN --mount=type=secret,id=n cp /run/secrets/n /root/.npmrc && npm ci\n"
        "RUN --mount=type=secret,id=n cat /run/secrets/n > .npmrc && npm ci && rm -f .npmrc\n"
        "RUN --mount=type=secret,id=n,target=/root/.npmrc npm ci\nRUN cat /run/secrets/n > /dev/null\n",
    )
    assert [row[:2] for row in issues(made)] == [("private-file-copied", 2)]


@pytest.mark.parametrize(
    ("pattern", "path", "hit"),
    [
        ("*.pem", "a.pem", True), ("*.pem", "x/a.pem", False), ("**/*.pem", "a.pem", True), ("**/*.pem", "x/y/a.pem", True),
        ("x/**", "x/y/a", True), ("x/**/a", "x/a", True), ("x?", "xy", True), ("[a-c]x", "bx", True), ("[^a-c]x", "bx", False),
        ("\\*", "*", True), ("\\*", "a", False), ("**", "a/b", True), ("a/b", "a", False),
    ],
)  # fmt: skip
def test_patterns(pattern: str, path: str, hit: bool) -> None:
    assert fits(pattern, path) is hit


def test_the_last_rule_of_an_ignore_file_decides() -> None:
    rules = [(False, "*"), (True, "keep"), (False, "keep/not")]
    assert [ignored(path, rules) for path in ("x", "keep/a", "keep/not/b")] == [True, False, True]


def test_a_context_that_is_too_large_leaves_the_rest_open(tmp_path: Path) -> None:
    for number in range(210):
        (tmp_path / f"{number}.key").write_text("x")
    made = looked(tmp_path, "FROM a\nCOPY . .\n")
    assert len(issues(made)) == 0
    assert made.unread is not None
    assert "too many files" in made.unread.reason


def test_faults_leave_the_rest_open(tmp_path: Path) -> None:
    made = looked(tmp_path, "FROM a\n{{ stuff }}\nENV DB_PASSWORD=" + PASSWORD + "\n")
    assert isinstance(made.unread, Unknown)
    assert "line 2" in made.unread.reason
    assert secrets(made)["DB_PASSWORD"].kept
    (tmp_path / "Dockerfile").unlink()
    (tmp_path / "Dockerfile").symlink_to("/etc/passwd")
    made = look(Build(tmp_path / "Dockerfile"), identity="x", shown="Dockerfile", key=KEY)
    assert isinstance(made.secrets, Unknown)
    assert isinstance(made.images, Unknown)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Dockerfile", True), ("Dockerfile.prod", True), ("app.Dockerfile", True), ("dockerfile", True), ("Containerfile", True),
        ("Dockerfile.dockerignore", False), ("Dockerfile.md", False), ("dockerfile.py", False),
        ("docker-compose.yml", False), ("Dockerfiles", False),
    ],
)  # fmt: skip
def test_names_of_dockerfiles(name: str, is_one: bool) -> None:
    assert is_dockerfile(name) is is_one


def test_dockerfiles_of_a_folder(tmp_path: Path) -> None:
    for name, text in {
        "a/Dockerfile": "FROM public.ecr.aws/lambda/python:3.13\n",
        "b/Dockerfile": "FROM python:3.13\nRUN pip install awslambdaric\n",
        "c/Dockerfile.web": "FROM alpine\n",
        "d/Dockerfile": "FROM alpine\n",
        "node_modules/x/Dockerfile": "FROM public.ecr.aws/lambda/python:3.13\n",
        "e/Dockerfile": "FROM amazon/aws-lambda-nodejs:20\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    one, two, three = (f"arn:aws:lambda:eu-west-1:111122223333:function:{n}" for n in ("one", "two", "three"))
    named = Build(tmp_path / "d" / "Dockerfile", tmp_path / "d")
    found = dockerfiles_of({one: named, two: named, three: Build(named.dockerfile, named.context, "x")}, tmp_path, KEY)
    assert [(f.id, len(f.functions), f.account) for f in found] == [
        ("dockerfile:d/Dockerfile", 2, "111122223333"),
        ("dockerfile:d/Dockerfile#x", 1, "111122223333"),
        ("dockerfile:a/Dockerfile", 0, ""),
        ("dockerfile:b/Dockerfile", 0, ""),
        ("dockerfile:e/Dockerfile", 0, ""),
    ]
    assert not for_lambda(b"FROM alpine\n")
