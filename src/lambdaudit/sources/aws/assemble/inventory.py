"""From the answers of a live account to the typed inventory: one module for each topic.

Nothing that an answer holds makes this fail. What could not be read becomes Unknown or a missing row, what does not exist an
absent id, and what is odd keeps its asset.
"""

from lambdaudit.model.inventory import Inventory
from lambdaudit.sources.aws.assemble.account import accounts
from lambdaudit.sources.aws.assemble.apis import apis
from lambdaudit.sources.aws.assemble.buckets import buckets
from lambdaudit.sources.aws.assemble.builder import Builder
from lambdaudit.sources.aws.assemble.coverage import coverage
from lambdaudit.sources.aws.assemble.events import events
from lambdaudit.sources.aws.assemble.extension_times import extension_times
from lambdaudit.sources.aws.assemble.functions import functions
from lambdaudit.sources.aws.assemble.identity import identity
from lambdaudit.sources.aws.assemble.images import container_images, repositories
from lambdaudit.sources.aws.assemble.invokers import invokers
from lambdaudit.sources.aws.assemble.keys_secrets import keys, parameters, secrets
from lambdaudit.sources.aws.assemble.layers import layers
from lambdaudit.sources.aws.assemble.logs import log_groups
from lambdaudit.sources.aws.assemble.mappings import event_source_mappings
from lambdaudit.sources.aws.assemble.messaging import queues, topics
from lambdaudit.sources.aws.assemble.network import network
from lambdaudit.sources.aws.assemble.references import Keys
from lambdaudit.sources.aws.assemble.scans import inspector
from lambdaudit.sources.aws.assemble.signing import code_signing_configs
from lambdaudit.sources.aws.assemble.silence import judge_silence
from lambdaudit.sources.aws.assemble.storage import streams, tables
from lambdaudit.sources.aws.raw import Raw

__all__ = ["assemble"]


def assemble(raw: Raw, *, created: str, fingerprint_key: bytes) -> Inventory:
    """The inventory that the answers of a run give.

    `created` is the time of the collection (ISO 8601). `fingerprint_key` keys the hashes of environment values, so that equal
    values can be found and none be guessed. The inventory holds no secret value. Never raises for what an answer holds.
    """
    b = Builder(raw, fingerprint_key)
    references = Keys(b)
    accounts(b)
    functions(b)
    layers(b)
    code_signing_configs(b)
    event_source_mappings(b)
    identity(b)
    apis(b)
    queues(b, references)
    topics(b, references)
    events(b)
    invokers(b)
    buckets(b, references)
    tables(b, references)
    streams(b, references)
    repositories(b, references)
    container_images(b)
    inspector(b)
    extension_times(b)
    keys(b, references)
    secrets(b, references)
    parameters(b, references)
    log_groups(b, references)
    network(b)
    listed = judge_silence(b)
    return Inventory(
        b.assets.values(),
        missing=b.missing,
        listed=listed,
        absent=b.absent - b.assets.keys(),
        coverage=coverage(b),
        created=created,
    )
