"""What forms become: each change of a form is an event that is kept."""

from processing.db.scripts import run_scripts

revision = "0005"
down_revision = "0004"


def upgrade():
    run_scripts(revision)
