"""Judge one named value at the moment it is read, so that the value itself need not be kept."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from . import connections, formats, keys, references, rules, shapes
from .checksums import access_key_account, decoded_text
from .formats import Found
from .lazily import lazy
from .names import SECRET_ROLES, Name, Role, read
from .pairs import pairs, prose, telling
from .randomness import surprise
from .rules import Verdict
from .verdict import Context, Judgement, Reference, Shape, stronger

MOST_CHARACTERS = 65536
"""Values longer than this are judged by their first part; Lambda allows 4 KB for all variables of a function together."""

_MOST_ITEMS = 400
_DEEP = 6


class Budget:
    """How much more may be looked at: decisions left in all, and how deep values in values are followed."""

    def __init__(self, decisions: int = 400, depth: int = _DEEP) -> None:
        self.decisions = decisions
        self.depth = depth

    def spend(self, length: int) -> bool:
        """Take one decision, more for long values; False when none is left."""
        self.decisions -= 1 + length // 200
        return self.decisions >= 0


# What the Lambda service itself sets in every function; names that a function's configuration cannot hold.
_PLATFORM = frozenset(
    (
        "AWS_ACCESS_KEY_ID",
        "AWS_ACCESS_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
    )
)
_HOOKS = frozenset(
    [
        *(
            "AWS_LAMBDA_EXEC_WRAPPER",
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "LD_AUDIT",
            "LD_DEBUG_OUTPUT",
            "GCONV_PATH",
            "BASH_ENV",
            "ENV",
        ),
        *(
            "NODE_OPTIONS",
            "NODE_PATH",
            "NODE_EXTRA_CA_CERTS",
            "PYTHONPATH",
            "PYTHONSTARTUP",
            "PYTHONHOME",
            "PYTHONUSERBASE",
        ),
        *(
            "PYTHONPYCACHEPREFIX",
            "PYTHONINSPECT",
            "PYTHONWARNINGS",
            "PYTHONBREAKPOINT",
            "JAVA_TOOL_OPTIONS",
            "_JAVA_OPTIONS",
        ),
        *(
            "JDK_JAVA_OPTIONS",
            "JAVA_OPTS",
            "CLASSPATH",
            "RUBYOPT",
            "RUBYLIB",
            "GEM_PATH",
            "GEM_HOME",
            "BUNDLE_GEMFILE",
            "PERL5LIB",
        ),
        *("PERL5OPT", "DOTNET_STARTUP_HOOKS", "DOTNET_ADDITIONAL_DEPS", "DOTNET_SHARED_STORE", "CORECLR_PROFILER_PATH"),
        *(
            "CORECLR_PROFILER_PATH_64",
            "PATH",
            "HOME",
            "PWD",
            "TMPDIR",
            "LAMBDA_TASK_ROOT",
            "LAMBDA_RUNTIME_DIR",
            "_HANDLER",
        ),
        *("AWS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CONFIG_FILE"),
        *(
            "AWS_SHARED_CREDENTIALS_FILE",
            "PHP_INI_SCAN_DIR",
            "PHPRC",
            "OPENSSL_CONF",
            "OPENSSL_MODULES",
            "GIT_SSH",
            "GIT_ASKPASS",
        ),
    ]
)
_HOOK_WORD = lazy(r"[\w./@+,:-]{1,300}|--?[A-Za-z][\w:.+-]{0,80}(?:=[\w./@+,:-]{0,300})?")
_PUBLIC_SHAPES = frozenset((Shape.BOOLEAN, Shape.NUMBER, Shape.REGION, Shape.ARN, Shape.LOG_LEVEL, Shape.ENUM))
_PUBLIC_NUMBER = lazy(r"[+-]?\d{1,9}(?:\.\d{1,6})?%?|\d{10}(?:\d{2})?")
_ONE_TOKEN = lazy(r"[A-Za-z0-9+/=_.:%-]{1,4096}")
_QUOTES = "\"'`"


def _found_in(value: str) -> Iterator[Found]:
    yield from keys.private_keys(value)
    yield from formats.tokens(value)
    yield from connections.find_all(value)
    yield from formats.public_keys(value)


def _best(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The strongest verdict that names a secret, else the first."""
    best: Verdict | None = None
    for verdict in verdicts:
        if best is None or (verdict.kind and (best.kind is None or stronger(verdict.confidence, best.confidence))):
            best = verdict
    return best


