"""The other services as AWS answers them, where moto differs in what a collector reads."""

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.support.gaps import Forward, corrects, ok, page, question
from tests.support.lambda_state import LabState
from tests.support.paging import SIZES, paged
from tests.support.wire import ACCOUNT, Answer, Call

S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"
# Regions opened since March 2019 are off until someone opts in.
OPT_IN = frozenset(
    [
        *("af-south-1", "ca-west-1", "il-central-1", "me-central-1", "me-south-1", "mx-central-1"),
        *("eu-central-2", "eu-south-1", "eu-south-2", "ap-east-1", "ap-east-2", "ap-south-2"),
        *(f"ap-southeast-{number}" for number in range(3, 8)),
    ]
)


@corrects(
    *sorted(name for name in SIZES if name not in ("apigateway:GetResources", "apigatewayv2:GetAuthorizers")),
    moto="everything on one page, or pages of a fixed size",
    lab="pages of the documented default and maximum",
)
def lists(state: LabState, call: Call, forward: Forward) -> Answer:
    answer = paged(call, forward, *SIZES[call.name])
    return _escaped(call, answer) if call.name == "apigateway:GetRestApis" and answer.status < 300 else answer


def _escaped(call: Call, answer: Answer) -> Answer:
    value = answer.json()
    for api in value.get("item", [value]):
        if api.get("policy"):
            whole = f"arn:aws:execute-api:{call.region}:{ACCOUNT}:{api['id']}/"
            policy = api["policy"].replace('"execute-api:/', f'"{whole}')
            api["policy"] = policy.replace("\\", "\\\\").replace('"', '\\"').replace("/", "\\/")
    return answer.with_json(value)


@corrects(
    "apigateway:GetRestApi",
    "apigateway:CreateRestApi",
    "apigateway:UpdateRestApi",
    moto="the policy as it was given",
    lab="its short resources written out, its quotes and slashes escaped once more, as API Gateway does",
)
def rest_api(state: LabState, call: Call, forward: Forward) -> Answer:
    answer = forward(call)
    return answer if answer.status >= 300 else _escaped(call, answer)


@corrects(
    "apigateway:GetResources",
    moto="everything on one page, methods whether or not they are asked for",
    lab="25 a page, 500 at most; without embed=methods only the names of the methods",
)
def resources(state: LabState, call: Call, forward: Forward) -> Answer:
    answer = paged(call, forward, *SIZES[call.name])
    if answer.status >= 300 or "embed=methods" in call.query:
        return answer
    value = answer.json()
    for item in value["item"]:
        if "resourceMethods" in item:
            item["resourceMethods"] = {name: {} for name in item["resourceMethods"]}
    return answer.with_json(value)


@corrects("apigatewayv2:CreateAuthorizer", "apigatewayv2:GetAuthorizers", moto="no list", lab="a list, 25 a page")
def authorizers(state: LabState, call: Call, forward: Forward) -> Answer:
    known = state.authorizers.setdefault((call.region, call.labels["apiId"]), [])
    if call.operation == "CreateAuthorizer":
        answer = forward(call)
        if answer.status < 300:
            known.append(answer.json()["authorizerId"])
        return answer

    def everything(call: Call) -> Answer:
        path = f"/v2/apis/{call.labels['apiId']}/authorizers/"
        each = [forward(replace(call, path=path + identity, query="")) for identity in known]
        return ok({"items": [answer.json() for answer in each if answer.status < 300]})

    return paged(call, everything, *SIZES[call.name])


@corrects(
    "sqs:CreateQueue",
    "sqs:GetQueueUrl",
    "sqs:ListQueues",
    "sqs:ListDeadLetterSourceQueues",
    "sqs:GetQueueAttributes",
    moto="URLs on the address of moto's server, times with fractions",
    lab="URLs and whole seconds as AWS writes them",
)
def queues(state: LabState, call: Call, forward: Forward) -> Answer:
    answer = forward(call)
    body = answer.body.replace(b"http://sqs.", b"https://sqs.")
    return replace(answer, body=re.sub(rb'(Timestamp": ?"\d+)\.\d+"', rb'\1"', body))


@corrects(
    "s3:GetBucketEncryption",
    moto="an error where nothing was set",
    lab="AES256, which S3 applies to every bucket since January 2023",
)
def encryption(state: LabState, call: Call, forward: Forward) -> Answer:
    answer = forward(call)
    if b"ServerSideEncryptionConfigurationNotFoundError" not in answer.body:
        return answer
    rule = "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
    text = f'<ServerSideEncryptionConfiguration xmlns="{S3[1:-1]}"><Rule>{rule}<BucketKeyEnabled>false</BucketKeyEnabled>'
    text += "</Rule></ServerSideEncryptionConfiguration>"
    return Answer(200, (("Content-Type", "application/xml"),), text.encode())


@corrects(
    "s3:PutBucketNotificationConfiguration",
    "s3:GetBucketNotificationConfiguration",
    moto="forgets that events go to EventBridge",
    lab="remembers",
)
def notifications(state: LabState, call: Call, forward: Forward) -> Answer:
    answer = forward(call)
    bucket = call.labels["Bucket"]
    if call.operation.startswith("Put") and answer.status < 300:
        state.eventbridge_buckets.discard(bucket)
        if b"<EventBridgeConfiguration" in call.body:
            state.eventbridge_buckets.add(bucket)
    elif answer.status < 300 and bucket in state.eventbridge_buckets:
        body = answer.body.replace(b"</NotificationConfiguration>", b"<EventBridgeConfiguration/></NotificationConfiguration>")
        body = re.sub(
            rb"<NotificationConfiguration([^>]*)/>",
            rb"<NotificationConfiguration\1><EventBridgeConfiguration/>"
            rb"</NotificationConfiguration>",
            body,
        )
        return replace(answer, body=body)
    return answer


