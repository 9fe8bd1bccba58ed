"""Credentials inside URLs, connection strings, command lines and header values."""

import re
import string
from collections.abc import Iterator

from . import shapes
from .checksums import decoded_text
from .formats import Found
from .lazily import lazy
from .randomness import surprise
from .verdict import Confidence, Shape

DATABASE_SCHEMES = frozenset(
    [
        *(
            "postgres",
            "postgresql",
            "mysql",
            "mysql2",
            "mysqlx",
            "mariadb",
            "mongodb",
            "mongodb+srv",
            "redis",
            "rediss",
            "amqp",
        ),
        *(
            "amqps",
            "mssql",
            "sqlserver",
            "oracle",
            "db2",
            "clickhouse",
            "clickhouses",
            "snowflake",
            "redshift",
            "cockroachdb",
        ),
        *(
            "cassandra",
            "couchbase",
            "couchbases",
            "couchdb",
            "neo4j",
            "bolt",
            "influxdb",
            "valkey",
            "valkeys",
            "nats",
            "kafka",
        ),
        *(
            "presto",
            "trino",
            "hive",
            "impala",
            "teradata",
            "vertica",
            "firebird",
            "sybase",
            "jdbc",
            "odbc",
            "edgedb",
            "libsql",
        ),
    ]
)
_AUTHORITY = lazy(r"[^\s/?#\"'<>`\\]{0,700}")
_TO_SPACE = lazy(r"[^\s\"'<>`]{0,700}")
_SCHEME_CHARACTERS = string.ascii_letters + string.digits + "+.-"
_MOST_PASSWORD = 300
_PORT = lazy(r"\d{1,5}")
_HOST_LIKE = lazy(r"[A-Za-z0-9.-]{1,253}(?::\d{1,5})?(?:[/?,#].{0,4096})?", re.S)
_HEX32 = lazy(r"[0-9a-f]{32}")
_QUERY = lazy(r"[?&;]([A-Za-z][\w.-]{0,40})=([^\s&;#\"'<>`]{1,4096})")
_QUERY_USER = lazy(r"[?&](?:u|user|username)=")
_OPEN_SECRETS = frozenset(
    [
        *(
            "password",
            "passwd",
            "pwd",
            "pass",
            "secret",
            "client_secret",
            "clientsecret",
            "token",
            "access_token",
            "accesstoken",
        ),
        *(
            "auth_token",
            "authtoken",
            "api_key",
            "apikey",
            "api-key",
            "x-api-key",
            "sig",
            "private_token",
            "refresh_token",
            "id_token",
        ),
        *(
            "subscription-key",
            "hapikey",
            "secret_key",
            "access_key",
            "apitoken",
            "api_token",
            "sas",
            "sastoken",
            "sslpassword",
        ),
    ]
)
_DRAWN_SECRETS = frozenset(("key", "code", "auth", "appid", "signature", "hash", "session", "sessionid", "jwt", "sign"))
_TOKEN = lazy(r"[A-Za-z0-9%._~+/=-]{1,4096}")
_PRESIGNED = frozenset(("x-amz-signature", "x-goog-signature"))
_BASIC = lazy(r"(?<![A-Za-z])(?:Basic)\s{1,3}([A-Za-z0-9+/]{8,1024}={0,2})(?![A-Za-z0-9+/=])", re.I)
_BEARER = lazy(
    r"(?<![A-Za-z])(?:Bearer|ApiKey|Api-Key|Token token=|GenieKey|NRAK|SSWS)\s{1,3}\"?([A-Za-z0-9._~+/=:-]{12,4096})",
    re.I,
)
_BASIC_WORDS = ("asic ", "BASIC ")
_BEARER_WORDS = ("earer", "BEARER", "pi-Key", "piKey", "pikey", "oken token", "GenieKey", "NRAK", "SSWS")
_CLIENTS = ("sqlcmd", "bcp ", "isql", "mysql", "mongo", "sshpass", "psql", "redis-cli", "ldapsearch")
_ORACLE = lazy(r"jdbc:oracle:(?:thin|oci):([^\s/@]{1,64})/([^\s@]{1,128})@")
_GO_MYSQL = lazy(r"(?<![\w/])([\w.-]{1,64}):([^\s@]{1,128})@(?:tcp|unix)\(")
_PGPASS = lazy(r"(?<![^\s\"'])([\w.*-]{1,253}):(\d{1,5}|\*):([^:\s]{1,64}):([^:\s]{1,64}):([^\s:]{1,128})(?!\S)")
_NETRC = lazy(r"\blogin\s{1,4}\S{1,128}\s{1,4}password\s{1,4}([^\s'\"]{1,256})")
_CURL_USER = lazy(r"(?<!\S)(?:-u|--user)[ =]([^\s:\"']{1,64}):([^\s\"']{1,128})")
_USER_PASSWORD = lazy(r"([\w.@+-]{1,64}):([^\s:/,]{3,200})")


