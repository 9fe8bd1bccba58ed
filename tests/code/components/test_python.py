"""Python packages: metadata, eggs, lock files, and packages that lie there without any manifest."""

import pytest

from lambdaudit.code.components import owner_of
from lambdaudit.code.components.python import version_in
from tests.code.zips import zipped

from .bag import listed, read

META = "Metadata-Version: 2.1\nName: {}\nVersion: {}\nLicense-Expression: MIT\n\nName: not-this\nVersion: 9\n"


def installed(root: str, name: str, version: str, record: str = "") -> dict[str, bytes | str]:
    folder = f"{root}{name.replace('-', '_')}-{version}.dist-info"
    return {f"{folder}/METADATA": META.format(name, version), f"{folder}/RECORD": record}


def test_installed_distributions_in_package_and_layer() -> None:
    files = installed("/var/task/", "requests", "2.28.2", "requests/__init__.py,sha256=x,1\nsix.py,,\n") | installed(
        "/opt/python/lib/python3.12/site-packages/", "urllib3", "1.26.14"
    )
    files["/var/task/requests-2.28.2.dist-info/REQUESTED"] = ""
    found = read(files)
    one, two = found.components
    assert (one.purl, one.how, one.licence, one.direct) == ("pkg:pypi/requests@2.28.2", "metadata", "MIT", True)
    assert (two.purl, two.direct) == ("pkg:pypi/urllib3@1.26.14", None)
    assert owner_of(found.owners, "/var/task/requests/adapters/x.py") == one.purl
    assert owner_of(found.owners, "/var/task/six.py") == one.purl
    assert owner_of(found.owners, "/var/task/app.py") == ""


def test_eggs_and_wheels() -> None:
    files: dict[str, bytes | str] = {
        "old-1.0.egg-info": META.format("old", "1.0"),
        "eggs/old2.egg-info/PKG-INFO": META.format("old2", "2.0"),
        "lib/inner.whl": zipped({"inner-3.0.dist-info/METADATA": META.format("inner", "3.0")}),
        "lib/packed.egg": zipped({"EGG-INFO/PKG-INFO": META.format("packed", "4.0")}),
    }
    assert listed(files) == {("old", "1.0"), ("old2", "2.0"), ("inner", "3.0"), ("packed", "4.0")}


def test_a_package_without_any_manifest_gives_its_list() -> None:
    files: dict[str, bytes | str] = {
        "app.py": "import yaml\n",
        "yaml/__init__.py": "from .error import *\n__version__ = '3.13'\n",
        "requests/__init__.py": "from .__version__ import __version__\n",
        "requests/__version__.py": '__title__ = "requests"\n__version__ = "2.28.2"\n',
        "urllib3/_version.py": '# This file is protected via CODEOWNERS\n__version__ = "1.26.14"\n',
        "idna/package_data.py": "__version__ = '3.4'\n",
        "certifi/__init__.py": 'from .core import contents, where\n\n__all__ = ["contents"]\n__version__ = "2022.12.07"\n',
        "django/__init__.py": 'VERSION = (3, 2, 1, "final", 0)\n',
        "six.py": '__author__ = "x"\n__version__ = "1.16.0"\n',
        "attr/__init__.py": "__version__: str = '21.4.0'\n",
        "helpers/__init__.py": '__version__ = "1.0"\n',
    }
    assert listed(files) == {
        ("PyYAML", "3.13"), ("requests", "2.28.2"), ("urllib3", "1.26.14"), ("idna", "3.4"), ("certifi", "2022.12.07"),
        ("Django", "3.2.1"), ("six", "1.16.0"), ("attrs", "21.4.0"),
    }  # fmt: skip
    assert {c.how for c in read(files).components} == {"content"}


def test_metadata_wins_over_content_and_copies_inside_other_packages_count() -> None:
    files = installed("", "requests", "2.31.0", "requests/__init__.py,,\n") | {
        "requests/__version__.py": '__version__ = "2.31.0"\n',
        "pip/_vendor/requests/__version__.py": '__version__ = "2.20.0"\n',
    }
    rows = {(c.version, c.how, c.path) for c in read(files).components}
    assert rows == {
        ("2.31.0", "metadata", "requests-2.31.0.dist-info/METADATA"),
        ("2.20.0", "content", "pip/_vendor/requests/__version__.py"),
    }


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('__version__ = "1.2.3"', "1.2.3"), ("VERSION = '1.0'", "1.0"), ("__version__ = version = '0.9.1'", "0.9.1"),
        ("version_info = (4, 0, 2)", "4.0.2"), ('VERSION = (2, 0, 0, "rc", 1)', "2.0.0rc1"), ('    __version__ = "1.5"', "1.5"),
        ("__version__ = get_version()", ""), ("api_version = '1.0'", ""), ("# __version__ = '1'", ""), ("", ""),
    ],
)  # fmt: skip
def test_versions_in_text(text: str, version: str) -> None:
    assert version_in(f"import x\n{text}\n") == version


