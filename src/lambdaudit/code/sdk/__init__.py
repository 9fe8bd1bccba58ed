"""Calls of AWS SDKs in code: which IAM actions they need, and on which resources."""

from lambdaudit.code.sdk.calls import calls_of

__all__ = ["calls_of"]
