"""Entries that Central does not take: withdrawn, or put right and entered anew."""

from processing.db.scripts import run_scripts

revision = "0011"
down_revision = "0010"


def upgrade():
    run_scripts(revision)
