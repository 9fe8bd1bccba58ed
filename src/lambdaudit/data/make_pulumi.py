"""Writes pulumi_names.json.gz: what the types and properties of Pulumi's AWS providers are called elsewhere.

Run ``python src/lambdaudit/data/make_pulumi.py PULUMI_AWS.whl YYYY-MM-DD`` with lambdaudit and cfn-lint installed. The wheel is
the Python package of the provider (``pip download --no-deps pulumi-aws``), which is generated from the provider's schema; it is
only parsed, never run. The AWS provider bridges Terraform's: its names are Terraform's in camel case, lists of blocks have plural
names, and a few were chosen by hand (`_CHOSEN`). AWS Native takes its names from CloudFormation's registry, of which cfn-lint has
the schemas. Types that lambdaudit does not model are left out. The script fails when an argument that is read has no name in the
wheel.
"""

import ast
import gzip
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

Tree = dict[str, Any]
"""Property → its name elsewhere, or [that name, tree] for an object or a list of objects."""
Arguments = dict[str, tuple[str, str, bool]]
"""Property → Python's name for it, the class of its object or an empty text, and whether it is a list."""

_ROOT: Final = Path(__file__).parents[1]
_TOKEN: Final = re.compile(r"'(aws:[\w.-]+/\w+:\w+)'")
_MODULES: Final = {"apigateway": ("api_gateway_", "api_gateway_gateway_"), "ec2": ("", "ec2_")}
_CLASSES: Final = {
    "aws:alb/loadBalancer:LoadBalancer": "aws_alb",
    "aws:appsync/dataSource:DataSource": "aws_appsync_datasource",
    "aws:appsync/graphQLApi:GraphQLApi": "aws_appsync_graphql_api",
    "aws:cfg/rule:Rule": "aws_config_config_rule",
    "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
    "aws:s3/bucketObjectv2:BucketObjectv2": "aws_s3_object",
    "aws:sqs/redrivePolicy:RedrivePolicy": "aws_sqs_queue_redrive_policy",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": "aws_sqs_queue_redrive_allow_policy",
}
_CHOSEN: Final = {
    ("aws_lambda_function", "name"): "function_name",
    ("aws_lambda_function", "code"): "filename",
    ("aws_lambda_layer_version", "code"): "filename",
    ("aws_lambda_permission", "function"): "function_name",
    ("aws_cloudwatch_log_subscription_filter", "logGroup"): "log_group_name",
    ("aws_sns_topic_subscription", "topic"): "topic_arn",
    ("aws_api_gateway_stage", "deployment"): "deployment_id",
    ("aws_api_gateway_base_path_mapping", "restApi"): "api_id",
}
"""Names that the bridge's authors chose, from the provider's ``resources.go``."""
_OLD: Final = {
    ("aws_api_gateway_deployment", "stage_name"),
    ("aws_route", "cidr_block"),
    ("aws_route", "ipv6_cidr_block"),
    ("aws_default_security_group", "name"),
    ("aws_default_security_group", "description"),
}
"""Arguments that only other types or older providers have."""
_MAX_DEPTH: Final = 6


