"""The REST API and the HTTP API of the demo application."""

from typing import Any

from lambdaudit.demo.events import permit
from lambdaudit.demo.server import ACCOUNT
from lambdaudit.demo.stack import MAIN, Stack, function_arn

USER_POOL = f"arn:aws:cognito-idp:{MAIN}:{ACCOUNT}:userpool/{MAIN}_Tidewater"


def deploy_rest_api(stack: Stack) -> None:
    """GET /search is open; POST /bookings wants IAM, GET /account a signed-in user."""
    gateway = stack.client("apigateway")
    api = gateway.create_rest_api(
        name=stack.text("API name", "tidewater-public"),
        description=stack.text("API description", "Public API of the booking platform"),
        endpointConfiguration={"types": ["REGIONAL"]},
        tags=stack.tags("public API"),
    )["id"]
    stack.made("rest-api/tidewater-public", f"arn:aws:apigateway:{MAIN}::/restapis/{api}")
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    guests = gateway.create_authorizer(
        restApiId=api,
        name=stack.text("authorizer name", "guests"),
        type="COGNITO_USER_POOLS",
        providerARNs=[USER_POOL],
        identitySource="method.request.header.Authorization",
    )["id"]
    routes: list[tuple[str, str, str, dict[str, Any]]] = [
        ("search", "GET", "tidewater-search", {"authorizationType": "NONE"}),
        ("bookings", "POST", "tidewater-order-intake", {"authorizationType": "AWS_IAM"}),
        ("account", "GET", "tidewater-payments", {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": guests}),
    ]
    for path, method, function, authorization in routes:
        resource = gateway.create_resource(restApiId=api, parentId=root, pathPart=stack.text("API path", path))["id"]
        gateway.put_method(restApiId=api, resourceId=resource, httpMethod=method, **authorization)
        gateway.put_integration(
            restApiId=api,
            resourceId=resource,
            httpMethod=method,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:{MAIN}:lambda:path/2015-03-31/functions/{function_arn(function)}/invocations",
        )
        source = f"arn:aws:execute-api:{MAIN}:{ACCOUNT}:{api}/*/{method}/{path}"
        bound = {} if function == "tidewater-search" else {"SourceArn": source}
        permit(stack, function, "apigateway.amazonaws.com", "rest-api", **bound)
    deployment = gateway.create_deployment(restApiId=api, description=stack.text("deployment description", "Summer"))["id"]
    gateway.create_stage(
        restApiId=api,
        stageName="prod",
        deploymentId=deployment,
        description=stack.text("stage description", "Production"),
        variables={"release": stack.text("stage variable", "summer")},
    )


def deploy_http_api(stack: Stack) -> None:
    """GET /quotes/{id} is open; POST /payments wants a token of the guests' user pool."""
    gateway = stack.client("apigatewayv2")
    api = gateway.create_api(
        Name=stack.text("API name", "tidewater-guests"),
        ProtocolType="HTTP",
        Description=stack.text("API description", "API of the guests' app"),
        CorsConfiguration={
            "AllowOrigins": [stack.text("CORS origin", "https://www.tidewater.example")],
            "AllowMethods": ["GET", "POST"],
        },
        Tags=stack.tags("guests' API"),
    )["ApiId"]
    stack.made("http-api/tidewater-guests", f"arn:aws:apigateway:{MAIN}::/apis/{api}")
    tokens = gateway.create_authorizer(
        ApiId=api,
        Name=stack.text("authorizer name", "tokens"),
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={
            "Audience": [stack.text("JWT audience", "tidewater-app")],
            "Issuer": f"https://cognito-idp.{MAIN}.amazonaws.com/{MAIN}_Tidewater",
        },
    )["AuthorizerId"]
    routes: list[tuple[str, str, dict[str, Any]]] = [
        ("GET /quotes/{id}", "tidewater-legacy-quotes", {"AuthorizationType": "NONE"}),
        ("POST /payments", "tidewater-payments", {"AuthorizationType": "JWT", "AuthorizerId": tokens}),
    ]
    for key, function, authorization in routes:
        integration = gateway.create_integration(
            ApiId=api,
            IntegrationType="AWS_PROXY",
            IntegrationUri=function_arn(function),
            PayloadFormatVersion="2.0",
        )["IntegrationId"]
        gateway.create_route(
            ApiId=api, RouteKey=stack.text("route key", key), Target=f"integrations/{integration}", **authorization
        )
        method, path = key.split(" ")
        source = f"arn:aws:execute-api:{MAIN}:{ACCOUNT}:{api}/*/{method}{path}"
        permit(stack, function, "apigateway.amazonaws.com", "http-api", SourceArn=source)
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
