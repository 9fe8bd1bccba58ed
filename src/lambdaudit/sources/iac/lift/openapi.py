"""Routes and authorizers that the OpenAPI body of an API states, version 2 and 3, with API Gateway's extensions."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from lambdaudit.model.apis import Api, Authorizer, Route
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.aws.assemble.integrations import Callee, callee
from lambdaudit.sources.iac.lift.builder import Builder
from lambdaudit.sources.iac.lift.props import Props, as_map, from_json, sure
from lambdaudit.sources.iac.resources import Resource

_VERBS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_ANY: Final = "x-amazon-apigateway-any-method"
_TYPES: Final = {
    "token": ("CUSTOM", "TOKEN"),
    "request": ("CUSTOM", "REQUEST"),
    "jwt": ("JWT", "JWT"),
    "cognito_user_pools": ("COGNITO_USER_POOLS", "COGNITO_USER_POOLS"),
}
"""Authorization of a route and kind of authorizer, by the ``type`` in the body."""


def body_of(props: Props) -> dict[str, Any]:
    """The body of an API as an object; an empty one when there is none."""
    value = props.take("Body")
    if isinstance(value, str):
        value = from_json(value)
    return value if isinstance(value, dict) else {}


def authorizer_function(uri: Maybe[str]) -> Maybe[str]:
    """The authorizer function's ARN, with its qualifier; an empty text when the authorizer calls none."""
    if isinstance(uri, Unknown) or not uri:
        return uri
    target = callee(uri)
    if isinstance(target.function, Unknown) or not target.qualifier:
        return target.function
    return f"{target.function}:{target.qualifier}"


