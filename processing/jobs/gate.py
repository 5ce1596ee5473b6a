"""The gate before Central's streams: at most two at once for all processes that share a database.

Ten streams that stall block a whole process of Central, so they are rationed: whole forms take
turns at the first place, everything else takes whichever is free. The places are PostgreSQL
advisory locks of a connection of their own: a process that is killed leaves its place at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from config.settings import Settings
from processing.db.engine import open_engine
from processing.db.queries import sync

LONG_PLACE, SHORT_PLACE = 0, 1


@contextmanager
def stream_gate(settings: Settings, is_long: bool) -> Iterator[None]:
    """Holds one of the two places while its block reads a stream of Central."""
    engine = open_engine(settings, "worker", poolclass=sa.NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if is_long:
            sync.take_stream_place(connection, settings.central_key, LONG_PLACE)
        elif not sync.try_stream_place(connection, settings.central_key, LONG_PLACE):
            sync.take_stream_place(connection, settings.central_key, SHORT_PLACE)
        yield
