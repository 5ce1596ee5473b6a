"""Who teaches what, as a file of the ministry says it."""

from processing.db.scripts import run_scripts

revision = "0014"
down_revision = "0013"


def upgrade():
    run_scripts(revision)
