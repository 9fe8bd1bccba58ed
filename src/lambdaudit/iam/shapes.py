"""Which resources an action can be called on: the ARN shapes of its resource types."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import Final

from lambdaudit.iam.actions import action, resource_types
from lambdaudit.iam.automaton import ANY, STAR, Glob, Language, arn_glob_of, arn_sample
from lambdaudit.iam.language import Policy
from lambdaudit.iam.patterns import parse_template
from lambdaudit.iam.space import is_later

NO_RESOURCE: Final[Glob] = ("*",)
"""The text that stands for the resource of actions that take none."""
ANYTHING: Final[Language] = ((STAR,),)


@lru_cache(maxsize=32_768)
def shape_of(name: str, partition: str = "aws") -> Language:
    """The resources that an action takes, as globs; every text for an action that is not known.

    An action that a service adds later takes resources of that service. `partition` is the one of the account that
    asks: nobody reaches resources of another partition.
    """
    known = action(name)
    service = name.partition(":")[0].lower()
    globs: dict[Glob, None] = {}
    if known is None:
        if not is_later(name) or not resource_types(service):
            return ANYTHING
        globs.update((glob, None) for kind in resource_types(service) for glob in _type_globs(service, kind, partition))
        return (*globs, NO_RESOURCE)
    for resource in known.resources:
        globs.update((glob, None) for glob in _type_globs(service, resource.type, partition))
    if not any(resource.required for resource in known.resources):
        globs[NO_RESOURCE] = None
    return tuple(globs)


@lru_cache(maxsize=8192)
def _type_globs(service: str, name: str, partition: str) -> Language:
    kind = resource_types(service).get(name)
    if kind is None:
        return ANYTHING
    return tuple(_shape_glob(text.replace("${Partition}", partition)) for text in kind.arn.split(", "))


def _shape_glob(arn: str) -> Glob:
    glob = arn_glob_of(parse_template(re.sub(r"\$\{[^}]*\}", "*", arn), variables=False).parts)
    # Names are never empty.
    return (*glob[:-1], ANY, STAR) if glob[-1] == STAR else glob


def partition_of(policies: Iterable[Policy]) -> str:
    """The partition whose resources the policies can be about: the usual one unless they name others."""
    found: set[str] = set()
    for policy in policies:
        for statement in policy.statements:
            for entry in (*(statement.resources or ()), *(statement.not_resources or ())):
                segments = entry.raw.split(":", 2)
                if segments[0] == "arn" and len(segments) > 2 and "*" not in segments[1]:
                    found.add(segments[1])
    return "aws" if found <= {"aws"} else found.pop() if len(found) == 1 else "aws*"


def examples_of(names: Iterable[str], account: str = "111122223333", partition: str = "aws") -> tuple[str, ...]:
    """Resources of the kinds that the actions take, in an account."""
    found: dict[str, None] = {}
    for name in islice(names, 4):
        for glob in shape_of(name, partition)[:4]:
            if glob != (STAR,):
                found[example_of(glob, account)] = None
    return tuple(found)


@lru_cache(maxsize=32_768)
def example_of(glob: Glob, account: str) -> str:
    """A usual resource of a shape, in an account."""
    return arn_sample(glob).replace("111122223333", account).replace("xexample", "example")


def by_shape(names: Iterable[str], partition: str) -> dict[Language, list[str]]:
    """Actions by the resources that they take."""
    groups: dict[Language, list[str]] = {}
    for name in names:
        groups.setdefault(shape_of(name, partition), []).append(name)
    return groups
