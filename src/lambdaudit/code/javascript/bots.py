"""Chat bots, voice skills and tools of language models: which functions their libraries call, and with what."""

import re
from typing import TYPE_CHECKING, Any

from .. import ir
from ..flow.invoke import Arguments
from ..flow.state import Object
from ..flow.values import UNKNOWN, External, FunctionRef, Value, external

if TYPE_CHECKING:
    from .frameworks import Frameworks

Route = tuple[str, FunctionRef]
_SLACK = re.compile(r"@slack/bolt\.App\(\)\.(command|message|action|event|view|shortcut|options)")
_CHATS = re.compile(
    r"(?:telegraf(?:\.Telegraf|\.Composer)?|grammy\.(?:Bot|Composer))\(\)"
    r"\.(command|on|hears|action|start|help|callbackQuery|inlineQuery|use)"
)
_MESSAGES = re.compile(r"node-telegram-bot-api\(\)\.(on|onText|once)")
_SKILLS = re.compile(r"(ask-sdk(?:-core)?\.SkillBuilders\.\w+\(\))(?:\.\w+\(\))*\.(\w+)")
_TOOLS = re.compile(
    r"(ai\.tool|ai\.dynamicTool|@openai/agents\.tool|@langchain/core/tools\.(?:tool|DynamicTool|DynamicStructuredTool)"
    r"|langchain/tools\.(?:DynamicTool|DynamicStructuredTool)|@strands-agents/sdk\.tool"
    r"|@modelcontextprotocol/sdk/server/mcp(?:\.js)?\.McpServer\(\)\.(?:tool|registerTool))"
)
_PACKAGES = (
    "@slack/", "telegraf", "grammy.", "node-telegram", "ask-sdk", "ai.", "@openai/", "@langchain/", "langchain/",
    "@strands", "@model",
)  # fmt: skip
_RUN = ("execute", "func", "callback", "handler")
_SCHEMAS = ("inputSchema", "parameters", "schema")
_PARTS = ("command", "message", "body", "payload", "event", "action", "view", "shortcut", "options")
_REQUEST = "event.request"


def bot_call(walk: "Frameworks", name: str, arguments: Arguments, node: ir.Node) -> Value | None:
    """A call that tells a library which functions to call; None for all others."""
    if not name.startswith(_PACKAGES):
        return None
    for pattern, kind in ((_SLACK, "slack"), (_CHATS, "chat"), (_MESSAGES, "bot-message")):
        if pattern.fullmatch(name):
            _noted(walk, kind, arguments.positional)
            return external(name.rpartition(".")[0])
    if _TOOLS.fullmatch(name):
        _tool(walk, arguments, node)
        return external("tool")
    skill = _SKILLS.fullmatch(name)
    if skill is None:
        return None
    if skill.group(2) in ("addRequestHandlers", "addRequestInterceptors"):
        for value in arguments.positional:
            methods = [walk.attribute(value, method, node) for method in ("handle", "process")] if value.objects() else []
            _noted(walk, "skill", [value, *methods])
    return external("lambda.web" if skill.group(2) == "lambda" else skill.group(1))


def _noted(walk: "Frameworks", kind: str, values: list[Value]) -> None:
    for value in values:
        for ref in value.refs:
            if isinstance(ref, FunctionRef) and len(walk.routes) < 400:
                walk.routes.append((kind, ref))


def _tool(walk: "Frameworks", arguments: Arguments, node: ir.Node) -> None:
    """A function that a model may ask for, with arguments of a form that a schema may say."""
    values = list(arguments.positional)
    functions = [ref for value in values for ref in value.refs if isinstance(ref, FunctionRef)]
    schema: Value | None = None
    for value in values:
        for made in walk.objects(value):
            runs = [made.fields[key] for key in _RUN if key in made.fields]
            functions += [ref for part in runs for ref in part.refs if isinstance(ref, FunctionRef)]
            schema = next((made.fields[key] for key in _SCHEMAS if key in made.fields), schema)
            if schema is None and not runs and any(part.externals() for part in made.fields.values()):
                schema = value
    for ref in functions[:8]:
        if schema is not None:
            walk.inputs[ref] = schema
        _noted(walk, "tool", [Value(refs=(ref,))])


def bot_values(walk: "Frameworks", kind: str, ref: FunctionRef) -> list[Value] | None:
    """What a function of a bot, skill or tool is called with; None for the routes of other libraries."""
    if kind == "slack":
        fields: dict[Any, Value] = {part: walk.event(f"{_REQUEST}.{part}", "json") for part in _PARTS}
        fields |= {name: external(f"slack.{name}") for name in ("say", "ack", "respond", "client")}
        return [walk.new_object(Object("dict", {**fields, "context": walk.event(f"{_REQUEST}.context", "json")}))]
    if kind == "chat":
        return [walk.event(_REQUEST, "json"), external("lambda.next")]
    if kind == "bot-message":
        return [walk.event(f"{_REQUEST}.message", "json"), walk.event(f"{_REQUEST}.match", "json")]
    if kind == "skill":
        fields = {"requestEnvelope": walk.event(), "responseBuilder": external("skill.answer"), "attributesManager": UNKNOWN}
        return [walk.new_object(Object("dict", {**fields, "context": external("lambda.context")}))]
    if kind == "tool":
        given = walk.event(f"{_REQUEST}.tool", "json")
        schema = walk.inputs.get(ref)
        return [_shaped(walk, schema, given, ref.function) if schema is not None else given, UNKNOWN]
    return None


def _shaped(walk: "Frameworks", schema: Value, given: Value, node: ir.Node) -> Value:
    """What a schema lets through; a plain object of schemas is one for an object."""
    if any(isinstance(ref, External) for ref in schema.refs):
        return walk.schema_value(schema, given, node)
    fields: dict[Any, Value] = {}
    for made in walk.objects(schema):
        for name, part in made.fields.items():
            fields[name] = walk.schema_value(part, walk.load_path(given, name, node), node)
    return walk.new_object(Object("dict", fields)) if fields else given
