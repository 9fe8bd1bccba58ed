"""JavaScript bundles: licence banners, comments of bundlers, manifests, source maps, and texts of well-known libraries."""

import base64
import binascii
import re
from collections.abc import Iterator

import msgspec

from .found import KIB, MIB, Found
from .tree import Tree

MOST = 48 * MIB
_MOST_PATHS = 200_000
_BANNER = re.compile(
    rb"/\*(?:!|\*)\s{0,4}(?:@license\b\s{0,4})?(?:\* ?)?\s{0,4}(?:@license\b\s{0,4})?(?:https?://\S{1,100}/)?((?:@[a-z0-9-]+/)?[A-Za-z][A-Za-z0-9._/-]{1,60}?)"
    rb"(?: (?:JavaScript Library|library))?,? (?:v|version |Version |@)?"
    rb"([0-9]+\.[0-9]+(?:\.[0-9]+)?(?:-[0-9A-Za-z.-]{1,20})?)(?=[\s|*,;(])"
)
_FEROSS = re.compile(rb"/\*! ([a-z0-9][a-z0-9._-]{1,60})\. (?:MIT|BSD|ISC|Apache)[^*]{0,120}\*/")
_DISPLAY = {
    "jquery": "jquery", "lodash": "lodash", "lo-dash": "lodash", "underscore.js": "underscore", "underscore": "underscore",
    "moment.js": "moment",
    "react": "react", "vue.js": "vue", "vue": "vue", "handlebars": "handlebars", "bootstrap": "bootstrap", "angularjs": "angular",
    "mustache.js": "mustache", "axios": "axios", "d3": "d3", "dompurify": "dompurify", "js-yaml": "js-yaml",
    "showdown": "showdown",
    "marked": "marked", "validator.js": "validator", "big.js": "big.js", "bignumber.js": "bignumber.js",
    "decimal.js": "decimal.js", "sjcl": "sjcl",
    "highlight.js": "highlight.js", "pako": "pako", "he": "he", "punycode": "punycode", "fast-json-patch": "fast-json-patch",
    "async": "async",
    "crypto-js": "crypto-js", "jszip": "jszip", "xlsx.js": "xlsx", "ejs": "ejs", "backbone.js": "backbone",
    "knockout": "knockout",
    "ajv": "ajv", "uri.js": "urijs", "mathjs": "mathjs", "long.js": "long", "protobuf.js": "protobufjs",
    "forge": "node-forge", "qs": "qs",
    "chart.js": "chart.js", "select2": "select2", "tinymce": "tinymce", "ckeditor": "ckeditor", "cookie": "cookie",
    "mime-db": "mime-db",
}  # fmt: skip
"""npm name by the name in a banner, lower case. Names that are not here count as they are, if npm could have them."""
_MODULE = re.compile(r"node_modules/(?:\.pnpm/(?:[^/\"']+?)/node_modules/)?((?:@[a-z0-9._~-]+/)?[a-z0-9][A-Za-z0-9._~-]*)/")
_PNPM = re.compile(r"node_modules/\.pnpm/((?:@[a-z0-9._~-]+\+)?[a-z0-9][A-Za-z0-9._~-]*)@([0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.-]*)")
_YARN = re.compile(r"/((?:@[a-z0-9._~-]+-)?[a-z0-9][A-Za-z0-9._~-]*)-npm-([0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.-]*?)-[0-9a-f]{10}")
_PATH = re.compile(rb"node_modules/[^\s\"'*`?]{2,400}")
_BEFORE = re.compile(rb"(?:// ?|/\* ?|[\"'`])[^\s\"'`|]*\Z")
"""A path that a bundler writes stands at the beginning of a comment or a text."""
_MANIFEST = re.compile(
    rb"name[\"']?\s*:\s*[\"']((?:@[a-z0-9._~-]+/)?[a-z0-9][a-z0-9._~-]*)[\"']\s*,\s*"
    rb"(?:[\"']?description[\"']?\s*:\s*\"[^\"\n]{0,300}\"\s*,\s*)?"
    rb"[\"']?version[\"']?\s*:\s*[\"']([0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]{0,30})[\"']"
)
_KNOWN: tuple[tuple[str, bytes, re.Pattern[bytes]], ...] = tuple(
    (name, mark, re.compile(pattern))
    for name, mark, pattern in (
        ("lodash", b"__lodash_hash_undefined__", rb"VERSION\s*=\s*[\"'](4\.[0-9]+\.[0-9]+)[\"']|[\"'](4\.17\.[0-9]+)[\"']"),
        ("moment", b"_isAMomentObject", rb"[\"'](2\.(?:[0-9]|1[0-9]|2[0-9]|3[0-9])\.[0-9])[\"']"),
        ("axios", b"isAxiosError", rb"(?:VERSION\s*=\s*|version[\"']?\s*:\s*|axios/)[\"']?([01]\.[0-9]+\.[0-9]+)"),
        ("aws-sdk", b"aws-sdk-nodejs", rb"VERSION\s*:\s*[\"'](2\.[0-9]+\.[0-9]+)[\"']"),
        ("handlebars", b"COMPILER_REVISION", rb"VERSION\s*=\s*[\"']([1-4]\.[0-9]+\.[0-9]+)[\"']"),
        ("ejs", b"_JS_ESCAPE", rb"VERSION\s*=\s*[\"']([0-9]+\.[0-9]+\.[0-9]+)[\"']"),
        ("jquery", b"jQuery requires a window", rb"jQuery(?: JavaScript Library)? v([0-9]+\.[0-9]+\.[0-9]+)"),
    )
)
"""npm name, a text that only this library has, and how its version reads."""
_NAMELESS: tuple[tuple[str, bytes], ...] = (
    ("node-serialize", b"_$$ND_FUNC$$_"), ("express", b"app.use() requires a middleware function"),
    ("jsonwebtoken", b"secretOrPrivateKey must have a value"), ("follow-redirects", b"ERR_FR_TOO_MANY_REDIRECTS"),
    ("body-parser", b"entity.parse.failed"), ("pg", b"Client has already been connected. You cannot reuse a client."),
    ("semver", b"Invalid comparator: "), ("js-yaml", b"YAMLException"), ("mongodb", b"MongoServerSelectionError"),
    ("mysql", b"PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR"), ("request", b"options.uri is a required argument"),
    ("node-fetch", b"body used already for: "), ("tough-cookie", b"Cookie not in this host's domain"),
    ("marked", b"github.com/markedjs/marked"), ("knex", b"Knex: Timeout acquiring a connection"),
    ("sequelize", b"SequelizeBaseError"),
    ("mongoose", b"MongooseError"), ("ws", b"WebSocket was closed before the connection was established"),
    ("adm-zip", b"Invalid or unsupported zip format. No END header found"), ("undici", b"UND_ERR_"),
    ("graphql", b"one instance of \"graphql\""), ("uuid", b"See https://github.com/uuidjs/uuid#getrandomvalues-not-supported"),
    ("jsonpath-plus", b"JSONPath.nodeVMSelector"),
)  # fmt: skip
"""npm name and a text that only this library has, of libraries whose version does not stand in their code."""


