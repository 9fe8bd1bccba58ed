"""What was established about the Dockerfile of a function's image: facts with their places, no secret values."""

from .base import Asset, Record
from .code import CodeIssue
from .unknown import Maybe, Unknown
from .where import Where

_NOT_READ = Unknown("the Dockerfile was not read")


class BaseImage(Record, frozen=True, kw_only=True):
    """An image that a build begins with or takes files from.

    `repository` is its full name with the registry (``docker.io/library/alpine``), an Unknown where a build argument decides it;
    `tag` likewise, an empty text where none is written; `digest` (``sha256:…``) or an empty text. `role`: ``base`` what the
    function's image begins with, ``copied`` what files are taken from, ``build`` what an earlier stage begins with that the
    image takes something from, ``frontend`` the program that reads the Dockerfile itself.
    """

    where: Where
    repository: Maybe[str]
    tag: Maybe[str] = ""
    digest: str = ""
    role: str = "base"


class BuildSecret(Record, frozen=True, kw_only=True):
    """A secret in a Dockerfile or in the arguments of its build, without its value.

    `where` is the place that puts it into the image, or the first one, `places` are all. `given`: the file only declares a
    build argument of such a name, and its value comes with the build. `kept`: it stays in the image that is deployed, in the
    variables, labels or the history; otherwise it stands in the source only.
    """

    where: Where
    kind: str
    name: str = ""
    confidence: str = "high"
    reason: str = ""
    fingerprint: str = ""
    places: tuple[Where, ...] = ()
    given: bool = False
    kept: bool = True


class Dockerfile(Asset, frozen=True, kw_only=True, tag="dockerfile"):
    """A Dockerfile with the stage that is built, as functions use it. `id` is ``dockerfile:`` and its path.

    `functions` are the functions whose image it makes: none for one that no template names but that is made for Lambda. `target`
    is the stage that is built, empty for the last one. `unread` says why the lists are not complete, where they are not.
    """

    functions: tuple[str, ...] = ()
    target: str = ""
    images: Maybe[tuple[BaseImage, ...]] = _NOT_READ
    secrets: Maybe[tuple[BuildSecret, ...]] = _NOT_READ
    issues: Maybe[tuple[CodeIssue, ...]] = _NOT_READ
    unread: Unknown | None = None
