"""Names in the reader's language, as SQL: the one place where a language becomes a column."""

import sqlalchemy as sa

from config.names import KURDISH_LETTERS, PLACES, unit_sort_key
from config.settings import LANGUAGES


def name_sql(table: str, language: str) -> str:
    """The name in that language; where the registry has none, the Arabic one."""
    column = checked_language(language)
    return f"coalesce({table}.name_{column}, {table}.name_ar)"


def name_order_sql(table: str, language: str) -> str:
    """The place of a school among others by the name that is shown, in the order of the alphabet.

    Of the Arabic name a key is stored; another is put in order as it is read.
    """
    name, (letters, folded) = name_sql(table, language), KURDISH_LETTERS
    order = _placed(f"translate({name}, '{letters}', '{folded}')")
    if language == "ar":
        order = _placed(f"{table}.name_sort")
    if language == "en":
        order = f"replace(lower({name}), '-', ' ')"
    return f'{order} COLLATE "C"'


def _placed(key: str) -> str:
    for letter, place in PLACES.items():
        key = f"replace({key}, '{letter}', '{place}')"
    return key


def round_name_sql(of: str, language: str) -> str:
    """The name of the round; the period of `of` where the registry does not know it."""
    return f"coalesce({name_sql('round', language)}, {of}.period)"


def checked_language(language: str) -> str:
    """The language itself, refused unless it is one of ours: it goes into SQL as it is."""
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language}")
    return language


def unit_order(row, code: str) -> tuple[str, str]:
    """The place of an area or directorate among others, by its name; by its code among equals."""
    return unit_sort_key(row["name"]), row[code]


def list_rows(connection: sa.Connection, sql: str, parameters: dict | None = None) -> list:
    """All rows as mappings."""
    return list(connection.execute(sa.text(sql), parameters or {}).mappings())
