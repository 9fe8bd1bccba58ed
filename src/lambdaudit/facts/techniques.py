"""Services to which a role can be passed so that whoever controls the new resource acts as the role."""

from typing import NamedTuple


class Compute(NamedTuple):
    """`service`: the principal that the passed role must trust; `actions`: alternatives, each a set that is needed together."""

    id: str
    noun: str
    service: str
    actions: tuple[tuple[str, ...], ...]


PASS_TO_COMPUTE: tuple[Compute, ...] = (
    Compute(
        "lambda",
        "a new function",
        "lambda.amazonaws.com",
        (
            ("lambda:CreateFunction", "lambda:InvokeFunction"),
            ("lambda:CreateFunction", "lambda:AddPermission"),
            ("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
            ("lambda:CreateFunction", "lambda:CreateFunctionUrlConfig", "lambda:InvokeFunctionUrl"),
        ),
    ),
    Compute("ec2", "a new instance", "ec2.amazonaws.com", (("ec2:RunInstances",), ("ec2:RequestSpotInstances",))),
    Compute(
        "ecs",
        "a new container task",
        "ecs-tasks.amazonaws.com",
        (("ecs:RegisterTaskDefinition", "ecs:RunTask"), ("ecs:RegisterTaskDefinition", "ecs:CreateService")),
    ),
    Compute(
        "glue",
        "a new Glue job or endpoint",
        "glue.amazonaws.com",
        (("glue:CreateDevEndpoint",), ("glue:CreateJob", "glue:StartJobRun"), ("glue:UpdateJob", "glue:StartJobRun")),
    ),
    Compute("cloudformation", "a new stack", "cloudformation.amazonaws.com", (("cloudformation:CreateStack",),)),
    Compute("codebuild", "a new build", "codebuild.amazonaws.com", (("codebuild:CreateProject", "codebuild:StartBuild"),)),
    Compute(
        "sagemaker",
        "a new notebook or training job",
        "sagemaker.amazonaws.com",
        (
            ("sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"),
            ("sagemaker:CreateTrainingJob",),
            ("sagemaker:CreateProcessingJob",),
        ),
    ),
    Compute("states", "a new state machine", "states.amazonaws.com", (("states:CreateStateMachine", "states:StartExecution"),)),
    Compute("scheduler", "a new schedule", "scheduler.amazonaws.com", (("scheduler:CreateSchedule",),)),
    Compute("ssm", "a new automation", "ssm.amazonaws.com", (("ssm:CreateDocument", "ssm:StartAutomationExecution"),)),
    Compute("batch", "a new batch job", "ecs-tasks.amazonaws.com", (("batch:RegisterJobDefinition", "batch:SubmitJob"),)),
    Compute("emr", "a new cluster", "ec2.amazonaws.com", (("elasticmapreduce:RunJobFlow",),)),
    Compute("apprunner", "a new App Runner service", "tasks.apprunner.amazonaws.com", (("apprunner:CreateService",),)),
)
