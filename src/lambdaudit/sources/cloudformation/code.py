"""Where the code of a template's functions and layers is."""

import re
from pathlib import Path
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.cloudformation.sam import LOCAL_BUCKET, Expanded
from lambdaudit.sources.iac.builds import build_arguments
from lambdaudit.sources.iac.resources import CodeLocation, Resource
from lambdaudit.sources.iac.values import Map, span_of

_TYPES: Final = {"AWS::Lambda::Function": "Code", "AWS::Lambda::LayerVersion": "Content"}


class Code:
    """Finds code beside one template; nothing outside `root` is named."""

    def __init__(self, template: Path, root: Path, expanded: Expanded | None) -> None:
        self._template = template
        self._root = root
        self._expanded = expanded

    def locate(self, name: str, resource: Resource) -> CodeLocation | None:
        """The place of a function's code or a layer's content; None for any other resource."""
        field_name = _TYPES.get(resource.type)
        if field_name is None:
            return None
        properties = resource.properties
        code = properties.get(field_name)
        where = resource.where
        common: dict[str, Any] = {
            "where": where,
            "handler": _text(properties.get("Handler")),
            "runtime": _text(properties.get("Runtime")),
        }
        if asset := _text(resource.metadata.get("aws:asset:path")):
            return self._local(name, asset, common)
        if isinstance(code, str):
            return self._local(name, str(code), common)
        if not isinstance(code, dict):
            why = code if isinstance(code, Unknown) else Unknown("the template does not say where the code is")
            return CodeLocation(**common, unknown=why)
        return self._of(name, code, common, resource)

    def _of(self, name: str, code: dict[str, Any], common: dict[str, Any], resource: Resource) -> CodeLocation:
        text = code.get("ZipFile")
        if isinstance(text, str):
            span = span_of(text)
            if span:
                common["where"] = Where(span.source, resource.where.subject, "/Code/ZipFile", span.line, span.column)
            suffix = "js" if common["runtime"].startswith("nodejs") else "py"
            return CodeLocation(**common, inline=str(text), inline_name=f"index.{suffix}")
        if text is not None:
            return CodeLocation(**common, unknown=Unknown("the code depends on values that are not known"))
        if "ImageUri" in code or properties_image(resource):
            found = self._image(name, code.get("ImageUri"), common, resource)
            if not found.image and isinstance(code.get("ImageUri"), str):
                code["ImageUri"] = Unknown("the image gets its address when it is built and deployed")
            return found
        bucket, key = code.get("S3Bucket"), code.get("S3Key")
        if bucket == LOCAL_BUCKET and self._expanded is not None:
            written = self._expanded.code[int(str(key))]
            if isinstance(written, str):
                return self._local(name, str(written), common)
            return self._built(name, common, Unknown("the template does not say where the code is"))
        if isinstance(bucket, str) and isinstance(key, str):
            return CodeLocation(**common, uri=f"s3://{bucket}/{key}")
        return CodeLocation(**common, unknown=Unknown("the code is in a bucket that is not known"))

    def _image(self, name: str, uri: Any, common: dict[str, Any], resource: Resource) -> CodeLocation:
        metadata: Map = resource.metadata
        image = str(uri) if isinstance(uri, str) and not uri.startswith(f"{LOCAL_BUCKET}/") else ""
        context = self._inside(_text(metadata.get("DockerContext")))
        file = _text(metadata.get("Dockerfile")) or "Dockerfile"
        dockerfile = self._inside(file, context) if context else None
        if dockerfile is not None and not dockerfile.is_file():
            dockerfile = None
        unknown = None if image or dockerfile else Unknown(f"no Dockerfile of {name} is here")
        return CodeLocation(
            **common,
            image=image,
            dockerfile=dockerfile,
            context=context,
            unknown=unknown,
            target=_text(metadata.get("DockerBuildTarget")),
            arguments=build_arguments(metadata.get("DockerBuildArgs"), resource.where),
        )

    def _local(self, name: str, written: str, common: dict[str, Any]) -> CodeLocation:
        if re.match(r"[a-z][a-z0-9+.-]*://", written):
            return CodeLocation(**common, uri=written)
        path = self._inside(written)
        if path is not None and path.exists():
            return CodeLocation(**common, path=path)
        return self._built(name, common, Unknown(f"{written[:200]} is not in this folder"))

    def _built(self, name: str, common: dict[str, Any], why: Unknown) -> CodeLocation:
        """What ``sam build`` left for a function, where the source is not there."""
        built = self._inside(f".aws-sam/build/{name}")
        if built is not None and built.is_dir():
            return CodeLocation(**common, path=built)
        return CodeLocation(**common, unknown=why)

    def _inside(self, written: str, base: Path | None = None) -> Path | None:
        if not written or "\x00" in written or len(written) > 1024:
            return None
        try:
            found = ((base or self._template.parent) / written).resolve()
            return found if found.is_relative_to(self._root.resolve()) else None
        except (OSError, RuntimeError):
            return None


def properties_image(resource: Resource) -> bool:
    """Whether a function runs a container image."""
    return resource.properties.get("PackageType") == "Image"


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str) else ""
