"""Around the rows: files, people, comments, entities, client audits, and measures of the sync."""

from processing.db.scripts import run_scripts

revision = "0002"
down_revision = "0001"


def upgrade():
    run_scripts(revision)
