"""Names in the reader's language, as SQL: the one place where a language becomes a column."""

import sqlalchemy as sa

from config.names import ORDERED_LETTERS, PLACES, PLAIN_LETTERS, PLAIN_SIGNS, unit_sort_key
from config.settings import LANGUAGES

# Latin letters with their marks, é and ş, and marks that follow their letter: é stands with e.
MARKED_LETTERS, MARKS = "\u00c0-\u017f", "\u0300-\u036f"


def name_sql(table: str, language: str) -> str:
    """The name in that language; where the registry has none, the Arabic one."""
    column = checked_language(language)
    return f"coalesce({table}.name_{column}, {table}.name_ar)"


def name_order_sql(table: str, language: str) -> str:
    """The place of a school among others by the name that is shown, as unit_sort_key would put it
    but for its ordinals.

    Made as it is read: the key that is stored for the search no longer tells ئ from ی. A name of
    plain signs is spared the long translation: the country's schools are put in order for a page.
    """
    name = name_sql(table, language)
    plain = _translated(name, PLAIN_LETTERS)
    every = _placed(f"regexp_replace({_translated(name, ORDERED_LETTERS)}, ' +', ' ', 'g')")
    bare = f"regexp_replace(normalize({every}, NFD), '[{MARKS}]', '', 'g')"
    is_plain = f"""{name} COLLATE "C" !~ '[^{PLAIN_SIGNS}]|[ -][ -]'"""
    is_marked = f"""{name} COLLATE "C" ~ '[{MARKED_LETTERS}{MARKS}]'"""
    return f"""ltrim(CASE WHEN {is_plain} THEN {plain}
      WHEN {is_marked} THEN lower({bare} COLLATE "C") ELSE {every} END) COLLATE "C\""""


def _translated(name: str, letters: tuple[str, str]) -> str:
    written, meant = (signs.replace("'", "''") for signs in letters)
    return f"""translate(lower({name} COLLATE "C"), '{written}', '{meant}')"""


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