def main(wheel: Path, day: str) -> None:
    """Write the table beside this script."""
    table = {"date": day, "aws": _classic(wheel), "aws-native": _native()}
    data = json.dumps(table, separators=(",", ":"), ensure_ascii=True, sort_keys=True).encode()
    Path(__file__).with_name("pulumi_names.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))


def _classic(wheel: Path) -> dict[str, list[Any]]:
    """Token → [Terraform's type, tree]."""
    from lambdaudit.sources.terraform.kinds import KINDS, WITHOUT_EFFECT

    read = _Wheel(wheel)
    found: dict[str, list[Any]] = {}
    for token, file in read.tokens():
        kind = next((k for k in _types(token) if k in KINDS or k in WITHOUT_EFFECT), "")
        if kind in KINDS:
            found[token] = [kind, read.tree(token, file, kind)]
        elif kind:
            found[token] = [kind, {}]
    missing = {kind for kind in KINDS if kind.startswith("aws_")} - {kind for kind, _ in found.values()}
    if missing:
        raise SystemExit(f"types without a token: {sorted(missing)}")
    if read.unnamed:
        raise SystemExit(f"arguments without a property: {read.unnamed}")
    return found


def _types(token: str) -> list[str]:
    """The types that a token may stand for."""
    if token in _CLASSES:
        return [_CLASSES[token]]
    module, name = token.split(":")[1].split("/")[0], token.rpartition(":")[2]
    short = _snake(re.sub(r"[vV]2$", "", name))
    return [f"aws_{prefix}{short}" for prefix in _MODULES.get(module, (f"{module}_",))]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _singular(name: str) -> str:
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if name.endswith(ending):
            return name[: -len(ending)] + instead
    return name


class _Wheel:
    """The arguments of all types in the wheel."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)
        self._names = set(self._archive.namelist())
        self._read = cache(self._arguments)
        self.unnamed: list[str] = []

    def tokens(self) -> Iterator[tuple[str, str]]:
        for name in sorted(self._names):
            if re.fullmatch(r"pulumi_aws/\w+/(?!_|get_)\w+\.py", name):
                text = self._archive.read(name).decode()
                if found := _TOKEN.search(text, text.find("__self__).__init__(\n")):
                    yield found[1], name

    def _arguments(self, file: str) -> dict[str, Arguments]:
        if file not in self._names:
            return {}
        tree = ast.parse(self._archive.read(file))
        return {c.name: _class(c) for c in tree.body if isinstance(c, ast.ClassDef) and c.name.endswith("Args")}

    def tree(self, token: str, file: str, kind: str) -> Tree:
        from lambdaudit.sources.terraform.kinds import KINDS
        from lambdaudit.sources.terraform.shape import Many

        def wanted(fields: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
            for argument, target in fields.items():
                yield prefix + argument
                if isinstance(target, Many):
                    yield from wanted(target.fields, f"{prefix}{argument}.")

        classes, name = self._read(file), token.rpartition(":")[2]
        own = classes.get(f"{name}InitArgs") or classes[f"{name}Args"]
        inner = self._read(f"{file.rpartition('/')[0]}/_inputs.py")
        made = _named(own, inner, kind, 0)
        paths = set(_paths(made, own, inner))
        for argument in wanted(KINDS[kind].fields):
            if argument not in paths and (kind, argument) not in _OLD:
                self.unnamed.append(f"{kind}: {argument}")
        return made


def _class(node: ast.ClassDef) -> Arguments:
    """The arguments of an input class."""
    names: dict[str, str] = {}
    annotations: dict[str, str] = {}
    for method in node.body:
        if not isinstance(method, ast.FunctionDef):
            continue
        if method.name == "__init__":
            annotations = {a.arg: ast.unparse(a.annotation) for a in method.args.kwonlyargs if a.annotation}
        for one in method.decorator_list:
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == "getter":
                value = one.keywords[0].value
                names[method.name] = str(value.value) if isinstance(value, ast.Constant) else method.name
    found: Arguments = {}
    for name, annotation in annotations.items():
        inner = re.search(r"'(\w+Args)'", annotation)
        is_map = "Mapping[" in annotation
        # Words of Python's own (`lambda`) get an underscore there.
        found[names.get(name, name)] = (
            name.removesuffix("_"),
            inner[1] if inner and not is_map else "",
            "Sequence[" in annotation,
        )
    return found


@cache
def _literals() -> frozenset[str]:
    """Every name that the type table of Terraform uses."""
    found: set[str] = set()
    for file in (_ROOT / "sources/terraform/kinds").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(node.value.split(".") if re.fullmatch(r"[a-z][a-z0-9_.]*", node.value) else ())
    return frozenset(found)


@cache
def _own_names(kind: str) -> frozenset[str]:
    """The arguments in the rows of a type."""
    from lambdaudit.sources.terraform.kinds import KINDS
    from lambdaudit.sources.terraform.shape import Many

    def names(fields: Mapping[str, Any]) -> Iterator[str]:
        for argument, target in fields.items():
            yield from argument.split(".")
            if isinstance(target, Many):
                yield from names(target.fields)

    return frozenset(names(KINDS[kind].fields))


def _bridged(python: str, kind: str, held: str) -> str:
    """Terraform's name of a list: that of blocks is singular, that of an attribute what its authors chose."""
    single, own = _singular(python), _own_names(kind)
    return single if python not in own and (single in own or (held and single in _literals())) else python


def _named(own: Arguments, inner: Mapping[str, Arguments], kind: str, depth: int) -> Tree:
    """The tree of a class: names that are not only in another case, and everything that has members."""
    made: Tree = {}
    for name, (python, held, is_list) in own.items():
        chosen = _CHOSEN.get((kind, name)) if depth == 0 else None
        if chosen is None and depth == 0 and name == "restApi":
            chosen = "rest_api_id"
        other = chosen or (_bridged(python, kind, held) if is_list else python)
        if held and depth < _MAX_DEPTH:
            made[name] = [other, _named(inner.get(held, {}), inner, kind, depth + 1)]
        elif other != _snake(name):
            made[name] = other
    return made


def _paths(tree: Tree, own: Arguments, inner: Mapping[str, Arguments], prefix: str = "") -> Iterator[str]:
    """Every argument that the properties of a class give, as paths."""
    for name, (_, held, _many) in own.items():
        value = tree.get(name, _snake(name))
        yield prefix + (value[0] if isinstance(value, list) else value)
        if isinstance(value, list):
            yield from _paths(value[1], inner.get(held, {}), inner, f"{prefix}{value[0]}.")


def _native() -> dict[str, list[Any]]:
    """Token → [CloudFormation's type, tree]."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    lift = "".join(file.read_text("utf-8") for file in (_ROOT / "sources/iac/lift").glob("*.py"))
    known = set(re.findall(r"AWS::\w+::\w+", lift))
    found: dict[str, list[Any]] = {}
    for kind in sorted(known & set(PROVIDER_SCHEMA_MANAGER.get_resource_types("us-east-1"))):
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        service, name = kind.split("::")[1:]
        module = "configuration" if service == "Config" else service.lower()
        found[f"aws-native:{module}:{_lowered(name)}"] = [kind, _native_tree(schema, schema, 0)]
    return found


def _native_tree(schema: Any, whole: Any, depth: int) -> Tree:
    made: Tree = {}
    for name, one in (schema.get("properties") or {}).items():
        held = _held(one, whole)
        own = _lowered(name)
        own = own[:1].lower() + own[1:]
        if held is not None and depth < _MAX_DEPTH:
            made[own] = [name, _native_tree(held, whole, depth + 1)]
        elif own[:1].upper() + own[1:] != name:
            made[own] = name
    return made


def _held(schema: Any, whole: Any) -> Any:
    """The schema of the object that a property is or is a list of; None for everything else."""
    for _ in range(4):
        if "$ref" in schema:
            schema = whole["definitions"][schema["$ref"].rpartition("/")[2]]
        elif "items" in schema:
            schema = schema["items"]
        else:
            break
    return schema if schema.get("properties") else None


def _lowered(name: str) -> str:
    """A name with acronyms as words: ``KMSKeyARNs`` is ``KmsKeyArns``; the last capital of a run begins the next word."""

    def word(found: re.Match[str]) -> str:
        run, rest = found[0], name[found.end() :]
        ends = not rest or re.match(r"s(?![^A-Z0-9])", rest) is not None
        end = len(run) if ends else len(run) - 1
        return run[:1] + run[1:end].lower() + run[end:]

    return re.sub(r"[A-Z0-9]{2,}", word, name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
