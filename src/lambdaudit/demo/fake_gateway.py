"""moto's HTTP and WebSocket APIs, with the one reading that they lack."""

import json
from typing import Any

from moto.apigatewayv2.responses import ApiGatewayV2Response


class Response(ApiGatewayV2Response):
    """The operations of API Gateway v2."""

    def get_authorizers(self) -> tuple[int, dict[str, Any], str]:
        """GetAuthorizers: moto gives them out only one by one."""
        api = self.apigatewayv2_backend.get_api(self.path.split("/")[-2])
        items = [authorizer.to_json() for authorizer in api.authorizers.values()]
        return 200, {}, json.dumps({"items": items})