_LINE_NOTATIONS: tuple[tuple[re.Pattern[str], int, tuple[str, ...]], ...] = (
    (_ORACLE, 2, ("jdbc:oracle:",)),
    (_GO_MYSQL, 2, ("@tcp(", "@unix(")),
    (_PGPASS, 5, (":5432:", ":6432:", ":5439:", ":*:", ":5433:")),
    (_NETRC, 1, ("login ", "login\n")),
    (_CURL_USER, 2, ("-u ", "-u=", "--user ", "--user=")),
)
_MOST_LINE = 4096


_DATABASE_PASSWORD = lazy(
    r"(?<![\w./-])(?:sqlcmd|bcp|isql|mysql|mysqldump|mongo|mongosh|sshpass|psql|redis-cli|ldapsearch)\s[^\n]{0,300}?\s(?:-[pPaw]|--pass)"
    r"(?:\s{1,3}|(?=['\"]))(?:'([^'\n]{1,128})'|\"([^\"\n]{1,128})\"|([^\s'\"-][^\s'\"]{2,127}))"
)
_PATH_TOKEN = lazy(
    r"://[^\s/?#\"'<>]{1,253}(?:/[^\s/?#\"'<>]{0,80}){0,6}/(?:hooks?|webhooks?|catch|integrations?|inbound|trigger)"
    r"(?:/[^\s/?#\"'<>]{0,80}){0,3}/(?P<token>[A-Za-z0-9_-]{20,128})(?=[/?#\s\"'<>]|$)"
)


def _filled(password: str) -> bool:
    """Whether a password part is a value of its own rather than a reference or a placeholder."""
    bare = shapes.without_references(password).replace("\ue000", "")
    return bool(bare) and not shapes.is_placeholder(password) and not shapes.is_reference(password) and bare == password


def _userinfo(text: str, at: int) -> tuple[int, int, str] | None:
    """Start and end of the user information after ``://`` at `at`, and what follows; passwords may hold ``/`` and ``@``."""
    authority = _AUTHORITY.match(text, at)
    if authority is None:
        return None
    split = authority[0].rfind("@")
    if split >= 0:
        return at, at + split, authority[0][split + 1 :]
    _, colon, rest = authority[0].partition(":")
    if not colon or _PORT.fullmatch(rest) or text.find("@", at, at + _MOST_PASSWORD) < 0:
        return None
    longer = _TO_SPACE.match(text, at)
    split = longer[0].rfind("@") if longer else -1
    if longer is None or split < 0 or not _HOST_LIKE.fullmatch(longer[0][split + 1 :]):
        return None
    return at, at + split, longer[0][split + 1 :]


def _lone_user(user: str, scheme: str, host: str, start: int) -> Iterator[Found]:
    """A user part without a password: a token in disguise, unless it is an error tracker's public key."""
    if scheme not in {"http", "https", "git", "git+https"} or len(user) < 20 or surprise(user) < 20:
        return
    if _HEX32.fullmatch(user):
        yield Found(None, "high", start, start + len(user), Shape.PUBLIC_KEY)
    elif "." not in user:
        yield Found("basic-auth-url", "medium", start, start + len(user))


def url_credentials(text: str) -> Iterator[Found]:
    """User information in URLs of any scheme."""
    at = text.find("://")
    while at >= 0:
        before = text[max(0, at - 40) : at]
        scheme = before[len(before.rstrip(_SCHEME_CHARACTERS)) :].lower()
        found = _userinfo(text, at + 3)
        after = at + 3
        if found:
            start, end, host = found
            user, colon, password = text[start:end].partition(":")
            if colon and _filled(password) and host:
                database = bool(DATABASE_SCHEMES & set(re.split(r"[:+]", scheme))) or scheme.startswith("mongodb")
                kind = "database-url-password" if database else "basic-auth-url"
                yield Found(kind, "high", end - len(password), end)
            elif not colon:
                yield from _lone_user(user, scheme, host, start)
            after = max(after, end)
        at = text.find("://", after)


