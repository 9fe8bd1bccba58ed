"""Calls of AWS SDKs in code: which IAM actions they need, and on which resources."""
