"""Ways to look up by its version what has been seen of Central."""

from processing.db.scripts import run_scripts

revision = "0013"
down_revision = "0012"


def upgrade():
    run_scripts(revision)
