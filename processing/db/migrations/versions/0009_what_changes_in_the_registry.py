"""School updates as proposals with their answers, and choices in conflicts of entities."""

from processing.db.scripts import run_scripts

revision = "0009"
down_revision = "0008"


def upgrade():
    run_scripts(revision)
