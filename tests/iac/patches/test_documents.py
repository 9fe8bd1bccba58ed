"""YAML and JSON: what stays as it is, where a value is changed, and what is left to the author."""

from pathlib import Path

import pytest

from tests.iac.patches.world import Audited, audit, changed, with_git, write, written

HEAD = "Resources:\n"
ROTATION = "key-not-rotated"


def patched(folder: Path, text: str, *rules: str, name: str = "template.yaml", **more: str) -> str:
    """The text of a template after the patches of some rules; its findings of those rules are gone."""
    written(folder, {name: text, **more})
    found = audit(folder, *rules)
    assert found.patches.files, found.rules
    write(found.patches)
    after = audit(folder, *rules)
    assert not after.errors
    left = {finding.fingerprint for finding in after.patches.report.findings}
    assert not left & {finding.fingerprint for finding in found.patches.report.findings if finding.fix.patch}
    return (folder / name).read_bytes().decode()


def left(folder: Path, text: str, rule: str, **more: str) -> Audited:
    """An audit in which a rule fires and nothing is patched."""
    written(folder, {"template.yaml": text, **more})
    found = audit(folder, rule)
    assert found.of(rule), "it does not fire"
    assert not found.patches.files, found.patches.files[0].diff
    assert not any(finding.fix.patch for finding in found.of(rule))
    return found


KEY = "  K:\n    Type: AWS::KMS::Key\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (KEY, KEY + "    Properties:\n      EnableKeyRotation: true\n"),
        (KEY.rstrip("\n"), KEY + "    Properties:\n      EnableKeyRotation: true"),
        (KEY + "    Properties:\n", KEY + "    Properties:\n      EnableKeyRotation: true\n"),
        (KEY + "    Properties: # none\n", KEY + "    Properties: # none\n      EnableKeyRotation: true\n"),
        (KEY + "    Properties: {}\n", KEY + "    Properties: { EnableKeyRotation: true }\n"),
        (KEY + "    Properties: { } # none\n", KEY + "    Properties: { EnableKeyRotation: true } # none\n"),
        (
            KEY + "    Properties: {Description: 'a, }', } # last\n",
            KEY + "    Properties: {Description: 'a, }', EnableKeyRotation: true, } # last\n",
        ),
        (
            KEY
            + "    Properties:\n        {\n          Description: a, # one, two\n          Enabled: true # on, }\n        }\n",
            KEY + "    Properties:\n        {\n          Description: a, # one, two\n          Enabled: true,\n"
            "          EnableKeyRotation: true # on, }\n        }\n",
        ),
        (
            KEY + "    Properties:\n          EnableKeyRotation: 'false'   # why\n",
            KEY + "    Properties:\n          EnableKeyRotation: 'true'   # why\n",
        ),
        (
            KEY + '    Properties:\n      "EnableKeyRotation" : "false"\n',
            KEY + '    Properties:\n      "EnableKeyRotation" : "true"\n',
        ),
        (
            KEY + "    Properties:\n      Description: >-\n        a\n\n        b\n      # end\n\n\n  # next\n",
            KEY + "    Properties:\n      Description: >-\n        a\n\n        b\n      EnableKeyRotation: true\n"
            "      # end\n\n\n  # next\n",
        ),
        (
            KEY + "    Properties:\n      Tags:\n      - Key: a\n        Value: b # t\n",
            KEY + "    Properties:\n      Tags:\n      - Key: a\n        Value: b # t\n      EnableKeyRotation: true\n",
        ),
        (
            KEY + "    Properties:\n      EnableKeyRotation: true\n      EnableKeyRotation: no\n",
            KEY + "    Properties:\n      EnableKeyRotation: true\n      EnableKeyRotation: true\n",
        ),
        (
            KEY + "    Properties:\n      Description: schön ✓ 𝄞\n",
            KEY + "    Properties:\n      Description: schön ✓ 𝄞\n      EnableKeyRotation: true\n",
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "bom"])
def test_style_is_kept(before: str, after: str, newline: str, mark: str, tmp_path: Path) -> None:
    text = mark + (HEAD + before).replace("\n", newline)
    copy = written(tmp_path / "git", {"template.yaml": text})
    found = patched(tmp_path / "a", text, ROTATION)
    assert found == mark + (HEAD + after).replace("\n", newline)
    with_git(copy, audit(copy, ROTATION).patches.files[0].diff)
    assert (copy / "template.yaml").read_bytes() == found.encode()


