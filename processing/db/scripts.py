"""SQL scripts of a migration, one folder a revision, run in the order of their names."""

from pathlib import Path

from alembic import op

SQL_DIR = Path(__file__).parent / "migrations" / "sql"


def run_scripts(revision: str) -> None:
    """Run every script of the revision in the migration's transaction."""
    for file in sorted((SQL_DIR / revision).glob("*.sql")):
        # The driver's own cursor: without arguments it takes a percent sign as it stands.
        with op.get_bind().connection.cursor() as cursor:
            cursor.execute(file.read_text(encoding="utf-8"))
