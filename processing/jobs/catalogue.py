"""Catalogues into the database: rules, code lists, areas, directorates, as `config` holds them."""

import datetime as dt

import sqlalchemy as sa

from config.codes import list_code_lists, read_codes
from config.places import read_areas, read_directorates
from processing.db.queries.quality import save_rules
from processing.db.queries.registry import code_rows, replace_registry


def load_catalogue(connection: sa.Connection) -> None:
    """Bring the database's catalogues to those of this program. Twice is the same as once."""
    save_rules(connection)
    replace_registry(
        connection,
        areas=read_areas(),
        directorates=read_directorates(),
        codes=code_rows({name: read_codes(name) for name in list_code_lists()}),
        now=dt.datetime.now(dt.UTC),
    )