def test_json_with_tabs(tmp_path: Path) -> None:
    text = '{\n\t"Resources": {\n\t\t"K": {\n\t\t\t"Type": "AWS::KMS::Key",\n\t\t\t"Properties": {\n'
    text += '\t\t\t\t"Description": "\\ud83d\\ude00"\n'
    text += "\t\t\t}\n\t\t}\n\t}\n}"
    found = patched(tmp_path, text, ROTATION, name="template.json")
    assert found == text.replace('00"\n', '00",\n\t\t\t\t"EnableKeyRotation": true\n')


def test_an_anchor_of_one_meaning_is_changed_where_it_stands(tmp_path: Path) -> None:
    text = HEAD + "  A:\n    Type: AWS::KMS::Key\n    Properties: &p\n      EnableKeyRotation: &off false # x\n"
    text += "  B:\n    Type: AWS::KMS::Key\n    Properties: {EnableKeyRotation: *off}\n"
    found = patched(tmp_path, text, ROTATION)
    assert "EnableKeyRotation: &off true # x\n" in found
    assert "{EnableKeyRotation: true}" in found


def test_an_anchor_of_two_meanings_is_left(tmp_path: Path) -> None:
    text = HEAD + "  A:\n    Type: AWS::KMS::Key\n    Properties:\n      EnableKeyRotation: &off false\n      MultiRegion: *off\n"
    left(tmp_path, text, ROTATION)


def test_what_is_merged_is_set_where_it_is_used(tmp_path: Path) -> None:
    text = "Common: &c\n  EnableKeyRotation: false\n" + HEAD + KEY + "    Properties:\n      <<: *c\n      Description: k\n"
    found = patched(tmp_path, text, ROTATION)
    assert found == text + "      EnableKeyRotation: true\n"


def test_an_alias_as_a_whole_is_left(tmp_path: Path) -> None:
    text = "Common: &c\n  EnableKeyRotation: false\n" + HEAD + KEY + "    Properties: *c\n"
    left(tmp_path, text, ROTATION)


PARAMETER = "Parameters:\n  Level:\n    Type: String\n    Default: DEBUG # loud\n"
LOGGING = """\
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: a.b
      Role: arn:aws:iam::000000000000:role/r
      Code: {ZipFile: x}
      LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: !Ref Level}
"""


def test_a_parameter_used_for_nothing_else(tmp_path: Path) -> None:
    text = PARAMETER + HEAD + LOGGING + LOGGING.replace("  F:", "  G:")
    assert patched(tmp_path, text, "function-logs-debug") == text.replace("DEBUG # loud", "INFO # loud")


@pytest.mark.parametrize(
    "text",
    [
        PARAMETER + HEAD + LOGGING + "Outputs:\n  O:\n    Value: !Ref Level\n",
        PARAMETER + HEAD + LOGGING + "Outputs:\n  O:\n    Value: !Sub 'a-${Level}'\n",
        PARAMETER + "    AllowedValues: [DEBUG, TRACE]\n" + HEAD + LOGGING,
        PARAMETER + "Conditions:\n  C: !Equals [!Ref Level, DEBUG]\n" + HEAD + LOGGING,
        HEAD + LOGGING.replace("!Ref Level", "!Sub DEBUG"),
        "Mappings: {M: {a: {b: DEBUG}}}\n" + HEAD + LOGGING.replace("!Ref Level", "!FindInMap [M, a, b]"),
    ],
    ids=["output", "sub", "allowed", "condition", "computed", "mapping"],
)
def test_what_is_used_for_more_is_left(text: str, tmp_path: Path) -> None:
    left(tmp_path, text, "function-logs-debug")


def test_a_parameter_with_a_given_value_is_left(tmp_path: Path) -> None:
    text = PARAMETER + HEAD + LOGGING
    settings = '[default.deploy.parameters]\nparameter_overrides = "Level=TRACE"\n'
    left(tmp_path, text, "function-logs-debug", **{"samconfig.toml": settings})