def _by_format(value: str) -> Verdict | None:
    """The verdict of what shows by its form alone: provider tokens, private keys, URLs with credentials."""
    found = list(_found_in(value))
    if not found:
        return None
    if '"service_account"' in value and any(f.kind == "private-key" for f in found):
        return Verdict("gcp-service-account", "high", "a service account's key file", Shape.JSON)
    secrets = [f for f in found if f.kind]
    if secrets:
        whole = len(secrets) == 1 and secrets[0].end - secrets[0].start >= len(value) - 2
        first = next((f for f in secrets if f.confidence == "high"), secrets[0])
        reason = "the form of a credential" if whole else "holds the form of a credential"
        return Verdict(first.kind, first.confidence, reason, Shape.TOKEN if whole else Shape.TEXT)
    widest = max(found, key=lambda f: f.end - f.start)
    if widest.end - widest.start >= 0.6 * len(value) or "://" in value:
        return Verdict(None, "high", "public or encrypted by its form", widest.shape)
    return None


def _json(name: Name, value: str, context: Context, budget: Budget) -> Verdict | None:
    if value[0] not in "{[" or value[-1] not in "}]":
        return None
    try:
        data = json.loads(value)
    except (ValueError, RecursionError):
        return None
    if isinstance(data, dict) and "kty" in data:
        if isinstance(data.get("d") or data.get("k"), str):
            return Verdict("private-key", "high", "a private JSON Web Key", Shape.JSON)
        return Verdict(None, "high", "a public JSON Web Key", Shape.PUBLIC_KEY)
    verdicts = [_inner(key, text, context, budget) for key, text in _leaves(data, name)]
    best = _best(verdicts)
    if best and best.kind:
        return best._replace(reason="a secret inside JSON", shape=Shape.JSON)
    return Verdict(None, "high", "JSON without secrets", Shape.JSON)


def _leaves(data: object, name: Name) -> Iterator[tuple[Name, str]]:
    todo: list[tuple[Name, object]] = [(name, data)]
    for _ in range(_MOST_ITEMS):
        if not todo:
            return
        key, item = todo.pop()
        if isinstance(item, dict):
            todo += [(read(str(k)), v) for k, v in item.items()]
        elif isinstance(item, list):
            todo += [(key, v) for v in item]
        elif isinstance(item, str) and not (rules.is_label(item) and (item.lower(),) != key.words):
            yield key, item


def _inner(name: Name, value: str, context: Context, budget: Budget) -> Verdict:
    budget.depth -= 1
    try:
        return decide(name, value, context, budget)
    finally:
        budget.depth += 1


def _assignments(value: str, context: Context, budget: Budget) -> Verdict | None:
    """Secrets assigned inside a value: properties, connection strings, command lines, dotenv and YAML texts."""
    if not telling(value):
        return None
    verdicts = []
    for pair in (*pairs(value), *(prose(value) if context is Context.METADATA else ())):
        if budget.decisions <= 0:
            break
        key = read(pair.key)
        if (key.role in SECRET_ROLES or key.role is Role.WEAK) and not (_BOUND.fullmatch(pair.value) and not pair.quoted):
            free = context is Context.METADATA or pair.sep == " "
            verdict = _inner(key, pair.value, Context.METADATA if free else Context.CONFIG, budget)
            if verdict.kind:
                verdicts.append(_as_connection(verdict, key, value))
    return _best(verdicts)


# Parameters of prepared statements.
_BOUND = lazy(r":[A-Za-z_]\w*|\?|%s|%\(\w+\)s|\$\d|@[A-Za-z_]\w*")
_CONNECTION = lazy(
    r"(?:server|host|data source|datasource|dbname|database|initial catalog|user id|uid|username|driver|dsn|addr)\s{0,2}=",
    re.I,
)