class _Map(msgspec.Struct):
    sources: list[str | None] = []
    contents: list[str | None] = msgspec.field(name="sourcesContent", default=[])
    sections: list["_Section"] = []


class _Section(msgspec.Struct):
    map: _Map


_DECODER = msgspec.json.Decoder(_Map)


def read_bundle(tree: Tree, path: str, found: Found) -> None:
    """One script that may be a bundle: everything that names packages in it."""
    data = tree.read(path, MOST)
    if data is None:
        found.limit(f"{path}: cannot be read, or is larger than {MOST // MIB} MiB")
        return
    origin = tree.origin(path)
    seen: dict[str, str] = {}
    for name, version, how in _told(data):
        if version or name not in seen:
            seen[name] = version
            found.add("npm", name, version, path, origin, how=how)
    for name in sorted(_commented(data) - set(seen)):
        found.add("npm", name, "", path, origin, how="bundle comment")
    mark = data.rfind(b"sourceMappingURL=data:application/json")
    if mark >= 0:
        start = data.find(b"base64,", mark, mark + 200)
        if start >= 0:
            _inline(data[start + 7 :], path, origin, found)


def _told(data: bytes) -> Iterator[tuple[str, str, str]]:
    """(name, version, how), the surest first."""
    for match in _MANIFEST.finditer(data):
        yield match[1].decode(), match[2].decode(), "bundle metadata"
    if b"/*!" in data or b"@license" in data or b"/**" in data:
        for match in _BANNER.finditer(data):
            name = npm_name(match[1].decode())
            if name:
                yield name, match[2].decode(), "banner"
        for match in _FEROSS.finditer(data):
            yield match[1].decode(), "", "banner"
    for name, mark, pattern in _KNOWN:
        at = data.find(mark)
        if at >= 0:
            near = pattern.search(data, max(0, at - 600 * KIB), at + 600 * KIB)
            yield name, next((g.decode() for g in near.groups() if g), "") if near else "", "content"
    for name, mark in _NAMELESS:
        if mark in data:
            yield name, "", "content"


