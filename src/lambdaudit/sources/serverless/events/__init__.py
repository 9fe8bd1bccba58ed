"""The events of functions, one module for each family, as what the framework makes of them."""

from collections.abc import Callable
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import Span
from lambdaudit.sources.serverless.events import edges, gateway, http_api, pollers, rules, storage, websocket
from lambdaudit.sources.serverless.service import Function, Service

Adder = Callable[[Service, Function, int, Any, Span | None], None]
KINDS: Final[dict[str, Adder]] = {
    "activemq": pollers.add_broker("activemq"),
    "alb": edges.add_alb,
    "alexaSkill": edges.add_alexa_skill,
    "alexaSmartHome": edges.add_alexa_home,
    "cloudFront": edges.add_cloud_front,
    "cloudwatchEvent": rules.add_cloudwatch_event,
    "cloudwatchLog": storage.add_log,
    "cognitoUserPool": storage.add_user_pool,
    "eventBridge": rules.add_event_bridge,
    "http": gateway.add_http,
    "httpApi": http_api.add_http_api,
    "iot": edges.add_iot,
    "iotFleetProvisioning": edges.add_fleet,
    "kafka": pollers.add_kafka,
    "msk": pollers.add_msk,
    "rabbitmq": pollers.add_broker("rabbitmq"),
    "s3": storage.add_bucket,
    "schedule": rules.add_schedule,
    "sns": storage.add_topic,
    "sqs": pollers.add_queue,
    "stream": pollers.add_stream,
    "websocket": websocket.add_websocket,
}


def add_events(s: Service) -> None:
    """Add what the events of all functions make; one that is not known or of a plugin is told."""
    for function in s.functions.values():
        for number, kind, settings, span in function.events():
            adder = KINDS.get(kind)
            if adder is not None and not isinstance(settings, Unknown):
                adder(s, function, number, settings, span)
                continue
            reason = settings.reason if isinstance(settings, Unknown) else f"{kind[:60] or 'it'} is not modelled"
            s.note(f"an event of the function {function.key} is not known: {reason}", span)


def finish_apis(s: Service) -> None:
    """Add deployments and stages, once all routes are there."""
    gateway.finish(s)
    http_api.finish(s)
    websocket.finish(s)