def _as_connection(verdict: Verdict, key: Name, value: str) -> Verdict:
    kind = verdict.kind
    if key.words[-2:] == ("account", "key"):
        kind = "azure-storage-key"
    elif key.words[-3:] == ("shared", "access", "key"):
        kind = "azure-shared-access-key"
    elif kind == "password" and _CONNECTION.search(value[:4096]):
        kind = "connection-string-password"
    return verdict._replace(kind=kind, reason="a secret assigned inside the value", shape=Shape.TEXT)


def _encoded(name: Name, value: str, context: Context, budget: Budget) -> Verdict | None:
    """What base 64 hides: readable text is judged in turn, key material by its structure."""
    der = keys.der_kind(value)
    if der == "private":
        return Verdict("private-key", "high", "a private key in base 64", Shape.TOKEN)
    if der:
        return Verdict(None, "high", "a certificate or public key", Shape.PUBLIC_KEY)
    if keys.binary_content(value) and name.role not in SECRET_ROLES:
        return Verdict(None, "high", "a file in base 64", Shape.BINARY)
    if len(value) < 16:
        return None
    plain = decoded_text(value)
    if plain is None or len(plain) < 8:
        return None
    verdict = _inner(name, plain, context, budget)
    if verdict.kind:
        return verdict._replace(reason="a secret in base 64")
    return verdict if name.role not in SECRET_ROLES and len(plain) >= 12 else None


def _list(name: Name, value: str, context: Context, budget: Budget) -> Verdict | None:
    """A list of values under a secret's name."""
    parts = [p for p in re.split(r"[,;\n]\s*", value, maxsplit=50) if p]
    if name.role not in {Role.TOKEN, Role.KEY, Role.SECRET} or not 2 <= len(parts) <= 50 or min(map(len, parts)) < 8:
        return None
    best = _best(_inner(name, part, context, budget) for part in parts)
    return best._replace(shape=Shape.LIST) if best and best.kind else None


def _open(name: Name, value: str) -> Verdict | None:
    """Values that need no closer look: nothing, references, fillers, ciphertext."""
    if not value:
        return Verdict(None, "high", "empty", Shape.EMPTY)
    if shapes.is_truth(value):
        return Verdict(None, "high", "a boolean", Shape.BOOLEAN)
    if shapes.is_reference(value):
        return Verdict(None, "high", "refers to a value kept elsewhere", Shape.TEMPLATE_REFERENCE)
    weak = shapes.is_weak_filler(value) and name.role in {Role.PASSWORD, Role.SECRET}
    if shapes.is_placeholder(value) and not weak:
        return Verdict(None, "high", "a placeholder", Shape.PLACEHOLDER)
    if "EXAMPLE" in value and name.role is not Role.PASSWORD and _ONE_TOKEN.fullmatch(value):
        return Verdict(None, "medium", "an example from documentation", Shape.EXAMPLE)
    sealed = keys.ciphertext(value)
    if sealed:
        return Verdict(None, "high", "encrypted before it was stored", sealed)
    return None


def decide(name: Name, value: str, context: Context, budget: Budget) -> Verdict:
    """The verdict on a value: by its form, by what it holds, then by its name. Never fails."""
    if budget.depth < _DEEP and not budget.spend(len(value)):
        return Verdict(None, "low", "too much in one value to look at", Shape.TEXT)
    value = value[:MOST_CHARACTERS].strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES:
        value = value[1:-1].strip()
    verdict = _open(name, value) or _by_format(value)
    if verdict is None and keys.public_pem(value):
        verdict = Verdict(None, "high", "a certificate or public key", Shape.PUBLIC_KEY)
    if verdict is None and budget.depth > 0:
        verdict = (
            _json(name, value, context, budget)
            or _encoded(name, value, context, budget)
            or _assignments(value, context, budget)
            or _list(name, value, context, budget)
        )
    if verdict is not None:
        return verdict
    bare = shapes.without_references(value)
    if bare != value and "\ue000" in bare:
        return Verdict(None, "medium", "built from values kept elsewhere", Shape.TEMPLATE_REFERENCE)
    return rules.by_name(name, value, shapes.shape_of(value), context)


