"""The command's interface: help, exit codes, messages."""

import os
import re
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from config.errors import OperatorError
from config.paths import ROOT
from config.places import read_directorates
from processing.command import COMMANDS, OPERATOR_ERROR, cli
from processing.command.reference import DOCUMENTS


def every_command():
    """Each command, with those below it at any depth, as its words."""
    context = click.Context(cli)
    for name in COMMANDS:
        yield from with_those_below((name,), cli.get_command(context, name))


def with_those_below(words: tuple[str, ...], command: click.Command):
    yield words, command
    for name, subcommand in getattr(command, "commands", {}).items():
        yield from with_those_below((*words, name), subcommand)


def _shown(item) -> str:
    return " ".join(item) if isinstance(item, tuple) else "help"


@pytest.mark.parametrize(("words", "command"), list(every_command()), ids=_shown)
def test_help_shows_an_example(words, command):
    with click.Context(command, info_name="emis") as context:
        text = command.get_help(context)
    assert "Example:" in text
    assert " ".join(words) in text.split("Example:")[1]


@pytest.mark.parametrize("option", ["--directorate", "--scope"])
def test_directorates_of_the_examples_are_those_of_the_code_list(option):
    text = DOCUMENTS["commands.md"]()
    named = set(re.findall(rf"Example: .*{option} (\S+)", text))
    assert named
    assert named <= {each.directorate_code for each in read_directorates()}


def run(*arguments, **environment):
    """The command as an operator would run it, away from this checkout's folder."""
    inherited = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "processing.command", *arguments],
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_help_comes_without_any_server():
    answer = run("--help")
    assert answer.returncode == 0
    assert all(name in answer.stdout for name in COMMANDS)


def test_help_says_what_each_command_does_to_the_end():
    commands = run("--help").stdout.partition("Commands:")[2]
    assert "what follows comes with it." in " ".join(commands.split())
    assert "..." not in commands


def test_an_unknown_command_is_wrong_usage():
    answer = run("conquer")
    assert answer.returncode == 2
    assert "No such command" in answer.stderr


@pytest.mark.parametrize(
    "words",
    ["status --runs -1", "indicators show enrolment --year 99999", "indicators compute --year 0"],
)
def test_a_number_out_of_its_range_is_wrong_usage(words):
    answer = run(*words.split())
    assert answer.returncode == 2
    assert "is not in the range" in answer.stderr


NOBODY = {
    "DATABASE_URL": "postgresql://emis:hunter2-secret@127.0.0.1:9/emis",
    "REDIS_URL": "redis://127.0.0.1:9",
    "CENTRAL_URL": "http://127.0.0.1:9",
    "CENTRAL_PROJECT": "1",
    "CENTRAL_EMAIL": "r@example.org",
    "CENTRAL_PASSWORD": "hunter2-secret",
}


@pytest.mark.parametrize(
    ("words", "environment", "code"),
    [
        ("pull --once", {"DATABASE_URL": "mysql://root:hunter2-secret@db/emis"}, "setting-invalid"),
        ("pull --once", {"CENTRAL_PROJECT": "seven"}, "setting-invalid"),
        ("pull --once", NOBODY, "database-unreachable"),
        ("forms list", NOBODY, "central-unreachable"),
    ],
)
def test_what_an_operator_can_act_on_is_one_paragraph(words, environment, code, tmp_path):
    answer = run(*words.split(), EMIS_DATA_DIR=str(tmp_path), **environment)
    assert answer.returncode == OPERATOR_ERROR
    assert f"[{code}]" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "hunter2-secret" not in answer.stderr + answer.stdout
    assert len(answer.stderr.strip().splitlines()) == 1


def test_doctor_says_what_to_do_about_each_fault(database, tmp_path):
    answer = run(
        "doctor",
        DATABASE_URL=database.database_url,
        DATABASE_WEB_URL=database.database_web_url or "",
        REDIS_URL="redis://127.0.0.1:9",
        CENTRAL_URL="http://127.0.0.1:9",
        CENTRAL_PROJECT="1",
        CENTRAL_EMAIL="r@example.org",
        CENTRAL_PASSWORD="hunter2-secret",
        EMIS_DATA_DIR=str(tmp_path),
    )
    assert answer.returncode == 1
    assert "ok  database" in answer.stdout
    assert "valkey-unreachable" in answer.stdout
    assert "central-unreachable" in answer.stdout
    assert "hunter2-secret" not in answer.stdout + answer.stderr


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_made_from_the_code_are_current(name):
    path = ROOT / "docs" / name
    assert path.read_text(encoding="utf-8") == DOCUMENTS[name](), "run `make docs`"


def test_an_operator_error_reads_as_one_paragraph():
    error = OperatorError("some-code", "What is wrong.", "What to do.")
    assert str(error) == "[some-code] What is wrong. What to do."


@pytest.mark.parametrize("order", ["handover", "replace", "revoke"])
@pytest.mark.parametrize("blank", ["--reason", "--by"])
def test_no_code_ends_without_a_reason_and_a_name(order, blank):
    signed = {"--reason": "New head", "--by": "A. Hasan"} | {blank: "  "}
    words = [word for option in signed.items() for word in option]
    said = CliRunner().invoke(cli, ["devices", order, "--school", "S1", *words])
    assert (said.exit_code, blank in said.output) == (2, True)
