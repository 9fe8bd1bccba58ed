"""Shapes of values that are harmless by themselves: booleans, numbers, places, times, identifiers, references, fillers."""

import re

from .lazily import lazy
from .verdict import Shape
from .vocabulary import word_set

_TRUTH = word_set("true false yes no on off y n t f enabled disabled enable disable 0 1")
_LEVELS = word_set("trace debug info notice warn warning error fatal critical off silent verbose")
_ENUMS = word_set(
    "dev development prod production staging stage stg test testing qa uat sandbox local live preview default main master "
    "beta alpha canary json text xml yaml csv html plain none basic bearer jwt iam aws_iam custom cognito standard express "
    "get post put delete patch head options public private internal external read write readwrite readonly asc desc gzip "
    "zstd none utf-8 utf8 lax strict optional required require allow deny prefer always never auto active passive "
    "passthrough pass_through hs256 hs384 hs512 rs256 rs384 rs512 es256 es384 es512 ps256 eddsa sha1 sha256 sha384 sha512 "
    "md5 aes-256-gcm aes-128-gcm aes-256-cbc ssm secretsmanager argon2 argon2id bcrypt scrypt pbkdf2 "
    "vault redis memcached postgres mysql sqs sns s3 dynamodb "
    "kinesis awscurrent awsprevious awspending latest $latest all header authorizer verify-full verify-ca disable hour "
    "minute day week month year small medium large"
)
STAGES = word_set(
    "dev development prod production staging stage test testing qa uat sandbox local live default main private public"
)
_NOTHING = word_set("none null nil undefined n/a na empty unset missing void tbd tba todo fixme unknown - -- . ? ?? ... _ x")
_FILLERS = lazy(
    r"<[^<>\"{}]{0,200}>|\[[A-Za-z][A-Za-z0-9 :_-]{0,60}\]|x{3,}|[*•#?.]{2,}|-{2,}|_{2,}"
    r"|your[-_ .][A-Za-z][A-Za-z_ .-]{0,60}|[A-Za-z]{2,12}(?:[-_ ][A-Za-z]{2,12}){0,5}[-_ ]here"
    r"|(?:enter|insert|put|add|set|paste|replace|fill|specify|provide)"
    r"(?:[-_ .](?:your|my|the|an?|own|new|real|actual|with|in|here|this|app|api|aws|github|db|user|client|secret|access|auth|jwt"
    r"|database|openai|stripe|private|encryption|slack|service|account|bot|master|admin|password|pass|passwd|pwd|token|key|value"
    r"|id|arn|name|host|url|me|it|string|credentials?|goes)){1,8}"
    r"|.{0,40}(?:placeholder|redacted|replace[-_ ]?me|replace[-_ ]?with|fill[-_ ]?me|to[-_ ]?be[-_ ](?:set|replaced|filled))"
    r".{0,60}"
    r"|dummy|dummy[-_ ].{1,30}|example|redacted|censored|hidden|masked|removed|not[-_ ]?set|not[-_ ]?used|unused|see[-_ ].{1,40}",
    re.I,
)
_WEAK_FILLERS = lazy(
    r"(?:[A-Za-z_-]{0,40}[-_ ])?change[-_ ]?(?:me|it|this|in)!?(?:[-_ ][A-Za-z_-]{0,40})?"
    r"|default|fake|test|testing|temp|tmp|foo|bar|foobar",
    re.I,
)
_ZERO = lazy(r"[0-]{8,}|(?:xx+-){2,}x+|(.)\1{7,}", re.I)
_STARRED = lazy(r"(?P<c>[xX*•0#])(?P=c){5,}(?:[^A-Za-z0-9]?(?P=c){2,}){0,8}|[xX]{3,}(?:[ -][xX]{3,}){1,8}")
_REFERENCES = lazy(
    r"\$\{\{[^{}]{0,512}\}\}|\{\{[^{}]{0,2048}\}\}|\$\{[^{}]{0,512}\}|\$\([^()]{0,256}\)|%[A-Za-z_]\w{0,80}%|<%=?[^%]{0,256}%>"
    r"|#\{[^{}]{1,256}\}\#?|@Microsoft\.KeyVault\([^()]{0,512}\)|@@[\w.]{1,80}@@|__[A-Z][A-Z0-9_]{2,60}__"
)
_WHOLE_REFERENCE = lazy(
    r"\$[A-Za-z_]\w{0,80}|\$\$?\{.{0,512}\}|\{[A-Za-z_][\w.\[\]()]{0,80}\}|\{\d?\}|%[sdvr]|%\(\w{1,80}\)s"
    r"|!(?:Ref|Sub|GetAtt|ImportValue|Join|FindInMap|Select)\b.{0,1024}"
    r"|(?:op|ref\+\w+|akeyless|doppler|awssm|aws-sm|secretsmanager|ssm|sm|awskms|gcpsm|keyvault|keychain|chamber|berglas|sops)"
    r"(?:://?|:)[\w/.@#:+=$-]{1,512}|vault:(?!v\d)[\w/.#-]{1,512}|(?:file|env)(?::|://)[\w/.-]{1,512}"
    r"|projects/[\w-]{1,80}/secrets/[\w-]{1,255}(?:/versions/\w{1,40})?"
    r"|(?:process\.env|os\.environ|ENV|Environment|System\.getenv|getenv|env|secrets|var|local|data|module|config|settings|Ref|vars)"
    r"(?:\.\w{1,80}|\[[^\[\]]{1,80}\]|\([^()]{0,80}\)){1,8}",
    re.S,
)
ARN = lazy(r"arn:aws[a-z-]{0,12}:[a-z0-9-]{1,40}:[a-z0-9-]{0,30}:(?:\d{12}|aws|aws-marketplace)?:[\w+=,.@:/*$!~-]{1,512}")
REGION = lazy(
    r"(?:us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov|us-iso[bef]?|eu-isoe|eusc-de)"
    r"-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-\d"
)
_UUID_TEXT = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
UUID = lazy(_UUID_TEXT)
PARAMETER_PATH = lazy(r"/[A-Za-z0-9_.-]{1,128}(?:/[A-Za-z0-9_.-]{1,128}){0,14}")
HOST = lazy(r"(?=[^:]{4,255}(?::|$))(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,10}[A-Za-z]{2,24}(?::\d{1,5})?")
URL = lazy(r"[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s\"'<>]{0,4096}|jdbc:[^\s\"'<>]{1,4096}")
_SHAPES: tuple[tuple[Shape, re.Pattern[str]], ...] = (
    (Shape.REGION, lazy(REGION.pattern + "[a-f]?")),
    (Shape.NUMBER, lazy(r"[+-]?\d{1,30}(?:[._]\d{1,30}){0,4}%?|[+-]?\d{1,3}(?:,\d{3}){1,5}")),
    (Shape.ARN, ARN),
    (Shape.UUID, lazy(rf"\{{?{_UUID_TEXT}\}}?")),
    (Shape.URL, URL),
    (Shape.EMAIL, lazy(r"(?:mailto:)?[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")),
    (
        Shape.TIME,
        lazy(
            r"\d{1,6}\s?(?:ms|s|m|h|d|w|sec|secs|seconds?|min|mins|minutes?|hours?|days?|weeks?|months?|years?)"
            r"|(?:rate|cron|at)\([^()]{1,80}\)|P(?:\d{1,4}[YMWD]){0,4}(?:T(?:\d{1,4}[HMS]){1,3})?|\d\d:\d\d(?::\d\d)?"
            r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?|\d{4}-\d\d"
            r"|(?:[\d*/,?LW#-]{1,12} ){4,5}[\d*/,?LW#-]{1,12}"
        ),
    ),
    (
        Shape.VERSION,
        lazy(r"[vV]?\d{1,6}(?:\.\d{1,6}){1,4}(?:[-+.][0-9A-Za-z.-]{1,40})?|(?:>=|~>|\^|==)\s?\d[\d.]{0,20}"),
    ),
    (
        Shape.HASH,
        lazy(r"(?:sha(?:1|224|256|384|512)|md5|blake2b?)[-:=][A-Za-z0-9+/=_-]{16,200}|(?:[0-9A-Fa-f]{2}:){5,63}[0-9A-Fa-f]{2}"),
    ),
    (
        Shape.IDENTIFIER,
        lazy(
            r"(?:vpc|subnet|sg|ami|i|eni|igw|nat|rtb|acl|vol|snap|fs|fsap|eipalloc|tgw|vpce|pcx|dopt|lt)-(?:[0-9a-f]{8}|[0-9a-f]{17})"
            r"|mrk-[0-9a-f]{32}|(?:o|ou|r)-[0-9a-z]{4,12}(?:-[0-9a-z]{8,32})?"
            r"|(?:AROA|AIDA|AGPA|AIPA|ANPA|ANVA|APKA|ASCA)[A-Z0-9]{16,17}|[a-z]{2}(?:-[a-z]+){1,3}-\d[_:][A-Za-z0-9-]{9,55}"
            r"|(?:acct|price|prod|cus|we|sub|evt|pi|pm|ch|in|plan|coupon|promo|seti|cs|si)_[A-Za-z0-9]{8,80}|AC[0-9a-f]{32}|G-[A-Z0-9]{6,12}"
            r"|\d{6,20}-[a-z0-9]{20,40}\.apps\.googleusercontent\.com|0x[0-9a-fA-F]{40}|bc1[a-z0-9]{20,80}|alias/[\w/-]{1,250}"
            r"|E[A-Z0-9]{12,14}|Z[A-Z0-9]{12,32}|[CTUGBW][A-Z0-9]{8,12}|6L[A-Za-z0-9_-]{38}"
        ),
    ),
    (
        Shape.PATH,
        lazy(r"(?:[A-Za-z]:\\|~/|\.{1,2}/)[^\n\"'<>|]{1,1024}|(?:/[\w.@+%-]{0,255}){1,40}(?::(?:/[\w.@+%-]{1,255}){1,40}){0,20}"),
    ),
    (
        Shape.PATH,
        lazy(
            r"[\w.@+/ -]{1,400}\.(?:pem|crt|cer|key|p12|pfx|jks|json|ya?ml|xml|toml|ini|conf|cfg|txt"
            r"|csv|tsv|zip|jar|js|mjs|ts|py|rb|sh|so|log|html?|png|jpe?g|gif|svg|parquet|avro|sql|properties)"
        ),
    ),
    (Shape.HOST, HOST),
    (
        Shape.HOST,
        lazy(r"(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2}|:\d{1,5})?|localhost(?::\d{1,5})?|\[[0-9a-f:]{2,45}\](?::\d{1,5})?"),
    ),
)
_NAME_SEGMENT = lazy(r"[A-Za-z0-9_.@+=-]{1,128}")


