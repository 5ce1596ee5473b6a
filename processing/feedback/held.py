"""What a school's tablet reads of a figure that is held elsewhere, for the census to ask about.

In: figures of the warehouse. Out: school -> HELD_PROPERTIES; a school whose pupils have their
record in this collection, or of which no figure has been loaded, is not there.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from config.entity_lists import HELD_PROPERTIES
from config.forms import load_catalogue
from config.held_words import told_of_held
from config.settings import LANGUAGES
from processing.db.queries.held import list_newest

ASKED_IN = "school_census"
NOTHING_HELD = dict.fromkeys(HELD_PROPERTIES, "")


def held_by_school(
    connection: sa.Connection, school_codes: Iterable[str] | None = None
) -> dict[str, dict[str, str]]:
    """school_codes None: every school."""
    topic = load_catalogue()[ASKED_IN].topic
    return {row["school_code"]: _told(row) for row in list_newest(connection, school_codes, topic)}


def _told(figure) -> dict[str, str]:
    words = {f"pupils_held_{language}": told_of_held(figure, language) for language in LANGUAGES}
    return words | {"pupils_held_year": str(figure["school_year"])}
