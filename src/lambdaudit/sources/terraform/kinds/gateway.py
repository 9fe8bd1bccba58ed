"""API Gateway: REST, HTTP and WebSocket APIs."""

from typing import TYPE_CHECKING

from lambdaudit.sources.iac.values import List, Map, Value

from ..functions.encoding import json_tree, yamldecode
from ..partial import Invalid
from ..shape import As, Kind, Many, converted, document, pick, put, shaped

if TYPE_CHECKING:
    from ..collect import Collector, Source


def _body(value: Value) -> Value:
    """An OpenAPI document, JSON or YAML."""
    try:
        return json_tree(value)
    except Invalid:
        return yamldecode(value) if isinstance(value, str) else value


_INTEGRATION = {
    "type": "Type",
    "integration_http_method": "IntegrationHttpMethod",
    "uri": "Uri",
    "credentials": "Credentials",
    "connection_type": "ConnectionType",
    "request_templates": "RequestTemplates",
}


def _integration(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """An integration is a part of its method in CloudFormation."""
    made = shaped(_INTEGRATION, settings)
    wanted = {
        "RestApiId": settings.get("rest_api_id"),
        "ResourceId": settings.get("resource_id"),
        "HttpMethod": settings.get("http_method"),
    }
    collector.matching(source, "AWS::ApiGateway::Method", wanted, lambda p: put(p, "Integration", made, source.at))


def _rest_policy(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    policy, at = pick(settings, "policy")
    tree = converted(document, policy) if policy is not None else None
    collector.later(source, settings.get("rest_api_id"), ("AWS::ApiGateway::RestApi",), lambda p: put(p, "Policy", tree, at))


_SETTINGS = {
    "settings.logging_level": "LoggingLevel",
    "settings.data_trace_enabled": "DataTraceEnabled",
    "settings.metrics_enabled": "MetricsEnabled",
    "settings.throttling_burst_limit": "ThrottlingBurstLimit",
    "settings.throttling_rate_limit": "ThrottlingRateLimit",
    "settings.caching_enabled": "CachingEnabled",
    "settings.cache_data_encrypted": "CacheDataEncrypted",
}


def _method_settings(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """Settings of the methods of a stage; ``*/*`` means all of them."""
    made = shaped(_SETTINGS, settings, Map((), source.at))
    path, at = pick(settings, "method_path")
    if isinstance(path, str):
        where, _, method = path.rpartition("/")
        put(made, "HttpMethod", method or "*", at)
        put(made, "ResourcePath", "/*" if where in ("*", "") else "/" + where.strip("/").replace("/", "~1"), at)
    elif path is not None:
        put(made, "HttpMethod", path, at)
        put(made, "ResourcePath", path, at)
    # The provider turns throttling off with -1, which is what an unset limit is.
    for name in ("ThrottlingBurstLimit", "ThrottlingRateLimit"):
        if made.get(name) in (-1, "-1"):
            del made[name]
    wanted = {"RestApiId": settings.get("rest_api_id"), "StageName": settings.get("stage_name")}

    def change(stage: Map) -> None:
        present = stage.get("MethodSettings")
        if not isinstance(present, List):
            present = List((), source.at)
            put(stage, "MethodSettings", present, source.at)
        present.append(made)

    collector.matching(source, "AWS::ApiGateway::Stage", wanted, change)


_ROUTE_SETTINGS = {
    "route_key": "RouteKey",
    "throttling_burst_limit": "ThrottlingBurstLimit",
    "throttling_rate_limit": "ThrottlingRateLimit",
    "logging_level": "LoggingLevel",
    "data_trace_enabled": "DataTraceEnabled",
    "detailed_metrics_enabled": "DetailedMetricsEnabled",
}


def _route_settings(value: Value) -> Value:
    """A list of settings as an object by route key."""
    if not isinstance(value, list):
        return value
    found = Map((), getattr(value, "span", None))
    for one in value:
        if isinstance(one, Map) and isinstance(one.get("RouteKey"), str):
            found[str(one.pop("RouteKey"))] = one
    return found


def _http_api(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """A quick-created API has a default stage that deploys by itself."""
    if properties.get("Target") is not None and properties.get("RouteKey") is None:
        put(properties, "RouteKey", "$default", settings.at("target"))


KINDS = {
    "aws_api_gateway_rest_api": Kind(
        "AWS::ApiGateway::RestApi",
        {
            "name": "Name",
            "description": "Description",
            "policy": As("Policy", document),
            "body": As("Body", _body),
            "endpoint_configuration.types": "EndpointConfiguration.Types",
            "endpoint_configuration.vpc_endpoint_ids": "EndpointConfiguration.VpcEndpointIds",
            "disable_execute_api_endpoint": "DisableExecuteApiEndpoint",
            "api_key_source": "ApiKeySourceType",
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_api_gateway_rest_api_policy": Kind("", {}, _rest_policy),
    "aws_api_gateway_resource": Kind(
        "AWS::ApiGateway::Resource", {"rest_api_id": "RestApiId", "parent_id": "ParentId", "path_part": "PathPart"}
    ),
    "aws_api_gateway_method": Kind(
        "AWS::ApiGateway::Method",
        {
            "rest_api_id": "RestApiId",
            "resource_id": "ResourceId",
            "http_method": "HttpMethod",
            "authorization": "AuthorizationType",
            "authorizer_id": "AuthorizerId",
            "authorization_scopes": "AuthorizationScopes",
            "api_key_required": "ApiKeyRequired",
            "request_validator_id": "RequestValidatorId",
        },
    ),
    "aws_api_gateway_integration": Kind("", {}, _integration),
    "aws_api_gateway_authorizer": Kind(
        "AWS::ApiGateway::Authorizer",
        {
            "rest_api_id": "RestApiId",
            "name": "Name",
            "type": "Type",
            "authorizer_uri": "AuthorizerUri",
            "authorizer_result_ttl_in_seconds": "AuthorizerResultTtlInSeconds",
            "identity_source": "IdentitySource",
            "provider_arns": "ProviderARNs",
        },
    ),
    "aws_api_gateway_deployment": Kind(
        "AWS::ApiGateway::Deployment",
        {"rest_api_id": "RestApiId", "stage_name": "StageName", "variables": "StageDescription.Variables"},
    ),
    "aws_api_gateway_stage": Kind(
        "AWS::ApiGateway::Stage",
        {
            "rest_api_id": "RestApiId",
            "deployment_id": "DeploymentId",
            "stage_name": "StageName",
            "variables": "Variables",
            "xray_tracing_enabled": "TracingEnabled",
            "cache_cluster_enabled": "CacheClusterEnabled",
            "access_log_settings.destination_arn": "AccessLogSetting.DestinationArn",
            "access_log_settings.format": "AccessLogSetting.Format",
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_api_gateway_method_settings": Kind("", {}, _method_settings),
    "aws_api_gateway_request_validator": Kind(
        "AWS::ApiGateway::RequestValidator",
        {
            "rest_api_id": "RestApiId",
            "name": "Name",
            "validate_request_body": "ValidateRequestBody",
            "validate_request_parameters": "ValidateRequestParameters",
        },
    ),
    "aws_api_gateway_usage_plan": Kind(
        "AWS::ApiGateway::UsagePlan",
        {
            "name": "UsagePlanName",
            "api_stages": Many("ApiStages", {"api_id": "ApiId", "stage": "Stage"}),
            "throttle_settings.burst_limit": "Throttle.BurstLimit",
            "throttle_settings.rate_limit": "Throttle.RateLimit",
        },
    ),
    "aws_wafv2_web_acl_association": Kind(
        "AWS::WAFv2::WebACLAssociation", {"resource_arn": "ResourceArn", "web_acl_arn": "WebACLArn"}
    ),
    "aws_wafv2_web_acl": Kind("AWS::WAFv2::WebACL", {"name": "Name", "scope": "Scope"}),
    "aws_apigatewayv2_api": Kind(
        "AWS::ApiGatewayV2::Api",
        {
            "name": "Name",
            "protocol_type": "ProtocolType",
            "description": "Description",
            "body": As("Body", _body),
            "disable_execute_api_endpoint": "DisableExecuteApiEndpoint",
            "cors_configuration.allow_origins": "CorsConfiguration.AllowOrigins",
            "cors_configuration.allow_methods": "CorsConfiguration.AllowMethods",
            "cors_configuration.allow_headers": "CorsConfiguration.AllowHeaders",
            "cors_configuration.allow_credentials": "CorsConfiguration.AllowCredentials",
            "target": "Target",
            "route_key": "RouteKey",
            "route_selection_expression": "RouteSelectionExpression",
            "tags": "Tags",
        },
        _http_api,
        tags="Tags",
    ),
    "aws_apigatewayv2_route": Kind(
        "AWS::ApiGatewayV2::Route",
        {
            "api_id": "ApiId",
            "route_key": "RouteKey",
            "target": "Target",
            "authorization_type": "AuthorizationType",
            "authorizer_id": "AuthorizerId",
            "authorization_scopes": "AuthorizationScopes",
            "api_key_required": "ApiKeyRequired",
        },
    ),
    "aws_apigatewayv2_integration": Kind(
        "AWS::ApiGatewayV2::Integration",
        {
            "api_id": "ApiId",
            "integration_type": "IntegrationType",
            "integration_subtype": "IntegrationSubtype",
            "integration_uri": "IntegrationUri",
            "integration_method": "IntegrationMethod",
            "payload_format_version": "PayloadFormatVersion",
            "credentials_arn": "CredentialsArn",
        },
    ),
    "aws_apigatewayv2_authorizer": Kind(
        "AWS::ApiGatewayV2::Authorizer",
        {
            "api_id": "ApiId",
            "name": "Name",
            "authorizer_type": "AuthorizerType",
            "authorizer_uri": "AuthorizerUri",
            "identity_sources": "IdentitySource",
            "authorizer_result_ttl_in_seconds": "AuthorizerResultTtlInSeconds",
            "enable_simple_responses": "EnableSimpleResponses",
            "jwt_configuration.audience": "JwtConfiguration.Audience",
            "jwt_configuration.issuer": "JwtConfiguration.Issuer",
        },
    ),
    "aws_apigatewayv2_stage": Kind(
        "AWS::ApiGatewayV2::Stage",
        {
            "api_id": "ApiId",
            "name": "StageName",
            "auto_deploy": "AutoDeploy",
            "stage_variables": "StageVariables",
            "access_log_settings.destination_arn": "AccessLogSettings.DestinationArn",
            "access_log_settings.format": "AccessLogSettings.Format",
            "default_route_settings.throttling_burst_limit": "DefaultRouteSettings.ThrottlingBurstLimit",
            "default_route_settings.throttling_rate_limit": "DefaultRouteSettings.ThrottlingRateLimit",
            "default_route_settings.logging_level": "DefaultRouteSettings.LoggingLevel",
            "default_route_settings.data_trace_enabled": "DefaultRouteSettings.DataTraceEnabled",
            "route_settings": Many("RouteSettings", _ROUTE_SETTINGS, _route_settings),
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_cognito_user_pool": Kind("AWS::Cognito::UserPool", {"name": "UserPoolName"}),
    "aws_cognito_user_pool_client": Kind("AWS::Cognito::UserPoolClient", {"name": "ClientName", "user_pool_id": "UserPoolId"}),
}
