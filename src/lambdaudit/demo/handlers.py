"""The code of the demo's functions: short, plausible, some of it careless. It is deployed, and never run."""

import io
import zipfile

ADMIN_CONSOLE = '''\
import json
import subprocess


def handler(event, context):
    """Runs a maintenance command and returns what it printed."""
    command = event.get("queryStringParameters", {}).get("command", "status")
    done = subprocess.run(f"/opt/admin/{command}", shell=True, capture_output=True, text=True)
    return {"statusCode": 200, "body": json.dumps({"output": done.stdout})}
'''

ORDER_INTAKE = """\
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

const tables = new DynamoDBClient({});

export const handler = async (event) => {
  for (const record of event.Records) {
    const order = eval("(" + record.body + ")");
    await tables.send(new PutItemCommand({ TableName: process.env.ORDERS_TABLE, Item: order }));
  }
};
"""

PAYMENTS = '''\
import os
import pickle
import base64
import urllib.request


def handler(event, context):
    """Charges a card for a booking."""
    basket = pickle.loads(base64.b64decode(event["body"]))
    request = urllib.request.Request("https://payments.tidewater.example/charge", data=repr(basket).encode())
    request.add_header("Authorization", "Bearer " + os.environ["PAYMENT_API_KEY"])
    return {"statusCode": urllib.request.urlopen(request, timeout=10).status}
'''

LEGACY_QUOTES = """\
const AWS = require("aws-sdk");
const tables = new AWS.DynamoDB.DocumentClient();

exports.handler = async (event) => {
  const key = { id: event.pathParameters.id };
  const found = await tables.get({ TableName: "tidewater-quotes", Key: key }).promise();
  const body = `<h1>${event.queryStringParameters.name}</h1>` + found.Item.html;
  return { statusCode: 200, headers: { "content-type": "text/html" }, body };
};
"""

PHOTO_RESIZE = '''\
import boto3

s3 = boto3.client("s3")


def handler(event, context):
    """Writes a small copy of every uploaded photo next to it."""
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
        photo = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket, Key=f"small/{key}", Body=photo[:1024])
'''

ITINERARY = '''\
import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["ITINERARIES_TABLE"])
CHANGES = {"departure", "berth", "vessel"}


def handler(event, context):
    """Applies changes of itineraries; what fails goes back to the queue."""
    failed = []
    for record in event["Records"]:
        try:
            change = json.loads(record["body"])
            field = change["field"]
            if field not in CHANGES:
                raise ValueError(f"unknown field {field!r}")
            if "Item" not in table.get_item(Key={"id": str(change["id"])}):
                raise ValueError("no such itinerary")
            table.update_item(
                Key={"id": str(change["id"])},
                UpdateExpression="SET #field = :value",
                ExpressionAttributeNames={"#field": field},
                ExpressionAttributeValues={":value": str(change["value"])},
            )
        except (KeyError, ValueError):
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
'''

CREW_ROSTER = '''\
import json

import boto3

table = boto3.resource("dynamodb").Table("tidewater-itineraries")


def handler(event, context):
    """The roster of the caller's own crew, as the authorizer established it."""
    crew = event["requestContext"]["authorizer"]["iam"]["userId"]
    found = table.get_item(Key={"id": crew}).get("Item", {})
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(found, default=str)}
'''

LEDGER_EXPORT = '''\
import datetime
import json
import os

import boto3

secrets = boto3.client("secretsmanager")
s3 = boto3.client("s3")


def rows(login):
    """The day's rows of the ledger database."""
    return [{"day": datetime.date.today().isoformat(), "user": len(login["username"])}]


def handler(event, context):
    """Archives the ledger of the day."""
    login = json.loads(secrets.get_secret_value(SecretId=os.environ["LEDGER_SECRET"])["SecretString"])
    key = f"daily/{datetime.date.today().isoformat()}.json"
    s3.put_object(Bucket="tidewater-ledger-archive", Key=key, Body=json.dumps(rows(login)).encode())
    return {"statusCode": 200}
'''

ROTATE_LEDGER = '''\
import json
import secrets

import boto3

manager = boto3.client("secretsmanager")


def handler(event, context):
    """One step of the rotation of the ledger's login."""
    secret, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    versions = manager.describe_secret(SecretId=secret)["VersionIdsToStages"]
    if token not in versions:
        raise ValueError("this version of the secret is not to be rotated")
    if step == "createSecret":
        current = json.loads(manager.get_secret_value(SecretId=secret)["SecretString"])
        changed = json.dumps({**current, "password": secrets.token_urlsafe(32)})
        manager.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString=changed, VersionStages=["AWSPENDING"])
    elif step == "finishSecret":
        manager.update_secret_version_stage(SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token)
'''

BERTH_MAP = """\
import { S3Client, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";

const s3 = new S3Client({});

export const handler = async (event) => {
  for (const record of event.Records) {
    const key = decodeURIComponent(record.s3.object.key);
    const chart = await s3.send(new GetObjectCommand({ Bucket: record.s3.bucket.name, Key: key }));
    const tile = await chart.Body.transformToByteArray();
    const target = { Bucket: process.env.TILES_BUCKET, Key: key.replace("incoming/", ""), Body: tile };
    await s3.send(new PutObjectCommand(target));
  }
};
"""

PLAIN = '''\
def handler(event, context):
    """Answers that the work was taken on."""
    return {"statusCode": 202}
'''

SOURCES = {
    "tidewater-admin-console": ("app.py", ADMIN_CONSOLE),
    "tidewater-order-intake": ("app.mjs", ORDER_INTAKE),
    "tidewater-payments": ("app.py", PAYMENTS),
    "tidewater-legacy-quotes": ("app.js", LEGACY_QUOTES),
    "tidewater-photo-resize": ("app.py", PHOTO_RESIZE),
    "tidewater-itinerary": ("app.py", ITINERARY),
    "tidewater-crew-roster": ("app.py", CREW_ROSTER),
    "tidewater-ledger-export": ("app.py", LEDGER_EXPORT),
    "tidewater-rotate-ledger": ("app.py", ROTATE_LEDGER),
    "tidewater-berth-map": ("app.mjs", BERTH_MAP),
}


def package(function: str) -> bytes:
    """The deployment package of a function; the same bytes every time."""
    name, source = SOURCES.get(function, ("app.py", PLAIN))
    return archive({name: source})


def archive(files: dict[str, str]) -> bytes:
    """A zip file with fixed dates, so that its hash does not change from run to run."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            entry.external_attr = 0o755 << 16
            target.writestr(entry, text)
    return content.getvalue()