def npm_name(text: str) -> str:
    """The npm name behind the name in a banner; empty when it is hardly the name of a package."""
    lower = text.lower()
    if lower in _DISPLAY:
        return _DISPLAY[lower]
    if text != lower or lower in (
        "version",
        "copyright",
        "license",
        "released",
        "mit",
        "build",
        "date",
        "file",
        "es",
        "typescript",
    ):
        return ""
    return (
        lower
        if re.fullmatch(r"(?:@[a-z0-9-]+/)?[a-z0-9][a-z0-9._-]{2,60}", lower) and not lower.endswith((".css", ".map"))
        else ""
    )


def _commented(data: bytes) -> set[str]:
    """Packages that comments and keys of bundlers name by path."""
    if b"node_modules/" not in data:
        return set()
    names: set[str] = set()
    for number, match in enumerate(_PATH.finditer(data)):
        if number >= _MOST_PATHS:
            break
        module = last_module(match[0].decode("utf-8", "replace"))
        if module and module not in names and _BEFORE.search(data, max(0, match.start() - 200), match.start()):
            names.add(module)
    return names


def last_module(path: str) -> str:
    """The innermost package in a path below node_modules; empty when there is none."""
    found = _MODULE.findall(path)
    return found[-1] if found and found[-1] not in (".bin", ".cache") else ""


def _inline(encoded: bytes, path: str, origin: str, found: Found) -> None:
    try:
        _sources(base64.b64decode(encoded.split(None, 1)[0] if encoded.strip() else b""), path, origin, found)
    except binascii.Error:
        found.limit(f"{path}: its source map is damaged")


def read_map(tree: Tree, path: str, found: Found) -> None:
    """A source map beside a bundle."""
    data = tree.read(path, MOST)
    if data is None:
        found.limit(f"{path}: cannot be read, or is larger than {MOST // MIB} MiB")
    else:
        _sources(data, path, tree.origin(path), found)


def _sources(data: bytes, path: str, origin: str, found: Found) -> None:
    """The packages whose files a source map names, with versions as far as paths or contents give them."""
    try:
        document = _DECODER.decode(data.removeprefix(b")]}'\n"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found.limit(f"{path}: it is no source map")
        return
    versions: dict[str, str] = {}
    for part in (document, *(s.map for s in document.sections[:1000])):
        for number, source in enumerate(part.sources):
            name = last_module(source) if source else ""
            if not source or not name:
                continue
            content = part.contents[number] if number < len(part.contents) else None
            version = _version_of(source, name, content)
            if version or name not in versions:
                versions[name] = version
    for name, version in sorted(versions.items()):
        found.add("npm", name, version, path, origin, how="source map")


def _version_of(source: str, name: str, content: str | None) -> str:
    for pattern in (_PNPM, _YARN):
        for other, version in reversed(pattern.findall(source)):
            if other.replace("+", "/") == name or (pattern is _YARN and other == name.replace("/", "-")):
                return str(version)
    if content and source.endswith("/package.json"):
        stated = _MANIFEST.search(content.encode("utf-8", "replace"))
        if stated and stated[1].decode() == name:
            return stated[2].decode()
    if content:
        for known, mark, stated_as in _KNOWN:
            if known == name and mark.decode("latin-1") in content:
                hit = stated_as.search(content.encode("utf-8", "replace"))
                if hit:
                    return next((g.decode() for g in hit.groups() if g), "")
        head = content[: 2 * KIB].encode("utf-8", "replace")
        banner = _BANNER.search(head)
        if banner and npm_name(banner[1].decode()) == name:
            return banner[2].decode()
    return ""
