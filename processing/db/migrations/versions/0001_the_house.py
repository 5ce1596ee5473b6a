"""The house: every schema, its tables, comments and grants."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SQL_DIR = Path(__file__).parent.parent / "sql" / "0001"


def upgrade():
    for file in sorted(SQL_DIR.glob("*.sql")):
        op.get_bind().exec_driver_sql(file.read_text(encoding="utf-8").replace("%", "%%"))
