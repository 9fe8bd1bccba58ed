"""One template for each rule that is mended and each format: what it says, and the lines that its patch changes."""

from typing import NamedTuple


class Case(NamedTuple):
    """A file that lets a rule fire, and the lines of its patch."""

    rule: str
    file: str
    text: str
    lines: str


FUNCTION = """\
  F:
    Type: AWS::Lambda::Function
    Properties:
      # what it runs on
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::000000000000:role/r
      Code: {ZipFile: "x = 1"}
"""
SAM = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
SAM_FUNCTION = """\
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      InlineCode: x
"""
TF_FUNCTION = """\
resource "aws_lambda_function" "f" {
  function_name = "f" # its name
  handler       = "app.handler"
  runtime       = "python3.13"
  role          = "arn:aws:iam::000000000000:role/r"
  filename      = "f.zip"
}
"""


def cfn(rule: str, resources: str, lines: str) -> Case:
    return Case(rule, "template.yaml", f"Resources:\n{resources}", lines)


def sam(rule: str, resources: str, lines: str) -> Case:
    return Case(rule, "template.yaml", SAM + resources, lines)


def tf(rule: str, text: str, lines: str) -> Case:
    return Case(rule, "main.tf", text, lines)


def sls(rule: str, text: str, lines: str) -> Case:
    return Case(rule, "serverless.yml", "service: shop\nprovider:\n  name: aws\n  runtime: python3.13\n" + text, lines)


CFN_URL = (
    FUNCTION
    + """\
  Url:
    Type: AWS::Lambda::Url
    Properties:
      TargetFunctionArn: !GetAtt F.Arn
      AuthType: NONE # for now
  Open:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref F
      Action: lambda:InvokeFunctionUrl
      Principal: "*"
      FunctionUrlAuthType: NONE
"""
)
SAM_URL = (
    SAM_FUNCTION
    + """\
      Runtime: python3.13
      FunctionUrlConfig:
        AuthType: "NONE"   # for now
"""
)
TF_URL = (
    TF_FUNCTION
    + """
resource "aws_lambda_function_url" "f" {
  function_name      = aws_lambda_function.f.function_name
  authorization_type = "NONE" # for now
}

resource "aws_lambda_permission" "f" {
  function_name          = aws_lambda_function.f.function_name
  action                 = "lambda:InvokeFunctionUrl"
  principal              = "*"
  function_url_auth_type = "NONE"
}
"""
)
SLS_URL = """\
functions:
  hello:
    handler: app.handler
    url: true # for now
"""
VPC = """\
      VpcConfig:
        SubnetIds: [subnet-1]
        SecurityGroupIds: [sg-1]
"""

