"""Java: what is in a jar, by Maven's own files, the manifest, and the name of the file."""

import posixpath
import re

from .found import KIB, MIB, Found
from .tree import Tree

POM = re.compile(r"(?:.*[/!])?META-INF/maven/([^/]+)/([^/]+)/pom\.properties$")
POM_XML = re.compile(r"(?:.*[/!])?META-INF/maven/([^/]+)/([^/]+)/pom\.xml$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PARENT = re.compile(r"<parent>.*?</parent>", re.DOTALL)
_PARTS = re.compile(r"<(?:dependencies|dependencyManagement|build|profiles|properties|modules)>")
_VERSION = re.compile(r"<version>\s*([0-9][^<>${}\s]{0,80})\s*</version>")
_NAMED = re.compile(
    r"(.+?)-([0-9][0-9A-Za-z.+_]*(?:-(?:[0-9A-Za-z.]+))*?)(?:-(?:all|shaded|jre8|android|native|linux-x86_64|linux-aarch_64))?"
)
_GROUPS = {
    "log4j-core": "org.apache.logging.log4j", "log4j-api": "org.apache.logging.log4j", "log4j": "log4j",
    "jackson-databind": "com.fasterxml.jackson.core", "jackson-core": "com.fasterxml.jackson.core",
    "jackson-annotations": "com.fasterxml.jackson.core", "commons-collections": "commons-collections",
    "commons-collections4": "org.apache.commons", "commons-text": "org.apache.commons", "commons-lang3": "org.apache.commons",
    "commons-io": "commons-io", "commons-codec": "commons-codec", "commons-logging": "commons-logging",
    "commons-beanutils": "commons-beanutils", "commons-fileupload": "commons-fileupload",
    "commons-compress": "org.apache.commons",
    "snakeyaml": "org.yaml", "gson": "com.google.code.gson", "guava": "com.google.guava", "xstream": "com.thoughtworks.xstream",
    "fastjson": "com.alibaba", "h2": "com.h2database", "postgresql": "org.postgresql", "mysql-connector-java": "mysql",
    "httpclient": "org.apache.httpcomponents", "httpcore": "org.apache.httpcomponents", "okhttp": "com.squareup.okhttp3",
    "logback-classic": "ch.qos.logback", "logback-core": "ch.qos.logback", "slf4j-api": "org.slf4j", "joda-time": "joda-time",
    "spring-core": "org.springframework", "spring-web": "org.springframework", "spring-webmvc": "org.springframework",
    "spring-beans": "org.springframework", "spring-context": "org.springframework", "protobuf-java": "com.google.protobuf",
    "aws-lambda-java-core": "com.amazonaws", "aws-lambda-java-events": "com.amazonaws", "aws-java-sdk-core": "com.amazonaws",
    "ion-java": "com.amazon.ion", "dom4j": "org.dom4j", "jsoup": "org.jsoup", "kotlin-stdlib": "org.jetbrains.kotlin",
    "netty-all": "io.netty", "netty-handler": "io.netty", "netty-codec-http": "io.netty", "netty-codec-http2": "io.netty",
    "bcprov-jdk15on": "org.bouncycastle", "bcprov-jdk18on": "org.bouncycastle", "poi": "org.apache.poi",
}  # fmt: skip
"""Group ids of artifacts that are often shipped without Maven's files."""


def read_pom(tree: Tree, path: str, found: Found) -> None:
    """A pom.properties file: Maven writes it into every jar, and a jar of jars keeps those of all its parts."""
    data = tree.read(path, 64 * KIB)
    values = _properties(data or b"")
    place = POM.fullmatch(path)
    assert place, path
    group, artifact = values.get("groupId") or place[1], values.get("artifactId") or place[2]
    version = values.get("version", "")
    if not version or "${" in version:
        found.limit(f"{path}: it states no version")
        return
    identity = found.add("Maven", f"{group}:{artifact}", version, path, tree.origin(path))
    if "!/" in path:
        found.owners.setdefault(path.rpartition("!/")[0], identity)


def read_pom_xml(tree: Tree, path: str, found: Found) -> None:
    """The pom.xml in a jar, for jars that keep no pom.properties beside it: its folders name group and artifact."""
    place = POM_XML.fullmatch(path)
    assert place, path
    if tree.size(f"{path.removesuffix('xml')}properties"):
        return
    text = _COMMENT.sub("", (tree.read(path, MIB) or b"").decode("utf-8", "replace"))
    parent = _PARENT.search(text)
    own = _VERSION.search(_PARTS.split(_PARENT.sub("", text, count=1), maxsplit=1)[0]) or (parent and _VERSION.search(parent[0]))
    if not own:
        found.limit(f"{path}: it states no version")
        return
    identity = found.add("Maven", f"{place[1]}:{place[2]}", own[1], path, tree.origin(path))
    if "!/" in path:
        found.owners.setdefault(path.rpartition("!/")[0], identity)


def read_jar(tree: Tree, jar: str, inside: Tree, found: Found) -> None:
    """A jar without Maven's files: its manifest, else its name."""
    paths = inside.files()
    prefix = f"{jar}!/"
    if any((POM.fullmatch(p) or POM_XML.fullmatch(p)) and "!/" not in p[len(prefix) :] for p in paths):
        return
    main = _manifest(inside.read(f"{prefix}META-INF/MANIFEST.MF", 256 * KIB) or b"")
    stem = posixpath.basename(jar).removesuffix(".jar")
    named = _NAMED.fullmatch(stem)
    artifact, version = (named[1], named[2]) if named else (stem, "")
    stated = main.get("Implementation-Version") or main.get("Bundle-Version") or main.get("Specification-Version", "")
    bundle = main.get("Bundle-SymbolicName", "").partition(";")[0]
    group = main.get("Implementation-Vendor-Id") or _GROUPS.get(artifact, "") or _group_of(bundle, artifact)
    version = version or stated.partition(" ")[0]
    if not version:
        return
    origin = tree.origin(jar)
    how = "metadata" if group and stated.startswith(version) else "file name"
    identity = found.add("Maven", f"{group}:{artifact}" if group else artifact, version, jar, origin, how=how)
    found.owners.setdefault(jar, identity)


def _group_of(bundle: str, artifact: str) -> str:
    """``com.fasterxml.jackson.core.jackson-databind`` names group and artifact."""
    return bundle.removesuffix(f".{artifact}") if bundle.endswith(f".{artifact}") else ""


def _properties(data: bytes) -> dict[str, str]:
    rows = (line.partition("=") for line in data.decode("latin-1").splitlines() if not line.startswith(("#", "!")))
    return {name.strip(): value.strip() for name, sign, value in rows if sign}


def _manifest(data: bytes) -> dict[str, str]:
    """The main section of a jar's manifest; lines that begin with a blank go on from the one before."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\n ", "")
    rows = (line.partition(":") for line in text.partition("\n\n")[0].split("\n"))
    return {name.strip(): value.strip() for name, sign, value in rows if sign}
