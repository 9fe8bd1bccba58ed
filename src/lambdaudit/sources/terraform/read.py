"""Terraform directories, plans and states into the typed inventory."""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

import msgspec

from lambdaudit.model.identity import Account
from lambdaudit.model.resources import Grant, Key
from lambdaudit.model.unknown import Unknown
from lambdaudit.secrets import run_key
from lambdaudit.sources.aws.assemble.text import clean, redacted
from lambdaudit.sources.iac.choices import Decisions, Opening
from lambdaudit.sources.iac.lift import PLACEHOLDER_ACCOUNT, PLACEHOLDER_REGION, Lifted, Settings, lift
from lambdaudit.sources.iac.resources import Resource
from lambdaudit.sources.iac.values import Map, Span, Value

from .calls import read_manifest
from .choices import choices_of, choose
from .collect import Collector, Source, own_name
from .config import Config, Files, terraform_files
from .data import ArchivePath
from .evaluate import Stopped
from .module import MAX_ALL, Instance, Module, Run
from .partial import equal
from .summaries import at_call
from .variables import VariablesError, assign

MAX_DIRECTORIES = 5_000
_SKIPPED = frozenset((".terraform", ".git", "node_modules", ".venv", "__pycache__", ".terragrunt-cache", "vendor"))


class TerraformError(Exception):
    """Something that cannot be read as Terraform; the text is one line: what, where and what to do."""


def read_terraform(
    path: Path,
    *,
    variables: Mapping[str, str] | None = None,
    var_files: Sequence[Path] = (),
    account: str = "",
    region: str = "",
    root: Path | None = None,
    directory: Path | None = None,
    workspace: str = "default",
    fingerprint_key: bytes | None = None,
    decided: Decisions | None = None,
) -> Lifted:
    """Read a configuration directory with everything below it, or a plan or state as ``terraform show -json`` gives it.

    `path` is a directory, one of its ``.tf`` files, or a JSON file. `root` is the folder whose files may be read and that
    names in findings are relative to (the directory itself, or the working directory when it holds it). `variables` and
    `var_files` are like Terraform's ``-var`` and ``-var-file``. `account` and `region` stand for what the configuration
    leaves to the credentials. `directory` is the configuration that a plan was made of: what the plan does not know is filled
    from it. `decided` are choices of the result's `openings` that are taken as made. Nothing is downloaded and nothing is run.

    Raises TerraformError when `path` holds no configuration, and for a variables file that cannot be read. Everything else
    that cannot be read is told in `errors` and `notes` of the result.
    """
    settings = Settings(
        account or PLACEHOLDER_ACCOUNT,
        region or PLACEHOLDER_REGION,
        _partition(region),
        fingerprint_key=fingerprint_key or run_key(),
    )
    if path.is_file() and not path.name.endswith((".tf", ".tf.json")):
        return _show(path, settings, root, directory)
    top = path if path.is_dir() else path.parent
    if not top.is_dir() or not path.exists():
        raise TerraformError(f"{path}: there is no such file or directory")
    files = Files(root or top)
    top = top.resolve()
    if files.inside(top) is None:
        raise TerraformError(f"{path} is outside {root}: give a root that holds it")
    found = [top] if path.is_file() else roots(top, files)
    if not found:
        raise TerraformError(f"{path}: there is no Terraform configuration (*.tf) in it")
    collectors = []
    openings: list[Opening] = []
    steps = 0
    for one in found:
        prefix = f"{files.label(one)}#" if len(found) > 1 else ""
        try:
            root_module = open_root(one, files, settings, variables or {}, var_files, workspace)
        except VariablesError as error:
            raise TerraformError(str(error)) from error
        scope = f"{files.label(one)}/*.tf"
        choose(root_module, {key: value for (where, key), value in (decided or {}).items() if where == scope})
        collectors.append((prefix, read_root(root_module)))
        steps += root_module.work.done
        openings.append(cache(partial(choices_of, root_module, scope=scope, prefix=prefix)))
    made = lifted(collectors, settings, [_line(n.at, n.text) for n in files.notes])
    made.openings = openings
    made.effort = files.total // 200 + steps // 100
    return made


def _show(path: Path, settings: Settings, root: Path | None, directory: Path | None) -> Lifted:
    """Read a plan or state."""
    from .show import ShowError, collect_rows, read_rows

    top = (root or directory or path.parent).resolve()
    real = path.resolve()
    label = real.relative_to(top).as_posix() if top in real.parents else path.name
    errors: list[str] = []
    try:
        rows, document = read_rows(path, label)
    except ShowError as error:
        raise TerraformError(str(error)) from error
    base = (directory or path.parent).resolve()
    place = Files(root or base)
    sources: dict[str, Source] = {}
    if directory is not None:
        files = Files(root or directory)
        run = Run(files, settings, directory.resolve(), manifest=read_manifest(directory.resolve(), files.inside))
        module = Module(run, files.config(directory.resolve()))
        _plan_variables(module, document)
        try:
            sources = {source.address: source for source in _sources(module)}
        except (Stopped, RecursionError):
            errors.append(f"{directory}: the configuration asks for too much work: not read to the end")
        errors += [_line(note.at, note.text) for note in files.notes]
    collector, settings = collect_rows(rows[:MAX_ALL], document, settings, sources, lambda name: place.inside(base / name))
    return lifted([("", collector)], settings, errors)


