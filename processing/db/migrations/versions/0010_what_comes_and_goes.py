"""What comes back and what goes: restores, with their tombstones' times; choices not offered."""

from processing.db.scripts import run_scripts

revision = "0010"
down_revision = "0009"


def upgrade():
    run_scripts(revision)
