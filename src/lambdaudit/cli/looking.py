"""``--code``: what is deployed, looked into by the analysers of this project."""

import sys
from typing import TYPE_CHECKING

from .collecting import CodeLine
from .errors import plain

if TYPE_CHECKING:
    from pathlib import Path

    from lambdaudit.model.inventory import Inventory
    from lambdaudit.sources.aws.session import Account
    from lambdaudit.sources.iac.lift import Lifted


def looked_into(inventory: "Inventory", accounts: "list[Account]", *, show_progress: bool, keep: bool = True) -> "Inventory":
    """The inventory with what is established about the code of each function; `keep`: unchanged packages come from the cache.

    Packages are downloaded through the accounts that were read. A function of another account stays unknown.
    """
    from lambdaudit.code.cache import Cache
    from lambdaudit.code.inspect import CodeOptions, review_code
    from lambdaudit.facts.services import services_let_in
    from lambdaudit.model.arn import account_of
    from lambdaudit.model.code_link import CodeLink
    from lambdaudit.model.unknown import Unknown
    from lambdaudit.sources.aws.code_links import code_link

    if inventory.coverage.interrupted or not accounts:
        return inventory
    by_id = {account.id: account for account in accounts}

    def locate(arn: str) -> CodeLink | Unknown:
        # A layer of another account is fetched with the rights of ours, which its policy lets in.
        return code_link(by_id.get(account_of(arn), accounts[0]), arn)

    options = CodeOptions(
        cache=Cache(warn=_warn) if keep else None,
        registry=lambda account, region: by_id.get(account, accounts[0]).caller.client("ecr", region),
        services=services_let_in,
    )
    line = CodeLine(show_progress, "code")
    try:
        return review_code(inventory, locate, options, line.show)
    finally:
        line.clear()
        if options.cache:
            options.cache.close()


def looked_into_sources(inventory: "Inventory", lifted: "Lifted", root: "Path", *, show_progress: bool) -> "Inventory":
    """The inventory of templates with what is established about the sources that they name, in the folder `root`."""
    from lambdaudit.code.image.dockerfile import Build
    from lambdaudit.code.image.dockerfile.collect import dockerfiles_of
    from lambdaudit.code.local import Source, review_sources
    from lambdaudit.facts.services import services_let_in
    from lambdaudit.model.unknown import Unknown
    from lambdaudit.secrets import run_key

    sources, builds, gone = {}, {}, {}
    for identity, code in lifted.code.items():
        elsewhere = Unknown(f"its code is at {code.uri or code.image}, not here") if code.uri or code.image else None
        here = code.path is not None or code.inline or code.dockerfile is not None
        if code.dockerfile is not None:
            builds[identity] = Build(code.dockerfile, code.context, code.target, code.arguments)
        elif code.unknown is not None and code.context is not None:
            gone[identity] = code.unknown
        sources[identity] = Source(
            path=code.path,
            text=code.inline,
            name=code.inline_name,
            where=code.where,
            build=builds.get(identity),
            patterns=code.patterns,
            unknown=None if here else code.unknown or elsewhere or Unknown("where its code lies is not stated"),
        )
    line = CodeLine(show_progress, "code")
    try:
        inventory = inventory.changed(assets=[*inventory.assets, *dockerfiles_of(builds, root, run_key(), gone=gone)])
        return review_sources(inventory, sources, root, services=services_let_in, show=line.show)
    finally:
        line.clear()


def _warn(problem: str) -> None:
    sys.stderr.write(f"lambdaudit: {plain(problem)}\n")
