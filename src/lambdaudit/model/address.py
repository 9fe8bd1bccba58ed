"""Where an asset is written, as a name that outlives edits: what a baseline recognises findings by.

An ARN names an asset of an account well. That of a template may hold an account that nobody named, the name of a stack and the
value of a parameter: there an asset is named by its file and its own name in it instead, never by a line or an absolute path.
"""

import hashlib
import re
from typing import TYPE_CHECKING

from .base import Asset

if TYPE_CHECKING:
    from .inventory import Inventory

_MADE = re.compile(r"[0-9a-f]{10}\Z")
"""What SAM appends to the names of versions, layers and deployments: a hash of their content."""

_NUMBER = re.compile(r"/\d+(?=/|\Z)")
_ARN = re.compile(r"arn:[a-z-]+:[^\s:|]*:[^\s:|]*:[^\s:|]*:[^\s|]+")


def address_of(asset: Asset, inventory: "Inventory") -> str:
    """The address of an asset: ``template.yaml#Orders``, ``modules/f/main.tf#aws_lambda_function.f["a"]``; empty if live.

    What a file says in a list is named without its position, by its own name instead. Code has the address of its function.
    """
    where = asset.where
    if not where.file and where.subject and where.subject != asset.id:
        owner = inventory.get(where.subject)
        return address_of(owner, inventory) if owner is not None and owner.where.file else ""
    if not where.file or not where.subject:
        return ""
    pointer = _NUMBER.sub("/*", where.pointer)
    name = f" {asset.name}" if pointer != where.pointer else ""
    return f"{where.file}#{_MADE.sub('', where.subject)}{pointer}{name}"


def identity_of(rule: str, kind: str, address: str, key: str, file: str, asset: Asset, inventory: "Inventory") -> str:
    """The name of a finding of a template that baselines compare, 16 hexadecimal digits; empty without an address.

    Made of the rule, the asset's kind and address, the key within it and the file at fault. What the key holds of the account,
    the region and the names of stacks counts for nothing.
    """
    if not address:
        return ""
    parts = (rule, kind, address, _settled(key, asset, inventory), file)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _settled(key: str, asset: Asset, inventory: "Inventory") -> str:
    """A key with addresses in place of the ARNs of assets, and without the asset's account and region."""

    def named(match: re.Match[str]) -> str:
        other = inventory.get(match[0])
        return (address_of(other, inventory) if other is not None else "") or match[0]

    key = _ARN.sub(named, key)
    if asset.account:
        key = key.replace(asset.account, "")
    return key.replace(f":{asset.region}:", "::") if asset.region else key
