"""The house: every schema, its tables, comments and grants."""

from processing.db.scripts import run_scripts

revision = "0001"
down_revision = None


def upgrade():
    run_scripts(revision)
