"""The pages may read when a version of a submission was made; not what it says."""

from processing.db.scripts import run_scripts

revision = "0016"
down_revision = "0015"


def upgrade():
    run_scripts(revision)