def query_credentials(text: str) -> Iterator[Found]:
    """Credentials in the query part of URLs and in JDBC properties: tokens, keys, passwords, signatures."""
    if "://" not in text and "jdbc:" not in text:
        return
    database = "jdbc:" in text
    with_user = _QUERY_USER.search(text) is not None
    for match in _QUERY.finditer(text):
        name, value = match[1].lower(), match[2]
        start, end = match.span(2)
        if not _filled(value):
            continue
        if name in _PRESIGNED:
            yield Found("presigned-url", "medium", start, end)
        elif name in _OPEN_SECRETS and (database or _credential_like(value)):
            kind = "database-url-password" if database and ("pass" in name or name == "pwd") else "url-credential"
            yield Found(kind, "high" if len(value) >= 8 else "medium", start, end)
        elif (name == "p" and with_user and len(value) >= 6) or (
            name in _DRAWN_SECRETS and len(value) >= 16 and _TOKEN.fullmatch(value) and surprise(value) > 15
        ):
            yield Found("url-credential", "medium", start, end)


def _credential_like(value: str) -> bool:
    return len(value) >= 6 and not shapes.is_truth(value) and (not value.isalpha() or surprise(value) > 0)


def _any(text: str, literals: tuple[str, ...]) -> bool:
    return any(map(text.__contains__, literals))


def header_credentials(text: str) -> Iterator[Found]:
    """``Basic`` and ``Bearer`` credentials of an Authorization header."""
    for match in _BASIC.finditer(text) if _any(text, _BASIC_WORDS) else ():
        plain = decoded_text(match[1])
        if plain and ":" in plain and _filled(plain.partition(":")[2]):
            yield Found("authorization-header", "high", *match.span(1))
    for match in _BEARER.finditer(text) if _any(text, _BEARER_WORDS) else ():
        token = match[1]
        if surprise(token) > 8 and _filled(token):
            yield Found("authorization-header", "high", *match.span(1))


def line_credentials(text: str) -> Iterator[Found]:
    """Credentials in the notations of single programs: Oracle, Go's MySQL driver, .pgpass lines, curl's ``-u``."""
    for pattern, group, literals in _LINE_NOTATIONS:
        if not _any(text, literals) or (pattern is _PGPASS and len(text) > _MOST_LINE):
            continue
        if pattern in (_CURL_USER, _NETRC):
            kind = "password"
        else:
            kind = "connection-string-password" if pattern is _PGPASS else "database-url-password"
        for match in pattern.finditer(text):
            if _filled(match[group]) and not (pattern is _PGPASS and shapes.HOST.fullmatch(match[group])):
                confidence: Confidence = "medium" if pattern is _PGPASS else "high"
                yield Found(kind, confidence, *match.span(group))


def user_and_password(value: str) -> bool:
    """Whether a whole value is ``user:password``: the second part filled, and neither a port nor a host."""
    match = _USER_PASSWORD.fullmatch(value)
    if match is None or not _filled(match[2]):
        return False
    second = match[2]
    if shapes.HOST.fullmatch(match[1]):
        return False
    return not second.isdigit() and not shapes.HOST.fullmatch(second)


def find_all(text: str) -> Iterator[Found]:
    """Every credential that the form of the text around it gives away."""
    if "://" in text or "jdbc:" in text:
        yield from url_credentials(text)
        yield from query_credentials(text)
        for match in _PATH_TOKEN.finditer(text) if "hook" in text or "/catch/" in text or "/i" in text else ():
            if surprise(match["token"]) > 30:
                yield Found("url-credential", "medium", *match.span("token"))
    yield from header_credentials(text)
    for match in _DATABASE_PASSWORD.finditer(text) if _any(text, _CLIENTS) else ():
        group = next(g for g in (1, 2, 3) if match[g] is not None)
        if _filled(match[group]) and not match[group].isdigit():
            yield Found("password", "medium", *match.span(group))
    yield from line_credentials(text)
