"""What the answers say arrives in the right field, with AWS's meaning."""

from typing import TypeVar

from lambdaudit.model.apis import Api, Authorizer, Route, Stage
from lambdaudit.model.base import Asset, Policy
from lambdaudit.model.functions import CodeSigningConfig, Function, FunctionVersion, LayerVersion, Logging
from lambdaudit.model.identity import Account, Group, ManagedPolicy, RegionSettings, Role, User
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.network import RouteTable, SecurityGroup, VpcEndpoint
from lambdaudit.model.resources import (
    Bucket,
    Bus,
    EventRule,
    EventSourceMapping,
    ImageRepository,
    Key,
    LogGroup,
    Parameter,
    Queue,
    Secret,
    Stream,
    Table,
    Topic,
)
from lambdaudit.model.unknown import Unknown, known
from tests.aws.assemble.world import ACCOUNT, FRIEND, HOME, LAYER_OF_FRIEND, OTHER, arn

A = TypeVar("A", bound=Asset)
ORDERS = arn("lambda", "function:orders")


def one(inventory: Inventory, cls: type[A], name: str = "") -> A:
    """The one asset of a class, or of a class and name."""
    (found,) = [asset for asset in inventory.of(cls) if not name or asset.name == name]
    return found


def actions(policy: Policy | Unknown | None) -> list[str]:
    document = known(policy)
    assert document
    return [statement["Action"] for statement in document.document["Statement"]]


def test_configuration(inventory: Inventory) -> None:
    fn = one(inventory, Function, "orders")
    assert (fn.id, fn.account, fn.region, fn.version) == (ORDERS, ACCOUNT, HOME, "$LATEST")
    assert (fn.runtime, fn.handler, fn.timeout, fn.memory, fn.ephemeral_storage) == ("python3.13", "app.handler", 20, 256, 1024)
    assert fn.role == f"arn:aws:iam::{ACCOUNT}:role/app/worker"
    assert (fn.architectures, fn.package_type, fn.tracing, fn.state) == (("arm64",), "Zip", "Active", "Active")
    assert fn.dead_letter == arn("sqs", "dead")
    assert fn.kms_key == one(inventory, Key).id
    assert [layer.arn for layer in known(fn.layers)] == [arn("lambda", "layer:common:1"), LAYER_OF_FRIEND]
    assert [(mount.arn.rpartition("/")[2], mount.path) for mount in known(fn.file_systems)] == [("fsap-1", "/mnt/data")]
    vpc = known(fn.vpc)
    assert vpc
    assert (len(vpc.subnets), len(vpc.security_groups)) == (1, 1)
    assert fn.logging == Logging(group="/aws/lambda/orders", format="JSON", application_level="INFO", system_level="WARN")
    assert fn.image is None


def test_what_is_set_on_the_function(inventory: Inventory) -> None:
    fn = one(inventory, Function, "orders")
    assert (fn.reserved_concurrency, fn.recursion) == (7, "Allow")
    assert fn.code_signing == one(inventory, CodeSigningConfig).id
    assert (fn.versions, fn.aliases) == ((f"{ORDERS}:1", f"{ORDERS}:2"), (f"{ORDERS}:live",))
    assert fn.url is None, "only the alias has a URL"
    config = known(fn.invoke_config)
    assert config
    assert (config.on_success, config.on_failure) == (arn("sns", "events"), arn("sqs", "dead"))
    assert (config.retries, config.max_age) == (1, 120)
    assert set(actions(fn.policy)) == {"lambda:InvokeFunction"}
    assert [name for name, _ in known(fn.tags)] == ["deploy", "team"]


def test_functions_without_anything_are_known_to_have_nothing(inventory: Inventory) -> None:
    fn = one(inventory, Function, "plain")
    assert (fn.region, fn.policy, fn.url, fn.reserved_concurrency, fn.code_signing, fn.vpc) == (OTHER, *[None] * 5)
    assert (fn.environment, fn.layers, fn.versions, fn.tags) == ((), (), (), ())
    assert fn.logging == Logging(group="/aws/lambda/plain")


def test_container_images_are_functions(inventory: Inventory) -> None:
    fn = one(inventory, Function, "image")
    assert (fn.package_type, fn.runtime, fn.handler) == ("Image", None, None)
    image = known(fn.image)
    assert image
    assert image.uri.endswith("/team/app:prod")
    assert "@sha256:" in image.resolved
    assert (image.entry_point[0], image.command, image.working_directory) == ("/boot", ("app.handler",), "/srv")


