"""Sources of record, and figures that are held elsewhere."""

from processing.db.scripts import run_scripts

revision = "0015"
down_revision = "0014"


def upgrade():
    run_scripts(revision)
