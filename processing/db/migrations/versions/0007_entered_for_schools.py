"""Entries: returns that a department has entered in a school's name, until Central has them."""

from processing.db.scripts import run_scripts

revision = "0007"
down_revision = "0006"


def upgrade():
    run_scripts(revision)
