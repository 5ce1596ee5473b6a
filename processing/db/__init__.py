"""The warehouse: its engine, its migrations, and every query of the program.

Nothing here knows ODK Central. Queries live in `processing.db.queries`, one module a subject;
each takes an open connection first and never commits: the caller owns the transaction.
"""
