"""Around the rows: files, people, comments, entities, client audits, and measures of the sync."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

SQL_DIR = Path(__file__).parent.parent / "sql" / "0002"


def upgrade():
    for file in sorted(SQL_DIR.glob("*.sql")):
        _run_script(file.read_text(encoding="utf-8"))


def _run_script(sql: str) -> None:
    # The driver's own cursor: without arguments it takes a percent sign as it stands.
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(sql)
