"""Handlers of a small shop: what comes in is checked, what goes out holds nothing that was not asked for."""

import json
import logging
import os
from typing import Any

import boto3

log = logging.getLogger()
table = boto3.resource("dynamodb").Table(os.environ.get("TABLE", "orders"))


def read(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One order of the caller."""
    number = event["pathParameters"]["number"]
    if not number.isdecimal() or len(number) > 12:
        return {"statusCode": 400, "body": json.dumps({"error": "no order number"})}
    item = table.get_item(Key={"id": number}).get("Item")
    log.info("order read")
    return {"statusCode": 200 if item else 404, "body": json.dumps({"found": bool(item)})}
