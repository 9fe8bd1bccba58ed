"""Writes the generated documentation: the rules page, the command line page and the IAM policy. `--check` only compares."""

import json
import sys
from pathlib import Path

import click

from lambdaudit.cli.app import VERBS, app
from lambdaudit.model.assets import kind_of
from lambdaudit.rules import load
from lambdaudit.sources.aws.permissions import policy_document

HERE = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py: change the source and run `make docs`. -->\n\n"


def rules_page() -> str:
    """Every rule with its text, and a link to its examples."""
    rules = load()
    lines = [NOTE + "# Rules\n", f"{len(rules)} rules. Each rule's examples are its tests: `tests/rules/<rule>.md`.\n"]
    lines += ["| severity | rule | what it says |", "|---|---|---|"]
    lines += [
        f"| {r.severity.value} | [{r.id}](#{r.id}) | {r.title} |" for r in sorted(rules, key=lambda r: (r.severity.rank, r.id))
    ]
    for rule in rules:
        persona = " Only with `--persona strict`." if rule.persona == "strict" else ""
        lines += [
            f"\n## {rule.id}\n",
            f"**{rule.title}** Severity {rule.severity.value}, confidence {rule.confidence.value}.{persona}",
            f"Looks at: {', '.join(kind_of(kind) for kind in rule.kinds)}.\n",
            f"*Why:* {rule.why}\n",
            f"*Fix:* {rule.fix}\n",
            f"*See:* {' '.join(f'<{url}>' for url in rule.see)}" + (f" · {', '.join(rule.maps)}" if rule.maps else "") + "\n",
            f"[Examples](../tests/rules/{rule.id}.md)",
        ]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """The help of every verb, as the terminal shows it."""
    lines = [NOTE + "# Command line\n"]
    context = click.Context(app, info_name="lambdaudit", terminal_width=110, max_content_width=110)
    lines += ["```", app.get_help(context), "```"]
    for verb in VERBS:
        command = app.get_command(context, verb)
        assert command is not None
        lines += _help(command, verb, context)
    return "\n".join(lines) + "\n"


def _help(command: click.Command, name: str, parent: click.Context) -> list[str]:
    """The help of a verb, and of the verbs in it."""
    context = click.Context(command, info_name=name, parent=parent, terminal_width=110, max_content_width=110)
    lines = [f"\n## {context.command_path}\n", "```", command.get_help(context), "```"]
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            lines += _help(found, inner, context)
    return lines


def pages() -> dict[str, str]:
    """File name → text of every generated page."""
    from lambdaudit.reporters import json_report

    return {
        "rules.md": rules_page(),
        "commands.md": commands_page(),
        "iam-policy.json": json.dumps(policy_document(), indent=2) + "\n",
        "report.schema.json": json_report.schema().decode(),
    }


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check report those that differ; the exit code is 1 then."""
    stale = []
    for name, text in pages().items():
        path = HERE / name
        if path.exists() and path.read_text("utf-8") == text:
            continue
        if "--check" in arguments:
            stale.append(name)
        else:
            path.write_text(text, "utf-8")
    if stale:
        sys.stderr.write(f"out of date: {', '.join(stale)}; run `make docs`\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