def _plan_variables(module: Module, document: Map) -> None:
    variables = document.get("variables")
    for name, one in variables.items() if isinstance(variables, Map) else ():
        if isinstance(one, Map) and "value" in one:
            module.given[name] = partial(one.get, "value")


def _partition(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _line(at: Span, text: str) -> str:
    return f"{at.source}:{at.line}: {text}" if at.line else f"{at.source}: {text}"


def directories(top: Path) -> Iterator[Path]:
    """Every directory with configuration files, from the top; folders of tools and links are left out."""
    for seen, (folder, folders, names) in enumerate(os.walk(top)):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED and not f.startswith("."))
        if seen >= MAX_DIRECTORIES:
            return
        if any(n.endswith((".tf", ".tf.json")) for n in names) and terraform_files(Path(folder)):
            yield Path(folder)


def roots(top: Path, files: Files) -> list[Path]:
    """The root modules below a directory: itself, those with a backend, and those that no other one calls."""
    found = list(directories(top))
    called: set[Path] = set()
    configs: dict[Path, Config] = {}
    for directory in found:
        config = configs[directory] = files.config(directory)
        for block in config.modules.values():
            source = block.body.literal("source")
            if source.startswith(("./", "../")) or source in (".", ".."):
                target = files.inside(directory / source)
                if target is not None and target != directory:
                    called.add(target)
    return [d for d in found if d == top or d not in called or configs[d].backend]


def open_root(
    directory: Path,
    files: Files,
    settings: Settings,
    variables: Mapping[str, str],
    var_files: Sequence[Path],
    workspace: str,
) -> Module:
    """A root module with the values of its variables."""
    run = Run(files, settings, directory, workspace, manifest=read_manifest(directory, files.inside))
    module = Module(run, files.config(directory))
    assign(module, files, variables, var_files)
    return module


def read_root(module: Module) -> Collector:
    """Evaluate one root module and translate its resources."""
    run, files = module.run, module.run.files
    collector = Collector(run.settings)
    try:
        for source in _sources(module):
            collector.take(source)
    except (Stopped, RecursionError):
        files.note("the configuration asks for too much work: not read to the end", Span(files.label(run.root), 0))
    collector.finish()
    for wanted, at in run.missing.items():
        shown = " ".join(wanted.split())[:200]
        what = f"the module {shown} is not here, its resources are not seen: run terraform init"
        collector.notes.append(_line(at, what))
    for wanted, at in run.summarised.items():
        collector.notes.append(_line(at, f"the module {wanted[:200]} is not here: what it usually makes is judged"))
    return collector


def _sources(root: Module) -> Iterator[Source]:
    """Every managed resource of a root module and the modules below it."""
    for module in root.walk():
        if not isinstance(module, Module):
            continue
        for key in module.config.resources:
            kind, _, name = key.partition(".")
            found = module.instances(kind, name, data=False)
            for _, instance in found[1] if found else ():
                root.run.count += 1
                if root.run.count > MAX_ALL:
                    raise Stopped
                root.work.next_task()
                try:
                    yield source_of(instance)
                except (Stopped, RecursionError):
                    root.run.files.note("asks for too much work: not read", instance.at)


def source_of(instance: Instance) -> Source:
    """A resource of a configuration as a source of the type table."""
    settings, at = instance.settings(), instance.at
    call = instance.module.call_block
    if instance.module.summary and call is not None:
        settings, at = at_call(settings, call.at), call.at
    provider = instance.provider()
    _tagged(settings, provider.tags, instance.type)
    region = settings.get("region")
    return Source(
        address=instance.address,
        type=instance.type,
        at=at,
        settings=settings,
        own_name=own_name(instance.address, settings),
        undecided=instance.undecided,
        account=provider.account,
        region=str(region) if isinstance(region, str) else provider.region,
        locate=instance.module.locate,
        archive=lambda path: _archive(instance.module, path),
        object_source=lambda bucket, key: _object(instance.module, bucket, key),
    )


def _tagged(settings: Map, default: Map | None, kind: str) -> None:
    from .kinds import KINDS

    row = KINDS.get(kind)
    if default is None or row is None or not row.tags:
        return
    own = settings.get("tags")
    if own is None or isinstance(own, Map):
        merged = Map({**default, **(own or {})}, default.span, {**default.keys_at, **(own.keys_at if own else {})})
        merged.rest = default.rest or (own.rest if own else None)
        settings["tags"] = merged