def test_lock_files_are_declared_not_installed() -> None:
    files = installed("", "requests", "2.31.0") | {
        "requirements.txt": "requests==2.31.0 --hash=sha256:aa\nflask==2.0.1 ; python_version > '3'  # web\nopen>=1\n-r other.txt\n",  # noqa: E501
        "Pipfile.lock": '{"default": {"boto3": {"version": "==1.26.0"}}, "develop": {"pytest": {"version": "==7"}}}',
        "poetry.lock": '[[package]]\nname = "rich"\nversion = "13.0"\n',
        "uv.lock": 'version = 1\n[[package]]\nname = "own"\nversion = "0.1"\nsource = { virtual = "." }\n'
        '[[package]]\nname = "click"\nversion = "8.1"\nsource = { registry = "x" }\n',
        "pylock.toml": 'lock-version = "1.0"\n[[packages]]\nname = "idna"\nversion = "3.4"\n',
    }
    found = read(files)
    assert {(c.name, c.version) for c in found.components} == {("requests", "2.31.0")}
    assert {(c.name, c.version) for c in found.declared} == {
        ("flask", "2.0.1"), ("boto3", "1.26.0"), ("rich", "13.0"), ("click", "8.1"), ("idna", "3.4"),
    }  # fmt: skip
    assert {c.how for c in found.declared} == {"lock file"}


def test_damaged_metadata_is_told() -> None:
    found = read(
        {"x-1.dist-info/METADATA": "no header", "y-1.dist-info/METADATA": "Name: a b\nVersion: 1\n", "poetry.lock": "[["}
    )
    assert not found.components
    assert [t.partition(":")[0] for t in found.limits] == ["poetry.lock", "x-1.dist-info/METADATA", "y-1.dist-info/METADATA"]


def test_an_own_package_with_the_name_of_a_library_is_not_the_library() -> None:
    own = {"/var/task/app.py": "import validators", "/var/task/validators/__init__.py": "def ok(x): return x\n"}
    library = {f"/var/task/flask/{name}.py": "x = 1\n" for name in ("__init__", "app", "cli", "ctx", "json", "views", "wrappers")}
    assert listed(own) == set()
    assert listed(own | library) == {("Flask", "")}


def test_a_distribution_that_lists_no_files_owns_what_is_called_like_it() -> None:
    found = read(
        {"/var/task/urllib3-1.25.3.dist-info/METADATA": META.format("urllib3", "1.25.3"), "/var/task/urllib3/__init__.py": ""}
    )
    assert [(c.name, c.version) for c in found.components] == [("urllib3", "1.25.3")]
    assert owner_of(found.owners, "/var/task/urllib3/x.py") == "pkg:pypi/urllib3@1.25.3"


@pytest.mark.parametrize(
    ("path", "text", "rows"),
    [
        ("requirements.txt", "requests==2.19.0 --hash=sha256:abc\nflask==1.0 \\\n  --hash=sha256:x\n"
         "rich==13.*\nb[c]==2;python_version<'4'\n",
         {("requests", "2.19.0"), ("flask", "1.0"), ("b", "2")}),
        ("requirements/base.txt", "urllib3==1.25.3\n", {("urllib3", "1.25.3")}),
        ("requirements-dev.txt", "pytest==7.0\n", set()),
        ("poetry.lock", '[[package]]\nname = "a"\nversion = "1"\ncategory = "dev"\n[[package]]\nname = "b"\nversion = "2"\n'
         'groups = ["main", "dev"]\n[[package]]\nname = "c"\nversion = "3"\ngroups = ["dev"]\n', {("b", "2")}),
        ("yarn.lock", '# yarn lockfile v1\n\nother@npm:minimist@1.2.0:\n  version "1.2.0"\n'
         '\n"@x/o@npm:@babel/core@^7":\n  version "7.20.0"\n\nlodash@^4, lodash@^4.17.0:\n  version "4.17.15"\n',
         {("minimist", "1.2.0"), ("@babel/core", "7.20.0"), ("lodash", "4.17.15")}),
        ("pnpm-lock.yaml", "lockfileVersion: '6.0'\n"
         "packages:\n\n  /axios@0.21.1:\n    resolution: {integrity: a}\n    dev: false\n"
         "\n  /@babel/core@7.20.0(x@8.1.1):\n    resolution: {integrity: b}\n    dev: true\n", {("axios", "0.21.1")}),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n\n  '@a/b@1.0.0':\n    resolution: {integrity: a}\n\n"
         "  c@2.0.0:\n    resolution: {integrity: b}\n\nsnapshots:\n\n  c@2.0.0(d@1.0.0): {}\n",
         {("@a/b", "1.0.0"), ("c", "2.0.0")}),
        ("go.mod", "module m\n\ngo 1.20\n\nrequire (\n\tgithub.com/a/b v1.30.0\n\tgolang.org/x/text v0.3.0 // indirect\n"
         "\tx.io/y v1.0.0\n)\nrequire github.com/c/d v1.0.0\nreplace x.io/y => x.io/z v1.1.1\n"
         "replace github.com/c/d v9.9.9 => github.com/e/f v1.0.0\n",
         {("github.com/a/b", "v1.30.0"), ("golang.org/x/text", "v0.3.0"), ("x.io/z", "v1.1.1"), ("github.com/c/d", "v1.0.0")}),
        ("gradle.lockfile", "# x\ncom.google.guava:guava:28.0-jre=compileClasspath,runtimeClasspath\n"
         "junit:junit:4.12=testRuntimeClasspath\nempty=\n",
         {("com.google.guava:guava", "28.0-jre")}),
    ],
)  # fmt: skip
def test_lock_files_name_what_a_deployment_takes(path: str, text: str, rows: set[tuple[str, str]]) -> None:
    assert {(c.name, c.version) for c in read({f"/var/task/{path}": text}).declared} == rows
