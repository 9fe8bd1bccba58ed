"""REST, HTTP and WebSocket APIs with their routes, stages and authorizers."""

from typing import Any

from lambdaudit.model.apis import Api
from lambdaudit.model.functions import Cors
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.assemble.builder import Builder
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.http_routes import http_parts
from lambdaudit.sources.aws.assemble.rest_routes import rest_parts
from lambdaudit.sources.aws.assemble.tags import tags_of_map
from lambdaudit.sources.aws.raw import Key

KINDS = ("api", "route", "stage", "authorizer")


def apis(b: Builder) -> None:
    """Add the APIs of both API Gateway services."""
    for key, record in b.records("apigateway", "GetRestApis", "items", *KINDS):
        common = _common(b, key, record, "id", "name", "tags")
        if common is not None:
            _add_rest(b, key, record, common)
    for key, record in b.records("apigatewayv2", "GetApis", "Items", *KINDS):
        common = _common(b, key, record, "ApiId", "Name", "Tags")
        if common is not None:
            _add_http(b, key, record, common)


def _common(b: Builder, key: Key, record: Fields, identifier: str, name: str, tags: str) -> dict[str, Any] | None:
    api_id = record.text(identifier, "")
    if not isinstance(api_id, str) or not api_id or "/" in api_id or ":" in api_id:
        b.lost(KINDS, key.account, key.region, record.where, "odd record: an API without an id")
        return None
    record.about(api_id)
    return {
        "id": b.arn(key, "execute-api", api_id),
        "api_id": api_id,
        "name": record.plain(record.prose(name, api_id), api_id),
        "where": record.where,
        "account": key.account,
        "region": key.region,
        "tags": tags_of_map(record, tags),
    }


def _add_rest(b: Builder, key: Key, record: Fields, common: dict[str, Any]) -> None:
    record.ignore("createdDate", "rootResourceId", "apiKeySource", "binaryMediaTypes", "minimumCompressionSize", "version")
    kind = record.build("endpointConfiguration", _endpoint, ("EDGE", ()))
    name = common["name"]
    document = record.take("policy")
    policy = b.documents.policy(document, name=name, kind="resource", where=record.where / "policy") if document else None
    api = Api(
        **common,
        protocol="REST",
        endpoint=kind if isinstance(kind, Unknown) else kind[0],
        vpc_endpoints=kind if isinstance(kind, Unknown) else kind[1],
        policy=policy,
        cors=None,
        default_endpoint_disabled=record.flag("disableExecuteApiEndpoint", False),
        extra=record.extra(),
    )
    b.add(api, record)
    rest_parts(b, key._replace(subject=api.api_id), api)


def _endpoint(configuration: Fields) -> tuple[str, tuple[str, ...]]:
    configuration.ignore("ipAddressType")
    types = sure(configuration.texts("types", ("EDGE",)))
    return types[0] if types else "EDGE", sure(configuration.texts("vpcEndpointIds", ()))


def _add_http(b: Builder, key: Key, record: Fields, common: dict[str, Any]) -> None:
    record.ignore("CreatedDate", "ApiEndpoint", "ApiKeySelectionExpression", "RouteSelectionExpression", "IpAddressType")
    record.ignore("Version", "ApiGatewayManaged", "DisableSchemaValidation")
    api = Api(
        **common,
        protocol=record.plain(record.text("ProtocolType", record.unsaid), ""),
        # API Gateway has neither private nor edge-optimised HTTP and WebSocket APIs, nor policies on them.
        endpoint="REGIONAL",
        policy=None,
        cors=record.build("CorsConfiguration", _cors, None),
        default_endpoint_disabled=record.flag("DisableExecuteApiEndpoint", False),
        extra=record.extra(),
    )
    b.add(api, record)
    http_parts(b, key._replace(subject=api.api_id), api)


def _cors(cors: Fields) -> Cors:
    cors.ignore("MaxAge", "ExposeHeaders")
    return Cors(
        origins=sure(cors.texts("AllowOrigins", ())),
        methods=sure(cors.texts("AllowMethods", ())),
        headers=sure(cors.texts("AllowHeaders", ())),
        credentials=sure(cors.flag("AllowCredentials", False)),
    )
