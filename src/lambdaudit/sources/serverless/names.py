"""The names that the framework gives to what it makes; references in a service's own resources rely on them."""

import re


def upper_first(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def normal(name: str) -> str:
    """A function's, layer's or authorizer's name as the beginning of logical ids."""
    return upper_first(name.replace("-", "Dash").replace("_", "Underscore"))


def plain(name: str) -> str:
    """A name with letters and digits only."""
    return upper_first(re.sub(r"[^0-9A-Za-z]", "", name))


def path_part(part: str) -> str:
    """One part of a path as a part of a logical id."""
    text = (part[:1].upper() + part[1:].lower()).replace("-", "Dash")
    return upper_first(re.sub(r"[^0-9A-Za-z]", "", re.sub(r"\{(.*)\}", r"\1Var", text)))


def path(text: str) -> str:
    """A path as a part of a logical id."""
    return "".join(path_part(part) for part in text.split("/"))


def function(name: str) -> str:
    """The logical id of a function."""
    return f"{normal(name)}LambdaFunction"


def websocket_route(key: str) -> str:
    """A route key of a WebSocket API as a part of a logical id."""
    for mark, word in (("$", "S"), ("/", "Slash"), ("-", "Dash"), ("_", "Underscore"), (".", "Period")):
        key = key.replace(mark, word)
    return key


ROLE = "IamRoleLambdaExecution"
"""The logical id of the role that functions share."""
