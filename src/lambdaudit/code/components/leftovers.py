"""Files that a package does not need and an attacker likes: tests, version control, settings of editors, keys."""

import re

from .found import Found
from .reach import owner_of
from .tree import Tree

_VENDORED = re.compile(
    r"(?:^|/)(?:node_modules|site-packages|dist-packages|vendor|gems)/|(?:^|/)[^/]+\.(?:dist-info|egg-info)/|^/opt/(?:python|nodejs|ruby|java|lib)/"
)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("version-control", re.compile(r"(?:^|/)\.(?:git|hg|svn)/")),
    ("environment file", re.compile(r"(?:^|/)\.env(?:\.(?!example|sample|template|dist)[\w-]+)?$")),
    ("editor or machine file", re.compile(r"(?:^|/)(?:\.idea|\.vscode|\.terraform|\.aws-sam|\.serverless)/"
        r"|(?:^|/)(?:\.DS_Store|Thumbs\.db|\.swp)$")),
    ("infrastructure state", re.compile(r"(?:^|/)(?:terraform\.tfstate(?:\.backup)?|[^/]+\.tfvars)$")),
    ("shell history or credentials", re.compile(r"(?:^|/)\.(?:bash_history|netrc|npmrc|pypirc|pgpass|git-credentials)$"
        r"|(?:^|/)\.aws/credentials$")),
    ("tests", re.compile(r"(?:^|/)(?:tests?|__tests__|spec)/(?:.*/)?[^/]+\.(?:py|js|mjs|cjs|ts|rb)$"
        r"|(?:^|/)(?:test_[^/]+\.py|[^/]+\.(?:test|spec)\.[jt]s)$")),
    ("build configuration", re.compile(
        r"(?:^|/)(?:Dockerfile|docker-compose\.ya?ml|Makefile|serverless\.ya?ml|samconfig\.toml|\.gitlab-ci\.yml|Jenkinsfile|tox\.ini|noxfile\.py)$"
        r"|(?:^|/)\.(?:github|circleci)/")),
)  # fmt: skip
_ANY = re.compile("|".join(pattern.pattern for _, pattern in _KINDS))
_ENDS = (
    "thumbs.db", "terraform.tfstate", ".backup", ".tfvars", "dockerfile", "docker-compose.yml", "docker-compose.yaml", "makefile",
    "serverless.yml", "serverless.yaml", "samconfig.toml", "jenkinsfile", "tox.ini", "noxfile.py", ".swp",
)  # fmt: skip
_KEY_ENDS = (".pem", ".key", ".p12", ".pfx", ".jks", ".ppk", ".keystore", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519")
_DEVELOPMENT = {
    "PyPI": {
        "pytest", "coverage", "mypy", "black", "flake8", "pylint", "moto", "tox", "ipython", "jupyter", "notebook", "ruff",
        "pre-commit",
        "hypothesis", "isort", "bandit", "ipdb", "sphinx", "twine",
    },
    "npm": {
        "jest", "mocha", "chai", "eslint", "typescript", "webpack", "prettier", "nodemon", "serverless", "aws-sdk-mock",
        "ts-node",
        "ts-jest", "nyc", "sinon", "esbuild", "rollup", "vitest", "serverless-offline", "@babel/core", "aws-cdk", "aws-cdk-lib",
    },
}  # fmt: skip
_KEY_NAME = re.compile(r"(?:^|/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|[^/]+\.(?:pem|key|p12|pfx|jks|ppk|keystore))$", re.IGNORECASE)
_KEY_TEXT = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----|PuTTY-User-Key-File-")
_BINARY_STORE = (".p12", ".pfx", ".jks", ".keystore")


def read_leftovers(tree: Tree, paths: tuple[str, ...], found: Found) -> None:
    """One fault for each kind of file that does not belong, and one for each private key."""
    seen: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        name = path.rpartition("/")[2].lower()
        if name.endswith(_KEY_ENDS) and _KEY_NAME.search(path):
            _key(tree, path, found)
        if not (name.endswith(_ENDS) or "/." in path or path[0] == "." or "test" in path or "spec" in path):
            continue
        if owner_of(found.owners, path) or not _ANY.search(path) or _VENDORED.search(path):
            continue
        for kind, pattern in _KINDS:
            if pattern.search(path):
                seen.setdefault((kind, tree.origin(path)), []).append(path)
                break
    for (kind, origin), files in sorted(seen.items()):
        shown = ", ".join(files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
        found.issue("development-files", files[0], origin, f"{kind}: {shown}")
    for component in list(found.components.values()):
        if component.name.lower() in _DEVELOPMENT.get(component.ecosystem, ()) and component.how == "metadata":
            if component.ecosystem == "npm" and component.direct is False:
                continue
            found.issue(
                "development-files", component.path, component.origin, f"development tool: {component.name} {component.version}"
            )


def _key(tree: Tree, path: str, found: Found) -> None:
    """A private key by its content; certificates have the same endings."""
    if path.lower().endswith(_BINARY_STORE):
        if (
            tree.size(path)
            and not re.search(r"(?:^|/)(?:cacerts|truststore)[^/]*$", path, re.IGNORECASE)
            and not _VENDORED.search(path)
        ):
            found.issue("private-key-file", path, tree.origin(path), "a key store", confidence="medium")
    elif _KEY_TEXT.search(tree.head(path, 16_384)):
        sure = (
            "low" if re.search(r"(?:^|/)tests?/|example|sample|fixture", path) else "medium" if _VENDORED.search(path) else "high"
        )
        found.issue("private-key-file", path, tree.origin(path), "a private key", confidence=sure)
