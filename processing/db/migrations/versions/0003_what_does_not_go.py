"""What does not go: work that ends its worker, XML that does not come, rules that cannot run."""

from processing.db.scripts import run_scripts

revision = "0003"
down_revision = "0002"


def upgrade():
    run_scripts(revision)
