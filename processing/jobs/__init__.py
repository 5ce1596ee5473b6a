"""Jobs: the one place where the bridge and the database meet.

PostgreSQL remembers what is due (`ops.due`); RQ only wakes who does it. A job may be lost, doubled
or emptied with Valkey: the beat wakes again whatever is due, and a mark is cleared in the
transaction that does its work.
"""
