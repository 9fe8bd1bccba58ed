"""Files of the folder that is audited which may hold secrets, whether or not they configure a function."""

from .base import Asset
from .code import CodeSecret
from .unknown import Maybe


class Template(Asset, frozen=True, kw_only=True, tag="template"):
    """A file of infrastructure as code. `id` is ``file:`` and its path below the audited folder.

    `format`: ``cloudformation``, ``serverless``, ``terraform``, ``parameters`` (values for a template's parameters or variables)
    or ``state`` (Terraform's record of what it made, or a plan). `secrets` are the literal ones, without their values; not among
    them are those that a variable of a function or of a stage has from here, because that asset has them. `disclosed` are outputs
    that print a secret when the template is deployed: `name` is the output's, `reason` what it prints.
    """

    format: str
    secrets: Maybe[tuple[CodeSecret, ...]] = ()
    disclosed: Maybe[tuple[CodeSecret, ...]] = ()


class RepositoryFile(Asset, frozen=True, kw_only=True, tag="repository-file"):
    """Another file of the folder. `id` is ``file:`` and its path below the audited folder.

    `format`: ``workflow``, ``compose``, ``notebook``, ``environment``, ``package-manager``, ``credentials``, ``key`` or
    ``configuration``. `secrets` are the literal ones, without their values.
    """

    format: str
    secrets: Maybe[tuple[CodeSecret, ...]] = ()
