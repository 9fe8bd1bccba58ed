"""The APIs of an estate: several functions behind each, one route a function, safe unless planted otherwise."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.support.estate_plan import Function
from tests.support.estate_sources import let
from tests.support.wire import ACCOUNT

if TYPE_CHECKING:
    from tests.support.estate import Site

ROUTES_PER_API = 6


def chunks(site: "Site", region: str, trigger: str) -> Iterator[list[Function]]:
    """The region's functions with that trigger, as many together as share an API."""
    found = [one for one in site.plan.all if (one.region, one.trigger) == (region, trigger)]
    for start in range(0, len(found), ROUTES_PER_API):
        yield found[start : start + ROUTES_PER_API]


def deploy_apis(site: "Site", region: str) -> None:
    """All APIs of a region."""
    for group in chunks(site, region, "rest"):
        rest_api(site, region, group)
    for group in chunks(site, region, "http"):
        http_api(site, region, group)
    for group in chunks(site, region, "websocket"):
        websocket_api(site, region, group)


def rest_api(site: "Site", region: str, group: list[Function]) -> None:
    """A REST API whose methods ask for IAM signatures; its policy admits the account, and is missing if one is open."""
    gateway = site.client("apigateway", region)
    caller = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    statement = {"Effect": "Allow", "Principal": caller, "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    policy = {"policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
    if any("open-rest-method" in one.weaknesses for one in group):
        policy = {}
    api = gateway.create_rest_api(name=group[0].name, endpointConfiguration={"types": ["REGIONAL"]}, **policy)["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    for one in group:
        place = gateway.create_resource(restApiId=api, parentId=root, pathPart=one.name)["id"]
        planted = "open-rest-method" in one.weaknesses
        method = {"restApiId": api, "resourceId": place, "httpMethod": "POST"}
        gateway.put_method(authorizationType="NONE" if planted else "AWS_IAM", **method)
        uri = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{one.arn}/invocations"
        gateway.put_integration(type="AWS_PROXY", integrationHttpMethod="POST", uri=uri, **method)
        arn = f"arn:aws:execute-api:{region}:{ACCOUNT}:{api}/*/POST/{one.name}"
        let(site, one, "apigateway", arn)
        if planted:
            site.plant(one, "open-rest-method", f"arn:aws:execute-api:{region}:{ACCOUNT}:{api}")
        elif "method-arn-with-wildcard" in one.controls:
            site.plant(one, "method-arn-with-wildcard", one.arn)
    gateway.create_deployment(restApiId=api, stageName="prod")


def http_api(site: "Site", region: str, group: list[Function]) -> None:
    """An HTTP API: every other one checks tokens, the rest ask for IAM signatures."""
    gateway = site.client("apigatewayv2", region)
    api = gateway.create_api(Name=group[0].name, ProtocolType="HTTP")["ApiId"]
    tokens = sum(group[0].name.encode()) % 2 == 0
    guard = {"AuthorizationType": "AWS_IAM"}
    if tokens:
        made = gateway.create_authorizer(
            ApiId=api,
            Name="tokens",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Audience": ["shop"], "Issuer": "https://login.example.com"},
        )
        guard = {"AuthorizationType": "JWT", "AuthorizerId": made["AuthorizerId"]}
    for one in group:
        planted = "open-http-route" in one.weaknesses
        route(site, one, api, f"POST /{one.name}", {"AuthorizationType": "NONE"} if planted else guard)
        arn = f"arn:aws:execute-api:{region}:{ACCOUNT}:{api}/*/*/{one.name}"
        let(site, one, "apigateway", arn)
        if planted:
            site.plant(one, "open-http-route", f"arn:aws:execute-api:{region}:{ACCOUNT}:{api}")
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)


def route(site: "Site", one: Function, api: str, key: str, guard: dict[str, str]) -> None:
    """One route and its integration."""
    gateway = site.client("apigatewayv2", one.region)
    integration = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=one.arn, PayloadFormatVersion="2.0"
    )
    gateway.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{integration['IntegrationId']}", **guard)


def websocket_api(site: "Site", region: str, group: list[Function]) -> None:
    """A WebSocket API whose connections are signed."""
    gateway = site.client("apigatewayv2", region)
    api = gateway.create_api(Name=group[0].name, ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")[
        "ApiId"
    ]
    for number, one in enumerate(group):
        guard = {} if number else {"AuthorizationType": "AWS_IAM"}
        route(site, one, api, one.name if number else "$connect", guard)
        let(site, one, "apigateway", f"arn:aws:execute-api:{region}:{ACCOUNT}:{api}/*")
    gateway.create_stage(ApiId=api, StageName="prod")