def is_truth(value: str) -> bool:
    """Whether a value is a boolean in one of its usual spellings."""
    return value.lower() in _TRUTH


def is_level(value: str) -> bool:
    """Whether a value is a log level."""
    return value.lower() in _LEVELS


def is_enum(value: str) -> bool:
    """Whether a value is one of a fixed list of words that settings use (stages, formats, algorithms, modes)."""
    return value.lower() in _ENUMS


def is_nothing(value: str) -> bool:
    """Whether a value says that there is none: null, none, n/a, todo."""
    return value.lower() in _NOTHING


def is_placeholder(value: str) -> bool:
    """Whether a value stands for one that is to be filled in: ``<your-key>``, ``YOUR_API_KEY``, ``xxxxxxxx``, ``[REDACTED]``."""
    if len(value) > 300:
        return False
    return bool(is_nothing(value) or _FILLERS.fullmatch(value) or _STARRED.fullmatch(value) or _ZERO.fullmatch(value))


def is_weak_filler(value: str) -> bool:
    """Whether a value is a filler that still opens doors where nobody changed it: ``changeme``, ``changeit``, ``default``."""
    return bool(_WEAK_FILLERS.fullmatch(value))


def without_references(value: str, mark: str = "\ue000") -> str:
    """A value with each template reference (``${…}``, ``{{resolve:…}}``, ``$(…)``, ``%X%``) replaced by one private character."""
    return _REFERENCES.sub(mark, value) if any(c in value for c in "${%#@_<") else value


def is_reference(value: str) -> bool:
    """Whether a value as a whole refers to something resolved elsewhere: a template, an environment, a secret store."""
    bare = without_references(value).replace("\ue000", "")
    if bare != value and not re.search(r"[A-Za-z0-9]", bare):
        return True
    return bool(_WHOLE_REFERENCE.fullmatch(value))


def shape_of(value: str) -> Shape | None:
    """The first typed shape that a whole value has, or None: numbers, ARNs, URLs, paths, hosts, times, identifiers."""
    if len(value) > 8192:
        return None
    if is_truth(value):
        return Shape.BOOLEAN
    if is_level(value):
        return Shape.LOG_LEVEL
    if is_enum(value):
        return Shape.ENUM
    return next((shape for shape, pattern in _SHAPES if pattern.fullmatch(value)), None)


def resource_segments(value: str) -> list[str] | None:
    """The segments of a slash-separated name such as ``prod/orders/db``; None when it is no such name."""
    segments = value.strip("/").split("/")
    if len(segments) < 2 or len(segments) > 15 or not all(_NAME_SEGMENT.fullmatch(s) for s in segments):
        return None
    return segments
