"""The functions of the demo application, their layers, versions and aliases."""

from dataclasses import dataclass, field
from typing import Any, cast

import boto3

from lambdaudit.demo import fake_secrets, foundation, handlers
from lambdaudit.demo.identities import ADMIN_ROLE
from lambdaudit.demo.server import ACCOUNT, LAYER_ACCOUNT, assume
from lambdaudit.demo.stack import MAIN, SECOND, Stack, function_arn, role_arn

FOREIGN_LAYER = f"arn:aws:lambda:{MAIN}:{LAYER_ACCOUNT}:layer:imaging-tools:1"
OWN_LAYER = f"arn:aws:lambda:{MAIN}:{ACCOUNT}:layer:tidewater-telemetry:1"


@dataclass(frozen=True)
class Spec:
    """What distinguishes a function; the rest is as a team in a hurry leaves it, or, if `guarded`, as it should be."""

    name: str
    description: str
    runtime: str = "python3.13"
    role: str = ""
    region: str = MAIN
    env: dict[str, str] = field(default_factory=dict)
    guarded: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    retention: int | None = 30


def weak(stack: Stack) -> list[Spec]:
    """The functions with planted weaknesses."""
    legacy_key = stack.arns[f"key/tidewater-legacy@{MAIN}"]
    image = f"{ACCOUNT}.dkr.ecr.{MAIN}.amazonaws.com/tidewater/receipts:latest"
    return [
        Spec("tidewater-admin-console", "Maintenance console of the operators", "python3.12", ADMIN_ROLE),
        Spec(
            "tidewater-order-intake",
            "Takes orders from the queue",
            "nodejs22.x",
            ADMIN_ROLE,
            env={"ORDERS_TABLE": "tidewater-orders"},
            settings={"Timeout": 120},
        ),
        Spec(
            "tidewater-payments",
            "Charges cards",
            "python3.8",
            env={
                "DATABASE_URL": fake_secrets.DATABASE_URL,
                "PAYMENT_API_KEY": fake_secrets.PAYMENT_API_KEY,
                "CURRENCY": "EUR",
            },
            settings={"KMSKeyArn": legacy_key},
        ),
        Spec("tidewater-legacy-quotes", "Quotes of the old web shop", "nodejs16.x", retention=None),
        Spec(
            "tidewater-photo-resize",
            "Thumbnails of guests' photos",
            "python3.12",
            settings={"Layers": [FOREIGN_LAYER], "MemorySize": 1024},
        ),
        Spec(
            "tidewater-notify",
            "Mails guests about their bookings",
            settings={"DeadLetterConfig": {"TargetArn": f"arn:aws:sqs:{MAIN}:{ACCOUNT}:tidewater-notify-failed"}},
        ),
        Spec("tidewater-search", "Searches departures", env={"INDEX_HOST": "search.tidewater.example"}),
        Spec(
            "tidewater-partner-sync",
            "Called by a travel agency",
            env={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/collector/wrap"},
            settings={"Layers": [OWN_LAYER]},
        ),
        Spec("tidewater-release-bot", "Rolls out new versions"),
        Spec("tidewater-crew-provisioning", "Grants rights to new crew members"),
        Spec("tidewater-pricing", "Prices of berths", "python3.8", env={"LEGACY_ACCESS_KEY": fake_secrets.ACCESS_KEY}),
        Spec(
            "tidewater-receipts",
            "Prints receipts",
            runtime="",
            settings={"PackageType": "Image", "Code": {"ImageUri": image}, "MemorySize": 512},
        ),
        Spec("tidewater-nightly-reports", "Reports of the day", "python3.12", ADMIN_ROLE, SECOND),
    ]


def clean(stack: Stack) -> list[Spec]:
    """The well-built functions."""
    subnets = [stack.arns[f"subnet/private-{zone}"].split("/")[-1] for zone in "ab"]
    group = stack.arns["security-group/tidewater-ledger-export"].split("/")[-1]
    return [
        Spec(
            "tidewater-itinerary",
            "Applies changes of itineraries",
            env={"ITINERARIES_TABLE": "tidewater-itineraries"},
            guarded=True,
        ),
        Spec("tidewater-crew-roster", "Rosters for the crew portal", guarded=True),
        Spec(
            "tidewater-ledger-export",
            "Archives the ledger of the day",
            env={"LEDGER_SECRET": foundation.LEDGER_SECRET, "LEDGER_HOST": "ledger.tidewater.example"},
            settings={"VpcConfig": {"SubnetIds": subnets, "SecurityGroupIds": [group]}},
            guarded=True,
        ),
        Spec("tidewater-rotate-ledger", "Rotates the login of the ledger database", guarded=True),
        Spec(
            "tidewater-berth-map",
            "Cuts charts into tiles",
            "nodejs24.x",
            region=SECOND,
            env={"TILES_BUCKET": "tidewater-map-tiles"},
            guarded=True,
        ),
    ]


def deploy_layers(stack: Stack) -> None:
    """A layer of the application, and one that another account shares with the world."""
    wrapper = handlers.archive({"collector/wrap": '#!/bin/sh\nexec "$@"\n'})
    stack.client("lambda").publish_layer_version(
        LayerName="tidewater-telemetry",
        Description=stack.text("layer description", "Collects timings"),
        Content={"ZipFile": wrapper},
        CompatibleRuntimes=["python3.13"],
        LicenseInfo=stack.text("layer licence", "Apache-2.0"),
    )
    publisher = assume(stack.endpoint.url, f"arn:aws:iam::{LAYER_ACCOUNT}:role/publisher")
    elsewhere = cast(Any, boto3.Session)(**publisher).client("lambda", region_name=MAIN, endpoint_url=stack.endpoint.url)
    elsewhere.publish_layer_version(
        LayerName="imaging-tools",
        Description=stack.text("layer description", "Image tools for everyone"),
        Content={"ZipFile": handlers.archive({"python/imaging_tools.py": "VERSION = '1.0'\n"})},
        CompatibleRuntimes=["python3.12"],
    )
    elsewhere.add_layer_version_permission(
        LayerName="imaging-tools",
        VersionNumber=1,
        StatementId="everyone",
        Action="lambda:GetLayerVersion",
        Principal="*",
    )
    stack.made("layer/tidewater-telemetry:1", OWN_LAYER)
    stack.made("layer/imaging-tools:1", FOREIGN_LAYER)


def deploy_signing(stack: Stack) -> None:
    """Only packages that the company's own profile has signed may run as a well-built function."""
    for region in (MAIN, SECOND):
        created = stack.client("lambda", region).create_code_signing_config(
            Description=stack.text("code signing description", "Signed by the release pipeline"),
            AllowedPublishers={
                "SigningProfileVersionArns": [f"arn:aws:signer:{region}:{ACCOUNT}:/signing-profiles/tidewater_release/AbCdEfGh12"]
            },
            CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"},
        )
        stack.made(f"code-signing/{region}", created["CodeSigningConfig"]["CodeSigningConfigArn"])


def deploy_functions(stack: Stack) -> None:
    """All functions, with their log groups; the well-built ones behind an alias that names a version."""
    for spec in (*weak(stack), *clean(stack)):
        foundation.deploy_logs(stack, spec.name, spec.region, retention=spec.retention, encrypted=spec.guarded)
        _function(stack, spec)
        if spec.guarded:
            _pin(stack, spec)
    _pricing_history(stack)
    lambda_ = stack.client("lambda")
    lambda_.put_function_recursion_config(FunctionName="tidewater-photo-resize", RecursiveLoop="Allow")
    lambda_.put_function_event_invoke_config(
        FunctionName="tidewater-notify",
        MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sns:{MAIN}:{ACCOUNT}:tidewater-notify-failures"}},
    )


def _function(stack: Stack, spec: Spec) -> None:
    settings: dict[str, Any] = {
        "Timeout": 20,
        "MemorySize": 256,
        "Code": {"ZipFile": handlers.package(spec.name)},
        **(_guards(stack, spec.region) if spec.guarded else {}),
        **spec.settings,
    }
    if spec.runtime:
        settings |= {"Runtime": spec.runtime, "Handler": stack.text("handler", "app.handler")}
    if spec.env:
        settings["Environment"] = {
            "Variables": {
                stack.text("environment name", name): stack.text("environment value", value) for name, value in spec.env.items()
            }
        }
    stack.client("lambda", spec.region).create_function(
        FunctionName=spec.name,
        Role=role_arn(spec.role or f"{spec.name}-role"),
        Description=stack.text("function description", spec.description),
        Tags=stack.tags(spec.name.removeprefix("tidewater-")),
        **settings,
    )
    stack.made(f"function/{spec.name}", function_arn(spec.name, spec.region))


def _guards(stack: Stack, region: str) -> dict[str, Any]:
    return {
        "Architectures": ["arm64"],
        "TracingConfig": {"Mode": "Active"},
        "KMSKeyArn": stack.arns[f"key/tidewater-data@{region}"],
        "DeadLetterConfig": {"TargetArn": stack.arns[f"queue/tidewater-dead-letters@{region}"]},
        "CodeSigningConfigArn": stack.arns[f"code-signing/{region}"],
        "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"},
    }


def _pin(stack: Stack, spec: Spec) -> None:
    lambda_ = stack.client("lambda", spec.region)
    lambda_.put_function_concurrency(FunctionName=spec.name, ReservedConcurrentExecutions=10)
    version = lambda_.publish_version(FunctionName=spec.name, Description=stack.text("version description", "Release"))
    lambda_.create_alias(
        FunctionName=spec.name,
        Name="live",
        FunctionVersion=version["Version"],
        Description=stack.text("alias description", "What callers use"),
    )
    stack.made(f"function/{spec.name}:live", function_arn(spec.name, spec.region) + ":live")


def _pricing_history(stack: Stack) -> None:
    """Version 1 keeps an old runtime and an access key; the alias that callers use follows every change."""
    lambda_, name = stack.client("lambda"), "tidewater-pricing"
    lambda_.publish_version(FunctionName=name, Description=stack.text("version description", "First season"))
    lambda_.update_function_configuration(
        FunctionName=name, Runtime="python3.13", Environment={"Variables": {"SEASON": "summer"}}
    )
    lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    stack.made(f"function/{name}:1", function_arn(name) + ":1")
    stack.made(f"function/{name}:live", function_arn(name) + ":live")