class Body:
    """One body, read for one API. `rest`: a REST API, whose routes are methods of paths."""

    def __init__(self, b: Builder, resource: Resource, api: Api, body: dict[str, Any], where: Where, *, rest: bool) -> None:
        self.b = b
        self.resource = resource
        self.api = api
        self.body = Props(as_map(body), where)
        self.rest = rest
        self.schemes: dict[str, Props] = dict(self._schemes())

    def add(self) -> None:
        """Add the routes and authorizers."""
        for name, scheme in self.schemes.items():
            self._add_authorizer(name, scheme)
        paths = self.body.record("paths")
        if not isinstance(paths, Props):
            return
        for path in paths.data:
            methods = paths.record(path)
            if isinstance(methods, Props):
                for verb in methods.data:
                    operation = methods.record(verb)
                    if (verb.lower() in _VERBS or verb == _ANY) and isinstance(operation, Props):
                        self._add_route(str(path), "ANY" if verb == _ANY else verb.upper(), operation)

    def _schemes(self) -> Iterator[tuple[str, Props]]:
        components = self.body.record("components")
        for holder, name in ((self.body, "securityDefinitions"), (components, "securitySchemes")):
            table = holder.record(name) if isinstance(holder, Props) else None
            for scheme in table.data if isinstance(table, Props) else ():
                found = table.record(scheme) if isinstance(table, Props) else None
                if isinstance(found, Props):
                    yield str(scheme), found

    def _common(self, where: Where) -> dict[str, Any]:
        return {"where": where, "account": self.api.account, "region": self.api.region, "api": self.api.id}

    def _add_route(self, path: str, verb: str, operation: Props) -> None:
        authorization, authorizer, api_key, scopes = self._security(operation)
        target = self._integration(operation)
        key = f"{verb} {path}" if path != "/$default" and path != "$default" else "$default"
        validator = operation.text("x-amazon-apigateway-request-validator", "")
        general = self.body.text("x-amazon-apigateway-request-validator", "")
        self.b.add(
            Route(
                id=f"{self.api.id}/{key}",
                name=key,
                **self._common(operation.where),
                method=verb,
                path=path if key != "$default" else "$default",
                authorization=authorization,
                authorizer=f"{self.api.id}/authorizers/{authorizer}" if authorizer else "",
                api_key_required=api_key,
                scopes=scopes,
                function=target.function,
                qualifier=target.qualifier,
                integration=target.address,
                request_validator=next((text for text in (validator, general) if isinstance(text, str) and text), ""),
            )
        )

    def _integration(self, operation: Props) -> Callee:
        def build(props: Props) -> Callee:
            uri = sure(props.text("uri", ""))
            return callee(uri) if uri else Callee("", "", sure(props.text("type", "")))

        found = operation.build("x-amazon-apigateway-integration", build, Callee("", "", ""))
        return Callee(found, "", "") if isinstance(found, Unknown) else found

    def _security(self, operation: Props) -> tuple[Maybe[str], str, bool, tuple[str, ...]]:
        """Authorization, the authorizer's name, whether an API key is wanted, and scopes."""
        value = operation.take("security")
        if value is None:
            value = self.body.take("security")
        if isinstance(value, Unknown):
            return value, "", False, ()
        authorization: Maybe[str] = "NONE"
        authorizer, api_key, scopes = "", False, tuple[str, ...]()
        stated = operation.record("x-amazon-apigateway-auth")
        if isinstance(stated, Props):
            authorization = stated.text("type", "NONE")
        for requirement in value if isinstance(value, list) else ():
            if isinstance(requirement, Unknown):
                return requirement, "", False, ()
            for name, wanted in requirement.items() if isinstance(requirement, dict) else ():
                kind = self._authorization(str(name))
                if kind == "API_KEY":
                    api_key = True
                elif kind != "NONE":
                    authorization = kind
                    authorizer = "" if kind == "AWS_IAM" else str(name)
                    scopes = tuple(str(scope) for scope in wanted if isinstance(scope, str)) if isinstance(wanted, list) else ()
        return authorization, authorizer, api_key, scopes

    def _authorization(self, name: str) -> Maybe[str]:
        scheme = self.schemes.get(name)
        if scheme is None:
            return "NONE"
        kind = scheme.text("x-amazon-apigateway-authtype", "")
        if isinstance(kind, str) and kind.lower() in ("awssigv4", "aws_iam"):
            return "AWS_IAM"
        authorizer = scheme.record("x-amazon-apigateway-authorizer")
        if isinstance(authorizer, Unknown):
            return authorizer
        if authorizer is not None:
            stated = authorizer.text("type", "")
            return stated if isinstance(stated, Unknown) else _TYPES.get(stated.lower(), ("CUSTOM", ""))[0]
        if scheme.text("type", "") == "apiKey" and str(scheme.text("name", "")).lower() == "x-api-key":
            return "API_KEY"
        if isinstance(kind, str) and kind:
            return _TYPES.get(kind.lower(), ("CUSTOM", ""))[0]
        # API Gateway ignores schemes without its extension: the route is open.
        return "NONE"

    def _add_authorizer(self, name: str, scheme: Props) -> None:
        stated = scheme.record("x-amazon-apigateway-authorizer")
        if not isinstance(stated, Props):
            return
        plain = self.b.opener(self.resource, "authorizer")
        kind = plain(stated.text("type", ""), "")
        issuer, audience = tokens(plain, stated, "jwtConfiguration", "issuer", "audience")
        header = scheme.text("name", "")
        source = stated.take("identitySource")
        sources = tuple(map(str, source)) if isinstance(source, list) else tuple(str(source).split(",")) if source else ()
        if not sources and isinstance(header, str) and header and header != "Unused":
            sources = (f"method.request.header.{header}",)
        self.b.add(
            Authorizer(
                id=f"{self.api.id}/authorizers/{name}",
                name=name,
                **self._common(stated.where),
                authorizer_id=name,
                kind=_TYPES.get(kind.lower(), ("", kind.upper()))[1],
                function=plain(authorizer_function(stated.text("authorizerUri", "")), ""),
                identity_sources=tuple(part.strip() for part in sources if part.strip()),
                ttl=plain(stated.integer("authorizerResultTtlInSeconds", 300 if self.rest else None), None),
                simple_responses=plain(stated.flag("enableSimpleResponses", False), False),
                audience=audience or plain(stated.texts("providerARNs", ()), ()),
                issuer=issuer,
            )
        )


def tokens(plain: Callable[[Any, Any], Any], props: Props, name: str, issuer: str, audience: str) -> tuple[str, tuple[str, ...]]:
    """Whose tokens an authorizer takes, and for whom they must be; an open audience is one, an open issuer has no scheme."""
    settings = props.record(name)
    if not isinstance(settings, Props):
        return ("", ()) if settings is None else ("", plain(settings, ("an open audience",)))
    return plain(settings.text(issuer, ""), ""), plain(settings.texts(audience, ()), ("an open audience",))
