"""Code signing configurations, and which function has which."""

from lambdaudit.model.functions import CodeSigningConfig
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.raw import Key, Seen


class Signing:
    """The code signing configuration of each function, joined from the lists of each region."""

    def __init__(self, b: Builder) -> None:
        self._b = b
        self._config: dict[str, str] = {}
        self._gaps: dict[tuple[str, str], Unknown] = {}
        for key, broken in b.raw.gaps("lambda", "ListCodeSigningConfigs"):
            self._gaps[key.account, key.region] = broken
        for key, item in b.raw.records("lambda", "ListCodeSigningConfigs", "CodeSigningConfigs"):
            arn = item.get("CodeSigningConfigArn") if isinstance(item, dict) else None
            gap = self._read(key, arn) if isinstance(arn, str) else Unknown("odd record: no CodeSigningConfigArn")
            if gap:
                self._gaps[key.account, key.region] = gap

    def _read(self, key: Key, config: str) -> Unknown | None:
        """Note the functions that have a configuration; why they may not be all."""
        answer = self._b.ask(key, "ListFunctionsByCodeSigningConfig", subject=config)
        if isinstance(answer, Unknown):
            return answer
        gap = answer.rest
        for arn in answer.items("FunctionArns"):
            if isinstance(arn, str):
                self._config[arn] = config
            else:
                gap = gap or Unknown("odd record in the answer of ListFunctionsByCodeSigningConfig")
        return gap

    def of(self, seen: Seen) -> Maybe[str | None]:
        """The ARN of a function's code signing configuration, None when it has none."""
        found = self._config.get(seen.arn)
        if found:
            return found
        listed = self._b.ask(Key("lambda", "", seen.account, seen.region), "ListCodeSigningConfigs")
        return listed if isinstance(listed, Unknown) else self._gaps.get((seen.account, seen.region))


def code_signing_configs(b: Builder) -> None:
    """Add the code signing configurations of every region."""
    for key, record in b.records("lambda", "ListCodeSigningConfigs", "CodeSigningConfigs", "code-signing-config"):
        record.ignore("LastModified", "CodeSigningConfigId")
        arn = b.identity(record, "CodeSigningConfigArn", "lambda", "code-signing-config:")
        if not arn:
            b.lost(("code-signing-config",), key.account, key.region, record.where, "odd record: no CodeSigningConfigArn")
            continue
        record.about(arn)
        _add(b, key, arn, record)


def _add(b: Builder, key: Key, arn: str, record: Fields) -> None:
    publishers = record.build("AllowedPublishers", lambda f: sure(f.texts("SigningProfileVersionArns", ())), ())
    policies = record.build("CodeSigningPolicies", lambda f: sure(f.text("UntrustedArtifactOnDeployment", "Warn")), "Warn")
    asset = CodeSigningConfig(
        id=arn,
        name=arn.rpartition(":")[2],
        where=record.where,
        account=key.account,
        region=key.region,
        tags=Unknown("not asked", "lambda:ListTags"),
        publishers=record.plain(publishers, ()),
        untrusted=record.plain(policies, "Warn"),
        extra=record.extra(),
    )
    b.add(asset, record)