def test_versions_keep_their_own_configuration(inventory: Inventory) -> None:
    first = inventory.get(f"{ORDERS}:1")
    assert isinstance(first, FunctionVersion)
    assert (first.version, first.function, first.memory) == ("1", ORDERS, 256)
    assert known(first.description) != known(one(inventory, Function, "orders").description)
    assert first.policy is None
    assert first.state == Unknown("lists do not show it", "lambda:GetFunction")


def test_environment_is_judged_and_not_kept(inventory: Inventory) -> None:
    variables = {v.name: v for v in known(one(inventory, Function, "orders").environment)}
    assert variables["DATABASE_URL"].kind
    assert variables["DATABASE_URL"].value is None
    assert variables["GITHUB_TOKEN"].kind == "github-token"
    assert (variables["DEBUG"].kind, variables["DEBUG"].value) == (None, "true")
    assert variables["TABLE"].value == arn("dynamodb", "table/orders")
    assert "arn:" + arn("dynamodb", "table/orders") in variables["TABLE"].references
    assert len({v.fingerprint for v in variables.values()}) == len(variables)


def test_layers(inventory: Inventory) -> None:
    own = one(inventory, LayerVersion, "common")
    assert (own.version, own.latest, own.compatible_runtimes, own.license) == (1, 1, ("python3.13",), "MIT")
    assert actions(own.policy) == ["lambda:GetLayerVersion"]
    theirs = one(inventory, LayerVersion, "tools")
    assert (theirs.account, theirs.version) == (FRIEND, 3)
    assert isinstance(theirs.policy, Unknown)
    assert isinstance(theirs.compatible_runtimes, Unknown)
    assert theirs.compatible_runtimes.need == "lambda:GetLayerVersion"


def test_event_source_mappings(inventory: Inventory) -> None:
    mappings = {m.source_kind: m for m in inventory.of(EventSourceMapping)}
    assert set(mappings) == {"sqs", "dynamodb", "kinesis", "self-managed-kafka"}
    queue = mappings["sqs"]
    assert (queue.function, queue.qualifier, queue.batch_size) == (ORDERS, "live", 5)
    assert (queue.filters, queue.report_failures, queue.max_concurrency) == (1, True, 4)
    table = mappings["dynamodb"]
    assert (table.retries, table.on_failure, table.qualifier) == (2, arn("sqs", "dead"), "")


def test_principals(inventory: Inventory) -> None:
    role = one(inventory, Role, "worker")
    assert (role.id, role.path) == (f"arn:aws:iam::{ACCOUNT}:role/app/worker", "/app/")
    policies = known(role.policies)
    assert [(p.name, p.kind) for p in policies] == [
        ("AWSLambdaBasicExecutionRole", "aws-managed"),
        ("orders", "customer-managed"),
        ("inline", "inline"),
    ]
    assert all(p.document["Statement"] for p in policies)
    boundary = known(role.boundary)
    assert boundary
    assert (boundary.kind, boundary.name, boundary.arn) == ("boundary", "limits", f"arn:aws:iam::{ACCOUNT}:policy/limits")
    assert actions(role.trust) == ["sts:AssumeRole"]
    user, group = one(inventory, User), one(inventory, Group)
    assert (user.groups, user.policies, user.boundary) == ((group.id,), (), None)
    assert [p.kind for p in known(group.policies)] == ["inline"]
    assert {p.name: p.attachments for p in inventory.of(ManagedPolicy)}["orders"] == 1


def test_account_and_regions(inventory: Inventory) -> None:
    account = one(inventory, Account)
    assert (account.id, account.alias) == (f"arn:aws:iam::{ACCOUNT}:root", "acme-prod")
    assert (account.organization, account.management_account, account.scps) == (None, None, ())
    assert account.public_access_block == (False, False, True, False)
    assert {s.region: s.concurrent_executions for s in inventory.of(RegionSettings)} == {HOME: 1000, OTHER: 1000}


