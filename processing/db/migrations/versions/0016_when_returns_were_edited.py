"""For the pages: when a version of a submission was made (not what it says), and what of a school
was unusual and has been explained.
"""

from processing.db.scripts import run_scripts

revision = "0016"
down_revision = "0015"


def upgrade():
    run_scripts(revision)
