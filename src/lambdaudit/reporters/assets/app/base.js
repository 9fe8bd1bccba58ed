// Names from the vendored library, words and numbers.
const { html, render, Component, useState, useEffect, useLayoutEffect, useMemo, useRef } = htmPreact;

const SEVERITIES = ["critical", "high", "medium", "low", "info"];
const RANK = Object.fromEntries(SEVERITIES.map((name, index) => [name, index]));
const SERVICES = {
  apigateway: "API Gateway",
  codecommit: "CodeCommit",
  "cognito-idp": "Cognito",
  config: "Config",
  dynamodb: "DynamoDB",
  elasticloadbalancing: "load balancer",
  events: "EventBridge",
  "function-url": "function URL",
  iam: "IAM",
  iot: "IoT",
  kafka: "Kafka",
  kinesis: "Kinesis",
  kms: "KMS",
  lambda: "Lambda",
  logs: "CloudWatch Logs",
  s3: "S3",
  secretsmanager: "Secrets Manager",
  sns: "SNS",
  sqs: "SQS",
  ssm: "SSM",
  "*": "every service",
};

const number = (value) => Number(value || 0).toLocaleString("en");
const plural = (amount, one, many) => `${number(amount)} ${amount === 1 ? one : many || one + "s"}`;
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const words = (text) => String(text).replace(/[-_]/g, " ");
const serviceName = (name) => (Object.hasOwn(SERVICES, name) ? SERVICES[name] : name);
const kindName = (kind) =>
  ({ api: "API", "vpc-endpoint": "VPC endpoint", "nat-gateway": "NAT gateway" })[kind] || words(kind || "resource");
const cx = (...names) => names.filter(Boolean).join(" ");
const isUnread = (value) => value !== null && typeof value === "object" && typeof value.unknown === "string";
const list = (value) => (Array.isArray(value) ? value : []);
const text = (value) => (typeof value === "string" ? value : value === null || value === undefined ? "" : JSON.stringify(value));
const lastOf = (arn) => text(arn).split(/[:/]/).pop() || text(arn);

/** The ARN of a function without version or alias. */
function unqualified(arn) {
  const parts = text(arn).split(":");
  return parts.length === 8 && parts[2] === "lambda" && parts[5] === "function" ? parts.slice(0, 7).join(":") : text(arn);
}

function day(iso) {
  return text(iso).replace("T", " ").replace(/(\.\d+)?(Z|\+00:?00)$/, " UTC");
}

function bytes(size) {
  if (typeof size !== "number") return size;
  const units = ["B", "kB", "MB", "GB"];
  let step = 0;
  while (size >= 1000 && step < units.length - 1) {
    size /= 1000;
    step += 1;
  }
  return `${size < 10 && step ? size.toFixed(1) : Math.round(size)} ${units[step]}`;
}
