"""Where the code of a function is before its deployment."""

from typing import TYPE_CHECKING

from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.iac.resources import CodeLocation
from lambdaudit.sources.iac.values import Map, Span, Value, span_of

from .partial import reason

if TYPE_CHECKING:
    from .collect import Source


def code_location(source: "Source", settings: Map) -> CodeLocation:
    """The place of a function's package or a layer's content: a folder, an archive, a file, an inline text, an image."""
    handler, runtime = (str(v) if isinstance(v := settings.get(n), str) else "" for n in ("handler", "runtime"))
    where = Where(source.at.source, source.address, "", source.at.line, source.at.column)
    image, filename, key = settings.get("image_uri"), settings.get("filename"), settings.get("s3_key")
    if image is not None:
        if isinstance(image, str):
            return CodeLocation(where, handler, runtime, image=str(image))
        return CodeLocation(where, handler, runtime, unknown=reason(image) or Unknown("the image is not known"))
    name = "filename"
    if filename is None and key is not None:
        name = "s3_key"
        bucket = settings.get("s3_bucket")
        filename = source.object_source(bucket, key)
        if filename is None:
            if isinstance(bucket, str) and isinstance(key, str):
                return CodeLocation(_at(where, settings, name), handler, runtime, uri=f"s3://{bucket}/{key}")
            return CodeLocation(_at(where, settings, name), handler, runtime, unknown=Unknown("the package is in S3"))
    place = _at(where, settings, name)
    if filename is None:
        return CodeLocation(place, handler, runtime, unknown=Unknown("no package is named"))
    archive = source.archive(filename)
    if archive is not None:
        return _archived(source, archive, place, handler, runtime)
    if not isinstance(filename, str):
        return CodeLocation(place, handler, runtime, unknown=reason(filename) or Unknown("the package is not known"))
    path = source.locate(str(filename))
    if path is not None and path.exists():
        return CodeLocation(place, handler, runtime, path=path)
    why = f"{filename} is not here" if path is not None else f"{filename} is outside the files that are read"
    return CodeLocation(place, handler, runtime, unknown=Unknown(why))


def _archived(source: "Source", archive: Map, place: Where, handler: str, runtime: str) -> CodeLocation:
    """What an ``archive_file`` puts together."""
    for name in ("source_dir", "source_file"):
        value = archive.get(name)
        if value is None:
            continue
        path = source.locate(str(value)) if isinstance(value, str) else None
        if path is not None and path.exists():
            return CodeLocation(place, handler, runtime, path=path)
        why = f"{value} is not here" if isinstance(value, str) else f"the {name} of its archive is not known"
        return CodeLocation(place, handler, runtime, unknown=Unknown(why))
    blocks = archive.get("source")
    first = blocks[0] if isinstance(blocks, list) and len(blocks) == 1 else blocks if isinstance(blocks, Map) else None
    content, inner = archive.get("source_content"), archive.get("source_content_filename")
    if isinstance(first, Map):
        content, inner = first.get("content"), first.get("filename")
    if isinstance(content, str) and isinstance(inner, str):
        return CodeLocation(_spot(place, content), handler, runtime, inline=str(content), inline_name=str(inner))
    return CodeLocation(place, handler, runtime, unknown=Unknown("what its archive holds is not known"))


def _at(where: Where, settings: Map, name: str) -> Where:
    return _moved(where, settings.at(name))


def _spot(where: Where, value: Value) -> Where:
    return _moved(where, span_of(value))


def _moved(where: Where, span: Span | None) -> Where:
    return Where(span.source, where.subject, where.pointer, span.line, span.column) if span else where
