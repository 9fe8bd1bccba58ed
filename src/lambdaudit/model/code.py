"""What was established about the code that a function runs: facts with their places, never source text.

Paths are those of the function's own file system: ``/var/task/app.py``, ``/opt/python/lib.py``. A `Where` in here has such a
path as `source`, the ARN of the function or layer version that brings the file as `subject`, and line and column, both from
1.
"""

from .base import Asset, Record
from .unknown import Maybe, Unknown
from .where import Where

NOT_ESTABLISHED = "not-established"
"""Kind of a flow or issue that stands for those that may be there besides: that part of the analysis did not finish, and why."""
REMARKS = frozenset(("many-paths", "refusal-not-logged", "client-in-handler"))
"""Kinds of issues that tell how code is written, for those who review it: no fault by themselves."""
_NOT_ANALYSED = Unknown("the code was not analysed")


class FlowStep(Record, frozen=True, kw_only=True):
    """One step of a flow: `text` says what happens to the value in words (``passed to run() as cmd``), names in it are short."""

    where: Where
    text: str


class Flow(Record, frozen=True, kw_only=True):
    """A value that reaches a place where it does harm, step by step from where it enters.

    `kind` is the kind of harm (``code-evaluation``, ``deserialisation``, ``process``, ``sql``, ``path``, ``request`` …),
    `label` what the value is (``event``, ``stored``, ``environment``, ``secret``, ``identity``, ``exception``), `source`
    which part of it (``event.queryStringParameters.id``), `sink` the call (``subprocess.run``). `confidence` is ``high``,
    ``medium`` or ``low``; `note` what lowers it or what to know. `constant` is true when no foreign value was seen in it: a
    pattern, not a flow.
    """

    kind: str
    sink: str
    where: Where
    label: str = ""
    source: str = ""
    steps: tuple[FlowStep, ...] = ()
    confidence: str = "high"
    note: str = ""
    constant: bool = False


class SdkCall(Record, frozen=True, kw_only=True):
    """A call to an AWS service that the code can make.

    `service` and `operation` as botocore names them (``dynamodb``, ``PutItem``), `actions` what IAM asks for it, `resources`
    the ARNs or ARN patterns it is about: ``*`` where the service takes no other, an Unknown for a target that is not decided
    in the code.
    """

    service: str
    operation: str
    actions: tuple[str, ...]
    where: Where
    resources: tuple[Maybe[str], ...] = ()
    region: str = ""
    account: str = ""


class CodeSecret(Record, frozen=True, kw_only=True):
    """A secret in a file of the package, without its value: the detector's `kind`, `confidence` and `reason`, a keyed hash."""

    where: Where
    kind: str
    name: str = ""
    confidence: str = "high"
    reason: str = ""
    fingerprint: str = ""


class Component(Record, frozen=True, kw_only=True):
    """A piece of third-party software that is in the package, whether a manifest names it or not.

    `purl` identifies it (``pkg:pypi/requests@2.31.0``), `ecosystem` is OSV's name (``PyPI``, ``npm``, ``Maven``, ``Go``,
    ``RubyGems``, ``NuGet``, ``Debian`` …), `origin` the ARN of the function or layer version that brings it, `path` the file
    it was read from, `how` what told (``metadata``, ``lock file``, ``source map``, ``content`` …). `reached`: whether the
    handler's module graph imports it; `fed` whether event data is passed to it; both None when that was not decided.
    """

    purl: str
    name: str
    version: str
    ecosystem: str
    origin: str = ""
    path: str = ""
    how: str = "metadata"
    licence: str = ""
    reached: bool | None = None
    fed: bool | None = None
    direct: bool | None = None
    hashes: tuple[tuple[str, str], ...] = ()


class Extension(Record, frozen=True, kw_only=True):
    """A program that runs beside or before the handler: an extension, a wrapper, a bootstrap, a preloaded library or module.

    `kind`: ``external-extension``, ``internal-extension``, ``wrapper``, ``bootstrap``, ``preload``, ``start-up-hook``.
    `sha256` of the file in hex, `uses` what it was seen to use (``logs``, ``telemetry``, ``secrets-port`` …), `hosts` names
    of hosts in it.
    """

    name: str
    path: str
    kind: str
    origin: str = ""
    sha256: str = ""
    size: int = 0
    language: str = ""
    executable: Maybe[bool] = False
    variable: str = ""
    exists: bool = True
    uses: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


class Shadowed(Record, frozen=True, kw_only=True):
    """A file of a layer that a later layer replaces: `by` and `origin` are the ARNs of the two, `what` why it matters."""

    path: str
    origin: str
    by: str
    what: str = ""


class PackageProblem(Record, frozen=True, kw_only=True):
    """A trick or fault in a package; `kind` as the reader tells it (``bomb``, ``link``, ``encrypted`` …)."""

    kind: str
    path: str
    text: str
    origin: str = ""


class CodeIssue(Record, frozen=True, kw_only=True):
    """Something wrong in the code or package that is no flow.

    `kind` names it (``tls-verification-off``, ``static-credentials``, ``handler-missing``, ``private-key-file``,
    ``development-files``, ``module-state`` …).
    """

    kind: str
    where: Where
    text: str
    confidence: str = "high"


class Entry(Record, frozen=True, kw_only=True, tag="entry"):
    """Where the handler is defined: its place, its name in the code, and the framework that calls it, if one was recognised."""

    where: Where
    name: str
    framework: str = ""


class Code(Asset, frozen=True, kw_only=True, tag="code"):
    """The code that one function runs, with its layers. `id` is the function's unqualified ARN followed by ``:code``.

    `digest` names the exact content (package and layers). Each field is Unknown when that part of the analysis was not done
    or not finished, so that a rule never takes silence for safety; `limits` are sentences about what was left out.
    """

    function: str
    digest: str = ""
    language: Maybe[str] = _NOT_ANALYSED
    entry: Maybe[Entry | None] = _NOT_ANALYSED
    files: Maybe[int] = _NOT_ANALYSED
    size: Maybe[int] = _NOT_ANALYSED
    flows: Maybe[tuple[Flow, ...]] = _NOT_ANALYSED
    calls: Maybe[tuple[SdkCall, ...]] = _NOT_ANALYSED
    issues: Maybe[tuple[CodeIssue, ...]] = _NOT_ANALYSED
    secrets: Maybe[tuple[CodeSecret, ...]] = _NOT_ANALYSED
    components: Maybe[tuple[Component, ...]] = _NOT_ANALYSED
    extensions: Maybe[tuple[Extension, ...]] = _NOT_ANALYSED
    shadowed: Maybe[tuple[Shadowed, ...]] = _NOT_ANALYSED
    problems: Maybe[tuple[PackageProblem, ...]] = _NOT_ANALYSED
    limits: tuple[str, ...] = ()
