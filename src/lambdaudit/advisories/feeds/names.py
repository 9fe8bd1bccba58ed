"""Which package is meant: package URLs, GitHub's ecosystems, addresses of registries, CPE names, vendors and products.

A CPE names a product, not a package. It counts as one only where the National Vulnerability Database ties the two together (the
`target_sw` of a package manager's world) or where this table has the pair, checked one by one; elsewhere a package of that name
may be something else, and that is what is said.
"""

import re
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

_PURL_TYPES: Final = {
    "pypi": "PyPI", "npm": "npm", "maven": "Maven", "golang": "Go", "gem": "RubyGems", "nuget": "NuGet", "composer": "Packagist",
    "cargo": "crates.io", "hex": "Hex", "pub": "Pub",
}  # fmt: skip
_DISTRIBUTIONS: Final = {
    "debian": "Debian", "ubuntu": "Ubuntu", "alpine": "Alpine", "wolfi": "Wolfi", "chainguard": "Chainguard", "redhat": "Red Hat",
    "almalinux": "AlmaLinux", "rocky-linux": "Rocky Linux", "rocky": "Rocky Linux", "amzn": "Amazon Linux",
    "amazon": "Amazon Linux", "opensuse": "openSUSE", "suse": "SUSE",
}  # fmt: skip
_GITHUB: Final = {
    "pip": "PyPI", "npm": "npm", "maven": "Maven", "go": "Go", "rubygems": "RubyGems", "nuget": "NuGet", "composer": "Packagist",
    "rust": "crates.io", "erlang": "Hex", "pub": "Pub",
}  # fmt: skip
_REGISTRIES: Final = {
    "pypi.org": "PyPI", "pypi.python.org": "PyPI", "registry.npmjs.org": "npm", "npmjs.com": "npm", "www.npmjs.com": "npm",
    "repo.maven.apache.org": "Maven", "repo1.maven.org": "Maven", "central.sonatype.com": "Maven", "mvnrepository.com": "Maven",
    "search.maven.org": "Maven", "pkg.go.dev": "Go", "proxy.golang.org": "Go", "rubygems.org": "RubyGems",
    "www.nuget.org": "NuGet", "nuget.org": "NuGet", "api.nuget.org": "NuGet", "packagist.org": "Packagist",
    "repo.packagist.org": "Packagist", "crates.io": "crates.io", "hex.pm": "Hex", "pub.dev": "Pub",
}  # fmt: skip
_TARGETS: Final = {"node.js": "npm", "python": "PyPI", "ruby": "RubyGems", "rust": "crates.io"}
_PRODUCTS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("apache", "log4j"): ("Maven", "org.apache.logging.log4j:log4j-core"),
    ("apache", "log4j2"): ("Maven", "org.apache.logging.log4j:log4j-core"),
    ("apache_software_foundation", "apache_log4j2"): ("Maven", "org.apache.logging.log4j:log4j-core"),
    ("apache", "commons_text"): ("Maven", "org.apache.commons:commons-text"),
    ("fasterxml", "jackson-databind"): ("Maven", "com.fasterxml.jackson.core:jackson-databind"),
    ("snakeyaml_project", "snakeyaml"): ("Maven", "org.yaml:snakeyaml"),
    ("google", "gson"): ("Maven", "com.google.code.gson:gson"),
    ("axios", "axios"): ("npm", "axios"),
    ("expressjs", "express"): ("npm", "express"),
    ("lodash", "lodash"): ("npm", "lodash"),
    ("aio-libs", "aiohttp"): ("PyPI", "aiohttp"),
    ("aiohttp", "aiohttp"): ("PyPI", "aiohttp"),
    ("certifi", "certifi"): ("PyPI", "certifi"),
    ("cryptography.io", "cryptography"): ("PyPI", "cryptography"),
    ("djangoproject", "django"): ("PyPI", "Django"),
    ("encode", "starlette"): ("PyPI", "starlette"),
    ("jpadilla", "pyjwt"): ("PyPI", "PyJWT"),
    ("lxml", "lxml"): ("PyPI", "lxml"),
    ("pallets", "flask"): ("PyPI", "Flask"),
    ("pallets", "jinja"): ("PyPI", "Jinja2"),
    ("pallets", "werkzeug"): ("PyPI", "Werkzeug"),
    ("palletsprojects", "flask"): ("PyPI", "Flask"),
    ("palletsprojects", "jinja"): ("PyPI", "Jinja2"),
    ("palletsprojects", "werkzeug"): ("PyPI", "Werkzeug"),
    ("psf", "requests"): ("PyPI", "requests"),
    ("pyca", "cryptography"): ("PyPI", "cryptography"),
    ("pyjwt_project", "pyjwt"): ("PyPI", "PyJWT"),
    ("python", "pillow"): ("PyPI", "Pillow"),
    ("python", "requests"): ("PyPI", "requests"),
    ("python", "setuptools"): ("PyPI", "setuptools"),
    ("python", "urllib3"): ("PyPI", "urllib3"),
    ("urllib3", "urllib3"): ("PyPI", "urllib3"),
    ("pyyaml", "pyyaml"): ("PyPI", "PyYAML"),
    ("newtonsoft", "json.net"): ("NuGet", "Newtonsoft.Json"),
    ("nokogiri", "nokogiri"): ("RubyGems", "nokogiri"),
    ("rack", "rack"): ("RubyGems", "rack"),
    ("golang", "go"): ("Go", "stdlib"),
}
"""(vendor, product) of CPE names and CVE records (GitHub writes owner and repository) whose versions are those of one package."""
_SPLIT: Final = re.compile(r"(?<!\\):")


