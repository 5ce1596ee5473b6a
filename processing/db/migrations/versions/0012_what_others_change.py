"""What others change at Central in every list; what a building is; ways to look them up."""

from processing.db.scripts import run_scripts

revision = "0012"
down_revision = "0011"


def upgrade():
    run_scripts(revision)