def _hook(name: str, value: str) -> bool:
    """Whether a loader or interpreter variable holds nothing but paths and options, so that it may be shown."""
    words = value.split()
    return (
        name in _HOOKS
        and bool(words)
        and len(value) <= 1024
        and all(_HOOK_WORD.fullmatch(w) and surprise(w) < 25 for w in words)
        and not any(read(w.partition("=")[0]).role in SECRET_ROLES for w in words if "=" in w)
    )


def _public(name: Name, raw_name: str, value: str, verdict: Verdict) -> tuple[bool, Shape]:
    if verdict.kind is not None:
        return False, verdict.shape
    if _hook(raw_name, value):
        return True, Shape.HOOK
    shape = shapes.shape_of(value)
    if shape not in _PUBLIC_SHAPES or verdict.shape not in {*_PUBLIC_SHAPES, Shape.IDENTIFIER, Shape.PARAMETER_PATH}:
        return False, verdict.shape
    guarded = name.role in SECRET_ROLES
    if shape is Shape.NUMBER and (guarded or not _PUBLIC_NUMBER.fullmatch(value)):
        return False, shape
    if shape is Shape.NUMBER and name.role is Role.WEAK:
        return False, shape
    return not guarded or shape in {Shape.ARN, Shape.BOOLEAN}, shape


def _references(name: Name, value: str, verdict: Verdict) -> tuple[Reference, ...]:
    found = list(references.in_text(value))
    if value[:1] in "{[":
        found += references.in_json(value)
    if (
        verdict.kind is None
        and name.role not in {Role.PASSWORD, Role.TOKEN}
        and verdict.shape not in {Shape.JSON, Shape.PLACEHOLDER}
    ):
        found += references.named(name, value)
    elif verdict.kind is None and verdict.shape is Shape.PARAMETER_PATH:
        found.append(Reference("parameter", value))
    elif verdict.kind is None and verdict.shape is Shape.SECRET_NAME and rules.says_stored(value):
        found.append(Reference("secret", value))
    if verdict.kind in {"aws-access-key", "aws-temporary-key"}:
        accounts = (access_key_account(m[0]) for m in re.finditer(r"A[KS]IA[A-Z2-7]{16}", value))
        found += [Reference("account", account) for account in accounts if account]
    return references.unique(iter(found))


def judge(name: str, value: str, *, context: Context = Context.ENVIRONMENT) -> Judgement:
    """Judge one named value; the answer holds nothing of it but what is certainly public.

    Name, form, checksums, structure (JSON, base 64, URLs, connection strings, command lines) and randomness decide together.
    `kind` None means no secret; ``shape`` ``kms-ciphertext`` marks values encrypted with Lambda's console helpers. Never raises.
    """
    read_name = read(name)
    length = len(value)
    value = value[:MOST_CHARACTERS].strip()
    verdict = decide(read_name, value, context, Budget())
    if context is Context.ENVIRONMENT and name in _PLATFORM and verdict.kind in {"aws-temporary-key", "aws-session-token"}:
        verdict = Verdict(None, "high", "the platform's own temporary credential", Shape.PLATFORM_CREDENTIAL)
    public, shape = _public(read_name, name, value, verdict)
    found = _references(read_name, value, verdict)
    return Judgement(verdict.kind, verdict.confidence, verdict.reason, length, shape, public, found)


def judge_all(variables: Mapping[str, str], *, context: Context = Context.ENVIRONMENT) -> dict[str, Judgement]:
    """Judge the variables of one function together.

    The difference to :func:`judge`: beside a temporary access key and a session token, ``AWS_SECRET_ACCESS_KEY`` is the
    platform's own too.
    """
    judged = {name: judge(name, value, context=context) for name, value in variables.items()}
    own = judged.get("AWS_ACCESS_KEY_ID")
    if own and own.shape is Shape.PLATFORM_CREDENTIAL and "AWS_SESSION_TOKEN" in variables:
        for name in _PLATFORM & judged.keys():
            length = judged[name].length
            reason = "the platform's own temporary credential"
            judged[name] = Judgement(None, "high", reason, length, Shape.PLATFORM_CREDENTIAL)
    return judged
