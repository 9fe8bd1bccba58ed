"""Services to which a role can be passed, or that run with one already, so that whoever steers them acts as the role.

`services` are the principals that the role must trust, `passed` what ``iam:PassedToService`` says when it differs. Sources: the
service authorization reference (actions), each service's guide (which principal takes the role), the SDK's models (commands).
"""

from typing import Final, NamedTuple

from lambdaudit.facts.escalation.technique import Ask, Technique
from lambdaudit.model.finding import Confidence

_MEDIUM, _LOW = Confidence.MEDIUM, Confidence.LOW
_NEW_FUNCTION: Final = "arn:{p}:lambda:{r}:{a}:function:<function>"
_NO_SIGNING: Final = {"lambda:CodeSigningConfigArn": None}
_CREATE: Final = Ask("lambda:CreateFunction", _NEW_FUNCTION, _NO_SIGNING)
_CREATE_COMMAND: Final = (
    "aws lambda create-function --function-name <function> --runtime python3.13 --handler app.handler "
    "--code S3Bucket=<bucket>,S3Key=<code.zip> --role {role}"
)


_INSTANCE: Final = "arn:{p}:ec2:{r}:{a}:instance/<instance>"
_LAUNCH: Final = (
    Ask("ec2:RunInstances", "arn:{p}:ec2:*:{a}:instance/*"),
    *(Ask("ec2:RunInstances", f"arn:{{p}}:ec2:*:{owner}:{kind}/*") for kind, owner in (
        ("image", ""), ("network-interface", "{a}"), ("security-group", "{a}"), ("subnet", "{a}"), ("volume", "{a}"),
    )),
)  # fmt: skip
"""A launch is one request for each thing that it touches, and fails when one of them is refused."""