@corrects(
    "s3:CreateBucket",
    "s3:ListBuckets",
    moto="no BucketRegion, the region filter is ignored, no continuation token",
    lab="BucketRegion as soon as the request has an argument, the filter, pages of max-buckets",
)
def buckets(state: LabState, call: Call, forward: Forward) -> Answer:
    if call.operation == "CreateBucket":
        answer = forward(call)
        match = re.search(rb"<LocationConstraint>([^<]+)<", call.body)
        if answer.status < 300:
            state.bucket_regions[call.labels["Bucket"]] = match[1].decode() if match else "us-east-1"
        return answer
    answer = forward(replace(call, query=""))
    root = ElementTree.fromstring(answer.body)
    names = {node.findtext(f"{S3}Name") or "": node.findtext(f"{S3}CreationDate") for node in root.iter(f"{S3}Bucket")}
    arguments = call.arguments
    region, prefix = arguments.get("bucket-region"), arguments.get("prefix", "")
    found = [(name, date, state.bucket_regions.get(name, "us-east-1")) for name, date in names.items() if name.startswith(prefix)]
    found = [entry for entry in found if region in (None, entry[2])]
    found, marker = page(found, call, cap=10000, size="max-buckets", start="continuation-token")
    inner = ""
    for name, date, where in found:
        place = f"<BucketRegion>{where}</BucketRegion>" if arguments else ""
        inner += f"<Bucket><Name>{escape(name)}</Name><CreationDate>{date}</CreationDate>{place}</Bucket>"
    following = f"<ContinuationToken>{marker}</ContinuationToken>" if marker else ""
    text = f'<ListAllMyBucketsResult xmlns="{S3[1:-1]}"><Buckets>{inner}</Buckets><Owner><ID>{"75aa57f09aa0c8ca" * 4}</ID>'
    return replace(answer, body=f"{text}</Owner>{following}</ListAllMyBucketsResult>".encode())


@corrects(
    "kms:CreateKey",
    "kms:DescribeKey",
    moto="no usage unless it was given; AWS-managed keys look like customer keys",
    lab="ENCRYPT_DECRYPT; KeyManager AWS for a key behind alias/aws/",
)
def key(state: LabState, call: Call, forward: Forward) -> Answer:
    answer = forward(call)
    if answer.status >= 300:
        return answer
    value = answer.json()
    data: dict[str, Any] = {"KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": False} | value["KeyMetadata"]
    if "alias/aws/" in call.content.get("KeyId", ""):
        state.aws_keys.add(data["KeyId"])
    if data["KeyId"] in state.aws_keys:
        data["KeyManager"] = "AWS"
    value["KeyMetadata"] = {name: item for name, item in data.items() if item != []}
    return answer.with_json(value)


@corrects(
    "ec2:DescribeRegions",
    "account:ListRegions",
    moto="22 regions enabled, no account:ListRegions",
    lab="the 17 regions that an account starts with; the others not opted in",
)
def regions(state: LabState, call: Call, forward: Forward) -> Answer:
    everything = forward(question("ec2", "us-east-1", "DescribeRegions", "2016-11-15", AllRegions="true"))
    names = sorted(re.findall(r"<regionName>((?!cn-|us-gov-|us-iso)[^<]+)<", everything.body.decode()))
    if call.service == "account":
        wanted = call.content.get("RegionOptStatusContains")
        found = [
            {"RegionName": name, "RegionOptStatus": "DISABLED" if name in OPT_IN else "ENABLED_BY_DEFAULT"} for name in names
        ]
        return ok({"Regions": [entry for entry in found if not wanted or entry["RegionOptStatus"] in wanted]})
    asked = {value for name, value in call.arguments.items() if name.startswith("RegionName.")}
    items = ""
    for name in names:
        if (asked and name not in asked) or (name in OPT_IN and call.arguments.get("AllRegions") != "true"):
            continue
        status = "not-opted-in" if name in OPT_IN else "opt-in-not-required"
        items += f"<item><regionName>{name}</regionName><regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint>"
        items += f"<optInStatus>{status}</optInStatus></item>"
    text = f"<DescribeRegionsResponse><requestId>0</requestId><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
    return Answer(200, (("Content-Type", "text/xml"),), text.encode())


# Reads that moto lacks, of things that the lab never has: AWS's answer to an account without any.
EMPTY: dict[str, dict[str, Any]] = {
    "accessanalyzer:ListAnalyzers": {"analyzers": []},
    "events:ListEndpoints": {"Endpoints": []},
    "lambda:ListCapacityProviders": {"CapacityProviders": []},
    "lambda:ListDurableExecutionsByFunction": {"DurableExecutions": []},
    "logs:DescribeAccountPolicies": {"accountPolicies": []},
    "logs:GetDataProtectionPolicy": {},
    "signer:ListSigningProfiles": {"profiles": []},
    "xray:GetEncryptionConfig": {"EncryptionConfig": {"Status": "ACTIVE", "Type": "NONE"}},
    "account:GetAccountInformation": {"AccountId": ACCOUNT, "AccountName": "lab"},
}


@corrects(*sorted(EMPTY), moto="missing", lab="the answer of an account that has none of these")
def nothing(state: LabState, call: Call, forward: Forward) -> Answer:
    return ok(EMPTY[call.name])