def test_globals_are_changed_only_where_the_value_is_theirs(tmp_path: Path) -> None:
    text = "Transform: AWS::Serverless-2016-10-31\nGlobals:\n  Function:\n    Handler: a.b\n    Runtime: python3.13\n"
    text += "    LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: DEBUG}\n" + HEAD
    text += "  F:\n    Type: AWS::Serverless::Function\n    Properties: {InlineCode: x}\n"
    text += "  G:\n    Type: AWS::Serverless::Function\n    Properties:\n      InlineCode: x\n"
    text += "      LoggingConfig: {ApplicationLogLevel: TRACE}\n"
    found = patched(tmp_path, text, "function-logs-debug")
    assert found == text.replace("DEBUG", "INFO").replace("TRACE", "INFO")


def test_several_mends_of_one_object_are_one_diff(tmp_path: Path) -> None:
    text = HEAD + "  T:\n    Type: AWS::DynamoDB::Table\n    Properties: {}\n"
    written(tmp_path, {"template.yaml": text})
    found = audit(tmp_path, "table-*")
    assert changed(found.patches.files[0].diff) == [
        "-    Properties: {}",
        "+    Properties: { DeletionProtectionEnabled: true, "
        "PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }",
    ]
    assert [len(changed(finding.fix.patch)) for finding in found.patches.report.findings] == [2, 2]


def test_the_longest_timeout_of_a_queue_counts(tmp_path: Path) -> None:
    function = "  {0}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: a.b\n      Runtime: python3.13\n"
    function += (
        "      InlineCode: x\n      Timeout: {1}\n      Events: {{E: {{Type: SQS, Properties: {{Queue: !GetAtt Q.Arn}}}}}}\n"
    )
    text = "Transform: AWS::Serverless-2016-10-31\n" + HEAD + function.format("F", 20) + function.format("G", 50)
    text += "  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: 60\n"
    assert patched(tmp_path, text, "queue-visibility-too-short") == text.replace("Timeout: 60", "Timeout: 300")


def test_a_secret_beside_a_change_is_not_shown(tmp_path: Path) -> None:
    secret = "hunter2-prod-92!x"
    text = HEAD + LOGGING.replace("!Ref Level", "INFO").replace("python3.13", "nodejs14.x")
    text = text.replace("Role:", f"Environment:\n        Variables:\n          DB_PASSWORD: {secret}\n      Role:")
    written(tmp_path, {"template.yaml": text})
    found = audit(tmp_path, "runtime-deprecated")
    (finding,) = found.of("runtime-deprecated")
    assert "nodejs24.x" in finding.fix.patch
    assert secret not in finding.fix.patch
    copy = written(tmp_path / "copy", {"template.yaml": text})
    with_git(copy, finding.fix.patch)
    assert (copy / "template.yaml").read_bytes() == found.patches.files[0].after


def test_a_secret_in_a_changed_line_leaves_no_diff(tmp_path: Path) -> None:
    line = "Properties: {Runtime: nodejs14.x, Handler: a.b, Role: 'arn:aws:iam::000000000000:role/r', Code: {ZipFile: x}, "
    line += "Environment: {Variables: {DB_PASSWORD: hunter2-prod-92!x}}}"
    written(tmp_path, {"template.yaml": f"{HEAD}  F:\n    Type: AWS::Lambda::Function\n    {line}\n"})
    found = audit(tmp_path, "runtime-deprecated")
    assert [file.diff for file in found.patches.files] == [""]
    assert b"nodejs24.x" in found.patches.files[0].after
    assert not found.of("runtime-deprecated")[0].fix.patch


def test_what_the_cdk_makes_is_left(tmp_path: Path) -> None:
    manifest = '{"version": "36.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack", "environment": '
    manifest += '"aws://unknown-account/unknown-region", "properties": {"templateFile": "S.template.json"}}}}'
    template = '{"Resources": {"K": {"Type": "AWS::KMS::Key"}}}'
    files = {"cdk.out/cdk.out": '{"version":"36.0.0"}', "cdk.out/manifest.json": manifest, "cdk.out/S.template.json": template}
    written(tmp_path, files)
    found = audit(tmp_path, ROTATION)
    assert found.of(ROTATION)
    assert not found.patches.files


