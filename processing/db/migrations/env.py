"""Alembic's entry: runs the migrations on the connection that `processing.db.migrate` opened."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="migration", version_table_schema="ops")
with context.begin_transaction():
    context.run_migrations()
