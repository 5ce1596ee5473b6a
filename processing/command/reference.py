"""`python -m processing.command.reference`: the documents that are made from the code.

docs/commands.md, docs/rules.md, docs/indicators.md. A test fails when one is not current.
"""

import click

from config.indicators import load_indicators
from config.paths import ROOT
from config.rules import Rule, load_rules
from processing.command import COMMANDS, EXIT_CODES, cli

ASKED = {"value": "a value or a reason", "reason": "a reason", "nobody": "is not asked"}
NOTE = "<!-- Made by `make docs` from the code: change it there. -->\n"


def command_reference() -> str:
    """Every command with its help text."""
    context = click.Context(cli, info_name="emis")
    parts = [f"{NOTE}\n# The command `emis`\n", _help(cli, context), _exit_codes()]
    for name in COMMANDS:
        command = cli.get_command(context, name)
        parts += _sections(command, click.Context(command, info_name=name, parent=context))
    return "\n".join(parts)


def _exit_codes() -> str:
    rows = [_row(f"`{code}`", meaning) for code, meaning in EXIT_CODES.items()]
    return "\n".join(["| exit code | |", "|---|---|", *rows, ""])


def rule_reference() -> str:
    """Every rule: what it says, how much it weighs."""
    lines = [
        f"{NOTE}\n# Rules\n",
        "A blocking issue keeps the return out of all figures until it is settled.\n",
        "The school may answer with a corrected value, or with a reason why its figure is right.\n",
        "Where the form itself has asked for the reason and it stands in the return, the school is "
        "not asked again: the issue is waived with that reason, and the school's page shows it.\n",
        "| rule | severity | the school answers | forms | in English | بالعربية | بە کوردی |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        _row(f"`{rule.rule}`", rule.severity, _asked(rule), ", ".join(rule.form_ids) or "any",
             rule.name.en, rule.name.ar, rule.name.ckb)
        for rule in load_rules().values()
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _asked(rule: Rule) -> str:
    given = f", unless the return says it in `{rule.explained_by}`" if rule.explained_by else ""
    return f"{ASKED[rule.asks]}{given}"


def indicator_reference() -> str:
    """Every indicator: its definition, unit, breakdowns and source."""
    lines = [
        f"{NOTE}\n# Indicators\n",
        "A value is kept as numerator and denominator and divided when it is read.\n",
        "| indicator | name | definition | unit | by | source |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        _row(f"`{entry.code}`", entry.name("en"), entry.definition.en, entry.unit,
             ", ".join(entry.breakdowns), entry.source.en)
        for entry in load_indicators().values()
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


DOCUMENTS = {
    "commands.md": command_reference,
    "rules.md": rule_reference,
    "indicators.md": indicator_reference,
}


def main() -> None:
    """Write every document anew."""
    for name, make in DOCUMENTS.items():
        (ROOT / "docs" / name).write_text(make(), encoding="utf-8")


def _sections(command: click.Command, context: click.Context) -> list[str]:
    sections = [f"## {context.command_path}\n", _help(command, context)]
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        sections += _sections(inner, click.Context(inner, info_name=name, parent=context))
    return sections


def _help(command: click.Command, context: click.Context) -> str:
    context.terminal_width = context.max_content_width = 100
    return f"```text\n{command.get_help(context)}\n```\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


if __name__ == "__main__":
    main()
