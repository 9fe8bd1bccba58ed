"""References to KMS keys in the forms that services accept, resolved to the id of the key."""

from lambdaudit.model.arn import parse_arn
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder
from lambdaudit.sources.aws.raw import Answer


class Keys:
    """Key references: an ARN, a key id, an alias or its ARN; aliases as far as DescribeKey was asked about them."""

    def __init__(self, b: Builder) -> None:
        self._b = b
        self._aliases: dict[str, str] = {}
        for key, answer in b.raw.each("kms", "DescribeKey"):
            if isinstance(answer, Answer) and ":alias/" in key.subject:
                metadata = answer.data.get("KeyMetadata")
                arn = metadata.get("Arn") if isinstance(metadata, dict) else None
                if isinstance(arn, str) and (parsed := parse_arn(arn)) and parsed.service == "kms":
                    self._aliases[key.subject] = arn

    def id_of(self, reference: Maybe[str | None], account: str, region: str) -> Maybe[str | None]:
        """The ARN of the key that a reference means; of the alias when the key behind it was not asked for."""
        if isinstance(reference, Unknown) or not reference:
            return reference or None
        arn = parse_arn(reference)
        if arn is None:
            resource = reference if reference.startswith("alias/") else f"key/{reference}"
            reference = f"arn:{self._b.partition(account)}:kms:{region}:{account}:{resource}"
        return self._aliases.get(reference, reference)

    def aliases_of(self, key_arn: str) -> tuple[str, ...]:
        """The aliases of a key that some reference named."""
        return tuple(sorted(alias.partition(":alias/")[2] for alias, arn in self._aliases.items() if arn == key_arn))
