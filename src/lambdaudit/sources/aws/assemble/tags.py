"""Tags in the three shapes that AWS's services use; keys and values without the secrets that people write into them."""

from lambdaudit.model.base import Tags
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.text import redacted
from lambdaudit.sources.aws.raw import Answer, Key


def tags_of_map(fields: Fields, name: str) -> Maybe[Tags]:
    """Tags written as one object, name to value."""
    value = fields.take(name)
    if value is None:
        return ()
    if not isinstance(value, dict) or any(not isinstance(item, str) for item in value.values()):
        return fields.strange(name, value)
    return tuple(sorted((redacted(str(key)), redacted(item)) for key, item in value.items()))


def tags_of_list(fields: Fields, name: str) -> Maybe[Tags]:
    """Tags written as a list of objects with ``Key`` and ``Value``."""
    found = fields.each(name, _pair, ())
    return found if isinstance(found, Unknown) else tuple(sorted(found))


def tags_of_answer(b: Builder, key: Key, operation: str, name: str, *, listed: bool) -> Maybe[Tags]:
    """Tags that have a call of their own; `listed`: as a list of pairs."""
    answer = b.ask(key, operation)
    if isinstance(answer, Unknown):
        return answer
    return tags_in(answer, key._replace(operation=operation), name, listed=listed)


def tags_in(answer: Answer, key: Key, name: str, *, listed: bool) -> Maybe[Tags]:
    """Tags in an answer that holds nothing else."""
    fields = Fields(answer.data, place(key))
    return tags_of_list(fields, name) if listed else tags_of_map(fields, name)


def _pair(tag: Fields) -> tuple[str, str]:
    return redacted(sure(tag.text("Key", tag.unsaid))), redacted(sure(tag.text("Value", "")))
