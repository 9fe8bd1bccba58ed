"""Where the code of a service's functions and layers is on this machine."""

from pathlib import Path
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cdk.marks import GENERATED
from lambdaudit.sources.iac.builds import build_arguments, option_of
from lambdaudit.sources.iac.discover import SERVERLESS
from lambdaudit.sources.iac.resources import CodeLocation, Resource
from lambdaudit.sources.iac.values import Map
from lambdaudit.sources.serverless import names
from lambdaudit.sources.serverless.service import Service, as_map, get, is_function_call, word

_LEFT_OUT: Final = (
    ".git/**", ".gitignore", ".DS_Store", "npm-debug.log", "yarn-*.log", ".serverless/**", ".serverless_plugins/**",
)  # fmt: skip
"""What the framework never packs: https://www.serverless.com/framework/docs/providers/aws/guide/packaging"""


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value if isinstance(one, str)] if isinstance(value, list) else []


class Packages:
    """Finds packages and folders in the service's folder; nothing outside `root` is named."""

    def __init__(self, folder: Path, root: Path, service: Service) -> None:
        self._folder = folder
        self._root = root
        self._service = service
        self._functions = {function.id: function for function in service.functions.values()}
        layers = as_map(service.config.get("layers"))
        self._layers = {f"{names.normal(key)}LambdaLayer": as_map(settings) for key, settings in layers.items()}

    def locate(self, resource: Resource) -> CodeLocation | None:
        """The place of the code of a generated function or layer; None for any other resource."""
        if GENERATED in resource.metadata:
            if resource.type != "AWS::Lambda::Function":
                return None
            return CodeLocation(where=resource.where, unknown=Unknown("the code is the framework's own"))
        name = resource.address.rpartition("#")[2]
        common: dict[str, Any] = {
            "where": resource.where,
            "handler": word(resource.properties.get("Handler")),
            "runtime": word(resource.properties.get("Runtime")),
        }
        if resource.type == "AWS::Lambda::Function" and name in self._functions:
            settings = self._functions[name].settings
            if settings.get("image") is not None:
                return self._image(settings["image"], common)
            return self._package(settings, common)
        if resource.type == "AWS::Lambda::LayerVersion" and name in self._layers:
            settings = self._layers[name]
            artifact = get(settings, "package", "artifact")
            return self._path(word(artifact) or word(settings.get("path")), common)
        return None

    def _package(self, settings: Map, common: dict[str, Any]) -> CodeLocation:
        own, general = get(settings, "package", "artifact"), get(self._service.config, "package", "artifact")
        artifact = own if own is not None else general
        if isinstance(artifact, str):
            return self._path(str(artifact), common)
        if artifact is not None:
            return CodeLocation(**common, unknown=Unknown("the artifact of the package is not known"))
        return CodeLocation(**common, path=self._folder.resolve(), patterns=self._patterns(settings))

    def _patterns(self, settings: Map) -> tuple[str, ...]:
        """Which files of the folder are packed: the framework's own choice, then the service's, then the function's."""
        found = [f"!{one}" for one in (*_LEFT_OUT, *SERVERLESS)]
        if self._service.config.get("useDotenv"):
            found.append("!.env*")
        for package in (get(self._service.config, "package"), get(settings, "package")):
            table = as_map(package)
            found += [one[1:] if one.startswith("!") else f"!{one}" for one in _texts(table.get("exclude"))]
            found += [*_texts(table.get("include")), *_texts(table.get("patterns"))]
        return tuple(found)

    def _path(self, written: str, common: dict[str, Any]) -> CodeLocation:
        path = self._inside(written)
        if path is None or not path.exists():
            if written.startswith("s3://"):
                return CodeLocation(**common, uri=written)
            return CodeLocation(**common, unknown=Unknown(f"{written[:200] or 'the path'} is not in this folder"))
        return CodeLocation(**common, path=path)

    def _inside(self, written: str, base: Path | None = None) -> Path | None:
        if not written or "\x00" in written or "://" in written or len(written) > 1024:
            return None
        try:
            found = ((base or self._folder) / written).resolve()
            return found if found.is_relative_to(self._root.resolve()) else None
        except (OSError, RuntimeError):
            return None

    def _image(self, image: Any, common: dict[str, Any]) -> CodeLocation:
        settings = as_map(image) if isinstance(image, dict) and not is_function_call(image) else Map()
        name = word(settings.get("name")) if settings else word(image)
        declared = get(self._service.provider, "ecr", "images", name) if name else None
        uri = word(settings.get("uri")) or (word(image) if declared is None else "")
        if declared is None:
            return CodeLocation(**common, image=uri, unknown=None if uri else Unknown("the image is not known"))
        built = as_map(declared) if isinstance(declared, dict) else Map()
        if not built.get("path"):
            uri = word(built.get("uri")) or word(declared)
            return CodeLocation(**common, image=uri, unknown=None if uri else Unknown("the image is not known"))
        context = self._inside(word(built.get("path")))
        dockerfile = self._inside(word(built.get("file")) or "Dockerfile", context) if context else None
        known = dockerfile is not None and dockerfile.is_file()
        why = None if known else Unknown(f"no Dockerfile of {name[:80]} is here")
        return CodeLocation(
            **common,
            dockerfile=dockerfile if known else None,
            context=context,
            unknown=why,
            target=option_of(built.get("buildOptions"), "--target"),
            arguments=build_arguments(built.get("buildArgs"), common["where"]),
        )
