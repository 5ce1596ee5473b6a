"""What a school's tablet reads of a figure that is held elsewhere, for the census to ask about.

In: rows of the list `schools`. Out: the same with HELD_PROPERTIES, empty where the school's pupils
have their record in this collection, or no figure has been loaded.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from config.entity_lists import HELD_PROPERTIES
from config.forms import load_catalogue
from config.held_words import told_of_held
from config.settings import LANGUAGES
from processing.db.queries.held import list_newest

ASKED_IN = "school_census"
NOTHING = dict.fromkeys(HELD_PROPERTIES, "")

Rows = list[dict[str, str]]


def with_held(
    connection: sa.Connection, rows: Rows, school_codes: Iterable[str] | None = None
) -> Rows:
    """school_codes: those of the rows; None: every school."""
    topic = load_catalogue()[ASKED_IN].topic
    found = {row["school_code"]: _told(row) for row in list_newest(connection, school_codes, topic)}
    return [row | found.get(row["school_code"], NOTHING) for row in rows]


def _told(figure) -> dict[str, str]:
    words = {f"pupils_held_{language}": told_of_held(figure, language) for language in LANGUAGES}
    return words | {"pupils_held_year": str(figure["school_year"])}