_NAMED: Final = {
    action: f"arn:{{p}}:{on.format('{r}:{a}')}"
    for on, actions in (
        ("glue:{}:job/<job>", ("glue:CreateJob", "glue:UpdateJob", "glue:StartJobRun")),
        ("glue:{}:session/<session>", ("glue:CreateSession", "glue:RunStatement")),
        ("cloudformation:{}:stack/<stack>/example", ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet")),
        ("codebuild:{}:project/<project>", ("codebuild:CreateProject", "codebuild:StartBuild", "codebuild:StartBuildBatch")),
        ("sagemaker:{}:notebook-instance/<name>", (
            "sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker:StopNotebookInstance",
            "sagemaker:UpdateNotebookInstance", "sagemaker:StartNotebookInstance")),
        ("states:{}:stateMachine:<machine>", ("states:CreateStateMachine", "states:UpdateStateMachine", "states:StartExecution")),
        ("ecs:{}:task-definition/<task>:1", ("ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:StartTask")),
        ("events:{}:rule/<rule>", ("events:PutRule", "events:PutTargets")),
        ("ec2:{}:launch-template/<template>", ("ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate")),
    )
    for action in actions
}  # fmt: skip
"""What several actions of one technique have to be allowed for together."""


class Compute(NamedTuple):
    """One service; `actions` are asked about one new thing where they share one, otherwise about anything; `asks` come on top."""

    id: str
    ref: tuple[str, ...]
    noun: str
    services: tuple[str, ...]
    actions: tuple[str, ...]
    commands: tuple[str, ...]
    asks: tuple[Ask, ...] = ()
    confidence: Confidence = Confidence.HIGH
    passed: tuple[str, ...] = ()
    reads: str = ""
    """An action that the passed role needs for the technique to work."""

    def technique(self, service: str) -> Technique:
        """The technique of passing a role to this service."""
        passing = Ask("iam:PassRole", "{role}", {"iam:PassedToService": service})
        asks = (passing, *self.asks, *(Ask(action, _NAMED.get(action, "*")) for action in self.actions))
        text = f"pass role {{role_name}} to {self.noun} and act as it"
        return Technique(self.id, self.ref, "pass-role", text, asks, self.commands, self.confidence)

    def running(self) -> Technique:
        """The technique of steering what runs with a role already."""
        asks = (*self.asks, *(Ask(action, _NAMED.get(action, "*")) for action in self.actions))
        sure = _LOW if self.confidence is _LOW else _MEDIUM
        return Technique(self.id, self.ref, "running-compute", self.noun, asks, self.commands, sure)


def _lambda(
    identifier: str, ref: tuple[str, ...], noun: str, asks: tuple[Ask, ...], commands: tuple[str, ...], reads: str = ""
) -> Compute:
    return Compute(
        identifier, ref, noun, ("lambda.amazonaws.com",), (), (_CREATE_COMMAND, *commands), asks=(_CREATE, *asks), reads=reads
    )


_EC2 = ("ec2.amazonaws.com",)
_TASKS = ("ecs-tasks.amazonaws.com",)
_GLUE = ("glue.amazonaws.com",)
_LAMBDA = ("lambda.amazonaws.com",)
_AGENTCORE = ("bedrock-agentcore.amazonaws.com",)
_RUN_JOB = "aws glue start-job-run --job-name <job>"
_REGISTER_TASK = (
    "aws ecs register-task-definition --family <task> --task-role-arn {role} --container-definitions file://<container.json>"
)

NEW_COMPUTE: Final = (
    _lambda("create-function-and-invoke", ("L01",), "a new function", (Ask("lambda:InvokeFunction", _NEW_FUNCTION),),
            ("aws lambda invoke --function-name <function> /dev/stdout",)),
    _lambda("create-function-and-map", ("L02",), "a new function that polls a queue or stream",
            (Ask("lambda:CreateEventSourceMapping"),),
            ("aws lambda create-event-source-mapping --function-name <function> --event-source-arn <queue>",),
            reads="sqs:ReceiveMessage"),
    _lambda("create-function-and-permit", ("L03", "L05"), "a new function that others may call",
            (Ask("lambda:AddPermission", _NEW_FUNCTION),),
            ("aws lambda add-permission --function-name <function> --statement-id <id> --action lambda:InvokeFunction "
             "--principal <account>",)),
    _lambda("create-function-and-url", ("L04",), "a new function with a URL",
            (Ask("lambda:CreateFunctionUrlConfig", _NEW_FUNCTION, {"lambda:FunctionUrlAuthType": "AWS_IAM"}),
             Ask("lambda:InvokeFunctionUrl", _NEW_FUNCTION, {"lambda:FunctionUrlAuthType": "AWS_IAM"})),
            ("aws lambda create-function-url-config --function-name <function> --auth-type AWS_IAM",
             "curl --aws-sigv4 aws:amz:<region>:lambda --user <key>:<secret> <url>")),
    Compute("create-web-function", ("L29",), "a new Lambda web function", _LAMBDA,
            ("lambda:CreateWebFunction", "lambda:CreateWebFunctionRevision", "lambda:CreateWebFunctionEndpoint"),
            ("aws lambda-web create-web-function --function-name <function>",
             "aws lambda-web create-web-function-revision --function-name <function> --build-config file://<build.json> "
             "--service-config file://<service.json>",
             "aws lambda-web create-web-function-endpoint --function-name <function> --endpoint-name <name> "
             "--endpoint-type <type> --auth-type <type>"), confidence=_MEDIUM),
    Compute("run-microvm", ("L30",), "a new Lambda MicroVM", _LAMBDA, ("lambda:RunMicrovm", "lambda:CreateMicrovmAuthToken"),
            ("aws lambda-microvms run-microvm --image-identifier <image> --execution-role-arn {role}",
             "aws lambda-microvms create-microvm-auth-token --microvm-identifier <id> --expiration-in-minutes 60 "
             "--allowed-ports <ports>"), confidence=_MEDIUM),
    Compute("build-microvm-image", ("L32",), "the build of a Lambda MicroVM image", _LAMBDA, ("lambda:CreateMicrovmImage",),
            ("aws lambda-microvms create-microvm-image --name <image> --base-image-arn <base> --build-role-arn {role} "
             "--code-artifact file://<code.json>",), confidence=_MEDIUM),
    Compute("ec2-run-instances", ("P01",), "a new instance", _EC2, (),
            ("aws ec2 run-instances --image-id <image> --min-count 1 --max-count 1 --user-data file://<script> "
             "--iam-instance-profile Name=<profile of {role_name}>",), asks=_LAUNCH, confidence=_MEDIUM),
    Compute("ec2-request-spot", ("P02",), "a new spot instance", _EC2, ("ec2:RequestSpotInstances",),
            ("aws ec2 request-spot-instances --launch-specification file://<instance with a profile of {role_name}>",),
            confidence=_MEDIUM),
    Compute("autoscaling-launch-configuration", ("P03",), "a new Auto Scaling group", _EC2,
            ("autoscaling:CreateLaunchConfiguration", "autoscaling:CreateAutoScalingGroup"),
            ("aws autoscaling create-launch-configuration --launch-configuration-name <name> --image-id <image> "
             "--instance-type t3.micro --user-data file://<script> --iam-instance-profile <profile of {role_name}>",
             "aws autoscaling create-auto-scaling-group --auto-scaling-group-name <group> --min-size 1 --max-size 1 "
             "--launch-configuration-name <name> --availability-zones <zone>"), confidence=_MEDIUM),
    Compute("autoscaling-launch-template", ("P03", "X15"), "a new Auto Scaling group", _EC2,
            ("ec2:CreateLaunchTemplate", "autoscaling:CreateAutoScalingGroup"),
            ("aws ec2 create-launch-template --launch-template-name <name> --launch-template-data file://<with {role_name}>",
             "aws autoscaling create-auto-scaling-group --auto-scaling-group-name <group> --min-size 1 --max-size 1 "
             "--launch-template LaunchTemplateName=<name> --availability-zones <zone>"), asks=_LAUNCH, confidence=_MEDIUM),
    Compute("ecs-run-task", ("P04",), "a new container task", _TASKS, ("ecs:RegisterTaskDefinition", "ecs:RunTask"),
            (_REGISTER_TASK, "aws ecs run-task --task-definition <task> --cluster <cluster> --launch-type FARGATE")),
    Compute("ecs-create-service", ("P04",), "a new container service", _TASKS,
            ("ecs:RegisterTaskDefinition", "ecs:CreateService"),
            (_REGISTER_TASK, "aws ecs create-service --service-name <name> --task-definition <task> --desired-count 1")),
    Compute("ecs-start-task", ("P04",), "a new container task on a given instance", _TASKS,
            ("ecs:RegisterTaskDefinition", "ecs:StartTask"),
            (_REGISTER_TASK, "aws ecs start-task --task-definition <task> --container-instances <instance>")),
    Compute("glue-dev-endpoint", ("P05",), "a new Glue development endpoint", _GLUE, ("glue:CreateDevEndpoint",),
            ("aws glue create-dev-endpoint --endpoint-name <name> --role-arn {role} --public-key file://<key.pub>",)),
    Compute("glue-create-job", ("P06",), "a new Glue job", _GLUE, ("glue:CreateJob", "glue:StartJobRun"),
            ("aws glue create-job --name <job> --role {role} --command Name=pythonshell,ScriptLocation=<script>", _RUN_JOB)),
    Compute("glue-update-job", ("P06",), "a changed Glue job", _GLUE, ("glue:UpdateJob", "glue:StartJobRun"),
            ("aws glue update-job --job-name <job> --job-update file://<job with {role_name}>", _RUN_JOB)),
    Compute("glue-trigger-job", ("P06",), "a new Glue job with a trigger", _GLUE, ("glue:CreateJob", "glue:CreateTrigger"),
            ("aws glue create-job --name <job> --role {role} --command Name=pythonshell,ScriptLocation=<script>",
             "aws glue create-trigger --name <name> --type SCHEDULED --schedule <cron> --actions JobName=<job> "
             "--start-on-creation")),
    Compute("glue-session", ("P07",), "a new Glue session", _GLUE, ("glue:CreateSession", "glue:RunStatement"),
            ("aws glue create-session --id <session> --role {role} --command Name=glueetl,PythonVersion=3",
             "aws glue run-statement --session-id <session> --code <python>")),
    Compute("cloudformation-create-stack", ("P08",), "a new stack", ("cloudformation.amazonaws.com",),
            ("cloudformation:CreateStack",),
            ("aws cloudformation create-stack --stack-name <stack> --template-body file://<template> --role-arn {role} "
             "--capabilities CAPABILITY_NAMED_IAM",)),
    Compute("cloudformation-change-set", ("P08",), "a new stack by a change set", ("cloudformation.amazonaws.com",),
            ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
            ("aws cloudformation create-change-set --stack-name <stack> --change-set-name <name> --change-set-type CREATE "
             "--template-body file://<template> --role-arn {role} --capabilities CAPABILITY_NAMED_IAM",
             "aws cloudformation execute-change-set --stack-name <stack> --change-set-name <name>")),
    Compute("cloudformation-stack-set", ("P09",), "a new stack set", ("cloudformation.amazonaws.com",),
            ("cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"),
            ("aws cloudformation create-stack-set --stack-set-name <name> --template-body file://<template> "
             "--administration-role-arn {role}",
             "aws cloudformation create-stack-instances --stack-set-name <name> --accounts <account> --regions <region>"),
            confidence=_MEDIUM),
    Compute("codebuild-new", ("P10",), "a new build", ("codebuild.amazonaws.com",),
            ("codebuild:CreateProject", "codebuild:StartBuild"),
            ("aws codebuild create-project --name <project> --source file://<source.json> --artifacts type=NO_ARTIFACTS "
             "--environment file://<environment.json> --service-role {role}",
             "aws codebuild start-build --project-name <project>")),
    Compute("codebuild-new-batch", ("P10",), "a new batch build", ("codebuild.amazonaws.com",),
            ("codebuild:CreateProject", "codebuild:StartBuildBatch"),
            ("aws codebuild create-project --name <project> --source file://<source.json> --artifacts type=NO_ARTIFACTS "
             "--environment file://<environment.json> --service-role {role}",
             "aws codebuild start-build-batch --project-name <project>")),
    Compute("data-pipeline", ("P11",), "a new data pipeline", ("datapipeline.amazonaws.com",),
            ("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"),
            ("aws datapipeline create-pipeline --name <name> --unique-id <id>",
             "aws datapipeline put-pipeline-definition --pipeline-id <id> --pipeline-definition file://<with {role_name}>",
             "aws datapipeline activate-pipeline --pipeline-id <id>"), confidence=_LOW),
    Compute("sagemaker-notebook", ("P12",), "a new notebook", ("sagemaker.amazonaws.com",),
            ("sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"),
            ("aws sagemaker create-notebook-instance --notebook-instance-name <name> --instance-type ml.t3.medium "
             "--role-arn {role}",
             "aws sagemaker create-presigned-notebook-instance-url --notebook-instance-name <name>")),
    Compute("sagemaker-training-job", ("P12",), "a new training job", ("sagemaker.amazonaws.com",),
            ("sagemaker:CreateTrainingJob",),
            ("aws sagemaker create-training-job --training-job-name <name> --role-arn {role} "
             "--output-data-config S3OutputPath=<path> --cli-input-json file://<job.json>",)),
    Compute("sagemaker-processing-job", ("P12",), "a new processing job", ("sagemaker.amazonaws.com",),
            ("sagemaker:CreateProcessingJob",),
            ("aws sagemaker create-processing-job --processing-job-name <name> --role-arn {role} "
             "--processing-resources file://<resources.json> --app-specification ImageUri=<image>",)),
    Compute("apprunner-create", ("P13",), "a new App Runner service", ("tasks.apprunner.amazonaws.com",),
            ("apprunner:CreateService",),
            ("aws apprunner create-service --service-name <name> --source-configuration file://<source.json> "
             "--instance-configuration InstanceRoleArn={role}",),
            passed=("apprunner.amazonaws.com", "tasks.apprunner.amazonaws.com")),
    Compute("agentcore-interpreter", ("P14",), "a new code interpreter", _AGENTCORE,
            ("bedrock-agentcore:CreateCodeInterpreter", "bedrock-agentcore:StartCodeInterpreterSession",
             "bedrock-agentcore:InvokeCodeInterpreter"),
            ("aws bedrock-agentcore-control create-code-interpreter --name <name> --network-configuration networkMode=PUBLIC "
             "--execution-role-arn {role}",
             "aws bedrock-agentcore start-code-interpreter-session --code-interpreter-identifier <id>",
             "aws bedrock-agentcore invoke-code-interpreter --code-interpreter-identifier <id> --name executeCode")),
    Compute("agentcore-runtime", ("P14",), "a new agent runtime", _AGENTCORE,
            ("bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:InvokeAgentRuntime"),
            ("aws bedrock-agentcore-control create-agent-runtime --agent-runtime-name <name> --role-arn {role} "
             "--agent-runtime-artifact file://<image.json>",
             "aws bedrock-agentcore invoke-agent-runtime --agent-runtime-arn <runtime> --payload <text>")),
    Compute("step-functions", ("P15",), "a new state machine", ("states.amazonaws.com",),
            ("states:CreateStateMachine", "states:StartExecution"),
            ("aws stepfunctions create-state-machine --name <name> --definition file://<states.json> --role-arn {role}",
             "aws stepfunctions start-execution --state-machine-arn <machine>")),
    Compute("scheduler", ("P16",), "a new schedule", ("scheduler.amazonaws.com",), ("scheduler:CreateSchedule",),
            ("aws scheduler create-schedule --name <name> --schedule-expression 'rate(1 minute)' "
             "--flexible-time-window Mode=OFF --target file://<any API call as {role_name}>",)),
    Compute("ssm-automation", ("P17",), "a new automation", ("ssm.amazonaws.com",),
            ("ssm:CreateDocument", "ssm:StartAutomationExecution"),
            ("aws ssm create-document --name <name> --document-type Automation --content file://<runbook with {role_name}>",
             "aws ssm start-automation-execution --document-name <name>")),
    Compute("batch", ("P18",), "a new batch job", _TASKS, ("batch:RegisterJobDefinition", "batch:SubmitJob"),
            ("aws batch register-job-definition --job-definition-name <name> --type container "
             "--container-properties file://<container with {role_name}>",
             "aws batch submit-job --job-name <name> --job-queue <queue> --job-definition <name>")),
    Compute("emr", ("P19",), "a new cluster", _EC2, ("elasticmapreduce:RunJobFlow",),
            ("aws emr create-cluster --release-label <release> --instance-type m5.xlarge --service-role <role> "
             "--ec2-attributes InstanceProfile=<profile of {role_name}> --steps file://<steps.json>",), confidence=_MEDIUM),
    Compute("emr-serverless", ("P19",), "a new serverless cluster", ("emr-serverless.amazonaws.com",),
            ("emr-serverless:CreateApplication", "emr-serverless:StartJobRun"),
            ("aws emr-serverless create-application --release-label <release> --type SPARK",
             "aws emr-serverless start-job-run --application-id <id> --execution-role-arn {role} --job-driver file://<job.json>")),
    Compute("image-builder", ("P21",), "a new image build", _EC2,
            ("imagebuilder:CreateComponent", "imagebuilder:CreateImageRecipe", "imagebuilder:CreateInfrastructureConfiguration",
             "imagebuilder:CreateImage"),
            ("aws imagebuilder create-component --name <name> --semantic-version 1.0.0 --platform Linux --data file://<script>",
             "aws imagebuilder create-image-recipe --name <name> --semantic-version 1.0.0 --parent-image <image> "
             "--components componentArn=<component>",
             "aws imagebuilder create-infrastructure-configuration --name <name> "
             "--instance-profile-name <profile of {role_name}>",
             "aws imagebuilder create-image --infrastructure-configuration-arn <infrastructure> --image-recipe-arn <recipe>"),
            confidence=_MEDIUM),
    Compute("kinesis-analytics", ("P22",), "a new Flink application", ("kinesisanalytics.amazonaws.com",),
            ("kinesisanalytics:CreateApplication", "kinesisanalytics:StartApplication"),
            ("aws kinesisanalyticsv2 create-application --application-name <name> --runtime-environment FLINK-1_20 "
             "--service-execution-role {role} --application-configuration file://<code.json>",
             "aws kinesisanalyticsv2 start-application --application-name <name>")),
    Compute("braket", ("P23",), "a new Braket job", ("braket.amazonaws.com",), ("braket:CreateJob",),
            ("aws braket create-job --job-name <name> --role-arn {role} --algorithm-specification file://<algorithm.json> "
             "--output-data-config s3Path=<path> --instance-config file://<instance.json> --device-config device=<device>",)),
    Compute("omics", ("P23",), "a new HealthOmics run", ("omics.amazonaws.com",), ("omics:CreateWorkflow", "omics:StartRun"),
            ("aws omics create-workflow --name <name> --definition-zip fileb://<workflow.zip>",
             "aws omics start-run --workflow-id <id> --role-arn {role} --output-uri <path>")),
    Compute("gamelift", ("P23",), "a new GameLift fleet", ("gamelift.amazonaws.com",),
            ("gamelift:CreateBuild", "gamelift:CreateFleet"),
            ("aws gamelift create-build --name <name> --operating-system AMAZON_LINUX_2023",
             "aws gamelift create-fleet --name <fleet> --build-id <build> --instance-role-arn {role} "
             "--instance-role-credentials-provider SHARED_CREDENTIAL_FILE")),
    Compute("eventbridge-target", ("P25",), "a new event rule", ("events.amazonaws.com",),
            ("events:PutRule", "events:PutTargets"),
            ("aws events put-rule --name <rule> --schedule-expression 'rate(1 minute)'",
             "aws events put-targets --rule <rule> --targets Id=1,Arn=<target>,RoleArn={role}"), confidence=_MEDIUM),
    Compute("pipes", ("P26",), "a new pipe", ("pipes.amazonaws.com",), ("pipes:CreatePipe",),
            ("aws pipes create-pipe --name <name> --source <source> --target <target> --role-arn {role}",), confidence=_MEDIUM),
    Compute("apigateway-proxy", ("P27",), "a new API that calls AWS itself", ("apigateway.amazonaws.com",),
            ("apigateway:POST", "apigateway:PUT"),
            ("aws apigateway create-rest-api --name <name>",
             "aws apigateway put-method --rest-api-id <api> --resource-id <root> --http-method POST --authorization-type NONE",
             "aws apigateway put-integration --rest-api-id <api> --resource-id <root> --http-method POST --type AWS "
             "--integration-http-method POST --uri <AWS API> --credentials {role}",
             "aws apigateway create-deployment --rest-api-id <api> --stage-name <stage>")),
    Compute("appsync-source", ("P28",), "a new AppSync data source", ("appsync.amazonaws.com",),
            ("appsync:CreateDataSource", "appsync:CreateResolver"),
            ("aws appsync create-data-source --api-id <api> --name <name> --type HTTP --service-role-arn {role} "
             "--http-config file://<signed calls of an AWS API>",
             "aws appsync create-resolver --api-id <api> --type-name Query --field-name <field> --data-source-name <name>"),
            confidence=_MEDIUM),
    Compute("iot-rule", ("P29",), "a new IoT rule", ("iot.amazonaws.com",), ("iot:CreateTopicRule",),
            ("aws iot create-topic-rule --rule-name <name> --topic-rule-payload file://<actions with {role_name}>",),
            confidence=_MEDIUM),
    Compute("codepipeline", ("P30",), "a new pipeline", ("codepipeline.amazonaws.com",), ("codepipeline:CreatePipeline",),
            ("aws codepipeline create-pipeline --pipeline file://<pipeline with {role_name}>",), confidence=_MEDIUM),
    Compute("bedrock-agent", ("P31",), "a new Bedrock agent", ("bedrock.amazonaws.com",),
            ("bedrock:CreateAgent", "bedrock:CreateAgentActionGroup"),
            ("aws bedrock-agent create-agent --agent-name <name> --agent-resource-role-arn {role}",
             "aws bedrock-agent create-agent-action-group --agent-id <agent> --agent-version DRAFT --action-group-name <name> "
             "--action-group-executor lambda=<function>"), confidence=_MEDIUM),
)  # fmt: skip
"""Ways to start something that runs with a role of the attacker's choice."""

RUNNING_COMPUTE: Final = (
    Compute("instance-user-data", ("X01",), "run commands on an instance with role {role_name}", _EC2,
            (),
            ("aws ec2 stop-instances --instance-ids <instance>",
             "aws ec2 modify-instance-attribute --instance-id <instance> --user-data Value=<script>",
             "aws ec2 start-instances --instance-ids <instance>"),
            asks=tuple(Ask(f"ec2:{a}", _INSTANCE) for a in ("StopInstances", "ModifyInstanceAttribute", "StartInstances"))),
    Compute("launch-template-version", ("X02",), "change the launch template of instances with role {role_name}", _EC2,
            ("ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"),
            ("aws ec2 create-launch-template-version --launch-template-name <name> --source-version 1 "
             "--launch-template-data UserData=<script>",
             "aws ec2 modify-launch-template --launch-template-name <name> --default-version 2")),
    Compute("instance-connect", ("X03",), "log on to an instance with role {role_name}", _EC2,
            (),
            ("aws ec2-instance-connect send-ssh-public-key --instance-id <instance> --instance-os-user ec2-user "
             "--ssh-public-key file://<key.pub>", "ssh ec2-user@<address>"),
            asks=(Ask("ec2-instance-connect:SendSSHPublicKey", _INSTANCE),)),
    Compute("ssm-send-command", ("X04",), "run commands on an instance with role {role_name}", _EC2, (),
            ("aws ssm send-command --document-name AWS-RunShellScript --instance-ids <instance> "
             "--parameters commands=<command>",),
            asks=(Ask("ssm:SendCommand", _INSTANCE), Ask("ssm:SendCommand", "arn:{p}:ssm:*:*:document/*"))),
    Compute("ssm-start-session", ("X04",), "open a shell on an instance with role {role_name}", _EC2, (),
            ("aws ssm start-session --target <instance>",), asks=(Ask("ssm:StartSession", _INSTANCE),)),
    Compute("ecs-exec", ("X05",), "open a shell in a container with role {role_name}", _TASKS, (),
            ("aws ecs execute-command --cluster <cluster> --task <task> --interactive --command /bin/sh",),
            asks=tuple(Ask("ecs:ExecuteCommand", f"arn:{{p}}:ecs:*:{{a}}:{kind}/*") for kind in ("task", "cluster"))),
    Compute("cloudformation-update-stack", ("X06",), "change a stack that is deployed with role {role_name}",
            ("cloudformation.amazonaws.com",), ("cloudformation:UpdateStack",),
            ("aws cloudformation update-stack --stack-name <stack> --template-body file://<template> "
             "--capabilities CAPABILITY_NAMED_IAM",)),
    Compute("cloudformation-update-by-change-set", ("X06",), "change a stack that is deployed with role {role_name}",
            ("cloudformation.amazonaws.com",), ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
            ("aws cloudformation create-change-set --stack-name <stack> --change-set-name <name> "
             "--template-body file://<template> --capabilities CAPABILITY_NAMED_IAM",
             "aws cloudformation execute-change-set --stack-name <stack> --change-set-name <name>")),
    Compute("codebuild-start", ("X07",), "start a build of its own making with role {role_name}", ("codebuild.amazonaws.com",),
            ("codebuild:StartBuild",),
            ("aws codebuild start-build --project-name <project> --buildspec-override file://<buildspec>",)),
    Compute("codebuild-start-batch", ("X07",), "start a batch build of its own making with role {role_name}",
            ("codebuild.amazonaws.com",), ("codebuild:StartBuildBatch",),
            ("aws codebuild start-build-batch --project-name <project> --buildspec-override file://<buildspec>",)),
    Compute("glue-endpoint-key", ("X08",), "log on to a Glue development endpoint with role {role_name}", _GLUE,
            ("glue:UpdateDevEndpoint",),
            ("aws glue update-dev-endpoint --endpoint-name <name> --public-key file://<key.pub>",)),
    Compute("sagemaker-notebook-url", ("X09",), "open a notebook with role {role_name}", ("sagemaker.amazonaws.com",),
            ("sagemaker:CreatePresignedNotebookInstanceUrl",),
            ("aws sagemaker create-presigned-notebook-instance-url --notebook-instance-name <name>",)),
    Compute("sagemaker-lifecycle", ("X09",), "put a start script into a notebook with role {role_name}",
            ("sagemaker.amazonaws.com",),
            ("sagemaker:CreateNotebookInstanceLifecycleConfig", "sagemaker:StopNotebookInstance",
             "sagemaker:UpdateNotebookInstance", "sagemaker:StartNotebookInstance"),
            ("aws sagemaker create-notebook-instance-lifecycle-config --notebook-instance-lifecycle-config-name <config> "
             "--on-start Content=<script>",
             "aws sagemaker stop-notebook-instance --notebook-instance-name <name>",
             "aws sagemaker update-notebook-instance --notebook-instance-name <name> --lifecycle-config-name <config>",
             "aws sagemaker start-notebook-instance --notebook-instance-name <name>")),
    Compute("apprunner-update", ("X10",), "replace the code of an App Runner service with role {role_name}",
            ("tasks.apprunner.amazonaws.com",), ("apprunner:UpdateService",),
            ("aws apprunner update-service --service-arn <service> --source-configuration file://<source.json>",)),
    Compute("agentcore-session", ("X11",), "run code in an interpreter with role {role_name}", _AGENTCORE,
            ("bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"),
            ("aws bedrock-agentcore start-code-interpreter-session --code-interpreter-identifier <id>",
             "aws bedrock-agentcore invoke-code-interpreter --code-interpreter-identifier <id> --name executeCode")),
    Compute("step-functions-update", ("X12",), "rewrite a state machine with role {role_name}", ("states.amazonaws.com",),
            ("states:UpdateStateMachine", "states:StartExecution"),
            ("aws stepfunctions update-state-machine --state-machine-arn <machine> --definition file://<states.json>",
             "aws stepfunctions start-execution --state-machine-arn <machine>")),
    Compute("batch-submit", ("X13",), "run a batch job of its own making with role {role_name}", _TASKS, ("batch:SubmitJob",),
            ("aws batch submit-job --job-name <name> --job-queue <queue> --job-definition <definition> "
             "--container-overrides command=<command>",), confidence=_LOW),
    Compute("codedeploy", ("X14",), "deploy code to instances with role {role_name}", _EC2,
            ("codedeploy:RegisterApplicationRevision", "codedeploy:CreateDeployment", "codedeploy:GetDeploymentConfig"),
            ("aws deploy register-application-revision --application-name <application> --revision file://<revision.json>",
             "aws deploy create-deployment --application-name <application> --deployment-group-name <group> "
             "--revision file://<revision.json>"), confidence=_LOW),
)  # fmt: skip
"""Ways to steer what runs with a role already. What runs is not in the inventory, so a role that was used stands for it."""
