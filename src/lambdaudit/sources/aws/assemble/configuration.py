"""What a function and each of its published versions are configured with (`FunctionConfiguration` of the Lambda API)."""

from typing import Any

from lambdaudit.model.functions import (
    FileSystemMount,
    ImageConfig,
    LayerUse,
    Logging,
    VpcConfig,
)
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.environment import Environments
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.text import redacted

STATE_NEEDS = Unknown("lists do not show it", "lambda:GetFunction")
_DULL = (
    "ConfigSha256",
    "FunctionArn",
    "FunctionName",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
    "RevisionId",
    "SigningJobArn",
    "Version",
)
"""Properties of no interest to an audit, or read elsewhere."""


def configured(
    record: Fields, *, name: str, listed: bool, code: Fields | Unknown | None, environments: Environments
) -> dict[str, Any]:
    """The fields of `Configured` that a record gives, ready for Function and FunctionVersion.

    `listed`: the record comes from a list, which leaves out the state. `code`: the ``Code`` object of GetFunction (None: the
    version is not asked one by one). `environments` judges the variables.
    """
    record.ignore(*_DULL)
    package = record.text("PackageType", "Zip")
    unsaid = record.unsaid
    nothing = None if package == "Image" else unsaid
    return {
        "runtime": record.text("Runtime", nothing),
        "handler": record.text("Handler", nothing),
        "role": record.text("Role", unsaid),
        "description": record.prose("Description", ""),
        "package_type": package,
        "architectures": record.texts("Architectures", ("x86_64",)),
        "timeout": record.integer("Timeout", unsaid),
        "memory": record.integer("MemorySize", unsaid),
        "ephemeral_storage": record.build("EphemeralStorage", lambda f: sure(f.integer("Size", 512)), 512),
        "code_size": record.integer("CodeSize", unsaid),
        "code_sha256": record.text("CodeSha256", unsaid),
        "last_modified": record.time("LastModified", unsaid),
        "environment": environments.of(record),
        "kms_key": record.text("KMSKeyArn", None) or None,
        "layers": record.each("Layers", _layer, ()),
        "vpc": record.build("VpcConfig", _vpc, None),
        "file_systems": record.each("FileSystemConfigs", _mount, ()),
        "tracing": record.build("TracingConfig", lambda f: sure(f.text("Mode", "PassThrough")), "PassThrough"),
        "dead_letter": record.build("DeadLetterConfig", lambda f: sure(f.text("TargetArn", "")) or None, None),
        "logging": record.build("LoggingConfig", lambda f: _logging(f, name), Logging(group=f"/aws/lambda/{name}")),
        "snap_start": record.build("SnapStart", _snap_start, "None"),
        "image": _image(record, package, code),
        "state": record.text("State", STATE_NEEDS if listed else unsaid),
        "signing_profile": record.text("SigningProfileVersionArn", None) or None,
    }


def _layer(layer: Fields) -> LayerUse:
    layer.ignore("SigningJobArn")
    return LayerUse(
        arn=sure(layer.text("Arn", layer.unsaid)),
        code_size=sure(layer.integer("CodeSize", 0)),
        signing_profile=sure(layer.text("SigningProfileVersionArn", "")),
    )


def _vpc(vpc: Fields) -> VpcConfig | None:
    identifier = sure(vpc.text("VpcId", ""))
    subnets = sure(vpc.texts("SubnetIds", ()))
    groups = sure(vpc.texts("SecurityGroupIds", ()))
    # Without a VPC the API returns the object with empty members.
    return VpcConfig(vpc=identifier, subnets=subnets, security_groups=groups) if identifier or subnets else None


def _mount(mount: Fields) -> FileSystemMount:
    return FileSystemMount(arn=sure(mount.text("Arn", mount.unsaid)), path=sure(mount.text("LocalMountPath", "")))


def _logging(logging: Fields, name: str) -> Logging:
    return Logging(
        group=sure(logging.text("LogGroup", f"/aws/lambda/{name}")),
        format=sure(logging.text("LogFormat", "Text")),
        application_level=sure(logging.text("ApplicationLogLevel", "")),
        system_level=sure(logging.text("SystemLogLevel", "")),
    )


def _snap_start(snap: Fields) -> str:
    snap.ignore("OptimizationStatus")
    return sure(snap.text("ApplyOn", "None"))


def _image(record: Fields, package: str | Unknown, code: Fields | Unknown | None) -> Maybe[ImageConfig | None]:
    if isinstance(package, Unknown):
        return package
    response = record.record("ImageConfigResponse")
    if package != "Image":
        return None
    if isinstance(response, Unknown):
        return response
    if isinstance(code, Unknown):
        return code
    return record.attempt(lambda _: _image_config(response, code))


def _image_config(response: Fields | None, code: Fields | None) -> ImageConfig:
    overrides = sure(response.record("ImageConfig")) if response else None
    error = sure(response.record("Error")) if response else None
    if error is not None:
        sure(Unknown("Lambda could not decrypt the image configuration", "kms:Decrypt"))
    arguments: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    if overrides:
        arguments = (sure(overrides.texts("EntryPoint", ())), sure(overrides.texts("Command", ())))
    return ImageConfig(
        uri=sure(code.text("ImageUri", "")) if code else "",
        resolved=sure(code.text("ResolvedImageUri", "")) if code else "",
        entry_point=tuple(map(redacted, arguments[0])),
        command=tuple(map(redacted, arguments[1])),
        working_directory=sure(overrides.text("WorkingDirectory", "")) if overrides else "",
    )
