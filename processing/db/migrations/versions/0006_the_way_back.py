"""The way back: correction tasks, answers to them, adjustments, and what is said at Central."""

from processing.db.scripts import run_scripts

revision = "0006"
down_revision = "0005"


def upgrade():
    run_scripts(revision)
