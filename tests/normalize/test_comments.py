"""The warehouse explains itself: every table and column of emis and stats has a comment."""


def test_every_column_says_what_it_holds(warehouse):
    rows = warehouse.run(
        """
        SELECT n.nspname || '.' || c.relname || '.' || a.attname AS name
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('emis', 'stats')
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'v', 'p', 'm')
          AND coalesce(col_description(c.oid, a.attnum), '') = ''
        ORDER BY 1
        """
    )
    assert [row.name for row in rows] == []


def test_every_table_says_what_it_holds(warehouse):
    rows = warehouse.run(
        """
        SELECT n.nspname || '.' || c.relname AS name
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('emis', 'stats')
        WHERE c.relkind IN ('r', 'v', 'p', 'm') AND obj_description(c.oid, 'pg_class') IS NULL
        """
    )
    assert [row.name for row in rows] == []