class Package(NamedTuple):
    """A package of an ecosystem (OSV's name), with a version where one is named."""

    ecosystem: str
    name: str
    version: str = ""


class Cpe(NamedTuple):
    """The parts of a CPE name that matter here: `part` is ``a``, ``o`` or ``h``, ``*`` any value, ``-`` none."""

    part: str
    vendor: str
    product: str
    version: str = "*"
    update: str = "*"
    target: str = "*"

    @property
    def package(self) -> Package | None:
        """The one package whose versions it speaks of; None where that is not certain."""
        return package_of(self.vendor, self.product) or (
            Package(_TARGETS[self.target], self.product) if self.part == "a" and self.target in _TARGETS else None
        )


def package_of(vendor: str, product: str) -> Package | None:
    """The one package that a vendor's product is, where that is certain."""
    found = _PRODUCTS.get((vendor.lower().replace(" ", "_"), product.lower().replace(" ", "_")))
    return Package(*found) if found else None


def read_cpe(text: Any) -> Cpe | None:
    """A CPE name, in the form of version 2.3 or the URI of 2.2; None for anything else."""
    if not isinstance(text, str) or len(text) > 1_000:
        return None
    if text.startswith("cpe:2.3:"):
        parts = [re.sub(r"\\(.)", r"\1", part) for part in _SPLIT.split(text)[2:]]
    elif text.startswith("cpe:/"):
        parts = [unquote(part) or "*" for part in text[5:].split(":")]
        parts[5:] = []
    else:
        return None
    parts = [part.lower() for part in parts] + ["*"] * (11 - len(parts))
    if parts[0] not in ("a", "o", "h") or parts[2] in ("*", "-", ""):
        return None
    return Cpe(parts[0], parts[1], parts[2], parts[3], parts[4], parts[8])


def read_purl(text: Any) -> Package | None:
    """The package that a package URL names, as OSV spells it; None for what is none, or of an unknown ecosystem."""
    from packageurl import PackageURL

    if not isinstance(text, str) or len(text) > 1_000:
        return None
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return None
    namespace, version = purl.namespace or "", purl.version or ""
    if purl.type in ("deb", "rpm", "apk"):
        ecosystem = _DISTRIBUTIONS.get(namespace.lower(), "")
        return Package(ecosystem, purl.name, version) if ecosystem else None
    ecosystem = _PURL_TYPES.get(purl.type, "")
    joint = ":" if ecosystem == "Maven" else "/"
    return Package(ecosystem, f"{namespace}{joint}{purl.name}" if namespace else purl.name, version) if ecosystem else None


def github_ecosystem(word: Any) -> str:
    """OSV's name for an ecosystem of GitHub's advisories; empty for one that has no packages here."""
    return _GITHUB.get(word.lower(), "") if isinstance(word, str) else ""


def registry_ecosystem(url: Any) -> str:
    """The ecosystem of a registry's address; empty for any other address."""
    try:
        host = urlsplit(url).hostname if isinstance(url, str) and len(url) <= 2_000 else None
    except ValueError:
        return ""
    return _REGISTRIES.get(host or "", "")
