"""The curriculum that a school teaches."""

from processing.db.scripts import run_scripts

revision = "0017"
down_revision = "0016"


def upgrade():
    run_scripts(revision)