def test_a_nested_stack_is_patched_in_its_own_file(tmp_path: Path) -> None:
    parent = HEAD + "  N:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ./inner/keys.yaml\n"
    parent += "      Parameters: {Level: DEBUG}\n"
    child = PARAMETER.replace("DEBUG", "INFO") + HEAD + LOGGING + KEY
    written(tmp_path, {"template.yaml": parent, "inner/keys.yaml": child})
    found = audit(tmp_path, ROTATION, "function-logs-debug")
    assert [file.path for file in found.patches.files] == ["inner/keys.yaml"]
    assert found.patches.files[0].rules == (ROTATION,)
    assert found.of("function-logs-debug")


def test_own_resources_of_a_service(tmp_path: Path) -> None:
    text = "service: s\nprovider: {name: aws, runtime: python3.13}\nresources:\n  Resources:\n"
    text += "    K:\n      Type: AWS::KMS::Key # ours\n"
    found = patched(tmp_path, text, ROTATION, name="serverless.yml")
    assert found == text + "      Properties:\n        EnableKeyRotation: true\n"


def test_a_variable_of_a_service_is_left(tmp_path: Path) -> None:
    text = "service: s\ncustom: {rt: nodejs14.x}\nprovider: {name: aws, runtime: '${self:custom.rt}'}\n"
    text += "functions: {f: {handler: a.b}}\n"
    written(tmp_path, {"serverless.yml": text})
    found = audit(tmp_path, "runtime-deprecated")
    assert found.of("runtime-deprecated")
    assert not found.patches.files


def test_a_file_that_changed_meanwhile_is_not_patched_wrongly(tmp_path: Path) -> None:
    """What is read again is checked by the names in it, not by lines."""
    from lambdaudit import engine
    from lambdaudit.config import Options as Settings
    from lambdaudit.sources.iac.discover import read_directory
    from lambdaudit.sources.iac.patches import propose
    from lambdaudit.sources.iac.resources import Options

    written(tmp_path, {"template.yaml": HEAD + KEY})
    lifted = read_directory(tmp_path, Options(root=tmp_path))
    inventory = lifted.inventory(source="test", created="2026-11-22")
    report = engine.audit(inventory, Settings(select=(ROTATION,)), pages=False)
    written(tmp_path, {"template.yaml": HEAD + KEY.replace("K:", "Other:").replace("KMS::Key", "SQS::Queue")})
    made = propose(report, inventory, lifted, root=tmp_path, parameters={}, successor=lambda runtime: "")
    assert report.findings
    assert not made.files


ALIAS_URL = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      InlineCode: x
      AutoPublishAlias: live
      FunctionUrlConfig: {AuthType: NONE}
"""


def test_the_url_of_an_alias(tmp_path: Path) -> None:
    found = patched(tmp_path, ALIAS_URL, "function-url-public", "public-url-without-limit")
    assert found == ALIAS_URL.replace("NONE", "AWS_IAM") + "      ReservedConcurrentExecutions: 10\n"


def test_each_url_of_a_function_is_told_apart(tmp_path: Path) -> None:
    url = "    Type: AWS::Lambda::Url\n    Properties: {{TargetFunctionArn: !Ref F, AuthType: {0}{1}}}\n"
    text = HEAD + LOGGING.replace("!Ref Level", "INFO") + "  V:\n    Type: AWS::Lambda::Version\n"
    text += "    Properties: {FunctionName: !Ref F}\n  A:\n    Type: AWS::Lambda::Alias\n"
    text += "    Properties: {FunctionName: !Ref F, FunctionVersion: !GetAtt V.Version, Name: live}\n"
    text += "  Own:\n" + url.format("AWS_IAM", "") + "  Its:\n" + url.format("NONE", ", Qualifier: live")
    text += "  P:\n    Type: AWS::Lambda::Permission\n    Properties: {FunctionName: !Ref A, Principal: '*', "
    text += "Action: lambda:InvokeFunctionUrl, FunctionUrlAuthType: NONE}\n"
    signed = text.replace("AuthType: NONE, Q", "AuthType: AWS_IAM, Q")
    assert patched(tmp_path / "signed", text, "function-url-public") == signed
    limited = patched(tmp_path / "limited", text, "public-url-without-limit")
    assert limited == text.replace("  V:\n", "      ReservedConcurrentExecutions: 10\n  V:\n")