def _archive(module: Module, path: Value) -> Map | None:
    """What an archive is built from, by its path."""
    if isinstance(path, ArchivePath):
        return path.archive.settings()
    for data, table in ((True, module.config.data), (False, module.config.resources)):
        for key in table:
            kind, _, name = key.partition(".")
            if kind != "archive_file":
                continue
            found = module.instances(kind, name, data=data)
            for _, instance in found[1] if found else ():
                if path is not None and _equal_path(instance.written("output_path"), path):
                    return instance.settings()
    return None


def _equal_path(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return os.path.normpath(left) == os.path.normpath(right)
    return left is not None and not isinstance(left, Unknown) and left == right


def _object(module: Module, bucket: Value, key: Value) -> Value:
    """The local file behind an S3 object of the same key."""
    for declared in module.config.resources:
        kind, _, name = declared.partition(".")
        if kind not in ("aws_s3_object", "aws_s3_bucket_object"):
            continue
        found = module.instances(kind, name, data=False)
        for _, instance in found[1] if found else ():
            if equal(instance.written("key"), key) is True:
                return instance.written("source")
    return None


def lifted(collectors: Sequence[tuple[str, Collector]], settings: Settings, errors: Sequence[str]) -> Lifted:
    """The assets of all roots together; with several of them, addresses begin with the root's folder."""
    resources: list[Resource] = []
    for prefix, collector in collectors:
        for made in collector.resources.values():
            if prefix:
                made = _moved(made, prefix)
            resources.append(made)
    found = lift(resources, settings)
    found.errors.extend(dict.fromkeys(redacted(clean(line)) for line in errors))
    unread: dict[str, int] = {}
    for prefix, collector in collectors:
        found.notes.extend(redacted(clean(line)) for line in collector.notes)
        for address, place in collector.locations.items():
            if identifier := found.ids.get(prefix + address):
                found.code[identifier] = place
        for kind, count in collector.unread.items():
            unread[kind] = unread.get(kind, 0) + count
        _account_block(found, collector, settings)
        _grants(found, collector, prefix)
    if unread:
        rows = sorted(unread.items(), key=lambda row: (-row[1], row[0]))
        shown = ", ".join(f"{kind} ({count})" for kind, count in rows[:30])
        found.notes.append(f"resources of types that are not modelled: {shown}{', …' if len(rows) > 30 else ''}")
    return found


def _moved(made: Resource, prefix: str) -> Resource:
    from .rename import renamed

    made.properties = renamed(made.properties, prefix)
    made.address = prefix + made.address
    made.owner = prefix + made.owner if made.owner else ""
    return made


def _account_block(found: Lifted, collector: Collector, settings: Settings) -> None:
    """The account-wide block of public access."""
    if collector.account_block is None:
        return
    source, values = collector.account_block
    account = source.account or settings.account
    names = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
    flags = [values.get(name, False) for name in names]
    for number, asset in enumerate(found.assets):
        if isinstance(asset, Account) and asset.account in ("", account) and account in asset.id:
            unknown = next((f for f in flags if not isinstance(f, bool)), None) or source.undecided
            if unknown is not None:
                value = unknown if isinstance(unknown, Unknown) else Unknown("the account's block of public access is not known")
                found.assets[number] = msgspec.structs.replace(asset, public_access_block=value)
            else:
                found.assets[number] = msgspec.structs.replace(
                    asset, public_access_block=(flags[0], flags[1], flags[2], flags[3])
                )


def _grants(found: Lifted, collector: Collector, prefix: str) -> None:
    """Grants of keys."""
    from .shape import address_of

    for source, values in collector.grants:
        target = collector.resolve(values.get("key_id"), ("AWS::KMS::Key",))
        if isinstance(target, str):
            collector.note(source, target)
            continue

        def text(name: str, values: Map = values) -> str:
            value = values.get(name)
            if isinstance(value, str):
                return str(value)
            return found.ids.get(prefix + address_of(value), "") if address_of(value) else ""

        operations = values.get("operations")
        grant = Grant(
            id=source.address,
            grantee=text("grantee_principal"),
            retiring=text("retiring_principal"),
            operations=tuple(str(o) for o in operations if isinstance(o, str)) if isinstance(operations, list) else (),
        )
        identifier = found.ids.get(target.address)
        for number, asset in enumerate(found.assets):
            if isinstance(asset, Key) and asset.id == identifier and not isinstance(asset.grants, Unknown):
                known = bool(grant.grantee)
                grants = (*asset.grants, grant) if known else Unknown(f"{source.address} has a grantee that is not known")
                found.assets[number] = msgspec.structs.replace(asset, grants=grants)