def test_rest_api(inventory: Inventory) -> None:
    api = one(inventory, Api, "shop")
    assert (api.protocol, api.endpoint, api.vpc_endpoints) == ("REST", "PRIVATE", ("vpce-1",))
    assert actions(api.policy) == ["execute-api:Invoke"], "though API Gateway escapes the text once more"
    routes = {r.method: r for r in inventory.of(Route) if r.api == api.id}
    get, post, put, delete, patch = (routes[verb] for verb in ("GET", "POST", "PUT", "DELETE", "PATCH"))
    assert (get.path, get.authorization, get.api_key_required) == ("/orders", "NONE", True)
    assert (get.function, get.qualifier) == (ORDERS, "live")
    authorizer = one(inventory, Authorizer, "tokens")
    assert (post.authorization, post.authorizer) == ("CUSTOM", authorizer.id)
    assert (put.function, put.qualifier) == (ORDERS, "${stageVariables.alias}")
    assert isinstance(delete.function, Unknown)
    assert "stage variable" in delete.function.reason
    assert (patch.function, patch.integration.partition("//")[2].partition(":")[0]) == ("", "back")
    assert (routes["OPTIONS"].function, routes["OPTIONS"].integration) == ("", "MOCK")
    assert (authorizer.kind, authorizer.function, authorizer.ttl) == ("TOKEN", f"{ORDERS}:live", 60)
    stage = one(inventory, Stage, "prod")
    assert (stage.throttled, stage.cache_encrypted, stage.execution_logging, stage.data_trace, stage.tracing) == (
        True, True, "INFO", True, True,
    )  # fmt: skip
    assert stage.variables == ("alias", "key")


def test_http_and_websocket_apis(inventory: Inventory) -> None:
    api = one(inventory, Api, "app")
    assert (api.protocol, api.endpoint, api.policy) == ("HTTP", "REGIONAL", None)
    assert known(api.cors) is not None
    routes = {r.name: r for r in inventory.of(Route) if r.api == api.id}
    users = one(inventory, Authorizer, "users")
    assert (routes["GET /items"].authorization, routes["GET /items"].function) == ("NONE", ORDERS)
    post = routes["POST /items"]
    assert (post.authorization, post.authorizer, post.scopes) == ("JWT", users.id, ("write",))
    assert (users.kind, users.audience, users.issuer) == ("JWT", ("app",), "https://issuer.example.com")
    lambdas = one(inventory, Authorizer, "lambdas")
    assert (lambdas.kind, lambdas.function, lambdas.simple_responses, lambdas.ttl) == ("REQUEST", ORDERS, True, 300)
    assert one(inventory, Stage, "$default").throttled
    chat = one(inventory, Api, "chat")
    connect = one(inventory, Route, "$connect")
    assert (chat.protocol, connect.api, connect.path, connect.function) == ("WEBSOCKET", chat.id, "$connect", ORDERS)


def test_queues_and_topics(inventory: Inventory) -> None:
    queue, key = one(inventory, Queue, "orders"), one(inventory, Key)
    assert (queue.encryption, queue.key, queue.visibility_timeout) == ("kms", key.id, 45)
    assert (queue.dead_letter, queue.max_receive, queue.tags) == (arn("sqs", "dead"), 3, (("team", "orders"),))
    assert actions(queue.policy) == ["sqs:SendMessage"]
    dead = one(inventory, Queue, "dead")
    assert (dead.encryption, dead.policy, dead.dead_letter, dead.key) == ("sqs", None, None, None)
    topic = one(inventory, Topic)
    assert topic.key == key.id
    assert {(s.protocol, s.endpoint.partition("@")[2] or s.endpoint) for s in known(topic.subscriptions)} == {
        ("lambda", ORDERS),
        ("https", "hook.example.com/in"),
    }


def test_buckets(inventory: Inventory) -> None:
    key = one(inventory, Key)
    uploads, plain = one(inventory, Bucket, "uploads-bucket"), one(inventory, Bucket, "plain-bucket")
    assert (uploads.id, uploads.account, uploads.region) == ("arn:aws:s3:::uploads-bucket", ACCOUNT, HOME)
    assert actions(uploads.policy) == ["s3:GetObject"]
    assert ("http://acs.amazonaws.com/groups/global/AllUsers", "READ") in [(g.grantee, g.permission) for g in known(uploads.acl)]
    assert (uploads.ownership, uploads.public_access_block) == ("ObjectWriter", None)
    assert (uploads.encryption, uploads.key) == ("aws:kms", key.id)
    (note,) = known(uploads.notifications)
    assert (note.target, note.events, note.prefix, note.suffix) == (ORDERS, ("s3:ObjectCreated:*",), "in/", ".csv")
    assert (plain.policy, plain.encryption, plain.key) == (None, "AES256", None)
    assert plain.public_access_block == (True, True, False, False)


