"""Rounds and devices: who owes a round, rounds closed early, supervisors, tablets' accounts."""

from processing.db.scripts import run_scripts

revision = "0004"
down_revision = "0003"


def upgrade():
    run_scripts(revision)
