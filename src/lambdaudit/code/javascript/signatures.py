"""Which library a module of a bundle is, told by its text: bundlers take paths away, not properties and texts.

Version 3 has one package for a service: in one file (since 2023) or in a file for each command and one for the client. Version 2
has a core, a module for each service, and one that lists them all. What a module of these is needs no walk: the catalogue knows
the SDKs by name.
"""

import re
from collections import Counter
from collections.abc import Mapping

_CLIENT_3 = re.compile(rb"\bresolveUserAgentConfig\b")
_CLIENT_NAME = re.compile(rb"""(?:class |[.=]|["'])([A-Z][A-Za-z0-9]{1,60}Client)\b""")
_COMMAND_3 = re.compile(rb"\bclientName\b[\s\S]{0,400}?\bcommandName\b")
_EXPORT = rb"\.([\w$]{1,4})\s?=\s?([A-Za-z_$][\w$]{0,80})(?=[;,\s}])"
_OPERATION = re.compile(rb"""class ([\w$]{1,80}) extends\s?\(?[\w$]{1,80}\([^()"']{0,200}["']([A-Z]\w{2,60})["']""")
_PAGES = re.compile(rb"(?<![\w$])([\w$]{1,80})\s?=\s?(?:\(0,\s?)?[\w$.]{1,80}\)?\([\w$.]{1,80},\s?([\w$.]{1,80}),\s?[\"']")
_SERVICE_2 = re.compile(rb"""\.defineService\(["']([a-z0-9]{1,60})["']\s?,""")
_VERSION_2 = re.compile(rb"""\bVERSION:\s?["']2\.\d{1,5}\.\d{1,5}["']""")
_STAR = re.compile(rb"__exportStar\)?\(([\w$]{1,80})\(([^()]{0,200})\)")
_OTHERS = (
    ("@aws-sdk/lib-dynamodb", (b"DynamoDBDocumentClient", b"translateConfig", b"marshallOptions")),
    ("@aws-sdk/lib-dynamodb", (b"DynamoDBDocumentClient", b".translateConfig=", b"extends")),
    ("@aws-sdk/lib-dynamodb", (b"DynamoDBDocumentClientCommand", b"inputKeyNodes", b"clientCommand")),
    ("@aws-sdk/lib-storage", (b"queueSize", b"leavePartsOnError", b"CompleteMultipartUploadCommand")),
    ("@aws-sdk/s3-request-presigner", (b"getSignedUrl", b"presignInterceptMiddleware")),
    ("@aws-sdk/s3-presigned-post", (b"createPresignedPost", b"starts-with")),
    ("@aws-sdk/credential-providers", (b"fromTemporaryCredentials", b"fromCognitoIdentity", b"fromWebToken")),
)
_PLAIN = (
    ("lodash", (b"__lodash_placeholder__", b"__lodash_hash_undefined__"), 2**21),
    ("node-serialize", (b"_$$ND_FUNC$$_", b"unserialize"), 20_000),
    ("ejs", (b"compileDebug", b"outputFunctionName", b"rmWhitespace", b"__express"), 2**17),
    ("js-yaml", (b"tag:yaml.org,2002:", b"FAILSAFE_SCHEMA", b"loadAll"), 2**19),
    ("js-yaml", (b"is removed in js-yaml 4", b"DEFAULT_SCHEMA"), 6_000),
    ("jsonwebtoken", (b"JsonWebTokenError:", b"NotBeforeError:", b"TokenExpiredError:", b"decode:", b"verify:", b"sign:"), 2_000),
    ("axios", (b"isAxiosError", b"ERR_BAD_OPTION_VALUE", b"HttpStatusCode"), 2**20),
)
"""Libraries of one module, or whose first module is told by its text: the texts in it, and its size at most."""
_TOLD = (
    ("express", b".application", re.compile(rb"\.urlencoded\s?=\s?[\w$]{1,80}\.urlencoded\b"), 20_000),
    (
        "serverless-http",
        b"await",
        re.compile(rb"""\{\s?requestId:\s?["']x-request-id["']\s?\}[\s\S]{0,300}?Object\.assign\("""),
        2_500,
    ),
)
"""The same with a pattern that the text has besides."""
_ALL_2 = (re.compile(rb"\bACM:\s?"), re.compile(rb"\bAPIGateway:\s?"), re.compile(rb"\bDynamoDBStreams:\s?"))
_LOADER_2 = (b"clientSideMonitoring", b"realClock", b"iniLoader", b"createEventStream")
_A_BUNDLE = re.compile(rb"\{ ?exports: ?\{\} ?\}")


def library_of(code: bytes) -> str:
    """The name that code requires a module of an AWS SDK or of another known library by; empty for the rest, and for bundles."""
    found = _version_2(code) or _client_3(code) or next((n for n, marks in _OTHERS if all(mark in code for mark in marks)), "")
    found = found or next((n for n, marks, most in _PLAIN if len(code) < most and all(mark in code for mark in marks)), "")
    if not found:
        told = (n for n, mark, pattern, most in _TOLD if len(code) < most and mark in code and pattern.search(code))
        found = next(told, "")
    return "" if found and _A_BUNDLE.search(code) else found


def _version_2(code: bytes) -> str:
    if b"Signers:" in code and _VERSION_2.search(code):
        return "aws-sdk"
    if all(mark in code for mark in _LOADER_2) or all(pattern.search(code) for pattern in _ALL_2):
        return "aws-sdk"
    service = _SERVICE_2.search(code)
    if service is not None and b".services" in code and b"Service" in code and len(code) < 20_000:
        return f"aws-sdk/clients/{service.group(1).decode()}"
    return ""


def _client_3(code: bytes) -> str:
    """The package of a client of version 3 that a module is, or belongs to."""
    from ..sdk.index import find_service, package_of

    if not (_CLIENT_3.search(code) and b"resolveRetryConfig" in code) and not (len(code) < 40_000 and _COMMAND_3.search(code)):
        return ""
    names = Counter(match.group(1).decode() for match in _CLIENT_NAME.finditer(code))
    service = next(filter(None, (find_service(name) for name, _ in names.most_common(8))), "")
    return f"@aws-sdk/client-{package_of(service)}" if service else ""


def starred(code: bytes) -> list[str]:
    """What a module that only gathers others exports the whole of: the names or numbers that its requires have."""
    if len(code) > 60_000 or code.count(b"__exportStar") < 2:
        return []
    return [(inside.strip(b"\"'") or function).decode("utf-8", "replace") for function, inside in _STAR.findall(code)]


def renamed(code: bytes, exports: str) -> Mapping[str, str]:
    """Exports of a module that a bundler gave other names: the new one -> the one that the SDK has.

    `exports` is what the module calls its exports.
    """
    operations = {match.group(1): match.group(2) + b"Command" for match in _OPERATION.finditer(code)}
    for local, command in _PAGES.findall(code):
        operation = operations.get(command, command)
        if operation.endswith(b"Command"):
            operations.setdefault(local, b"paginate" + operation.removesuffix(b"Command"))
    found: dict[str, str] = {}
    for new, local in re.findall(rb"\b" + re.escape(exports.encode()) + _EXPORT, code):
        name = local if local.endswith(b"Command") else operations.get(local, local)
        if new != name:
            found[new.decode()] = name.decode()
    return found
