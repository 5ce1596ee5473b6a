"""Facts of the newer instruments, the registry's staff and plans of visits, and tablets' lists."""

from processing.db.scripts import run_scripts

revision = "0008"
down_revision = "0007"


def upgrade():
    run_scripts(revision)