CASES = [
    cfn("function-url-public", CFN_URL, "-      AuthType: NONE # for now\n+      AuthType: AWS_IAM # for now"),
    sam(
        "function-url-public",
        SAM_URL,
        '-        AuthType: "NONE"   # for now\n+        AuthType: "AWS_IAM"   # for now',
    ),
    tf(
        "function-url-public",
        TF_URL,
        '-  authorization_type = "NONE" # for now\n+  authorization_type = "AWS_IAM" # for now',
    ),
    sls("function-url-public", SLS_URL, "-    url: true # for now\n+    url: { authorizer: aws_iam } # for now"),
    sls(
        "function-url-public",
        "functions:\n  hello:\n    handler: app.handler\n    url:\n      cors: true\n",
        "+      authorizer: aws_iam",
    ),
    cfn(
        "public-url-reaches-vpc",
        CFN_URL.replace("  Url:\n", VPC + "  Url:\n", 1),
        "-      AuthType: NONE # for now\n+      AuthType: AWS_IAM # for now",
    ),
    sam(
        "public-url-reaches-vpc",
        SAM_URL + VPC,
        '-        AuthType: "NONE"   # for now\n+        AuthType: "AWS_IAM"   # for now',
    ),
    cfn("public-url-without-limit", CFN_URL, "+      ReservedConcurrentExecutions: 10"),
    sam("public-url-without-limit", SAM_URL, "+      ReservedConcurrentExecutions: 10"),
    tf("public-url-without-limit", TF_URL, "+  reserved_concurrent_executions = 10"),
    sls("public-url-without-limit", SLS_URL, "+    reservedConcurrency: 10"),
    sls(
        "runtime-deprecated",
        "functions:\n  - other: {handler: app.handler}\n  - hello:\n      handler: app.handler\n      runtime: python3.8 # old\n",
        "-      runtime: python3.8 # old\n+      runtime: python3.14 # old",
    ),
    cfn(
        "cors-allows-any-origin",
        CFN_URL.replace("for now\n", "for now\n      Cors: {AllowOrigins: ['*'], AllowCredentials: true} # any\n", 1),
        "-      Cors: {AllowOrigins: ['*'], AllowCredentials: true} # any\n"
        "+      Cors: {AllowOrigins: ['*'], AllowCredentials: false} # any",
    ),
    sam(
        "cors-allows-any-origin",
        SAM_URL + "        Cors:\n          AllowCredentials: true\n          AllowOrigins: ['https://*']\n",
        "-          AllowCredentials: true\n+          AllowCredentials: false",
    ),
    tf(
        "cors-allows-any-origin",
        TF_URL.replace(
            "# for now\n", '# for now\n  cors {\n    allow_origins     = ["*"]\n    allow_credentials = true\n  }\n', 1
        ),
        "-    allow_credentials = true\n+    allow_credentials = false",
    ),
    sls(
        "cors-allows-any-origin",
        "functions:\n  hello:\n    handler: app.handler\n    url:\n      cors:\n        allowCredentials: true\n",
        "-        allowCredentials: true\n+        allowCredentials: false",
    ),
    cfn(
        "cors-allows-any-origin",
        "  A:\n    Type: AWS::ApiGatewayV2::Api\n    Properties:\n      Name: a\n      ProtocolType: HTTP\n"
        "      CorsConfiguration:\n        AllowOrigins: ['*']\n        AllowCredentials: true\n",
        "-        AllowCredentials: true\n+        AllowCredentials: false",
    ),
    tf(
        "cors-allows-any-origin",
        'resource "aws_apigatewayv2_api" "a" {\n  name          = "a"\n  protocol_type = "HTTP"\n  cors_configuration {\n'
        '    allow_origins     = ["*"]\n    allow_credentials = true\n  }\n}\n',
        "-    allow_credentials = true\n+    allow_credentials = false",
    ),
    cfn(
        "runtime-deprecated",
        FUNCTION.replace("python3.13", "nodejs14.x # old"),
        "-      Runtime: nodejs14.x # old\n+      Runtime: nodejs24.x # old",
    ),
    sam(
        "runtime-deprecated",
        SAM_FUNCTION + "      Runtime: 'python3.7'\n",
        "-      Runtime: 'python3.7'\n+      Runtime: 'python3.14'",
    ),
    Case(
        "runtime-deprecated",
        "template.yaml",
        "Transform: AWS::Serverless-2016-10-31\nGlobals:\n  Function:\n    Runtime: nodejs14.x # for all\nResources:\n"
        + SAM_FUNCTION
        + SAM_FUNCTION.replace("  F:", "  G:"),
        "-    Runtime: nodejs14.x # for all\n+    Runtime: nodejs24.x # for all",
    ),
    tf(
        "runtime-deprecated",
        TF_FUNCTION.replace("python3.13", "nodejs14.x"),
        '-  runtime       = "nodejs14.x"\n+  runtime       = "nodejs24.x"',
    ),
    Case(
        "runtime-deprecated",
        "serverless.yml",
        "service: shop\nprovider:\n  name: aws\n  runtime: nodejs14.x # all\nfunctions:\n  hello:\n    handler: app.handler\n",
        "-  runtime: nodejs14.x # all\n+  runtime: nodejs24.x # all",
    ),
    cfn(
        "runtime-ends-soon",
        FUNCTION.replace("python3.13", "‹ends soon›"),
        "-      Runtime: ‹ends soon›\n+      Runtime: ‹successor›",
    ),
    cfn("log-group-kept-for-ever", "  L:\n    Type: AWS::Logs::LogGroup\n", "+    Properties:\n+      RetentionInDays: 365"),
    cfn(
        "log-group-kept-for-ever",
        "  L:\n    Type: AWS::Logs::LogGroup\n    Properties:\n      LogGroupName: l # its name\n\n  # the end\n",
        "+      RetentionInDays: 365",
    ),
    tf(
        "log-group-kept-for-ever",
        'resource "aws_cloudwatch_log_group" "l" {\n  name = "l"\n}\n',
        "+  retention_in_days = 365",
    ),
    tf(
        "log-group-kept-for-ever",
        'resource "aws_cloudwatch_log_group" "l" {\n  name              = "l"\n  retention_in_days = 0 # for ever\n}\n',
        "-  retention_in_days = 0 # for ever\n+  retention_in_days = 365 # for ever",
    ),
    sls("log-group-kept-for-ever", "functions:\n  hello:\n    handler: app.handler\n", "+    logRetentionInDays: 365"),
    cfn(
        "log-group-kept-too-short",
        "  L:\n    Type: AWS::Logs::LogGroup\n    Properties:\n      RetentionInDays: 3\n",
        "-      RetentionInDays: 3\n+      RetentionInDays: 90",
    ),
    tf(
        "log-group-kept-too-short",
        'resource "aws_cloudwatch_log_group" "l" {\n  retention_in_days = 7\n}\n',
        "-  retention_in_days = 7\n+  retention_in_days = 90",
    ),
    Case(
        "log-group-kept-too-short",
        "serverless.yml",
        "service: shop\nprovider:\n  name: aws\n  logRetentionInDays: 3 # short\n"
        "functions:\n  hello:\n    handler: app.handler\n",
        "-  logRetentionInDays: 3 # short\n+  logRetentionInDays: 90 # short",
    ),
    cfn(
        "function-logs-debug",
        FUNCTION + "      LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: DEBUG}\n",
        "-      LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: DEBUG}\n"
        "+      LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: INFO}",
    ),
    sam(
        "function-logs-debug",
        SAM_URL.replace("NONE", "AWS_IAM")
        + "      LoggingConfig:\n        LogFormat: JSON\n        ApplicationLogLevel: TRACE\n",
        "-        ApplicationLogLevel: TRACE\n+        ApplicationLogLevel: INFO",
    ),
    tf(
        "function-logs-debug",
        TF_FUNCTION[:-2]
        + '  logging_config {\n    log_format            = "JSON"\n    application_log_level = "DEBUG"\n  }\n}\n',
        '-    application_log_level = "DEBUG"\n+    application_log_level = "INFO"',
    ),
    cfn(
        "function-hides-errors",
        FUNCTION + "      LoggingConfig:\n        LogFormat: JSON\n        ApplicationLogLevel: FATAL\n",
        "-        ApplicationLogLevel: FATAL\n+        ApplicationLogLevel: WARN",
    ),
    tf(
        "function-hides-errors",
        TF_FUNCTION[:-2]
        + '  logging_config {\n    log_format            = "JSON"\n    application_log_level = "FATAL"\n  }\n}\n',
        '-    application_log_level = "FATAL"\n+    application_log_level = "WARN"',
    ),
    cfn(
        "queue-visibility-too-short",
        FUNCTION
        + "      Timeout: 60\n  Q:\n    Type: AWS::SQS::Queue\n  M:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties:\n"
        "      FunctionName: !Ref F\n      EventSourceArn: !GetAtt Q.Arn\n",
        "+    Properties:\n+      VisibilityTimeout: 360",
    ),
    sam(
        "queue-visibility-too-short",
        SAM_FUNCTION
        + "      Runtime: python3.13\n      Timeout: 100\n      Events:\n        Q:\n          Type: SQS\n          Properties:\n"
        "            Queue: !GetAtt Q.Arn\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {VisibilityTimeout: 30}\n",
        "-    Properties: {VisibilityTimeout: 30}\n+    Properties: {VisibilityTimeout: 600}",
    ),
    tf(
        "queue-visibility-too-short",
        TF_FUNCTION.replace('"f.zip"\n', '"f.zip"\n  timeout       = 20\n')
        + 'resource "aws_sqs_queue" "q" {}\n\nresource "aws_lambda_event_source_mapping" "m" {\n'
        "  function_name    = aws_lambda_function.f.arn\n  event_source_arn = aws_sqs_queue.q.arn\n}\n",
        '-resource "aws_sqs_queue" "q" {}\n+resource "aws_sqs_queue" "q" {\n+  visibility_timeout_seconds = 120\n+}',
    ),
    cfn(
        "queue-not-encrypted",
        "  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      SqsManagedSseEnabled: false\n",
        "-      SqsManagedSseEnabled: false\n+      SqsManagedSseEnabled: true",
    ),
    tf(
        "queue-not-encrypted",
        'resource "aws_sqs_queue" "q" {\n  sqs_managed_sse_enabled = false\n}\n',
        "-  sqs_managed_sse_enabled = false\n+  sqs_managed_sse_enabled = true",
    ),
    cfn(
        "stream-not-encrypted",
        "  S:\n    Type: AWS::Kinesis::Stream\n    Properties:\n      ShardCount: 1\n",
        "+      StreamEncryption:\n+        EncryptionType: KMS\n+        KeyId: alias/aws/kinesis",
    ),
    tf(
        "stream-not-encrypted",
        'resource "aws_kinesis_stream" "s" {\n  name        = "s"\n  shard_count = 1\n}\n',
        '+  encryption_type = "KMS"\n+  kms_key_id  = "alias/aws/kinesis"',
    ),
    cfn(
        "bucket-public",
        "  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: PublicRead # web\n"
        "      OwnershipControls:\n        Rules:\n          - ObjectOwnership: ObjectWriter\n"
        "      PublicAccessBlockConfiguration:\n        BlockPublicAcls: false\n",
        "-      AccessControl: PublicRead # web\n+      AccessControl: Private # web\n-        BlockPublicAcls: false\n"
        "+        BlockPublicAcls: true\n+        BlockPublicPolicy: true\n+        IgnorePublicAcls: true\n"
        "+        RestrictPublicBuckets: true",
    ),
    tf(
        "bucket-public",
        'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n\nresource "aws_s3_bucket_public_access_block" "b" {\n'
        "  bucket              = aws_s3_bucket.b.id\n  block_public_policy = false\n}\n\n"
        'resource "aws_s3_bucket_policy" "b" {\n  bucket = aws_s3_bucket.b.id\n  policy = <<EOF\n'
        '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}}\nEOF\n'
        "}\n",
        "-  block_public_policy = false\n+  block_public_policy = true\n+  block_public_acls   = true\n"
        "+  ignore_public_acls  = true\n+  restrict_public_buckets = true",
    ),
    tf(
        "bucket-public",
        'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n  acl    = "public-read"\n}\n\n'
        'resource "aws_s3_bucket_public_access_block" "b" {\n  bucket = aws_s3_bucket.b.id\n}\n\n'
        'resource "aws_s3_bucket_ownership_controls" "b" {\n  bucket = aws_s3_bucket.b.id\n'
        '  rule {\n    object_ownership = "ObjectWriter"\n  }\n}\n',
        '-  acl    = "public-read"\n+  acl    = "private"\n+  block_public_acls = true\n+  block_public_policy = true\n'
        "+  ignore_public_acls = true\n+  restrict_public_buckets = true",
    ),
    cfn(
        "bucket-without-versions",
        "  B:\n    Type: AWS::S3::Bucket\n",
        "+    Properties:\n+      VersioningConfiguration:\n+        Status: Enabled",
    ),
    tf(
        "bucket-without-versions",
        'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n',
        '+\n+resource "aws_s3_bucket_versioning" "b" {\n+  bucket = aws_s3_bucket.b.id\n+\n+  versioning_configuration {\n'
        '+    status = "Enabled"\n+  }\n+}',
    ),
    tf(
        "bucket-without-versions",
        'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n\nresource "aws_s3_bucket_versioning" "b" {\n'
        '  bucket = aws_s3_bucket.b.id\n  versioning_configuration {\n    status = "Suspended"\n  }\n}\n',
        '-    status = "Suspended"\n+    status = "Enabled"',
    ),
    cfn(
        "table-without-recovery",
        "  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      TableName: t\n",
        "+      PointInTimeRecoverySpecification:\n+        PointInTimeRecoveryEnabled: true",
    ),
    sam(
        "table-without-recovery",
        "  T:\n    Type: AWS::Serverless::SimpleTable\n",
        "+    Properties:\n+      PointInTimeRecoverySpecification:\n+        PointInTimeRecoveryEnabled: true",
    ),
    tf(
        "table-without-recovery",
        'resource "aws_dynamodb_table" "t" {\n  name = "t"\n}\n',
        "+\n+  point_in_time_recovery {\n+    enabled = true\n+  }",
    ),
    cfn(
        "table-can-be-deleted",
        "  T:\n    Type: AWS::DynamoDB::Table\n    Properties: {}\n",
        "-    Properties: {}\n+    Properties: { DeletionProtectionEnabled: true }",
    ),
    tf(
        "table-can-be-deleted",
        'resource "aws_dynamodb_table" "t" {\n  name = "t"\n\n  attribute {\n    name = "id"\n    type = "S"\n  }\n}\n',
        "+  deletion_protection_enabled = true",
    ),
    cfn(
        "key-not-rotated",
        "  K:\n    Type: AWS::KMS::Key\n    Properties:\n      Description: |\n        Two\n        lines\n\n  L:\n"
        "    Type: AWS::SQS::Queue\n",
        "+      EnableKeyRotation: true",
    ),
    tf("key-not-rotated", 'resource "aws_kms_key" "k" { description = "k" }\n', "‹any›"),
    cfn(
        "key-unusable",
        "  K:\n    Type: AWS::KMS::Key\n    Properties:\n      EnableKeyRotation: true\n      Enabled: false\n  Q:\n"
        "    Type: AWS::SQS::Queue\n    Properties:\n      KmsMasterKeyId: !GetAtt K.Arn\n",
        "-      Enabled: false\n+      Enabled: true",
    ),
    tf(
        "key-unusable",
        'resource "aws_kms_key" "k" {\n  enable_key_rotation = true\n  is_enabled          = false\n}\n'
        'resource "aws_sqs_queue" "q" {\n  kms_master_key_id = aws_kms_key.k.arn\n}\n',
        "-  is_enabled          = false\n+  is_enabled          = true",
    ),
    cfn(
        "code-signing-only-warns",
        FUNCTION + "      CodeSigningConfigArn: !Ref C\n  C:\n    Type: AWS::Lambda::CodeSigningConfig\n    Properties:\n"
        "      AllowedPublishers: {SigningProfileVersionArns: ['arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/v']}\n"
        "      CodeSigningPolicies:\n        UntrustedArtifactOnDeployment: Warn\n",
        "-        UntrustedArtifactOnDeployment: Warn\n+        UntrustedArtifactOnDeployment: Enforce",
    ),
    tf(
        "code-signing-only-warns",
        TF_FUNCTION.replace('"f.zip"\n', '"f.zip"\n  code_signing_config_arn = aws_lambda_code_signing_config.c.arn\n')
        + 'resource "aws_lambda_code_signing_config" "c" {\n  allowed_publishers {\n    signing_profile_version_arns = '
        '["arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/v"]\n  }\n}\n',
        '+\n+  policies {\n+    untrusted_artifact_on_deployment = "Enforce"\n+  }',
    ),
    cfn(
        "image-not-scanned",
        "  R:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: r\n",
        "+      ImageScanningConfiguration:\n+        ScanOnPush: true",
    ),
    tf(
        "image-not-scanned",
        'resource "aws_ecr_repository" "r" {\n  name = "r"\n  image_scanning_configuration {\n    scan_on_push = false\n  }\n}\n',
        "-    scan_on_push = false\n+    scan_on_push = true",
    ),
    cfn(
        "image-tag-floats",
        "  R:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: r\n  F:\n    Type: AWS::Lambda::Function\n"
        "    Properties:\n      PackageType: Image\n      Role: arn:aws:iam::000000000000:role/r\n      Code:\n"
        "        ImageUri: 000000000000.dkr.ecr.us-east-1.amazonaws.com/r:latest\n",
        "+      ImageTagMutability: IMMUTABLE",
    ),
    tf(
        "image-tag-floats",
        'resource "aws_ecr_repository" "r" {\n  name                 = "r"\n  image_tag_mutability = "MUTABLE"\n}\n'
        'resource "aws_lambda_function" "f" {\n  function_name = "f"\n  package_type  = "Image"\n'
        '  role          = "arn:aws:iam::000000000000:role/r"\n'
        '  image_uri     = "000000000000.dkr.ecr.us-east-1.amazonaws.com/r:latest"\n}\n',
        '-  image_tag_mutability = "MUTABLE"\n+  image_tag_mutability = "IMMUTABLE"',
    ),
    cfn(
        "image-tags-mutable",
        "  R:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: r\n",
        "+      ImageTagMutability: IMMUTABLE",
    ),
    tf(
        "image-tags-mutable",
        'resource "aws_ecr_repository" "r" {\n  name                 = "r"\n  image_tag_mutability = "MUTABLE"\n}\n',
        '-  image_tag_mutability = "MUTABLE"\n+  image_tag_mutability = "IMMUTABLE"',
    ),
    cfn(
        "recursion-guard-off",
        FUNCTION + "      RecursiveLoop: Allow\n",
        "-      RecursiveLoop: Allow\n+      RecursiveLoop: Terminate",
    ),
    sam(
        "recursion-guard-off",
        SAM_FUNCTION + "      Runtime: python3.13\n      RecursiveLoop: Allow\n",
        "-      RecursiveLoop: Allow\n+      RecursiveLoop: Terminate",
    ),
    tf(
        "recursion-guard-off",
        TF_FUNCTION
        + 'resource "aws_lambda_function_recursion_config" "f" {\n  function_name  = aws_lambda_function.f.function_name\n'
        '  recursive_loop = "Allow"\n}\n',
        '-  recursive_loop = "Allow"\n+  recursive_loop = "Terminate"',
    ),
    cfn(
        "secret-rotates-seldom",
        "  S:\n    Type: AWS::SecretsManager::Secret\n  R:\n    Type: AWS::SecretsManager::RotationSchedule\n    Properties:\n"
        "      SecretId: !Ref S\n      RotationLambdaARN: arn:aws:lambda:us-east-1:111122223333:function:r\n"
        "      RotationRules:\n        AutomaticallyAfterDays: 365\n",
        "-        AutomaticallyAfterDays: 365\n+        AutomaticallyAfterDays: 90",
    ),
    tf(
        "secret-rotates-seldom",
        'resource "aws_secretsmanager_secret" "s" {}\n\nresource "aws_secretsmanager_secret_rotation" "s" {\n'
        "  secret_id           = aws_secretsmanager_secret.s.id\n"
        '  rotation_lambda_arn = "arn:aws:lambda:us-east-1:111122223333:function:r"\n  rotation_rules {\n'
        "    automatically_after_days = 365\n  }\n}\n",
        "-    automatically_after_days = 365\n+    automatically_after_days = 90",
    ),
    sam(
        "stage-logs-bodies",
        SAM_FUNCTION + "      Runtime: python3.13\n      Events:\n        Get:\n          Type: Api\n          Properties:\n"
        "            RestApiId: !Ref A\n            Path: /\n            Method: get\n  A:\n    Type: AWS::Serverless::Api\n"
        "    Properties:\n      StageName: prod\n      MethodSettings:\n        - HttpMethod: '*'\n          ResourcePath: /*\n"
        "          DataTraceEnabled: true\n",
        "-          DataTraceEnabled: true\n+          DataTraceEnabled: false",
    ),
    sam(
        "stage-cache-unencrypted",
        SAM_FUNCTION + "      Runtime: python3.13\n      Events:\n        Get:\n          Type: Api\n          Properties:\n"
        "            RestApiId: !Ref A\n            Path: /\n            Method: get\n  A:\n    Type: AWS::Serverless::Api\n"
        "    Properties:\n      StageName: prod\n      CacheClusterEnabled: true\n      MethodSettings:\n"
        "        - HttpMethod: '*'\n          ResourcePath: /*\n          CachingEnabled: true\n",
        "+          CacheDataEncrypted: true",
    ),
    cfn(
        "authorizer-cache-leaks",
        FUNCTION + "  A:\n    Type: AWS::ApiGatewayV2::Api\n    Properties: {Name: a, ProtocolType: HTTP}\n"
        "  Z:\n    Type: AWS::ApiGatewayV2::Authorizer\n    Properties:\n      ApiId: !Ref A\n      Name: z\n"
        "      AuthorizerType: REQUEST\n      AuthorizerUri: !GetAtt F.Arn\n      EnableSimpleResponses: true\n"
        "      AuthorizerResultTtlInSeconds: 300 # five minutes\n      IdentitySource: [$request.header.Authorization]\n"
        + "".join(
            f"  R{n}:\n    Type: AWS::ApiGatewayV2::Route\n    Properties:\n      ApiId: !Ref A\n      RouteKey: GET /{n}\n"
            "      AuthorizationType: CUSTOM\n      AuthorizerId: !Ref Z\n"
            for n in (1, 2)
        ),
        "-      AuthorizerResultTtlInSeconds: 300 # five minutes\n+      AuthorizerResultTtlInSeconds: 0 # five minutes",
    ),
    cfn(
        "function-confused-deputy",
        FUNCTION + "  P:\n    Type: AWS::Lambda::Permission\n    Properties:\n      FunctionName: !Ref F\n"
        "      Action: lambda:InvokeFunction\n      Principal: s3.amazonaws.com # uploads\n",
        "+      SourceAccount: !Ref AWS::AccountId",
    ),
    tf(
        "function-confused-deputy",
        TF_FUNCTION + 'resource "aws_lambda_permission" "p" {\n  function_name = aws_lambda_function.f.function_name\n'
        '  action        = "lambda:InvokeFunction"\n  principal     = "s3.amazonaws.com"\n}\n',
        '+  source_account = data.aws_caller_identity.current.account_id\n+\n+data "aws_caller_identity" "current" {}',
    ),
]
