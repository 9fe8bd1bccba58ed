"""Files that a package does not need and an attacker likes: tests, version control, settings of editors, keys."""

import re

from .found import Found
from .reach import owner_of
from .tree import Tree

_VENDORED = re.compile(
    r"(?:^|/)(?:node_modules|site-packages|dist-packages|vendor|gems)/|(?:^|/)[^/]+\.(?:dist-info|egg-info)/|^/opt/(?:python|nodejs|ruby|java|lib)/"
)
_FOLDERS = {
    **dict.fromkeys((".git", ".hg", ".svn"), "version-control"),
    **dict.fromkeys((".idea", ".vscode", ".terraform", ".aws-sam", ".serverless"), "editor or machine file"),
    **dict.fromkeys((".github", ".circleci"), "build configuration"),
}
_NAMES = {
    **dict.fromkeys((".ds_store", "thumbs.db", ".swp"), "editor or machine file"),
    **dict.fromkeys(("terraform.tfstate", "terraform.tfstate.backup"), "infrastructure state"),
    **dict.fromkeys(
        (".bash_history", ".netrc", ".npmrc", ".pypirc", ".pgpass", ".git-credentials"), "shell history or credentials"
    ),
    **dict.fromkeys(
        ("dockerfile", "docker-compose.yml", "docker-compose.yaml", "makefile", "serverless.yml", "serverless.yaml",
         "samconfig.toml", ".gitlab-ci.yml", "jenkinsfile", "tox.ini", "noxfile.py"), "build configuration",
    ),
}  # fmt: skip
_SAMPLES = ("example", "sample", "template", "dist")
_TEST_FOLDERS = frozenset(("test", "tests", "__tests__", "spec"))
_SOURCES = (".py", ".js", ".mjs", ".cjs", ".ts", ".rb")
_TEST_ENDS = (".test.js", ".test.ts", ".spec.js", ".spec.ts")
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
        kind = _kind(path, name)
        if kind and not owner_of(found.owners, path) and not _VENDORED.search(path):
            seen.setdefault((kind, tree.origin(path)), []).append(path)
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


def _kind(path: str, name: str) -> str:
    """What sort of file that does not belong it is, by its path; `name` is its last part in lower case. Empty: none."""
    if name in _NAMES:
        return _NAMES[name]
    if name == ".env" or (name.startswith(".env.") and name[5:] not in _SAMPLES):
        return "environment file"
    if name.endswith(".tfvars"):
        return "infrastructure state"
    if "/." in path or path[0] == ".":
        folders = path.split("/")[:-1]
        kind = next((_FOLDERS[f] for f in folders if f in _FOLDERS), "")
        if kind or (name == "credentials" and ".aws" in folders):
            return kind or "shell history or credentials"
    if ("test" in path or "spec" in path) and name.endswith(_SOURCES):
        tests = name.startswith("test_") and name.endswith(".py")
        if tests or name.endswith(_TEST_ENDS) or not _TEST_FOLDERS.isdisjoint(path.split("/")[:-1]):
            return "tests"
    return ""


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
