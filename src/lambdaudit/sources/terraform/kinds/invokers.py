"""What other services are set up to invoke functions: pipes, GraphQL APIs, user pools, load balancers, rules, distributions."""

from typing import TYPE_CHECKING

from lambdaudit.sources.iac.values import List, Map, Value

from ..shape import As, Fields, Kind, Many, put, shaped

if TYPE_CHECKING:
    from ..collect import Collector, Source


def _opposite(value: Value) -> Value:
    """``enabled`` for what CloudFormation calls disabled."""
    return {True: False, False: True, "true": False, "false": True}.get(value, value) if isinstance(value, bool | str) else value


def _scheme(value: Value) -> Value:
    """``internal`` as CloudFormation's scheme."""
    internal = {True: "internal", False: "internet-facing", "true": "internal", "false": "internet-facing"}
    return internal.get(value, value) if isinstance(value, bool | str) else value


def _attachment(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """A target is a part of its group in CloudFormation."""
    made = shaped({"target_id": "Id"}, settings, Map((), source.at))

    def change(group: Map) -> None:
        present = group.get("Targets")
        if not isinstance(present, List):
            present = List((), source.at)
            put(group, "Targets", present, source.at)
        present.append(made)

    collector.later(source, settings.get("target_group_arn"), ("AWS::ElasticLoadBalancingV2::TargetGroup",), change)


_FORWARD: Fields = {
    "type": "Type",
    "target_group_arn": "TargetGroupArn",
    "forward.target_group": Many("ForwardConfig.TargetGroups", {"arn": "TargetGroupArn"}),
}
_ASSOCIATIONS: Fields = {"event_type": "EventType", "lambda_arn": "LambdaFunctionARN"}
_HOOKS = {
    "create_auth_challenge": "CreateAuthChallenge",
    "custom_message": "CustomMessage",
    "define_auth_challenge": "DefineAuthChallenge",
    "post_authentication": "PostAuthentication",
    "post_confirmation": "PostConfirmation",
    "pre_authentication": "PreAuthentication",
    "pre_sign_up": "PreSignUp",
    "pre_token_generation": "PreTokenGeneration",
    "user_migration": "UserMigration",
    "verify_auth_challenge_response": "VerifyAuthChallengeResponse",
    "custom_email_sender.lambda_arn": "CustomEmailSender.LambdaArn",
    "custom_sms_sender.lambda_arn": "CustomSMSSender.LambdaArn",
    "pre_token_generation_config.lambda_arn": "PreTokenGenerationConfig.LambdaArn",
}
_BALANCER = Kind(
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    {"name": "Name", "internal": As("Scheme", _scheme), "load_balancer_type": "Type", "tags": "Tags"},
    tags="Tags",
)
_GROUP = Kind(
    "AWS::ElasticLoadBalancingV2::TargetGroup", {"name": "Name", "target_type": "TargetType", "tags": "Tags"}, tags="Tags"
)
_ATTACHMENT = Kind("", {}, _attachment)
_LISTENER = Kind(
    "AWS::ElasticLoadBalancingV2::Listener",
    {"load_balancer_arn": "LoadBalancerArn", "default_action": Many("DefaultActions", _FORWARD)},
)
_LISTENER_RULE = Kind(
    "AWS::ElasticLoadBalancingV2::ListenerRule", {"listener_arn": "ListenerArn", "action": Many("Actions", _FORWARD)}
)

KINDS = {
    "aws_pipes_pipe": Kind(
        "AWS::Pipes::Pipe",
        {
            "name": "Name",
            "desired_state": "DesiredState",
            "source": "Source",
            "enrichment": "Enrichment",
            "target": "Target",
            "role_arn": "RoleArn",
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_scheduler_schedule_group": Kind("AWS::Scheduler::ScheduleGroup", {"name": "Name", "tags": "Tags"}, tags="Tags"),
    "aws_appsync_graphql_api": Kind(
        "AWS::AppSync::GraphQLApi",
        {
            "name": "Name",
            "authentication_type": "AuthenticationType",
            "visibility": "Visibility",
            "additional_authentication_provider": Many(
                "AdditionalAuthenticationProviders",
                {
                    "authentication_type": "AuthenticationType",
                    "lambda_authorizer_config.authorizer_uri": "LambdaAuthorizerConfig.AuthorizerUri",
                },
            ),
            "lambda_authorizer_config.authorizer_uri": "LambdaAuthorizerConfig.AuthorizerUri",
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_appsync_datasource": Kind(
        "AWS::AppSync::DataSource",
        {
            "api_id": "ApiId",
            "name": "Name",
            "type": "Type",
            "service_role_arn": "ServiceRoleArn",
            "lambda_config.function_arn": "LambdaConfig.LambdaFunctionArn",
        },
    ),
    "aws_cognito_user_pool": Kind(
        "AWS::Cognito::UserPool",
        {
            "name": "UserPoolName",
            "admin_create_user_config.allow_admin_create_user_only": "AdminCreateUserConfig.AllowAdminCreateUserOnly",
            **{f"lambda_config.{argument}": f"LambdaConfig.{name}" for argument, name in _HOOKS.items()},
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_lb": _BALANCER,
    "aws_alb": _BALANCER,
    "aws_lb_target_group": _GROUP,
    "aws_alb_target_group": _GROUP,
    "aws_lb_target_group_attachment": _ATTACHMENT,
    "aws_alb_target_group_attachment": _ATTACHMENT,
    "aws_lb_listener": _LISTENER,
    "aws_alb_listener": _LISTENER,
    "aws_lb_listener_rule": _LISTENER_RULE,
    "aws_alb_listener_rule": _LISTENER_RULE,
    "aws_iot_topic_rule": Kind(
        "AWS::IoT::TopicRule",
        {
            "name": "RuleName",
            "enabled": As("TopicRulePayload.RuleDisabled", _opposite),
            "sql": "TopicRulePayload.Sql",
            "lambda": Many("TopicRulePayload.Actions", {"function_arn": "Lambda.FunctionArn"}),
            "error_action.lambda.function_arn": "TopicRulePayload.ErrorAction.Lambda.FunctionArn",
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_config_config_rule": Kind(
        "AWS::Config::ConfigRule",
        {
            "name": "ConfigRuleName",
            "source.owner": "Source.Owner",
            "source.source_identifier": "Source.SourceIdentifier",
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_ses_receipt_rule": Kind(
        "AWS::SES::ReceiptRule",
        {
            "name": "Rule.Name",
            "rule_set_name": "RuleSetName",
            "enabled": "Rule.Enabled",
            "recipients": "Rule.Recipients",
            "lambda_action": Many("Rule.Actions", {"function_arn": "LambdaAction.FunctionArn"}),
        },
    ),
    "aws_cloudfront_distribution": Kind(
        "AWS::CloudFront::Distribution",
        {
            "enabled": "DistributionConfig.Enabled",
            "aliases": "DistributionConfig.Aliases",
            "default_cache_behavior.lambda_function_association": Many(
                "DistributionConfig.DefaultCacheBehavior.LambdaFunctionAssociations", _ASSOCIATIONS
            ),
            "ordered_cache_behavior": Many(
                "DistributionConfig.CacheBehaviors",
                {
                    "path_pattern": "PathPattern",
                    "lambda_function_association": Many("LambdaFunctionAssociations", _ASSOCIATIONS),
                },
            ),
            "tags": "Tags",
        },
        tags="Tags",
    ),
}
