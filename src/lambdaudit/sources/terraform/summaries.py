"""Well-known modules of the registry, as far as their effect on the audit is the same in every version."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import Value

from .module import Module
from .partial import Lazy
from .syntax import Block

if TYPE_CHECKING:
    from .collect import Source


class Summary(Lazy):
    """A module that is known by what it does."""

    def sources(self) -> "Iterator[Source]":
        """The resources that it makes."""
        return iter(())


def summary_of(
    source: str, prefix: str, parent: Module, given: dict[str, Callable[[], Value]], block: Block, undecided: Unknown | None
) -> Summary | None:
    """The summary of a registry module; None when there is none."""
    return None
