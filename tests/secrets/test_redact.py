"""Free text without its secrets."""

import pytest

from lambdaudit.secrets import redact

from .secret_cases import build

TOKEN = build("⟦ghsum ghp⟧", "redact")
SIGNATURE = build("⟦hex 64⟧", "redact")
AKIA = build("⟦akid AKIA⟧", "redact")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"clone failed for https://x-access-token:{TOKEN}@github.com/a/b", TOKEN),
        (f"GET https://b.s3.amazonaws.com/k?X-Amz-Credential={AKIA}%2F2025&X-Amz-Signature={SIGNATURE}", SIGNATURE),
        (f"GET https://b.s3.amazonaws.com/k?X-Amz-Credential={AKIA}%2F2025&X-Amz-Signature={SIGNATURE}", AKIA),
        ("connect to postgres" + "://app:plainword@db.internal/x refused", "plainword"),
        ("redis" + "://:12345@cache:6379", "12345"),
        ("password=Xk9-quartz77 rejected", "Xk9-quartz77"),
        ('{"apiKey": "' + build("⟦hex 32⟧", "r") + '"}', build("⟦hex 32⟧", "r")),
        (f"header Authorization: Bearer {SIGNATURE}", SIGNATURE),
        (f"the key {AKIA} belongs to ops", AKIA),
        (build("⟦pem RSA PRIVATE KEY⟧", "r"), build("⟦pem RSA PRIVATE KEY⟧", "r").splitlines()[3]),
        ("https://example.com/cb?code=abc&token=tiny", "tiny"),
    ],
)
def test_secrets_go(text: str, secret: str) -> None:
    redacted = redact(text)
    assert secret not in redacted
    assert "[redacted" in redacted
    assert redact(redacted) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Role arn:aws:iam::123456789012:role/orders may be assumed by anyone.",
        "DB_PASSWORD holds a password (length 12); keep it in Secrets Manager.",
        "Reads prod/orders/db from https://secretsmanager.eu-west-1.amazonaws.com",
        "postgres://app:${DB_PASSWORD}@db.internal/orders",
        "https://app.example.com/login?redirect=/home&page=2",
        "AccessDenied: lambda:GetPolicy on arn:aws:lambda:eu-west-1:123456789012:function:orders",
        "Rotates the database password every 30 days",
        "sha256:" + "ab" * 32,
    ],
)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_the_rest_of_a_url_stays() -> None:
    redacted = redact(f"https://b.s3.eu-west-1.amazonaws.com/a.zip?X-Amz-Expires=600&X-Amz-Signature={SIGNATURE}#x")
    assert redacted == "https://b.s3.eu-west-1.amazonaws.com/a.zip?X-Amz-Expires=600&X-Amz-Signature=[redacted]#x"
