"""Assets of an assembly: the folders and files that functions, layers and images are made of."""

from pathlib import Path
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cdk.manifest import Artifact
from lambdaudit.sources.cloudformation.template import shown
from lambdaudit.sources.iac.builds import build_arguments
from lambdaudit.sources.iac.documents import DocumentError, parse, read_file
from lambdaudit.sources.iac.resources import CodeLocation, Resource
from lambdaudit.sources.iac.values import Map, Text

_APIS: Final = ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")


class Assets:
    """The assets of one stack."""

    def __init__(self, artifact: Artifact, root: Path) -> None:
        self._artifact = artifact
        self._root = root

    def locate(self, resource: Resource, known: CodeLocation | None) -> CodeLocation | None:
        """The place of a function's code or a layer's content; None when what is known already says it best."""
        field = {"AWS::Lambda::Function": "Code", "AWS::Lambda::LayerVersion": "Content"}.get(resource.type)
        code = resource.properties.get(field) if field else None
        if not isinstance(code, dict) or known is None:
            return None
        if known.inline:
            return None
        common: dict[str, Any] = {"where": resource.where, "handler": known.handler, "runtime": known.runtime}
        if "ImageUri" in code:
            return self._image(resource, code["ImageUri"], common)
        if known.path is not None:
            return CodeLocation(**common, path=known.path)
        source = self._artifact.files.get(str(code.get("S3Key"))) if isinstance(code.get("S3Key"), str) else None
        path = self._inside(source.get("path")) if source else None
        if path is None or not path.exists():
            return None
        return CodeLocation(**common, path=path)

    def body(self, resource: Resource, notes: list[str]) -> Map | None:
        """The OpenAPI body of an API that is an asset; None for anything else. One that cannot be read is noted."""
        if resource.type not in _APIS:
            return None
        location = resource.properties.get("BodyS3Location")
        key = location.get("Key") if isinstance(location, dict) else None
        source = self._artifact.files.get(str(key)) if isinstance(key, str) else None
        path = self._inside(source.get("path")) if source else None
        if path is None or not path.is_file():
            return None
        shown_as = shown(path, self._root)
        try:
            # What lies in a bucket is taken as it is: no function of a template is evaluated in it.
            found = parse(read_file(path, shown_as), shown_as).value
        except DocumentError as error:
            notes.append(str(error))
            return None
        return found if isinstance(found, Map) else None

    def _image(self, resource: Resource, uri: Any, common: dict[str, Any]) -> CodeLocation:
        metadata = resource.metadata
        context = self._inside(metadata.get("aws:asset:path"))
        file = metadata.get("aws:asset:dockerfile-path")
        target, arguments = metadata.get("aws:asset:docker-build-target"), metadata.get("aws:asset:docker-build-args")
        if context is None:
            source = self._artifact.images.get(_tag(uri))
            context = self._inside(source.get("directory")) if source else None
            source = source or {}
            file, target, arguments = (source.get(key) for key in ("dockerFile", "dockerBuildTarget", "dockerBuildArgs"))
        if context is None or not context.is_dir():
            image = str(uri) if isinstance(uri, str) else ""
            return CodeLocation(**common, image=image, unknown=None if image else Unknown("the image is not in the assembly"))
        dockerfile = self._inside(file or "Dockerfile", context)
        known = dockerfile is not None and dockerfile.is_file()
        why = None if known else Unknown("the image's Dockerfile is not in the assembly")
        return CodeLocation(
            **common,
            context=context,
            dockerfile=dockerfile if known else None,
            unknown=why,
            target=str(target) if isinstance(target, str) else "",
            arguments=build_arguments(arguments, resource.where),
        )

    def _inside(self, written: Any, base: Path | None = None) -> Path | None:
        if not isinstance(written, str) or not written or "\x00" in written or len(written) > 1024:
            return None
        try:
            found = ((base or self._artifact.folder) / written).resolve()
            return found if found.is_relative_to(self._root.resolve()) else None
        except (OSError, RuntimeError):
            return None


def _tag(uri: Any) -> str:
    """What stands behind the last colon of an image's address: the hash of its asset."""
    text = uri if isinstance(uri, str) else uri.parts[-1] if isinstance(uri, Text) else ""
    return str(text).rpartition(":")[2] if isinstance(text, str) else ""
