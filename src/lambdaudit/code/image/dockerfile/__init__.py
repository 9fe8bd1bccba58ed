"""Dockerfiles of functions: what their builds put into the image, before anything is built.

`syntax.py` reads instructions with their places, `words.py` replaces variables, `stages.py` finds what the image consists of; on
that stand `secrets.py`, `images.py`, `commands.py` and `context.py` (what COPY takes along). Nothing is run or fetched.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lambdaudit.model.dockerfile import Dockerfile
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where

from . import commands, images
from .context import Context, read
from .secrets import Secrets
from .stages import Plan, planned
from .syntax import MOST_BYTES, Parsed, parse

_MOST_FAULTS = 5
_FOR_LAMBDA = re.compile(
    r"public\.ecr\.aws/(?:lambda|awsguru/aws-lambda-adapter)\b|\b(?:amazon|public\.ecr\.aws/lambda)/aws-lambda-|awslambdaric|aws-lambda-ric\b"
    r"|aws-lambda-(?:rie|adapter|runtime-interface|web-adapter)|aws-lambda-java-runtime-interface-client|/lambda-adapter\b"
    r"|\bAmazon\.Lambda\.RuntimeSupport\b|/lambda-entrypoint\.sh",
)
_NAME = re.compile(r"(?:Dockerfile|Containerfile)(?:[._-][\w.-]+)?|[\w.-]+\.(?:dockerfile|containerfile)", re.IGNORECASE)
_NOT = (
    ".dockerignore", ".md", ".txt", ".j2", ".jinja", ".erb", ".tmpl", ".tpl", ".bak", ".orig", ".py", ".pyc", ".js", ".ts", ".go",
    ".rb", ".rs", ".java", ".sh", ".vim", ".html", ".json", ".yml", ".yaml",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Build:
    """How an image is built: the file, the folder that it is built from, the stage, the build arguments.

    `arguments` are texts with the place that gives them; None for one whose value is not known.
    """

    dockerfile: Path
    context: Path | None = None
    target: str = ""
    arguments: Mapping[str, tuple[str, Where] | None] = field(default_factory=dict)


def is_dockerfile(name: str) -> bool:
    """Whether a file is called as Dockerfiles are."""
    return _NAME.fullmatch(name) is not None and not name.lower().endswith(_NOT)


def for_lambda(data: bytes) -> bool:
    """Whether a Dockerfile is made for Lambda: AWS's base images, a runtime interface client, the web adapter."""
    return _FOR_LAMBDA.search(data[:MOST_BYTES].decode("utf-8", "replace")) is not None


def look(build: Build, *, identity: str, shown: str, key: bytes, functions: tuple[str, ...] = ()) -> Dockerfile:
    """What is established about a Dockerfile. `shown` is its path in reports, `key` that of the fingerprints. Raises nothing."""
    name = shown + (f" ({build.target})" if build.target else "")
    asset = Dockerfile(id=identity, name=name, where=Where(shown, line=1, column=1), functions=functions, target=build.target)
    data = read(build.dockerfile, MOST_BYTES)
    if data is None:
        return _unread(asset, Unknown(f"{shown} is larger than {MOST_BYTES // 1024} KiB, is no plain file or cannot be read"))
    try:
        return _looked(asset, data, build, shown, key)
    except (RecursionError, MemoryError) as error:
        return _unread(asset, Unknown(f"{shown} was too much to read ({type(error).__name__})"))


def _unread(asset: Dockerfile, why: Unknown) -> Dockerfile:
    from msgspec.structs import replace

    return replace(asset, images=why, secrets=why, issues=why, unread=why)


def _looked(asset: Dockerfile, data: bytes, build: Build, shown: str, key: bytes) -> Dockerfile:
    from msgspec.structs import replace

    parsed = parse(data)
    given = {name: value[0] if value else None for name, value in build.arguments.items()}
    plan = planned(parsed, target=build.target, arguments=given)
    secrets = Secrets(shown, key)
    secrets.arguments({name: value for name, value in build.arguments.items() if value}, plan)
    secrets.take(plan)
    context = Context(build.context, build.dockerfile) if build.context else None
    faults = _faults(parsed, plan, secrets)
    if context is not None and not context.whole:
        faults.append("its build context has too many files to look at all of them")
    return replace(
        asset,
        images=tuple(images.of(parsed, plan, shown)),
        secrets=secrets.result(),
        issues=tuple(commands.of(plan, shown, context)),
        unread=Unknown(f"{shown}: {'; '.join(faults[:_MOST_FAULTS])}") if faults else None,
    )


def _faults(parsed: Parsed, plan: Plan, secrets: Secrets) -> list[str]:
    faults = [*parsed.faults, *plan.faults]
    if secrets.full:
        faults.append("it holds more secrets than are told")
    return faults


__all__ = ["Build", "for_lambda", "is_dockerfile", "look"]
