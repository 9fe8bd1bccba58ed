"""Container images of functions: from ECR or from an archive, layers put on top of each other, configuration looked through."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from lambdaudit.code.filesystem import Content, FileSystem
from lambdaudit.code.leaks import leaks_of_gone
from lambdaudit.model.code import CodeIssue, CodeSecret
from lambdaudit.model.functions import EnvironmentVariable

from .archive import Image, ImageError, opened
from .config import issues_of, parsed, secrets_of, variables_of
from .layers import stacked


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What an image is besides its files: its configuration, programs of attackers' use in it, files that a layer deleted.

    `gone` are contents that a later layer deleted or replaced, good as long as the image's files.
    """

    config: dict[str, Any]
    tools: frozenset[str] = frozenset()
    hidden: tuple[str, ...] = ()
    gone: tuple[tuple[str, Content], ...] = ()

    @property
    def command(self) -> tuple[str, ...]:
        """The words that are given to the entry point: for AWS's base images the handler."""
        settings = self.config.get("config")
        words = settings.get("Cmd") if isinstance(settings, dict) else None
        return tuple(w[:512] for w in words[:20] if isinstance(w, str)) if isinstance(words, list) else ()

    @property
    def variables(self) -> tuple[EnvironmentVariable, ...]:
        """Variables that the image sets, without the values of those that may be secrets."""
        return tuple(variables_of(self.config))

    def secrets(self, subject: str, key: bytes) -> tuple[CodeSecret, ...]:
        """Secrets in the configuration, and in files that a later layer hides: whoever may pull the image still gets them.

        `subject` is the function's ARN, `key` that of the fingerprints.
        """
        return (*secrets_of(self.config, subject, key), *leaks_of_gone(self.gone, subject, key))

    def issues(self, subject: str) -> tuple[CodeIssue, ...]:
        """``image-tools`` and ``deleted-file-kept``."""
        return tuple(issues_of(subject, set(self.tools), list(self.hidden)))


def assemble(config: bytes, layers: Sequence[BinaryIO], origin: str) -> tuple[FileSystem, ImageFacts]:
    """The file system of an image and what else it is. Raises nothing for bad content: see the problems."""
    settings = parsed(config)
    files, stack = stacked(settings, layers, origin)
    if not settings:
        files.tell("broken", "", "the configuration of the image is not readable", origin)
    files.image = ImageFacts(settings, frozenset(stack.tools), tuple(stack.hidden), tuple(stack.gone))
    return files, files.image


__all__ = ["Image", "ImageError", "ImageFacts", "assemble", "image", "opened", "parsed", "reference"]
