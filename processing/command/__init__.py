"""The `emis` command: the top floor, where everything below is put to work.

Exit codes are part of the interface: `EXIT_CODES`, printed into docs/commands.md.
"""

import importlib
import sys

import click

from config.errors import OperatorError
from processing.command.groups import CommandGroup

DIFFERS, OPERATOR_ERROR, INTERRUPTED = 1, 3, 130
EXIT_CODES = {
    0: "Done.",
    DIFFERS: "Done, and something differs, has failed or is at fault: the output says what.",
    2: "The command was not understood.",
    OPERATOR_ERROR: "An error that an operator can act on: one paragraph, its code in brackets.",
    INTERRUPTED: "Interrupted by Ctrl-C. Nothing is lost: run it again to go on.",
}
# Loaded when they are called: `emis --help` need not wait for them.
COMMANDS = {
    "demo": "processing.command.demo:demo",
    "up": "processing.command.processes:up",
    "web": "processing.command.processes:web",
    "worker": "processing.command.processes:worker",
    "scheduler": "processing.command.processes:scheduler",
    "doctor": "processing.command.doctor:doctor",
    "status": "processing.command.status:status",
    "forms": "processing.command.forms:forms",
    "registry": "processing.command.registry:registry",
    "rounds": "processing.command.rounds:rounds",
    "devices": "processing.command.devices:devices",
    "pull": "processing.command.pull:pull",
    "reconcile": "processing.command.reconcile:reconcile",
    "attachments": "processing.command.attachments:attachments",
    "comments": "processing.command.comments:comments",
    "rebuild": "processing.command.rebuild:rebuild",
    "indicators": "processing.command.indicators:indicators",
    "simulate": "processing.command.simulate:simulate",
    "users": "processing.command.users:users",
    "db": "processing.command.database:database",
}


class _LazyGroup(CommandGroup):
    def list_commands(self, context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        return getattr(importlib.import_module(module), attribute)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Mobile data collection for the EMIS: forms, tablets, the mirror of ODK Central, indicators.

    Settings come from the environment or a .env file (config/example.env lists them). A server
    that is not named there is run by the program itself.

    Example: emis demo
    """


def main() -> None:
    """The entry point: turns what an operator can act on into one paragraph and an exit code."""
    try:
        result = cli.main(standalone_mode=False)
    except OperatorError as error:
        click.echo(f"Error [{error.code}]: {error.message} {error.remedy}".strip(), err=True)
        sys.exit(OPERATOR_ERROR)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. Nothing is lost: run it again to go on.", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(result if isinstance(result, int) else 0)