def test_tables_and_streams(inventory: Inventory) -> None:
    table, key = one(inventory, Table), one(inventory, Key)
    assert (table.encryption, table.key, table.deletion_protection, table.point_in_time_recovery) == ("kms", key.id, True, True)
    assert known(table.stream)
    assert table.stream_policy is None
    assert actions(table.policy) == ["dynamodb:GetItem"]
    stream = one(inventory, Stream)
    assert (stream.encryption, stream.key) == ("KMS", key.id), "the alias is resolved to the key"
    assert actions(stream.policy) == ["kinesis:PutRecord"]


def test_events(inventory: Inventory) -> None:
    shop, default = one(inventory, Bus, "shop"), one(inventory, Bus, "default")
    assert actions(shop.policy) == ["events:PutEvents"]
    assert default.policy is None
    paid, nightly = one(inventory, EventRule, "paid"), one(inventory, EventRule, "nightly")
    assert (paid.bus, paid.state, nightly.bus, nightly.state) == (shop.id, "ENABLED", default.id, "DISABLED")
    assert nightly.schedule == "rate(1 day)"
    (target,) = known(paid.targets)
    assert (target.id, target.arn, target.dead_letter) == ("orders", ORDERS, arn("sqs", "dead"))


def test_keys_secrets_parameters(inventory: Inventory) -> None:
    key = one(inventory, Key)
    assert (key.manager, key.state, key.spec, key.origin, key.rotation) == (
        "CUSTOMER", "Enabled", "SYMMETRIC_DEFAULT", "AWS_KMS", True,
    )  # fmt: skip
    assert key.aliases == ("data",)
    assert actions(key.policy) == ["kms:*"]
    assert [(g.grantee, g.operations) for g in known(key.grants)] == [(f"arn:aws:iam::{FRIEND}:root", ("Decrypt",))]
    secret = one(inventory, Secret)
    assert (secret.name, secret.rotation, secret.rotation_function, secret.key) == ("db-login", False, None, key.id)
    assert actions(secret.policy) == ["secretsmanager:GetSecretValue"]
    kinds = {p.name: (p.kind, p.key) for p in inventory.of(Parameter)}
    assert kinds == {"/orders/db": ("SecureString", key.id), "flat": ("String", None)}
    assert one(inventory, Parameter, "/orders/db").id == arn("ssm", "parameter/orders/db")


def test_log_groups_and_repositories(inventory: Inventory) -> None:
    own, key = one(inventory, LogGroup, "/aws/lambda/orders"), one(inventory, Key)
    assert (own.id, own.retention, own.key) == (arn("logs", "log-group:/aws/lambda/orders"), 90, key.id)
    assert (own.filters, own.data_protection) == ((), False)
    audit = one(inventory, LogGroup, "/app/audit")
    assert [f.destination for f in known(audit.filters)] == [ORDERS]
    assert audit.retention == Unknown("not asked", "logs:DescribeLogGroups")
    assert arn("logs", "log-group:/aws/lambda/image") in inventory.absent
    assert inventory.find(LogGroup, arn("logs", "log-group:/aws/lambda/image")) is None
    repository = one(inventory, ImageRepository)
    assert (repository.name, repository.tag_mutability, repository.scan_on_push) == ("team/app", "IMMUTABLE", False)
    assert actions(repository.policy) == ["ecr:BatchGetImage"]


def test_network(inventory: Inventory) -> None:
    vpc = known(one(inventory, Function, "orders").vpc)
    assert vpc
    (table,) = [t for t in inventory.of(RouteTable) if vpc.subnets[0] in t.subnets]
    assert (table.main, table.vpc) == (False, vpc.vpc)
    assert {(r.destination, r.target.partition("-")[0]) for r in table.routes} >= {("10.0.0.0/16", "local"), ("0.0.0.0/0", "nat")}
    group = next(g for g in inventory.of(SecurityGroup) if g.name == vpc.security_groups[0])
    assert {(r.direction, r.protocol, r.from_port, r.peers) for r in group.rules} == {
        ("ingress", "tcp", 22, ("0.0.0.0/0",)),
        ("egress", "-1", None, ("0.0.0.0/0",)),
    }
    endpoint = one(inventory, VpcEndpoint)
    assert (endpoint.kind, endpoint.service, endpoint.vpc) == ("Gateway", f"com.amazonaws.{HOME}.s3", vpc.vpc)
    assert actions(endpoint.policy) == ["s3:*"]
