"""A small country for tests: schools and returns written as text tables, in a real database."""
